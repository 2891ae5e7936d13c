"""A link for a whole set: the set comes back whole, or what could not be read is told part by part."""

import json
import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from functools import cache
from xml.etree import ElementTree

import pytest
from cases import together
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bnsim.errors import InputError, ScenarioError
from bnsim.experiments import params_of
from bnsim.experiments.transform.params import TransformParams
from bnsim.scenario.library import Library
from bnsim.scenario.qr import LONGEST, qr_svg
from bnsim.scenario.scenario import Scenario, ScenarioSet, name_from
from bnsim.scenario.set_link import LONGEST_READ, LONGEST_WRITTEN, MOST_TEXT, Linked, decode, encode, in_address, url
from bnsim.scenario.values import Values

FORMULAS = "=1+1\t@SUM(A1) <script>alert(1)</script> $x$ ]] ''' \"\"\" \\"
LINES = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=60)
TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"], include_characters="\n"), max_size=200)


def scenario(name: str, title: str = "", note: str = "", **params: object) -> Scenario:
    return Scenario("transform", name, TransformParams.of(params), title, note)


def set_of(*scenarios: Scenario, **texts: str) -> ScenarioSet:
    return ScenarioSet("transform", scenarios=scenarios, **{"title": "Mine", **texts})


def folded(*lines: object) -> str:
    """Return a link with other content than one is written with."""
    return packed("".join(f"{json.dumps(line)}\n" for line in lines).encode())


def packed(content: bytes) -> str:
    return "1." + urlsafe_b64encode(zlib.compress(content, 9)).decode().rstrip("=")


def unfolded(text: str) -> bytes:
    return zlib.decompress(urlsafe_b64decode(text.removeprefix("1.") + "==="))


@cache
def library() -> Library:
    return Library.open(params_of)


SETS = sorted(library().sets)
PLAIN = ["transform", "Mine", "", "", "", [], 2, {"mean": "1.0"}]


class TestRoundTrip:
    @together("name", SETS)
    def test_every_shipped_set_comes_back_as_it_is(self, name):
        assert decode(encode(library().sets[name]), params_of) == Linked(library().sets[name])

    @settings(max_examples=60, deadline=None)
    @example("", FORMULAS.replace("\t", " "), "", "\n\n", "")
    @given(LINES, TEXTS, LINES, TEXTS, TEXTS)
    def test_any_title_and_note_comes_back(self, title, question, own_title, note, look_for):
        sent = set_of(
            scenario(name_from(own_title), own_title, note), scenario("zz", std=0.1, values=[1, 2.5], source="own"),
            title=title, question=question, look_for=look_for,
        )  # fmt: skip

        assert decode(encode(sent), params_of) == Linked(sent)

    @settings(max_examples=40, deadline=None)
    @given(st.floats(-1e6, 1e6), st.floats(0, 1e6), st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=5))
    def test_any_number_comes_back_to_the_last_digit(self, mean, std, values):
        sent = set_of(scenario("one", mean=mean, std=std), scenario("two", source="own", values=Values(values)))

        assert decode(encode(sent), params_of) == Linked(sent)

    def test_baseline_and_readouts_come_along(self):
        sent = ScenarioSet("transform", "", (scenario("a"), scenario("b")), baseline="b", readouts=("x_hat", "y"))

        assert decode(encode(sent), params_of) == Linked(sent)

    def test_what_all_share_is_written_once_and_defaults_too(self):
        head, first, second = unfolded(encode(set_of(scenario("a", std=0.1), scenario("b", std=0.2)))).splitlines()

        assert set(json.loads(head)[-1]) == set(TransformParams.controls()) - {"std", "values"}
        assert [json.loads(line)[-1] for line in (first, second)] == [{"std": "0.1"}, {"std": "0.2"}]

    def test_holds_only_what_needs_no_quoting(self):
        assert encode(library().sets["epsilon"]).replace("-", "").replace("_", "").replace(".", "").isalnum()


