"""What every experiment must keep to, the present ones and all later ones."""

import json
import pickle
import re
import sys
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st
from shipped import at_small

from bnsim import experiments
from bnsim.app.controls import DRAW, kind_of
from bnsim.charts.place import marked
from bnsim.experiment import Experiment, Readout, Result
from bnsim.experiments import all_experiments, find, params_of
from bnsim.scenario import link
from bnsim.scenario.library import Library
from bnsim.scenario.params import FieldSpec, Params
from bnsim.scenario.scenario import NAME
from bnsim.scenario.values import Values

FOUND = list(all_experiments().values())
MOST_BYTES = {"stages": 11_600, "map": 5000}
MOST_BYTES_OF_OTHERS = 6500
LARGEST_WHOLE = 60  # what a test can afford of an unbounded whole number
DRAWS, DRAWS_OF_SLOW_WORK = 8, 4  # on any machine: shared by the tests that only look at results
EVERY = pytest.mark.parametrize("experiment", FOUND, ids=lambda experiment: experiment.slug)
SLOW = [experiment for experiment in FOUND if experiment.work is not None]
EVERY_SLOW = pytest.mark.parametrize("experiment", SLOW, ids=lambda experiment: experiment.slug)


def value_of(spec: FieldSpec) -> st.SearchStrategy[Any]:
    """Return a strategy for one parameter: its whole valid range, and its slider's range more often."""
    match spec.kind:
        case "choice" | "flag":
            return st.sampled_from(spec.options or (False, True))
        case "values":
            return st.lists(st.floats(-1e6, 1e6), max_size=12).map(Values)
        case "text":
            return st.just(spec.default)
        case "integer":
            low = int(spec.low or 0)
            return st.integers(low, int(min(low + LARGEST_WHOLE, spec.high or low + LARGEST_WHOLE)))
        case "number":
            low, high = (spec.low if spec.low is not None else -1e6), (spec.high if spec.high is not None else 1e6)
            whole = st.floats(low, high, exclude_min=spec.low_open, exclude_max=spec.high_open)
            ends = [end for end in (low, high) if spec.allows(end)] + [spec.default]
            return (
                whole | st.sampled_from(ends) | (st.floats(*spec.control.slider[:2]) if spec.control.slider else whole)
            )


def sized(experiment: Experiment) -> Params:
    """Return the defaults; of a slow experiment, those at a small size."""
    return experiment.params().replace(**experiment.small)


plain = at_small
"""The result of these, for tests that only look at it."""


@st.composite
def params(draw: st.DrawFn, experiment: Experiment) -> Params:
    drawn = {name: draw(value_of(spec)) for name, spec in experiment.params.controls().items()}
    drawn |= experiment.small
    found, _ = experiment.params.examine(drawn)
    assume(found is not None)
    assert found is not None
    return found


def examples_for(experiment: Experiment) -> settings:
    """Return how many draws a test makes: fewer of slow work, and as many on every machine."""
    return settings(
        max_examples=DRAWS if experiment.work is None else DRAWS_OF_SLOW_WORK,
        phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink],
        deadline=None,
        suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow],
    )


def for_all(experiment: Experiment, check: Any) -> None:
    """Run a check on drawn parameters."""
    examples_for(experiment)(given(params(experiment))(check))()


@cache
def drawn_results(slug: str) -> tuple[Result, ...]:
    """Return results of drawn parameters, for tests that only look at them and name them where they fail."""
    results = list[Result]()

    def run(drawn):
        result = Result(find(slug), drawn)
        assert result.outcome is not None
        results.append(result)

    for_all(find(slug), run)
    return tuple(results)


def repeatable(result: Result) -> tuple[dict[str, pd.DataFrame], list[Readout], tuple[str, ...]]:
    """Copies of the tables, the readouts and the notes, but for what is measured on the machine at hand."""
    measured = result.experiment.measured
    tables = {name: frame.copy() for name, frame in result.tables.items() if name not in measured}
    return tables, [each for each in result.readout_list if each.key not in measured], tuple(result.notes)


