"""Our style sheets, as they are sent: in one line and without comments, which Streamlit need not clean each time."""

import re

from bnsim.app.live import code

COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)


def sheet(*names: str) -> str:
    """Return style sheets, by their files' names in this package, as one element of a page.

    >>> sheet("page.css").startswith("<style>.bna{")
    True
    """
    lines = (line for name in names for line in COMMENT.sub("", code(name)).splitlines() if line)
    return f"<style>{' '.join(lines)}</style>"