class TestBounds:
    def test_fifty_scenarios_have_room(self):
        many = set_of(*(scenario(f"std-{at}", f"std = {1.2**at:.4g}", std=1.2**at / 1000) for at in range(50)))

        assert len(encode(many)) <= LONGEST_WRITTEN / 2
        assert decode(encode(many), params_of) == Linked(many)

    def test_a_set_that_needs_more_is_refused_with_the_way_out(self):
        notes = ["".join(chr(0x4E00 + (at * 7919 + place * 104_729) % 20_000) for place in range(900)) for at in (1, 2)]
        with pytest.raises(ScenarioError) as error:
            encode(set_of(*(scenario(f"s{at}", note=note) for at, note in enumerate(notes))))

        start, _, end = str(error.value).partition("2 scenarios would need ")
        assert start == ("a link must have at most 4000 characters, as many as mail, chat and browsers pass on whole; ")
        assert end.endswith(". Share the file instead.")

    def test_so_is_one_that_would_unfold_to_too_much(self):
        many = set_of(*(scenario(f"s{at}", note="a" * 2000) for at in range(40)))

        with pytest.raises(ScenarioError):
            encode(many)

    def test_own_numbers_without_room_are_told(self):
        with pytest.raises(ScenarioError) as error:
            encode(set_of(scenario("mine", source="own", values=Values(range(5000)))))

        assert str(error.value) == (
            "a link must leave out your own numbers, and mine has too many to do without. Share the file instead."
        )

    def test_one_that_unfolds_without_end_is_not_unfolded(self):
        bomb = packed(b"[" * 4_000_000)
        assert len(bomb) < LONGEST_READ

        assert decode(bomb, params_of).reports[0] == (
            f"the link must unfold to at most {MOST_TEXT} bytes; got more. Ask for the link again, or for the file."
        )

    def test_deep_nesting_is_no_scenario(self):
        deep = packed(json.dumps(PLAIN).encode() + b"\n" + b"[" * 60_000 + b"\n")

        assert "scenario 1 is damaged and left out." in decode(deep, params_of).reports

    def test_a_link_of_many_characters_is_not_read(self):
        assert decode("1." + "a" * 8000, params_of) == Linked(
            None, ("mine must be at most 8000 characters; got 8002. Ask for the link again, or for the file.",)
        )

    def test_a_thousand_unknown_names_are_not_all_looked_at(self):
        odd = {f"p{at}": "1" for at in range(50)}
        found = decode(folded(PLAIN, *([f"s{at}", "", "", odd] for at in range(100))), params_of)

        assert found.scenarios is not None
        assert found.scenarios.names == ("s0", "s1", "s2", "s3", "s4")
        assert found.reports[0] == "scenario 6 and what follows were not looked at."