def assert_same(first: Result, second: Result) -> None:
    assert_found(repeatable(first), second)


def assert_found(expected: tuple[dict[str, pd.DataFrame], list[Readout], tuple[str, ...]], result: Result) -> None:
    """Hold a result against what `repeatable` kept of an earlier one."""
    (tables, *said), (found_tables, *found) = expected, repeatable(result)
    assert found == said, result.params
    assert found_tables.keys() == tables.keys()
    for name, frame in tables.items():
        pd.testing.assert_frame_equal(frame, found_tables[name], check_exact=True)


@EVERY
class TestDeclaration:
    def test_slug_title_question_and_advice_are_there(self, experiment):
        assert NAME.fullmatch(experiment.slug)
        assert experiment.title.strip() == experiment.title != ""
        assert experiment.question.endswith("?")
        assert experiment.look_for.endswith(".")

    def test_it_is_found_by_its_slug(self, experiment):
        assert find(experiment.slug) is experiment
        assert params_of(experiment.slug) is experiment.params

    def test_it_has_a_seed_if_it_is_random(self, experiment):
        assert "seed" in experiment.params.controls() or experiment.work is None

    def test_every_control_has_a_label_and_help(self, experiment):
        for name, spec in experiment.params.controls().items():
            assert spec.control.label.strip(), name
            assert re.fullmatch(r".+[.]", spec.control.help), name

    def test_every_control_can_be_drawn(self, experiment):
        for name, spec in experiment.params.controls().items():
            assert spec.control.slider or kind_of(spec) in DRAW, name

    def test_no_two_controls_share_a_label(self, experiment):
        labels = [spec.control.label for spec in experiment.params.controls().values()]

        assert len(set(labels)) == len(labels)

    def test_sliders_stay_within_what_is_valid_and_hold_their_default(self, experiment):
        for name, spec in experiment.params.controls().items():
            if spec.control.slider:
                low, high, step = spec.control.slider
                assert spec.allows(type(spec.default)(low)), name
                assert spec.allows(type(spec.default)(high)), name
                assert low <= spec.default <= high, name
                assert 0 < step <= high - low, name

    def test_what_pictures_follow_has_a_slider(self, experiment):
        assert all(spec.control.slider for spec in experiment.params.controls().values() if spec.control.live)

    def test_every_number_and_whole_number_is_bounded(self, experiment):
        for name, spec in experiment.params.controls().items():
            assert spec.kind not in ("number", "integer") or None not in (spec.low, spec.high), name

    def test_offered_values_are_valid(self, experiment):
        for name, spec in experiment.params.controls().items():
            assert all(spec.allows(value) for value in spec.control.choices or ()), name

    def test_what_it_points_to_exists(self, experiment):
        result = plain(experiment.slug)
        keys = [readout.key for readout in result.readout_list]

        assert set(experiment.headline) <= set(keys)
        assert set(experiment.shown_tables) <= set(experiment.tables)
        assert set(experiment.closed) <= set(experiment.tables)
        assert bool(experiment.closed) == (experiment.complete is not None)
        assert set(experiment.better) <= set(keys)
        assert set(experiment.better.values()) <= {"higher", "lower"}

    def test_what_is_seen_at_first_needs_nothing_that_is_closed(self, experiment):
        result = Result(experiment, plain(experiment.slug).params)
        result.at_sight()

        assert result.tables.completed is None

    def test_what_compare_lays_over_each_other_is_in_a_table(self, experiment):
        overlay = experiment.overlay
        table = plain(experiment.slug).tables[overlay.table]

        assert {overlay.series, overlay.x, overlay.y} <= set(table.columns)
        assert set(table[overlay.series]) <= set(overlay.labels)
        assert all(overlay.labels.values())
        assert overlay.x_title
        assert overlay.y_title

    def test_the_set_to_offer_first_is_shipped(self, experiment):
        library = Library.open(params_of)

        assert experiment.first_set in library.of(experiment.slug)
        assert library.shipped(experiment.first_set)

    def test_its_defaults_survive_a_link(self, experiment):
        defaults = experiment.params()

        assert link.decode(experiment.params, link.encode(defaults)) == (defaults, ())


