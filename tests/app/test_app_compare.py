"""The Compare page: sets side by side, and what a visitor keeps of his own."""

import gc
import html
import re
import time
from dataclasses import replace
from typing import Any
from weakref import ref

import pyarrow as pa
import pytest
from grids import differences, markup, tables
from shipped import compared
from streamlit.testing.v1 import AppTest

from bnsim.app import compare_pictures
from bnsim.app.compare_pictures import MADE, MOST_LINES, lines_of
from bnsim.app.grids import Head, grid, key_of
from bnsim.app.pages.compare import MINE
from bnsim.app.panels import library
from bnsim.app.parts import OPEN
from bnsim.app.saved import upload as uploading
from bnsim.app.saved.scenarios import MOST_SAVED
from bnsim.charts.overlay import MOST_LABELS, overlaid
from bnsim.compare import compare_scenarios, told_apart
from bnsim.compare.summary import summary
from bnsim.compare.tables import Cell, Row
from bnsim.experiments import all_experiments, find, params_of
from bnsim.experiments.transform import EXPERIMENT
from bnsim.experiments.transform.params import TransformParams
from bnsim.scenario import toml
from bnsim.scenario.scenario import Scenario, ScenarioSet
from bnsim.text import number
from bnsim.work.queue import SHORT

HOSTILE = "<b>x</b> **y** $z$ :smile:"
SETS = sorted(library().of("transform"))


def comparison() -> None:
    from bnsim.app.pages.compare import compare_page

    compare_page()


def opened(*mine: Scenario, kept_open: bool = False, **query: str) -> AppTest:
    at = AppTest.from_function(comparison, default_timeout=10)
    at.session_state["bnsim.saved"] = {"transform": {scenario.name: scenario for scenario in mine}}
    at.session_state[OPEN] = {"compare.keep": kept_open}
    for key, value in query.items():
        at.query_params[key] = value
    at.run()
    assert not at.exception
    return at


def opened_kept(*mine: Scenario, **query: str) -> AppTest:
    return opened(*mine, kept_open=True, **query)


def opened_and_run(**query: str) -> AppTest:
    """Return the page of a set that takes more than a moment, once its runs have left the queue."""
    at = opened(**query)
    assert "scenarios are not run yet." in words(at)
    end = time.monotonic() + 20
    while SHORT.busy:
        assert time.monotonic() < end
        time.sleep(0.02)
    at.run()
    assert "not run yet" not in words(at)
    return at


def scenario(name: str, title: str = "", **params: object) -> Scenario:
    return Scenario("transform", name, TransformParams.of(params), title=title)


def kept(at: AppTest) -> dict[str, Scenario]:
    found: dict[str, Scenario] = at.session_state["bnsim.saved"]["transform"]
    return found


def words(at: AppTest) -> str:
    return html.unescape(re.sub(r"<style>.*?</style>|<[^>]*>", " ", markup(at), flags=re.DOTALL))


def one_line(at: AppTest) -> str:
    return " ".join(words(at).split())


def press(at: AppTest, label: str) -> AppTest:
    next(button for button in at.button if button.label == label).click().run()
    assert not at.exception
    return at


def choice(at: AppTest, label: str) -> Any:
    return next(each for each in at.get("button_group") if each.label == label)


def upload(at: AppTest, name: str, content: bytes) -> AppTest:
    at.get("file_uploader")[0].set_value((name, content, "application/toml")).run()
    assert not at.exception
    return at


