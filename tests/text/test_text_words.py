"""The words of an experiment: filled with numbers, and checked loudly."""

from typing import Literal

import pytest

from bnsim.scenario.declare import choice, eps, real
from bnsim.scenario.params import Params
from bnsim.text.words import Words, WordsError

KIND = {"label": "Kind", "help": "Which.", "choices": {"b": "B first", "a": "A"}}
PARAMS = {"mean": {"label": "Mean", "help": "The mean."}}


def words(**tables):
    return Words(tables, "text.toml")


def refusal(make) -> str:
    with pytest.raises(WordsError) as error:
        make()
    return str(error.value)


class TestSay:
    @pytest.mark.parametrize(
        ("template", "text"),
        [
            ("{x}", "−1.234567890123"),
            ("{x:3}", "−1.23"),
            ("{x:()}", "(−1.234567890123)"),
            ("{x:3()}", "(−1.23)"),
            ("about {x:2} of it", "about −1.2 of it"),
        ],
    )
    def test_writes_numbers_as_people_read_them(self, template, text):
        assert words(note={"n": template}).say("note.n", x=-1.2345678901234567) == text

    def test_separates_thousands_where_asked(self):
        assert words(note={"n": "{count:,} values"}).say("note.n", count=1234567) == "1,234,567 values"

    def test_puts_text_in_as_it_is(self):
        assert words(note={"n": "{what} {x}"}).say("note.n", what="{x}", x=2) == "{x} 2"

    @pytest.mark.parametrize(("given", "said"), [({}, "none"), ({"x": 1, "y": 2}, "x, y"), ({"y": 2}, "y")])
    def test_takes_exactly_the_numbers_that_the_text_asks_for(self, given, said):
        message = refusal(lambda: words(note={"n": "{x}"}).say("note.n", **given))

        assert message == f"text.toml, note.n: the text asks for the numbers x; given are {said}."

    @pytest.mark.parametrize("template", ["a {} b", "{x!r}"])
    def test_braces_hold_a_name_and_a_format_and_nothing_else(self, template):
        message = refusal(lambda: words(note={"n": template}).say("note.n", x=1))

        assert message == f"text.toml, note.n: braces must hold a name, and perhaps a format: {template}"

    def test_a_text_that_is_not_there_is_said(self):
        assert refusal(lambda: words()["note.n"]) == "text.toml must have the text note.n; it has none."


class TestKeys:
    @pytest.mark.parametrize(
        ("tables", "key"),
        [
            ({"notes": {}}, "notes"),
            ({"readout": {"y": {"lable": "Output"}}}, "readout.y.lable"),
            ({"params": {"mean": {"hepl": "The mean."}}}, "params.mean.hepl"),
            ({"overlay": {"z": "z"}}, "overlay.z"),
        ],
    )
    def test_one_that_nothing_shows_is_refused(self, tables, key):
        message = refusal(lambda: Words(tables, "text.toml"))

        assert message.startswith(f"text.toml: {key} is not a text that anything shows. Known are [")


class TestTerms:
    def test_are_made_once(self):
        found = words(readout={"y": {"symbol": "y", "label": "Output", "meaning": "What leaves."}})

        assert found.terms is found.terms
        assert found.terms["y"].label == "Output"


class TestParams:
    def declare(self, texts):
        class Given(Params, words=words(params=texts)):
            """One number, one choice."""

            mean: float = real(1.0, ge=0, le=2)
            eps: float = eps()
            kind: Literal["a", "b"] = choice("a")

        return Given.controls()

    def test_get_their_words(self):
        controls = self.declare({**PARAMS, "kind": KIND})

        assert (controls["mean"].control.label, controls["mean"].control.help) == ("Mean", "The mean.")
        assert list(controls["kind"].control.choices.items()) == [("b", "B first"), ("a", "A")]

    def test_what_all_share_is_in_the_glossary_unless_it_is_said(self):
        own = {"eps": {"help": "Another help."}}
        shared, special = (self.declare({**PARAMS, "kind": KIND, **more})["eps"] for more in ({}, own))

        assert (shared.control.symbol, special.control.symbol) == ("ε", "ε")
        assert special.control.help == "Another help." != shared.control.help
        assert list(shared.control.choices) == [1e-5, 1e-3, 1e-12]

    @pytest.mark.parametrize(
        ("texts", "message"),
        [
            ({"kind": KIND}, "text.toml: params.mean is missing."),
            (PARAMS | {"kind": KIND, "std": {}}, "text.toml: params.std is of nothing."),
            ({"mean": {"label": "Mean"}, "kind": KIND}, "text.toml: params.mean must have a help."),
            (
                PARAMS | {"kind": {**KIND, "choices": {"a": "A"}}},
                "text.toml: params.kind.choices must name exactly a, b; got a.",
            ),
        ],
    )
    def test_that_do_not_fit_their_words_are_refused(self, texts, message):
        assert refusal(lambda: self.declare(texts)) == message