@EVERY
class TestReadouts:
    def test_are_terms_each_there_once(self, experiment):
        keys = [readout.key for readout in plain(experiment.slug).readout_list]

        assert len(set(keys)) == len(keys)
        assert set(keys) <= set(experiment.terms)

    def test_are_the_same_whatever_the_parameters(self, experiment):
        expected = list(plain(experiment.slug).readouts)

        for result in drawn_results(experiment.slug):
            assert list(result.readouts) == expected, result.params

    def test_do_not_clash_with_parameters(self, experiment):
        readouts = plain(experiment.slug).readouts

        assert not set(readouts) & set(experiment.params.controls())

    def test_each_has_a_statement(self, experiment):
        assert all(readout.statement for readout in plain(experiment.slug).readout_list)

    def test_notes_are_sentences(self, experiment):
        for result in drawn_results(experiment.slug):
            assert all(re.fullmatch(r"\S.*\.", note) for note in result.notes), result.params

    def test_actions_set_parameters(self, experiment):
        result = plain(experiment.slug)

        for label, changes in experiment.offers(result.outcome).items():
            assert label.strip()
            assert result.params.replace(**changes) != result.params


@EVERY
class TestRun:
    def test_same_parameters_give_the_same_whatever_ran_in_between(self, experiment):
        results = drawn_results(experiment.slug)
        before = [repeatable(result) for result in results]

        for result, expected in reversed(list(zip(results, before, strict=True))):
            assert_found(expected, Result(experiment, experiment.params.of(dict(result.params))))

    def test_it_neither_uses_nor_moves_the_global_randomness(self, experiment):
        np.random.seed(1)  # noqa: NPY002 - it is this very generator that must not matter
        before = np.random.get_state()[1].copy()  # noqa: NPY002
        expected = repeatable(Result(experiment, sized(experiment)))
        after = np.random.get_state()[1]  # noqa: NPY002

        np.testing.assert_array_equal(before, after)
        assert_found(expected, plain(experiment.slug))

    def test_what_is_measured_is_there(self, experiment):
        there = {*experiment.tables, *plain(experiment.slug).readouts}

        assert set(experiment.measured) <= there

    def test_tables_are_tidy(self, experiment):
        for result in drawn_results(experiment.slug):
            for name, frame in result.tables.items():
                assert isinstance(frame, pd.DataFrame), name
                assert list(frame.index) == list(range(len(frame))), (name, result.params)
                assert all(isinstance(column, str) for column in frame.columns), name
                assert frame.columns.is_unique, name


def key_of(figure: Any) -> str:
    """Return the key of a figure."""
    key: str = figure.key
    return key


