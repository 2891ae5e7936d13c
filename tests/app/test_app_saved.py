"""Saved scenarios and the browser that keeps them: one by one, across tabs, damaged, full, forgotten."""

from collections.abc import Mapping
from typing import Any

import pytest
import streamlit

from bnsim.app import saving
from bnsim.app.saved import scenarios as own
from bnsim.app.saved import storage as stores
from bnsim.app.saved.storage import LARGE, Storage
from bnsim.experiments import params_of
from bnsim.experiments.transform.params import TransformParams
from bnsim.scenario import stored
from bnsim.scenario.scenario import Scenario
from bnsim.scenario.stored import HEAD, Head
from bnsim.scenario.values import Values

SLUG = "transform"


def scenario(name: str, title: str = "", note: str = "", **params: object) -> Scenario:
    return Scenario(SLUG, name, TransformParams.of(params), title, note)


class Tab:
    """One tab: what its session holds, and what its browser does with a message (as storage.js)."""

    def __init__(self, kept: dict[str, str], room: int = 5_000_000) -> None:
        self.kept, self.room, self.obeyed = kept, room, 0
        self.session: dict[str, Any] = {}
        self.writes: list[dict[str, str | None]] = []

    def __enter__(self) -> "Tab":
        self.patch = pytest.MonkeyPatch()
        self.patch.setattr(streamlit, "session_state", self.session)
        own.everything().setdefault(SLUG, {})
        return self

    def __exit__(self, *_: object) -> None:
        self.patch.undo()

    @property
    def store(self) -> Storage:
        return stores.storage()

    @property
    def mine(self) -> dict[str, Scenario]:
        return own.everything()[SLUG]

    def draw(self) -> None:
        """Draw the component until it has nothing more to say."""
        for _ in range(3):
            self.store.hear(self.answer(self.store.message(SLUG)))

    def answer(self, message: Mapping[str, Any]) -> object:
        start = f"{SLUG}/"
        found = {key.removeprefix(start): text for key, text in self.kept.items() if key.startswith(start)}
        if message["ask"] and found:
            return {"slug": SLUG, "found": found}
        if self.obeyed == message["epoch"] or not (message["clear"] or message["writes"]):
            return None
        self.obeyed = message["epoch"]
        if message["clear"]:
            self.kept.clear()
        self.writes.append(dict(message["writes"]))
        return {
            "slug": SLUG,
            "done": self.obeyed,
            "full": [key for key in message["writes"] if not self.write(message, key)],
        }

    def write(self, message: Mapping[str, Any], key: str) -> bool:
        text = message["writes"][key]
        before = self.kept.pop(key, None)
        if text is None:
            return True
        fits = sum(map(len, self.kept.values())) + len(text) <= self.room
        if fits or before is not None:
            self.kept[key] = text if fits else str(before)
        return fits


def browser(*scenarios: Scenario, **other: str) -> dict[str, str]:
    """Return what a browser keeps."""
    texts = {f"{SLUG}/{each.name}": stored.write(each) for each in scenarios}
    head = {f"{SLUG}/": stored.write(Head(order=tuple(each.name for each in scenarios)))}
    return {**texts, **head, **{f"{SLUG}/{name}": text for name, text in other.items()}}