class TestChoosing:
    @pytest.mark.parametrize("name", SETS)
    def test_every_set_can_be_chosen(self, name):
        at = opened()
        at.selectbox(key="compare.set").set_value(name).run()

        assert not at.exception
        assert at.selectbox(key="compare.set").value == name
        assert library().sets[name].question in words(at)
        assert at.query_params["set"] == name

    def test_one_set_after_another(self):
        at = opened()
        for name in ("scale-and-shift", "epsilon", "identity-recovery"):
            at.selectbox(key="compare.set").set_value(name).run()

        assert at.selectbox(key="compare.set").value == "identity-recovery"

    def test_the_baseline_can_be_chosen(self):
        at = opened(set="scale-and-shift")
        at.selectbox(key="compare.baseline").set_value("mirror").run()

        assert at.selectbox(key="compare.baseline").value == "mirror"
        assert tables(at)[0].columns[0] == f"A · {library().sets['scale-and-shift'].get('mirror').title}"
        assert at.query_params["baseline"] == "mirror"

    def test_another_set_brings_its_own_baseline(self):
        at = opened(set="scale-and-shift", baseline="mirror")
        at.selectbox(key="compare.set").set_value("epsilon").run()

        assert at.selectbox(key="compare.baseline").value == library().sets["epsilon"].baseline_scenario.name

    def test_all_numbers_and_all_settings_can_be_asked_for(self):
        at = opened(set="scale-and-shift")
        outcomes, settings = tables(at)
        assert list(outcomes.index) == ["Output mean mean(y)", "Output std std(y)", "Output y y"]
        assert list(settings.index) == ["Scale γ", "Shift β"]

        at.toggle(key="compare.numbers").set_value(True).run()
        at.toggle(key="compare.settings").set_value(True).run()
        outcomes, settings = tables(at)

        assert len(outcomes) == 11
        assert len(settings) == len(TransformParams.controls())
        assert (at.query_params["numbers"], at.query_params["settings"]) == ("1", "1")


class TestLink:
    def test_names_set_baseline_and_what_is_shown_whole(self):
        at = opened(set="scale-and-shift", baseline="mirror", numbers="1")

        assert at.selectbox(key="compare.set").value == "scale-and-shift"
        assert at.selectbox(key="compare.baseline").value == "mirror"
        assert at.toggle(key="compare.numbers").value is True
        assert at.toggle(key="compare.settings").value is False

    @pytest.mark.parametrize("only", ["0", "1"])
    def test_of_earlier_versions_leads_to_the_same_set_and_baseline(self, only):
        at = opened(set="scale-and-shift", baseline="mirror", only=only)

        assert at.selectbox(key="compare.set").value == "scale-and-shift"
        assert at.selectbox(key="compare.baseline").value == "mirror"
        assert 'role="alert"' not in markup(at)

    def test_a_set_that_is_not_here_is_told_as_text(self):
        at = opened(set=HOSTILE)

        assert f"The link asks for the set {HOSTILE!r}, which is not here." in words(at)
        assert "<b>x</b>" not in markup(at)
        assert at.selectbox(key="compare.set").value in SETS

    def test_a_baseline_that_is_not_here_is_the_sets_own(self):
        at = opened(set="epsilon", baseline="junk")

        assert at.selectbox(key="compare.baseline").value == library().sets["epsilon"].baseline_scenario.name

    def test_a_long_junk_link_is_cut(self):
        assert "x" * 64 in words(opened(set="x" * 5000))
        assert "x" * 65 not in words(opened(set="x" * 5000))


class TestSentence:
    @pytest.mark.parametrize("name", SETS)
    def test_stands_above_the_picture(self, name):
        at = opened(set=name)
        said = summary(compared(name))

        assert said in words(at)
        assert words(at).index(said) < words(at).index("What came out")

    def test_of_one_alone_says_that_there_is_nothing_to_compare(self):
        at = opened(scenario("one"), set=MINE)

        assert "There is only one scenario here, and nothing to compare it with." in words(at)

    def test_of_one_that_a_search_leaves_alone_says_that_the_others_are_left_out(self):
        at = opened(set="worked-examples", find="no scenario is called so")

        assert "Only the baseline is shown here: all other scenarios are left out" in words(at)
        assert "There is only one scenario" not in words(at)

    def test_follows_the_baseline(self):
        at = opened(set="worked-examples")
        at.selectbox(key="compare.baseline").set_value("mean-2.3-std-1.8").run()

        assert "“Output mean” is 0 instead of 0.2." in words(at)