@EVERY
class TestFigures:
    def test_hold_what_their_templates_ask_for_and_nothing_else(self, experiment):
        for figure in plain(experiment.slug).figures:
            assert set(figure.data) == set(figure.template.columns), figure.key
            for name, columns in figure.template.columns.items():
                assert set(columns) <= set(figure.data[name].columns), figure.key

    def test_have_words_for_those_who_do_not_see_them(self, experiment):
        for figure in plain(experiment.slug).figures:
            assert figure.title
            assert all(text.endswith(".") for text in (figure.caption, figure.alt, figure.description)), figure.key

    def test_are_told_apart_by_their_keys(self, experiment):
        keys = [figure.key for figure in plain(experiment.slug).figures]

        assert keys
        assert len(set(keys)) == len(keys)

    def test_change_their_data_only(self, experiment):
        for result, other in pairwise(drawn_results(experiment.slug)):
            # By key: which of them shows the answer, and so comes first, may depend on the settings.
            first, second = (sorted(each.figures, key=key_of) for each in (result, other))
            for one, two in zip(first, second, strict=True):
                assert (one.key, one.title, one.caption, one.alt) == (two.key, two.title, two.caption, two.alt)
                assert one.template.spec == two.template.spec
                for name in one.data:
                    # Which words there are is data, that they are sent as codes is not; numbers may have seven digits.
                    types, other_types = (
                        [(key, kind.name.rstrip("3264")) for key, kind in each.data[name].dtypes.items()]
                        for each in (one, two)
                    )
                    assert types == other_types, (name, result.params, other.params)

    def test_are_small_enough_to_be_sent_often(self, experiment):
        for figure in plain(experiment.slug).figures:
            size = len(json.dumps(figure.template.spec, separators=(",", ":"), ensure_ascii=False).encode())
            assert size <= MOST_BYTES.get(figure.key, MOST_BYTES_OF_OTHERS), figure.key

    def test_hold_no_data_of_their_own(self, experiment):
        for figure in plain(experiment.slug).figures:
            assert not {"datasets", "$schema"} & set(figure.template.spec)

    def test_are_json_without_nan_for_notebooks_and_files(self, experiment):
        for result in drawn_results(experiment.slug):
            for figure in result.figures:
                json.dumps(figure.to_dict(), allow_nan=False)

    def test_drawing_leaves_the_template_as_it_was(self, experiment):
        figure, *_ = plain(experiment.slug).figures
        before = json.dumps(figure.template.spec)
        figure.to_dict()["params"] = "changed"

        assert json.dumps(figure.template.spec) == before

    def test_hold_marks_of_the_numbers_that_lie_on_an_axis(self, experiment):
        assert set(experiment.places) <= set(experiment.terms)
        figure = Result(experiment, sized(experiment)).first_figure
        before = str(figure.template.spec)
        for place in set(experiment.places.values()):
            assert place.picture == figure.key
            layers = marked(figure.template, place).spec["layer"][-4:]
            assert [layer["mark"]["type"] for layer in layers] == ["rule", "rule", "text", "text"]
            assert {layer["data"]["name"] for layer in layers} == {"predicted"}
        assert str(figure.template.spec) == before

    def test_compile(self, experiment):
        vl_convert = pytest.importorskip("vl_convert")
        # The templates are those of the default; only the data differ, and are hardest at the ends.
        ends: dict[str, dict[str, Any]] = {"low": {}, "high": {}}
        for name, spec in experiment.params.controls().items():
            if spec.kind == "number" and spec.control.slider:
                ends["low"][name], ends["high"][name] = spec.low, spec.high

        for changes in ends.values():
            for figure in Result(experiment, sized(experiment).replace(**changes)).figures:
                svg = vl_convert.vegalite_to_svg(figure.to_dict())
                assert svg.startswith("<svg")
                assert "NaN" not in svg
                assert "Infinity" not in svg


