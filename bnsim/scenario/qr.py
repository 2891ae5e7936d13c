"""A link as a QR code, which a telephone reads from a projector."""

import html

import segno

from bnsim.errors import InputError

LONGEST = 2953
"""Bytes of the largest code there is."""

LONGEST_EASY = 800
"""Characters up to which the squares are large enough to be read from the other end of a room."""


def qr_svg(link: str, alt: str) -> str:
    """Return a link as an image in SVG, black on white with the quiet border that readers need.

    Parameters
    ----------
    link : str
        At most 2953 bytes.
    alt : str
        What the image is called by those who do not see it.

    Raises
    ------
    InputError
        If the link is longer: no code holds it.
    """
    size = len(link.encode())
    if size > LONGEST:
        raise InputError(f"a QR code must hold at most {LONGEST} bytes; this link has {size}. Send the link itself.")
    # Least redundancy at first, which keeps the squares large; what room is left in the code is given to it.
    code = segno.make_qr(link, error="L", boost_error=True)
    width, _ = code.symbol_size()
    path = code.svg_inline(omitsize=True, svgclass=None, lineclass=None, light="#fff").partition(">")[2]
    label = html.escape(alt)
    return f'<svg class="bn-qr" role="img" aria-label="{label}" viewBox="0 0 {width} {width}">{path}'