class TestReload:
    def test_what_was_saved_is_there_in_the_next_visit_in_its_order_with_its_texts(self):
        kept: dict[str, str] = {}
        with Tab(kept) as tab:
            own.put(SLUG, [(each.name, each) for each in (scenario("b", "B", "note"), scenario("a", std=0.1))])
            own.describe(SLUG, "Mine", "Why?", "Look.")
            tab.draw()
        with Tab(kept) as later:
            later.draw()

            assert list(later.mine.values()) == [scenario("b", "B", "note"), scenario("a", std=0.1)]
            assert own.texts_of(SLUG) == ("Mine", "Why?", "Look.")
            assert later.writes == []

    def test_a_visit_that_saves_nothing_says_nothing(self):
        with Tab({}) as tab:
            tab.draw()

            assert tab.store.message(SLUG) == {"slug": SLUG, "ask": True, "epoch": 0, "clear": False, "writes": {}}

    def test_only_what_changed_is_written_and_once(self):
        with Tab(browser(scenario("a"), scenario("b"))) as tab:
            tab.draw()
            own.change(SLUG, "a", "", "noted")
            own.delete(SLUG, "b")
            tab.draw()
            tab.draw()

            assert [sorted(writes) for writes in tab.writes] == [["transform/", "transform/a", "transform/b"]]
            assert sorted(tab.kept) == ["transform/", "transform/a"]

    def test_what_was_saved_before_the_browser_has_answered_gets_a_name_of_its_own(self):
        with Tab(browser(scenario("a", "Old"))) as tab:
            tab.mine["a"] = scenario("a", "New")
            tab.mine["c"] = scenario("c")
            tab.draw()

            assert [(name, each.title) for name, each in tab.mine.items()] == [("a", "Old"), ("a-2", "New"), ("c", "")]
            assert sorted(tab.kept) == ["transform/", "transform/a", "transform/a-2", "transform/c"]

    def test_undo_brings_it_back_in_the_browser_too(self):
        with Tab(browser(scenario("a"), scenario("b"))) as tab:
            tab.draw()
            own.delete(SLUG, "a")
            tab.draw()
            own.undo()
            tab.draw()

            assert list(tab.mine) == ["a", "b"]
            assert tab.kept == browser(scenario("a"), scenario("b"))


class TestTabs:
    def test_each_keeps_what_the_other_saved_beside_it(self):
        kept = browser(scenario("a"))
        one, two = Tab(kept), Tab(kept)
        for tab in (one, two):
            with tab:
                tab.draw()
        for tab, name in ((one, "x"), (two, "y")):
            with tab:
                tab.mine[name] = scenario(name)
                tab.draw()
        with Tab(kept) as later:
            later.draw()

            assert set(later.mine) == {"a", "x", "y"}

    def test_of_one_scenario_the_last_to_write_wins(self):
        kept = browser(scenario("a"), scenario("b"))
        one, two = Tab(kept), Tab(kept)
        for tab in (one, two):
            with tab:
                tab.draw()
        for tab, note in ((one, "first"), (two, "second")):
            with tab:
                own.change(SLUG, "a", "", note)
                tab.draw()
        with one:
            own.change(SLUG, "b", "", "beside")
            one.draw()
        with Tab(kept) as later:
            later.draw()

            assert {name: each.note for name, each in later.mine.items()} == {"a": "second", "b": "beside"}