class TestDamage:
    def test_of_one_cut_off_the_scenarios_before_the_cut_are_read(self):
        whole = library().sets["epsilon"]
        text = encode(whole)
        found = decode(text[: len(text) * 4 // 5], params_of)

        assert found.scenarios is not None
        count = len(found.scenarios.names)
        assert 0 < count < len(whole.names)
        assert found.scenarios.scenarios == whole.scenarios[:count]
        assert found.reports == (
            "the link is cut off; what comes after the cut is missing.",
            f"{count} of {len(whole.names)} scenarios are in the link.",
        )

    @settings(max_examples=60, deadline=None)
    @given(st.data())
    def test_a_changed_character_is_never_silent_and_never_an_exception(self, data):
        text = encode(library().sets["worked-examples"])
        at = data.draw(st.integers(0, len(text) - 2))
        other = data.draw(st.sampled_from("Aa0-_.%é"))
        found = decode(text[:at] + other + text[at + 1 :], params_of)

        assert found.reports or found.scenarios == library().sets["worked-examples"]

    @settings(max_examples=60, deadline=None)
    @given(st.text(max_size=80) | st.binary(max_size=80).map(lambda raw: "1." + urlsafe_b64encode(raw).decode()))
    def test_anything_else_is_told(self, text):
        found = decode(text, params_of)

        assert found.scenarios is None
        assert found.reports

    def test_says_which_scenario_and_which_parameter(self):
        found = decode(
            folded(PLAIN, ["a", "A", "", {"std": "-1"}], ["b", "", "", {"stt": "2", "mean": "x"}]), params_of
        )

        assert found.scenarios == set_of(scenario("a", "A", mean=1.0), scenario("b"))
        assert found.reports == (
            'scenario 1 ("a"): std must be a number from 0 to 1000000; got -1.',
            'scenario 2 ("b"): stt is not a parameter of this experiment. Did you mean std?',
            "scenario 2 (\"b\"): mean must be a number from -1000000 to 1000000; got 'x'.",
        )

    def test_what_is_wrong_in_every_scenario_is_said_once(self):
        found = decode(folded([*PLAIN[:-1], {"std": "-1"}], ["a", "", "", {}], ["b", "", "", {}]), params_of)

        assert found.reports == ("every scenario: std must be a number from 0 to 1000000; got -1.",)

    def test_texts_names_baseline_and_readouts_that_cannot_be_are_told_and_done_without(self):
        head = ["transform", "t" * 121, 7, "", "gone", ["x_hatt"], 2, {}]
        found = decode(folded(head, ["A b", "Two words", "", {}], ["a", "\x00", "", {}], ["a", "", "", {}]), params_of)

        assert found.scenarios is not None
        assert found.scenarios.names == ("two-words", "a", "scenario-3-a")
        assert found.reports == (
            "scenario 1: name must be 1 to 64 of a-z, 0-9, dots and hyphens, beginning with a letter or digit; "
            "got 'A b'.",
            "scenario 2 (\"a\"): title must not hold control characters; character 1 is '\\x00'.",
            'scenario 3 ("a"): the names of scenarios must differ; a is there more than once.',
            "title must be at most 120 characters; got 121.",
            "question must be text; got 7.",
            "baseline must be one of the scenarios that could be read; got 'gone'.",
            "readouts: x_hatt is not a readout of this experiment. Did you mean x_hat?",
        )

    def test_an_experiment_that_is_not_here_is_told(self):
        found = decode(folded(["transfrom", *PLAIN[1:]], ["a", "", "", {}]), params_of)

        assert found == Linked(None, ("'transfrom' is not an experiment. Did you mean transform?",))

    def test_a_version_of_the_future_is_told(self):
        text = encode(library().sets["epsilon"])

        assert decode(f"2{text[1:]}", params_of) == Linked(
            None, ("the link of a set must be of version 1; got '2'. Use a newer bnsim.",)
        )


class TestAddress:
    def test_gives_the_set_back(self):
        sent = library().sets["identity-recovery"]
        found = in_address(url("https://example.org/", sent))

        assert found is not None
        assert decode(found, params_of) == Linked(sent)

    @pytest.mark.parametrize(
        "text", ["identity-recovery", "mine=1.abc", "https://x.org/transform?std=1", "https://[x?mine=1.a", ""]
    )
    def test_anything_else_is_none(self, text):
        assert in_address(text) is None


class TestCode:
    def test_is_an_image_with_words_that_cannot_break_out(self):
        found = qr_svg("http://localhost:8501/transform?std=0.1", '"><script>')

        assert found.startswith('<svg xmlns="http://www.w3.org/2000/svg" role="img" ')
        assert ElementTree.fromstring(found).get("aria-label") == '"><script>'

    def test_a_link_too_long_for_any_code_is_told(self):
        assert qr_svg("a" * LONGEST, "")
        with pytest.raises(InputError) as error:
            qr_svg("a" * (LONGEST + 1), "")

        assert str(error.value) == "a QR code must hold at most 2953 bytes; this link has 2954. Send the link itself."
