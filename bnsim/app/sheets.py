"""Our style sheets, as they are sent: in one line and without comments, which Streamlit need not clean each time."""

import re
from pathlib import Path

HERE = Path(__file__).parent
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)


def sheet(*names: str) -> str:
    """Return style sheets, by their files' names in this package, as one element of a page.

    >>> sheet("page.css").startswith("<style>.bna{")
    True
    """
    texts = (COMMENT.sub("", (HERE / name).read_text("utf-8")) for name in names)
    return f"<style>{' '.join(line.strip() for text in texts for line in text.splitlines() if line.strip())}</style>"
