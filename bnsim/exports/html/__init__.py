"""A comparison as one HTML file that needs nothing else: it opens without a network, prints on A4, and holds no script.

`report` says what it holds, `sections` writes its parts, `markup` keeps text from being markup; the words are in
`text.toml`.
"""

from bnsim.exports.html.report import Report, html_report

__all__ = ["Report", "html_report"]
