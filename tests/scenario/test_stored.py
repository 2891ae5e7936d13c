"""What a browser keeps: scenarios come back as they were, and what was damaged is told one by one."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bnsim.errors import ScenarioError
from bnsim.experiments import params_of
from bnsim.experiments.transform.params import TransformParams
from bnsim.scenario import stored
from bnsim.scenario.scenario import Scenario, name_from
from bnsim.scenario.stored import HEAD, Head
from bnsim.scenario.values import Values

LINES = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=60)
TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"], include_characters="\n"), max_size=200)


def scenario(name: str, title: str = "", note: str = "", **params: object) -> Scenario:
    return Scenario("transform", name, TransformParams.of(params), title, note)


def entries(*scenarios: Scenario, head: Head | None = None) -> dict[str, str]:
    found = {each.name: stored.write(each) for each in scenarios}
    return found if head is None else {**found, HEAD: stored.write(head)}


def read(found: dict[str, str]) -> stored.Stored:
    return stored.read("transform", found, params_of)


class TestReading:
    @settings(max_examples=40, deadline=None)
    @given(LINES, TEXTS, LINES, TEXTS, TEXTS)
    def test_any_text_comes_back(self, title, note, set_title, question, look_for):
        kept = scenario(name_from(title), title, note, std=0.1)
        head = Head((set_title, question, look_for), (kept.name,))

        assert read(entries(kept, head=head)) == stored.Stored({kept.name: kept}, head)

    def test_the_order_is_that_of_the_head_and_what_it_does_not_name_comes_last(self):
        kept = [scenario(name) for name in ("a", "b", "c")]

        assert list(read(entries(*kept, head=Head(order=("c", "gone", "a")))).scenarios) == ["c", "a", "b"]

    def test_without_a_head_nothing_is_wrong(self):
        assert read(entries(scenario("a"))) == stored.Stored({"a": scenario("a")})

    def test_each_damaged_part_is_told_and_the_rest_is_kept(self):
        whole = stored.write(scenario("fine"))
        found = read(
            {
                "fine": whole,
                "cut": whole[:40],
                "moved": whole,
                "A b": whole,
                "odd": whole.replace("fine", "odd").replace("std = 2.5", "std = -1.0"),
                HEAD: "[",
            }
        )

        assert list(found.scenarios) == ["fine"]
        assert found.problems[0] == "the title, the question and the order of your scenarios are damaged."
        assert [problem.partition(":")[0] for problem in found.problems[1:]] == [
            "cut is damaged", "moved is damaged", "'A b' is damaged", "odd is damaged",
        ]  # fmt: skip
        assert found.problems[-1] == ("odd is damaged: params.std: std must be a number from 0 to 1000000; got -1.")

    @pytest.mark.parametrize(
        ("head", "problems"),
        [
            ({"title": "t" * 121, "question": "Why?"}, ("title of your set is damaged.",)),
            ({"title": 3, "question": "Why?", "order": 7}, ("title of your set is damaged.",)),
            ({"question": "Why?", "order": [1, None, {}]}, ()),
        ],
    )
    def test_of_a_head_what_is_good_is_taken(self, head, problems):
        found = read({**entries(scenario("a")), HEAD: json.dumps(head)})

        assert (found.head.texts, found.head.order, found.problems) == (("", "Why?", ""), (), problems)

    def test_after_ten_damaged_ones_the_rest_is_not_looked_at(self):
        bad = {f"s{at}": "[" for at in range(500)}
        found = read({**bad, **entries(scenario("fine"))})

        assert found.scenarios == {}
        assert found.problems[9].startswith("s9 is damaged: it must be valid TOML")
        assert found.problems[10:] == ("What else was kept is not looked at.",)

    def test_no_more_is_read_than_there_may_be(self):
        many = entries(*(scenario(f"s{at}") for at in range(3)))
        huge = {"s0": many["s0"] + "#" * stored.MOST_READ, **{name: many[name] for name in ("s1", "s2")}}

        assert read(huge) == stored.Stored(
            {}, problems=("At most 200 scenarios of 1048576 characters are read; the rest is not.",)
        )

    def test_what_is_too_large_for_a_browser_is_not_written(self):
        with pytest.raises(ScenarioError) as error:
            stored.write(scenario("a", source="own", values=Values(range(100_000))))

        assert str(error.value) == "a must be at most 262144 bytes to be kept by a browser; it has more."
