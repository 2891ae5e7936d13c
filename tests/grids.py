"""Reading back the tables that the Compare page writes."""

import html
import re

import pandas as pd
from streamlit.testing.v1 import AppTest


def tables(at: AppTest) -> list[pd.DataFrame]:
    """Return the tables as they are written on the page."""
    markup = "".join(found.proto.body for found in at.get("html"))
    found = []
    for table in re.findall(r"<table .*?</table>", markup, flags=re.DOTALL):
        rows = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row) for row in re.findall(r"<tr>(.*?)</tr>", table)]
        (_, *columns), *body = [[html.unescape(cell) for cell in row] for row in rows]
        found.append(pd.DataFrame([row[1:] for row in body], [row[0] for row in body], columns))
    return found