@EVERY_SLOW
class TestSlowWork:
    def test_it_is_sized_for_these_tests(self, experiment):
        assert set() < set(experiment.small) < set(experiment.params.controls())

    def test_its_default_is_promised_within_seconds_and_the_largest_run_within_minutes(self, experiment):
        assert 0.2 <= sum(map(experiment.work.seconds, experiment.work.parts(experiment.params()))) <= 8

        def check(drawn):
            assert 0 < sum(map(experiment.work.seconds, experiment.work.parts(drawn))) <= 330

        for_all(experiment, check)

    def test_parts_can_be_sent_and_told_apart(self, experiment):
        def check(drawn):
            parts = experiment.work.parts(drawn)
            assert pickle.loads(pickle.dumps(parts)) == parts
            assert len(set(parts)) == len(parts)

        for_all(experiment, check)

    def test_every_part_ends_with_all_of_it_and_does_not_go_back(self, experiment):
        for part in experiment.work.parts(sized(experiment)):
            shares = [found.done for found in experiment.work.do(part)]
            assert shares == sorted(shares)
            assert shares[0] > 0
            assert shares[-1] == 1
            assert len(shares) <= 250

    def test_it_finds_the_same_side_by_side_or_one_by_one_backwards(self, experiment):
        for result in drawn_results(experiment.slug):
            drawn = result.params
            *_, (_, side_by_side) = experiment.work.advance(drawn)
            backwards = [experiment.work.finish(part) for part in reversed(experiment.work.parts(drawn))][::-1]
            one, two = (experiment.work.join(drawn, values) for values in (side_by_side, backwards))
            assert_same(Result.of(experiment, drawn, one), Result.of(experiment, drawn, two))
            assert_same(Result.of(experiment, drawn, one), result)

    def test_what_is_found_can_be_sent(self, experiment):
        outcome = plain(experiment.slug).outcome
        again = Result.of(experiment, sized(experiment), pickle.loads(pickle.dumps(outcome)))

        assert_same(again, plain(experiment.slug))

    def test_wherever_it_stops_everything_can_be_shown(self, experiment):
        whole = plain(experiment.slug)
        stops = [(0.0, [None] * len(experiment.work.parts(whole.params))), *experiment.work.advance(whole.params)]
        for place in np.unique(np.linspace(0, len(stops) - 1, 9).round().astype(int)):
            done, values = stops[place]
            part = Result.of(experiment, whole.params, experiment.work.join(whole.params, values))
            assert list(part.readouts) == list(whole.readouts)
            assert all(each.statement for each in part.readout_list)
            assert all(re.fullmatch(r"\S.*\.", note) for note in part.notes)
            for name, frame in part.tables.items():
                assert list(frame.dtypes.items()) == list(whole.tables[name].dtypes.items()), (name, done)
            for one, two in zip(part.figures, whole.figures, strict=True):
                assert (one.key, one.title, one.caption, one.alt) == (two.key, two.title, two.caption, two.alt)
                assert one.template.spec == two.template.spec
                json.dumps(one.to_dict(), allow_nan=False)
            if done < 0.9:
                assert part.notes != whole.notes, "it must say that it is not finished"


class TestDiscovery:
    @pytest.fixture
    def add(self, monkeypatch, tmp_path):
        """Return a function that adds a module to the experiments; whatever it did is undone."""
        monkeypatch.setattr(experiments, "__path__", [*experiments.__path__, str(tmp_path)])

        def write(name: str, text: str) -> None:
            (tmp_path / f"{name}.py").write_text(text, encoding="utf-8")
            monkeypatch.delitem(sys.modules, f"bnsim.experiments.{name}", raising=False)

        experiments.all_experiments.cache_clear()
        yield write
        experiments.all_experiments.cache_clear()
        for name in [name for name in sys.modules if name.startswith("bnsim.experiments.added")]:
            del sys.modules[name]

    def test_finds_something_and_orders_it(self):
        assert "transform" in all_experiments()
        assert sorted(FOUND, key=lambda experiment: (experiment.order, experiment.slug)) == FOUND

    def test_a_new_file_is_found(self, add):
        add(
            "added_fine",
            "from dataclasses import replace\n"
            "from bnsim.experiments.transform import EXPERIMENT as OLD\n"
            "EXPERIMENT = replace(OLD, slug='added-fine', order=0)\n",
        )

        assert next(iter(all_experiments())) == "added-fine"

    @pytest.mark.parametrize("text", ["", "EXPERIMENT = 'transform'", "experiment = None"])
    def test_a_file_without_an_experiment_is_refused(self, add, text):
        add("added_empty", text)

        with pytest.raises(RuntimeError) as error:
            all_experiments()

        assert str(error.value) == "bnsim/experiments/added_empty declares no EXPERIMENT"

    def test_a_slug_other_than_the_name_of_the_folder_is_refused_so_no_two_are_the_same(self, add):
        add("added_twin", "from bnsim.experiments.transform import EXPERIMENT\n")

        with pytest.raises(RuntimeError) as error:
            all_experiments()

        assert str(error.value) == (
            "bnsim/experiments/added_twin must declare an experiment with the slug added-twin, not transform"
        )

    def test_a_file_that_cannot_be_imported_is_not_passed_over(self, add):
        add("added_broken", "import no_such_module\n")

        with pytest.raises(ModuleNotFoundError):
            all_experiments()

    def test_an_unknown_slug_is_refused_with_the_nearest(self):
        with pytest.raises(ValueError, match=r"^'transfrom' is not an experiment. Did you mean transform\?$"):
            find("transfrom")