class TestTables:
    def test_hold_what_the_set_is_about_in_few_digits_and_what_changed(self):
        outcomes, settings = tables(opened(set="worked-examples"))

        assert list(outcomes.iloc[:, 0]) == ["1.1999990", "1.1999990", "0.9999992", "0", "0.9999992"]
        assert list(settings.index) == ["Batch mean μ_B", "Batch std σ_B", "Scale γ", "Shift β", "Tracked activation x"]

    def test_hold_every_number_with_all_its_digits_on_demand(self):
        at = opened(set="worked-examples", numbers="1")
        found = compared("worked-examples")

        assert tables(at)[0].shape == (11, 2)
        assert tables(at)[0].iloc[0, 0] == "1.199999040001"
        assert differences(at)[0].iloc[0, 1] == f"+{number(float(found.differences.iloc[0, 0]))}"

    def test_the_baseline_comes_first_and_differs_from_itself_by_nothing(self):
        at = opened(set="scale-and-shift", baseline="mirror")
        title = library().sets["scale-and-shift"].get("mirror").title

        assert [table.columns[0] for table in tables(at)] == [f"A · {title}"] * 2
        assert set(differences(at)[0].iloc[:, 0]) == {""}

    def test_say_a_choice_by_its_label_and_never_by_the_name_of_its_parameter(self):
        outcomes, settings = tables(opened(set="norms-compared"))

        assert list(settings.iloc[0]) == [
            "Batch", "Layer", "Group", "Instance", "RMS", "Group", "Group", "Batch", "Batch", "Instance",
        ]  # fmt: skip
        assert not [label for label in (*outcomes.index, *settings.index) if re.search(r"[a-z]_[a-z]", label)]

    def test_say_a_word_where_there_is_no_number(self):
        outcomes = tables(opened(set="single-sample-inference"))[0]

        assert outcomes.loc["Mean in training mode mean(y)", "G · PyTorch: x = 4 alone"] == "refused"

    def test_of_a_set_that_takes_more_than_a_moment_come_once_it_was_run(self):
        outcomes = tables(opened_and_run(set="residual-variance"))[0]

        assert len(outcomes.columns) == len(library().sets["residual-variance"].scenarios)

    def test_one_scenario_alone_differs_from_nothing(self):
        at = opened(scenario("one"), set=MINE)

        assert len(tables(at)) == 1
        assert set(differences(at)[0].iloc[:, 0]) == {""}
        assert "What went in is the same in all\\." in [caption.value for caption in at.caption]

    def test_two_alike_change_nothing(self):
        at = opened(scenario("one"), scenario("two"), set=MINE)

        assert set(differences(at)[0].iloc[:, 1]) == {"same"}
        assert "What went in is the same in all\\." in [caption.value for caption in at.caption]

    def test_equal_titles_are_told_apart_by_their_names(self):
        assert told_apart({"a": "same", "b": "same", "c": "other"}) == {
            "a": "same (a)", "b": "same (b)", "c": "other",
        }  # fmt: skip

    def test_titles_that_differ_in_blanks_only_look_equal(self):
        assert told_apart({"a": "x  y", "b": "x y "}) == {"a": "x y (a)", "b": "x y (b)"}

    def test_of_two_with_one_title_either_can_be_the_baseline_and_stays_it(self):
        at = opened(scenario("one", "same"), scenario("two", "same", mean=1), set=MINE)
        box = at.selectbox(key="compare.baseline")
        assert box.options == ["same (one)", "same (two)"]

        box.set_value("two").run()
        at.toggle(key="compare.numbers").set_value(True).run()
        assert at.selectbox(key="compare.baseline").value == "two"
        at.selectbox(key="compare.baseline").set_value("one").run()

        assert at.selectbox(key="compare.baseline").value == "one"
        assert tables(at)[0].columns[0] == "A · same (one)"

    def test_a_number_keeps_its_exponent_and_no_cell_is_cut(self):
        tiny = 3.477844628696e-5
        frame = compare_scenarios([scenario("a"), scenario("b", mean=3 + tiny)]).differences
        at = opened(scenario("a"), scenario("b", mean=3 + tiny), set=MINE, baseline="a", numbers="1")

        assert differences(at)[0].loc["Batch mean μ_B"].iloc[1] == f"+{number(frame.loc['batch_mean', 'b'])}"
        assert re.search(r"e−\d+$", f"+{number(frame.loc['batch_mean', 'b'])}")

    def test_titles_and_texts_are_never_markup(self):
        made = grid([Head("<b>", "<b>")], [Row("<u>", "<q>", (Cell("<p>", "<s>"),))], '"><s>')

        assert not re.search("<[bupqs]>", made)
        assert 'aria-label="&quot;&gt;&lt;s&gt;"' in made
        assert "&lt;b&gt;" in key_of([(0, "<b>")], "key", labelled=False)

    def test_equal_titles_stand_in_two_columns(self):
        at = opened(scenario("one", "same"), scenario("two", "same", mean=1), set=MINE)

        assert list(tables(at)[0].columns) == ["A · same (one)", "B · same (two)"]

    def test_a_title_that_looks_like_another_with_its_name_does_not_collide(self):
        titles = {"a": "t", "b": "t", "c": "t (a)"}
        at = opened(*(scenario(name, title, mean=at) for at, (name, title) in enumerate(titles.items())), set=MINE)

        assert len(set(tables(at)[0].columns)) == 3


