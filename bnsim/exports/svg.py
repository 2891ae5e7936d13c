"""A picture in SVG made small and fit to stand in a page beside others: only what is seen, and nothing that acts."""

import re
from collections.abc import Iterator, Mapping
from xml.etree import ElementTree

NAMESPACE = "http://www.w3.org/2000/svg"
ElementTree.register_namespace("", NAMESPACE)

DRAWN = {
    "circle", "clipPath", "defs", "ellipse", "g", "line", "linearGradient", "path", "polygon", "polyline",
    "radialGradient", "rect", "stop", "svg", "text", "tspan",
}  # fmt: skip
"""Elements that draw; whatever else there is, such as a link or a script, is left out."""

NEEDLESS = re.compile(r"aria-|on|role$|class$|pointer-events$|style$|version$|tabindex$|cursor$|\{")
"""Attributes without which the picture looks the same: what is said of its marks the words beside it say."""

LONG = re.compile(r"(?<!\d)-?\d*\.\d{3,}(?:e-?\d+)?")
INK = {"black", "#000", "#000000"}
OWN_NAMES = re.compile(r"url\(#([^)]*)\)")


def fitted(svg: str, name: str, words: str) -> str:
    """Return a picture as an element of a page: in the colour of its text, as wide as there is room.

    Coordinates have two digits after the point, a fiftieth of what the eye can tell.

    Parameters
    ----------
    svg : str
        What Vega draws.
    name : str
        Of letters, digits and hyphens, another for each picture of the page: parts of a picture refer to each other.
    words : str
        What it is called by those who do not see it.
    """
    root = ElementTree.fromstring(svg)  # noqa: S314 - drawn by ourselves
    for element in list(root.iter()):
        for child in list(element):
            if not is_seen(child):
                element.remove(child)
    # Vega numbers the parts of all pictures that it has drawn: here each begins anew.
    known = [element.attrib["id"] for element in root.iter() if "id" in element.attrib]
    names = {each: f"{name}-{place}" for place, each in enumerate(known)}
    for element in root.iter():
        element.attrib = dict(attributes(element, names))
    for size in ("width", "height"):
        root.attrib.pop(size, None)
    root.attrib |= {"role": "img", "aria-label": words}
    return ElementTree.tostring(root, encoding="unicode")


def is_seen(element: ElementTree.Element) -> bool:
    """Return whether an element draws something that can be seen, or holds others that may."""
    kind = element.tag.removeprefix(f"{{{NAMESPACE}}}")
    hidden = element.get("opacity") == "0" or element.get("display") == "none"
    # Where nothing is said a group fills its parts with nothing.
    empty = kind == "path" and not ({"fill", "stroke"} & set(element.keys()))
    return (kind in DRAWN and not hidden and not empty) or kind in ("clipPath", "defs")


def attributes(element: ElementTree.Element, names: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield the attributes that an element keeps, with short numbers, the new names of parts and the page's ink."""
    for key, value in element.items():
        if NEEDLESS.match(key):
            continue
        if key == "id":
            yield key, names[value]
        elif key in ("fill", "stroke") and value in INK:
            yield key, "currentColor"
        else:
            yield key, _renamed(LONG.sub(_rounded, value), names)


def _renamed(value: str, names: Mapping[str, str]) -> str:
    return OWN_NAMES.sub(lambda found: f"url(#{names.get(found[1], '')})", value)


def _rounded(found: re.Match[str]) -> str:
    text = f"{float(found[0]):.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
