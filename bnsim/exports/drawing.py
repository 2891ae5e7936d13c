"""Drawing pictures with Vega, outside a browser: the package that does it is large, and there only where it is wanted.

Nothing else is imported here, so that a process that only draws begins at once.
"""

import importlib
import importlib.util
from collections.abc import Iterator, Mapping
from typing import Any

from bnsim.errors import MissingExtraError

DRAWER = "vl_convert"
WAY_OUT = 'run: pip install "bnsim[png]".'


def can_draw() -> bool:
    """Return whether what draws pictures is installed."""
    return importlib.util.find_spec(DRAWER) is not None


def drawn(specs: Mapping[str, Mapping[str, Any]], paper: str | None = None) -> Iterator[tuple[str, str]]:
    """Yield each picture in SVG, by its name, on paper of a colour or on none.

    Raises
    ------
    MissingExtraError
        If the package that draws them is not installed.
    """
    vega = drawer("a report with pictures")
    for name, spec in specs.items():
        yield name, vega.vegalite_to_svg({**spec, "background": paper})


def drawer(what: str) -> Any:
    """Return the package that draws `what`, or refuse in a sentence with the way out."""
    try:
        return importlib.import_module(DRAWER)
    except ImportError:
        sentence = f'{what} needs the extra "png"; {WAY_OUT}'
        raise MissingExtraError(sentence[0].upper() + sentence[1:]) from None


def drawn_at_once(specs: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """Return pictures in SVG by their names."""
    return dict(drawn(specs))