class TestOverlay:
    @pytest.mark.parametrize("series", list(EXPERIMENT.overlay.labels))
    def test_is_drawn_for_every_series(self, series):
        at = opened(set="scale-and-shift")
        choice(at, "Curves").set_value(series).run()
        chart = at.get("vega_lite_chart")[0].proto

        assert not at.exception
        assert chart.alt == f"{EXPERIMENT.overlay.labels[series]}: 7 scenarios over each other."
        assert [dataset.name for dataset in chart.datasets] == ["curves"]

    def test_is_made_once_for_all_who_look_at_it(self, monkeypatch):
        made = []
        monkeypatch.setattr(compare_pictures, "overlaid", lambda *given: made.append(given) or overlaid(*given))
        MADE.clear()
        first, second = opened(set="scale-and-shift"), opened(set="scale-and-shift")
        sent = [at.get("vega_lite_chart")[0].proto.datasets[0].data.data for at in (first, second)]

        assert len(made) == 1
        assert sent[0] == sent[1] != b""
        assert words(first) == words(second)

    @pytest.mark.parametrize("many", [3, MOST_LABELS + 1])
    def test_of_scenarios_of_the_same_names_has_their_own_titles(self, many):
        sent = []
        for title in ("Anna", "Bert"):
            mine = [scenario(f"my-{at}", f"{title} {at}", mean=at) for at in range(many)]
            chart = opened(*mine, set=MINE).get("vega_lite_chart")[0].proto
            sent.append(pa.ipc.open_stream(chart.datasets[0].data.data).read_all().to_pydict())

        assert {title.split()[2] for title in sent[0]["scenario"]} == {"Anna"}
        assert {title.split()[2] for title in sent[1]["scenario"]} == {"Bert"}

    def test_is_another_one_where_others_stand_out_or_are_drawn_and_ends_with_its_comparison(self):
        whole = compared("scale-and-shift")
        one = replace(whole)  # which nobody else holds
        first, *others = one.names
        found = {
            (drawn, loud): lines_of(one, drawn, one.names, "output", loud)
            for drawn in (one.names, (first,))
            for loud in (one.names, (first,))
        }

        assert len({id(lines) for lines in found.values()}) == len(MADE[one]) == 4
        assert {lines.names for lines in found.values()} == {frozenset(one.names), frozenset({first})}
        assert (
            sum(found[one.names, (first,)].data.to_pydict()["quiet"])
            > 0
            == sum(found[one.names, one.names].data.to_pydict()["quiet"])
        )
        for at in range(MOST_LINES + 1):
            lines_of(one, one.names, one.names, "output", (first, *others[: at % len(others)], str(at)))
        assert len(MADE[one]) <= MOST_LINES
        gone = ref(one)
        del one, found
        gc.collect()
        assert gone() is None

    def test_is_another_one_for_another_series(self):
        at = opened(set="scale-and-shift")
        before = at.get("vega_lite_chart")[0].proto.datasets[0].data.data
        other = list(EXPERIMENT.overlay.labels)[-1]
        choice(at, "Curves").set_value(other).run()

        assert at.get("vega_lite_chart")[0].proto.datasets[0].data.data != before

    def test_first_shows_the_series_in_which_the_scenarios_differ(self):
        assert choice(opened(set="momentum-conventions"), "Curves").value == "mean"

    def test_is_told_in_words_with_its_numbers(self):
        said = "Example with x = 6: 0.0003355 at −3.9999968, 0.0003355 at 3.9999968, highest 1 at 0."

        assert said in words(opened(set="worked-examples"))

    def test_its_key_says_who_has_no_curve(self):
        assert "G · PyTorch: x = 4 alone: no curve here" in words(opened(set="single-sample-inference"))

    def test_its_axes_say_what_is_drawn(self):
        for experiment in all_experiments().values():
            for series in experiment.overlay.labels:
                assert all(
                    title and "chosen" not in title and " or " not in title
                    for title in experiment.overlay.titles(series)
                )
        assert find("train-eval").overlay.titles("mean") == ("batches seen, t", "running mean")

    def test_its_specification_is_the_same_for_all_sets_of_few_and_of_many(self):
        specs = {opened(set=name).get("vega_lite_chart")[0].proto.spec for name in SETS}

        assert len({len(library().sets[name].names) > MOST_LABELS for name in SETS}) == 2
        assert len(specs) == 1


