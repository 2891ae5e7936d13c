"""Parameters in a link: exact when written, read as far as they go, never an exception for a damaged one."""

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import TypeVar
from urllib.parse import urlencode

from bnsim.scenario.fields import FieldSpec
from bnsim.scenario.params import Params
from bnsim.scenario.values import Values
from bnsim.scenario.wording import limited, shown_name

MOST_KEYS = 64
MOST_SEEN = 1000  # keys among which ours are looked for
LONGEST_WRITTEN = 4000  # characters of one value; browsers and proxies cut longer links
LONGEST_READ = 8000
# Added by others to links that people pass on; not ours to complain about.
NOT_OURS = ("fbclid", "gclid", "embed", "embed_options")

AnyParams = TypeVar("AnyParams", bound=Params)


def encode(params: Params) -> dict[str, str]:
    """Return every parameter as text, in declaration order.

    Numbers of one's own are left out when there are none, or when their text would exceed 4000 characters.
    """
    texts = {spec.name: _text(spec, getattr(params, spec.name)) for spec in params.controls().values()}
    return {name: text for name, text in texts.items() if text is not None}


def holds_everything(params: Params) -> bool:
    """Return whether the link gives exactly these parameters again: False when numbers had to be left out."""
    written = encode(params)
    return all(name in written or getattr(params, name) == spec.default for name, spec in params.controls().items())


def decode(cls: type[AnyParams], query: Mapping[str, str | Sequence[str]]) -> tuple[AnyParams, tuple[str, ...]]:
    """Return the parameters a query gives, what cannot be used being default, and a sentence for each such thing.

    At most 64 keys are looked at, and at most 8000 characters of a value. Of a repeated key the last one counts.
    """
    ours = [key for key in islice(query, MOST_SEEN) if not _not_ours(key)]
    reports: list[str] = []
    ignored = max(len(ours) - MOST_KEYS, 0) + max(len(query) - MOST_SEEN, 0)
    if ignored:
        reports.append(f"a link must hold at most {MOST_KEYS} parameters; {ignored} are ignored.")
    usable: dict[str, str] = {}
    for key in ours[:MOST_KEYS]:
        values = _as_list(query[key])
        if len(values) > 1:
            reports.append(f"{shown_name(key)} is given {len(values)} times; the last one counts.")
        if values and len(values[-1]) > LONGEST_READ:
            reports.append(f"{shown_name(key)} must be at most {LONGEST_READ} characters; got {len(values[-1])}.")
        elif values:
            usable[key] = values[-1]
    params, problems = cls.read_leniently(usable)
    return params, (*limited(reports), *problems)


def url(base: str, params: Params) -> str:
    """Return the link to a page with these parameters."""
    return f"{base}?{urlencode(encode(params))}"


def _text(spec: FieldSpec, value: object) -> str | None:
    # Every number takes four characters or more ("1.0,"): a million of them need not be written to be counted.
    if isinstance(value, Values) and 4 * len(value) - 1 > LONGEST_WRITTEN:
        return None
    text = spec.write(value)
    is_needless = text == "" and value == spec.default
    return None if is_needless or len(text) > LONGEST_WRITTEN else text


def _as_list(value: str | Sequence[str]) -> Sequence[str]:
    return [value] if isinstance(value, str) else value


def _not_ours(key: str) -> bool:
    return key in NOT_OURS or key.startswith("utm_")