class TestTroubles:
    def test_what_is_damaged_is_told_and_stays_where_it_is(self):
        with Tab(browser(scenario("a"), bad="[[[", odd="<b>x</b>")) as tab:
            tab.draw()

            assert list(tab.mine) == ["a"]
            assert [each.partition(":")[0] for each in tab.store.problems[SLUG]] == ["bad is damaged", "odd is damaged"]
            assert tab.kept["transform/bad"] == "[[["

    def test_what_has_no_room_is_told_and_not_tried_again_until_it_changes(self):
        with Tab({}, room=900) as tab:
            tab.mine["a"] = scenario("a")
            tab.mine["b"] = scenario("b", note="n" * 900)
            tab.draw()
            tab.draw()

            assert len(tab.writes) == 1
            assert list(tab.store.full) == [(SLUG, "b")]
            own.change(SLUG, "b", "", "")
            tab.room = 5000
            tab.draw()
            assert tab.store.full == {}
            assert "transform/b" in tab.kept

    def test_what_no_browser_keeps_is_told_as_well(self):
        with Tab({}) as tab:
            tab.mine["a"] = scenario("a", source="own", values=Values(range(100_000)))
            tab.draw()

            assert list(tab.store.full) == [(SLUG, "a")]
            assert list(tab.kept) == ["transform/"]

    def test_a_browser_that_keeps_nothing_is_told_once(self):
        with Tab({}) as tab:
            assert tab.store.hear({"slug": SLUG, "none": True}) is True
            assert tab.store.hear({"slug": SLUG, "none": True}) is False
            assert not tab.store.works

    @pytest.mark.parametrize(
        "said",
        [
            None, "x", 3, [], {}, {"found": {}}, {"slug": 7, "found": {"a": 1}}, {"slug": "no", "found": {"a": ""}},
            {"done": 5, "full": []}, {"done": 0, "full": "x"}, {"slug": [], "done": 0, "full": [1, {}]}, {"none": 1},
        ],
        ids=repr,
    )  # fmt: skip
    def test_whatever_else_is_said_changes_nothing(self, said):
        with Tab({}) as tab:
            tab.mine["a"] = scenario("a")

            assert tab.store.hear(said) is False
            assert list(tab.mine) == ["a"]

    def test_what_is_no_text_is_passed_over_and_what_is_large_read_in_a_process(self, monkeypatch):
        asked = []
        monkeypatch.setattr(stores, "apart", lambda read, *given: asked.append(read) or read(*given))
        long = stored.write(scenario("long")) + "#" * LARGE
        found = stores.read(SLUG, {"a": 1, 2: "b", "long": long, "huge": "#" * stored.MOST_READ})

        assert list(found.scenarios) == ["long"]
        assert asked == [stored.read]

    def test_no_more_are_kept_than_a_set_may_hold(self):
        with Tab(browser(*(scenario(f"s{at}") for at in range(200)))) as tab:
            tab.mine["mine"] = scenario("mine")
            tab.draw()

            assert len(tab.mine) == own.MOST_SAVED
            assert "mine" in tab.mine
            assert len(tab.kept) == 1 + own.MOST_SAVED + 1, "what has no room here stays in the browser"


class TestForgetting:
    def test_everything_is_gone_here_and_in_the_browser_and_can_be_brought_back(self):
        kept = {**browser(scenario("a"), bad="[[["), "training/x": "anything"}
        with Tab(kept) as tab:
            tab.draw()
            saving.forget_all()
            tab.draw()
            assert tab.kept == {}
            assert own.everything().get(SLUG, {}) == {}

            own.undo()
            tab.draw()
            assert list(tab.mine) == ["a"]
            assert tab.kept == browser(scenario("a"))


class TestActions:
    def test_a_copy_stands_behind_what_it_was_made_of(self):
        with Tab({}) as tab:
            own.put(SLUG, [("a", scenario("a", "A" * 120, "n", std=0.1)), ("b", scenario("b"))])
            own.duplicate(SLUG, "a")
            (first, copy, last) = tab.mine.values()

            assert (first.name, last.name) == ("a", "b")
            assert copy.title == "A" * 109 + "… (copy)"
            assert (copy.params, copy.note) == (first.params, first.note)

    def test_a_note_alone_leaves_the_name(self):
        with Tab({}) as tab:
            tab.mine["std-0.1"] = scenario("std-0.1", "Another title", std=0.1)
            own.change(SLUG, "std-0.1", "Another title", " look at x̂\n")

            assert tab.mine == {"std-0.1": scenario("std-0.1", "Another title", "look at x̂", std=0.1)}
            assert streamlit.session_state[own.SAID] == ("“Another title” has another note.",)

    def test_texts_that_cannot_be_are_refused_in_sentences(self):
        with Tab({}):
            own.describe(SLUG, "t" * 121, "", "\x00")

            assert own.texts_of(SLUG) == own.NO_TEXTS
            assert streamlit.session_state[own.SAID] == (
                "title must be at most 120 characters; got 121.",
                "look_for must not hold control characters; character 1 is '\\x00'.",
            )

    def test_the_set_of_ones_own_has_its_texts(self):
        with Tab({}) as tab:
            tab.mine["a"] = scenario("a")
            own.describe(SLUG, "Mine", "Why?", "")
            mine = own.my_set(SLUG)

            assert mine is not None
            assert (mine.title, mine.question, mine.look_for, mine.names) == ("Mine", "Why?", "", ("a",))
            assert params_of(mine.experiment) is TransformParams
            assert HEAD not in mine.names