class TestDownloads:
    def test_are_not_made_before_they_are_asked_for(self):
        at = opened()

        assert [each.label for each in at.expander] == [
            "Arrange: columns, second reference, order, what is shown", "Download, share, your saved scenarios",
        ]  # fmt: skip
        assert not at.get("download_button")
        assert not at.get("file_uploader")

    def test_a_table_and_the_scenarios_are_offered(self):
        labels = [button.proto.label for button in opened(kept_open=True).get("download_button")]

        assert labels == ["Download table (CSV)", "Download scenarios (TOML)"]

    def test_a_press_does_not_draw_the_page_anew_which_would_take_away_what_it_asks_for(self):
        buttons = [button.proto for button in opened(kept_open=True).get("download_button")]

        assert [each.ignore_rerun for each in buttons] == [True, True]
        assert [each.HasField("deferred_file_id") for each in buttons] == [False, False]


class TestMine:
    def test_without_any_the_way_to_one_is_told(self):
        assert "Nothing is saved yet. Open an experiment, set something, and press Save there." in words(
            opened(set=MINE)
        )

    def test_are_compared_like_a_set(self):
        at = opened(scenario("one"), scenario("two", mean=1), set=MINE)

        assert list(tables(at)[0].columns) == ["A · one", "B · two"]

    def test_a_hostile_title_is_shown_as_text(self):
        at = opened(scenario("one", HOSTILE), scenario("two", mean=1), set=MINE, baseline="one")
        captions = [caption.value for caption in at.caption if "difference" in caption.value]

        assert "<b>x</b>" not in markup(at)
        assert len(captions) == 1
        assert not re.search(r"(?<!\\)[<>$:]", captions[0])

    def test_can_be_renamed(self):
        at = opened_kept(scenario("one", "One"), scenario("two"))
        at.text_input(key="saving.title.one").set_value("γ = 2")
        press(at, "Change")

        assert list(kept(at)) == ["gamma-2", "two"]  # its place stays
        assert kept(at)["gamma-2"].title == "γ = 2"
        assert "“One” is now “γ = 2”." in words(at)

    def test_renamed_to_a_name_that_is_taken_gets_a_number(self):
        at = opened_kept(scenario("one", "One"), scenario("two", "Two"))
        at.text_input(key="saving.title.one").set_value("Two")
        press(at, "Change")

        assert list(kept(at)) == ["two-2", "two"]

    def test_a_title_too_long_is_refused_in_a_sentence(self):
        at = opened_kept(scenario("one", "One"))
        at.text_input(key="saving.title.one").set_value("t" * 121)
        press(at, "Change")

        assert kept(at)["one"].title == "One"
        assert "title must be at most 120 characters; got 121." in words(at)

    def test_a_new_title_of_nothing_keeps_the_old_one(self):
        at = opened_kept(scenario("one", "One"))
        at.text_input(key="saving.title.one").set_value("  ")
        press(at, "Change")

        assert kept(at)["one"].title == "One"

    def test_are_called_by_their_titles(self):
        at = opened_kept(scenario("one", "First of all"), scenario("two", "And another"))

        assert at.selectbox(key="saving.name").options == ["First of all", "And another"]

    def test_enter_renames(self):
        at = opened_kept(scenario("one", "One"))
        button = next(button for button in at.button if button.label == "Change")

        # A form with one button: the browser presses it on Enter.
        assert at.text_input(key="saving.title.one").proto.form_id == button.proto.form_id != ""

    def test_can_be_deleted_to_the_last(self):
        at = opened_kept(scenario("one"), scenario("two"), set=MINE)
        press(press(at, "Delete"), "Delete")

        assert kept(at) == {}
        assert "Nothing is saved yet." in words(at)
        assert "“two” is deleted." in words(at)

    def test_the_chosen_one_is_deleted(self):
        at = opened_kept(scenario("one"), scenario("two"), scenario("three"))
        at.selectbox(key="saving.name").set_value("two").run()
        press(at, "Delete")

        assert list(kept(at)) == ["one", "three"]


