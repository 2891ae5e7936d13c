"""What a notebook shows by itself: things of the inner rooms say that they can be shown, and the face says how."""

from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any, ClassVar

Bundle = dict[str, Any]
"""One thing in several forms, each under its MIME type."""

HTML, PLAIN = "text/html", "text/plain"


class Displayed:
    """Something that a notebook shows by itself when it is the last thing of a cell."""

    how: ClassVar[Callable[[Any], Bundle]]
    """Who knows how: `bnsim` itself, which is imported before anything in it."""

    def _repr_mimebundle_(self, **_: object) -> Bundle:
        return Displayed.how(self)

    def _repr_html_(self) -> str:
        html: str = Displayed.how(self)[HTML]
        return html

    def _ipython_display_(self) -> None:
        display = import_module("IPython.display").display
        for form in one_by_one(Displayed.how(self)):
            display(form, raw=True)


def one_by_one(bundle: Bundle) -> Iterator[Bundle]:
    """Yield what shows all of a thing: of several forms of one output a notebook shows only one.

    That is the HTML if the picture is in it, else the HTML and then the picture.
    """
    yield {form: bundle[form] for form in (HTML, PLAIN)}
    picture = {form: spec for form, spec in bundle.items() if form not in (HTML, PLAIN)}
    if picture and "<svg" not in bundle[HTML]:
        yield picture
