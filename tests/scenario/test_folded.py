"""What is taken out of a scenario file before it is parsed is put back: the document and the message are tomllib's."""

import tomllib

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bnsim.scenario.folded import MARK, SHORT, folded

LONG = "t" * SHORT
NUMBERS = ", ".join(["1.5", "-2", "3e-05", "0"] * 5)


def outcome(parse, text):
    """What a parser makes of a text: the document as Python writes it, which tells 1 from 1.0, or the message."""
    try:
        return repr(parse(text))
    except (ValueError, RecursionError) as error:
        return f"{type(error).__name__}: {error}"


def same(text):
    return outcome(lambda each: folded(each).parse(), text) == outcome(tomllib.loads, text)


PIECES = [
    *("\n", "\r\n", " ", "\t", "\r", ",", "=", ".", "[", "]", "{", "}", "#", "\x01", "\u2028", "\\", "\ud800"),
    *(
        '"',
        "'",
        '"""',
        "'''",
        '\\"',
        "x",
        "a = ",
        "b = ",
        "\nc = ",
        "\n[d]\n",
        "\n[[e]]\n",
        "1",
        "01",
        "1.",
        "_1",
        "+1",
    ),
    *(
        "# it's",
        '# "',
        f'"{LONG}"',
        f"'{LONG}'",
        f'"""\n{LONG}\n"""',
        f"'''{LONG}'''",
        f"[{NUMBERS}]",
        f"[{NUMBERS},\n]",
    ),
    *(f"{NUMBERS},", f"{LONG}\\n", f"# {LONG}", f"[{'+1_0, ' * 8}]", f"[{'1e1_0,' * 8}]", f"[{'1 ' * 20}]", "nan"),
]


class TestFolded:
    @settings(max_examples=1000, deadline=None)
    @given(st.lists(st.sampled_from(PIECES), max_size=14).map("".join))
    @example(f"a = [{NUMBERS}] # it's\nb = 'x")
    @example(f'"{LONG}" = 1\n"{LONG}" = 2')
    @example(f"a = {{ b = [{NUMBERS}], c = '{LONG}' }}\nx")
    @example(f'a = """{LONG}""""" x')
    @example(f"a = [{NUMBERS}]\n" * 2)
    def test_gives_what_tomllib_gives_of_any_text(self, text):
        assert same(text)

    @settings(max_examples=300, deadline=None)
    @given(st.lists(st.floats(allow_nan=False, allow_infinity=False) | st.integers(), min_size=8, max_size=40))
    def test_gives_the_numbers_of_a_list_exactly(self, numbers):
        text = f"values = [{', '.join(map(repr, numbers))}]"

        assert repr(folded(text).parse()["values"]) == repr(numbers)

    def test_leaves_nothing_long(self):
        short = folded(f'a = [{NUMBERS}] # {LONG}\nb = \'{LONG}\'\nc = """{LONG}"""\n').text

        assert short == f'a = [{MARK}000000] #\nb = \'{MARK}000001\'\nc = """{MARK}000002"""\n'

    @pytest.mark.parametrize("inside", ["'{}'", '"{}"', "'''{}'''", '"""{}"""', "# {}"])
    def test_what_looks_like_a_list_in_a_text_is_text(self, inside):
        assert same(f"a = 1 {inside.format(f'b = [{NUMBERS}]')}")
        assert same(f"a = {inside.format(f'b = [{NUMBERS}]')}")

    def test_a_text_that_has_the_mark_stays_as_it_is(self):
        text = f"a = {MARK}000000\nb = [{NUMBERS}]"

        assert folded(text).text == text
        assert same(text)