class TestLoading:
    def file(self, *names: str) -> bytes:
        scenarios = tuple(scenario(name, mean=float(at)) for at, name in enumerate(names))
        return toml.write(ScenarioSet("transform", "Mine", scenarios)).encode()

    def test_a_file_changes_nothing_before_somebody_says_so_and_then_adds_its_scenarios(self):
        at = upload(opened_kept(scenario("one")), "mine.toml", self.file("one", "two"))

        assert list(kept(at)) == ["one"]
        assert "“mine.toml” holds 2 scenarios of Transform. New: “two”." in one_line(at)
        assert "Of the same name as one of yours, and added with a number: “one”." in one_line(at)
        press(at, "Add to yours")
        assert list(kept(at)) == ["one", "one-2", "two"]
        assert kept(at)["two"].params == TransformParams(mean=1.0)
        assert "2 scenarios of Transform added to yours." in words(at)
        assert "“mine.toml” holds" not in words(at)

    def test_what_is_there_already_is_not_added_again(self):
        at = upload(opened_kept(scenario("one", mean=0.0)), "mine.toml", self.file("one", "two"))
        assert "New: “two”. There already, and left as it is: “one”." in one_line(at)
        press(at, "Add to yours")

        assert list(kept(at)) == ["one", "two"]
        assert "1 scenario of Transform added to yours." in words(at)

    def test_a_file_can_take_the_place_of_all_and_that_can_be_undone(self):
        at = upload(opened_kept(scenario("mine"), scenario("one")), "mine.toml", self.file("one", "two"))
        assert "To put them in place of yours deletes 2 of yours; that can be undone." in one_line(at)
        press(at, "Replace yours")
        assert {name: each.params.mean for name, each in kept(at).items()} == {"one": 0.0, "two": 1.0}
        assert "2 scenarios of Transform in place of yours." in words(at)
        at.button(key="saving.take_back").click().run()

        assert list(kept(at)) == ["mine", "one"]
        assert "What was there before is back." in words(at)

    def test_a_file_can_be_left(self):
        at = upload(opened_kept(scenario("one")), "mine.toml", self.file("two"))
        press(at, "Leave them")

        assert list(kept(at)) == ["one"]
        assert "Add to yours" not in [button.label for button in at.button]

    def test_a_set_brings_its_texts_where_there_are_none(self):
        brought = ScenarioSet("transform", HOSTILE, (scenario("a"),), question="Why?", look_for="The spread.")
        at = press(upload(opened_kept(), "mine.toml", toml.write(brought).encode()), "Add to yours")

        assert at.session_state["bnsim.saved.texts"] == {"transform": (HOSTILE, "Why?", "The spread.")}

    def test_what_a_file_of_earlier_versions_meant_by_0_is_said(self):
        old = b'schema = 1\nexperiment = "train-eval"\n[params]\neps = 0.0\n[[scenario]]\nname = "a"\n'
        at = upload(opened_kept(), "old.toml", old)

        assert "“old.toml” holds 1 scenario of Training and inference." in words(at)
        assert "eps=0 is read as own, the framework's own: that is what it meant in earlier versions." in words(at)

    def test_what_was_downloaded_can_be_loaded_again(self):
        at = press(upload(opened_kept(), "mine.toml", self.file("one", "two")), "Add to yours")
        mine = ScenarioSet("transform", "My saved scenarios", tuple(kept(at).values()))

        assert toml.read(toml.write(mine), params_of).scenarios == mine.scenarios

    @pytest.mark.parametrize(
        "content", [b"", b"\xff\xfe", b"schema = 1", b"[[[", HOSTILE.encode(), b"a = '<b>x</b>'", b"x" * 2_000_000]
    )
    def test_a_bad_file_changes_nothing_and_is_told(self, content):
        at = upload(opened_kept(scenario("one")), f"{HOSTILE}.toml", content)

        assert list(kept(at)) == ["one"]
        assert 'class="bnn' in markup(at)
        assert "<b>x</b>" not in markup(at)

    def test_a_large_file_is_read_elsewhere_and_one_that_is_too_large_not_at_all(self, monkeypatch):
        asked = []
        monkeypatch.setattr(uploading, "apart", lambda read, *given: asked.append(read) or read(*given))

        at = upload(opened_kept(), "mine.toml", self.file("one") + b"#" * uploading.LARGE_SET)
        assert "“mine.toml” holds 1 scenario of Transform." in words(at)
        upload(at, "huge.toml", b"#" * (toml.LARGEST_FILE + 1))
        assert "huge.toml must be at most 1048576 bytes; got more." in words(at)
        assert asked == [uploading.read_scenarios]

    def test_every_problem_of_a_file_is_told(self):
        damaged = self.file("one").replace(b"schema = 1", b"schema = 7").replace(b"std = 2.5", b"std = -1.0")
        at = upload(opened_kept(), "mine.toml", damaged)

        assert "schema must be 1; got 7." in words(at)
        assert "std must be a number from 0 to 1000000; got -1." in words(at)

    def test_no_more_are_kept_than_a_set_may_hold(self):
        many = [scenario(f"s{at}") for at in range(MOST_SAVED - 1)]
        at = press(upload(opened_kept(*many), "mine.toml", self.file("one", "two")), "Add to yours")

        assert len(kept(at)) == MOST_SAVED - 1
        assert "At most 200 scenarios can be kept; there are 199, and 2 would be added. Delete some first." in words(at)
