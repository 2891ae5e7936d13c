"""Reading back the tables that the Compare page writes."""

import html
import re

import pandas as pd
from streamlit.testing.v1 import AppTest


def markup(at: AppTest) -> str:
    """Return what the page writes as markup."""
    return "".join(found.proto.body for found in at.get("html"))


def tables(at: AppTest) -> list[pd.DataFrame]:
    """Return the tables as they are written on the page: rows by label and symbol, without the differences."""
    return read(re.sub(r"<small[^>]*>.*?</small>", "", markup(at)))


BENEATH = re.compile(r"(<td [^>]*>)[^<]*(?:<small[^>]*>(.*?)</small>)?(?:<small.*?</small>)?(?=</td>)")
"""A cell, and what stands first beneath its value."""


def differences(at: AppTest) -> list[pd.DataFrame]:
    """Return what stands beneath the values of each table."""
    return read(BENEATH.sub(r"\1\2", markup(at)))


GROUPS = r"<tr>(?:<td></td>)?<th class=\"g\".*?</tr>"
"""A line that says what the rows or columns after it have in common."""


def read(text: str) -> list[pd.DataFrame]:
    """Return every table in markup."""
    found = []
    for table in re.findall(r"<table .*?</table>", re.sub(GROUPS, "", text), flags=re.DOTALL):
        rows = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row) for row in re.findall(r"<tr>(.*?)</tr>", table)]
        (_, *columns), *body = [list(map(plain, row)) for row in rows if len(row) > 1]
        found.append(pd.DataFrame([row[1:] for row in body], [row[0] for row in body], columns))
    return found


def plain(cell: str) -> str:
    """Return what a cell says, a line for each of its lines."""
    return html.unescape(re.sub(r"</?i>|<small>.*?</small>", "", cell.replace("<br>", "\n"))).strip()
