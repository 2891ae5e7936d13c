"""An experiment's page, driven as a visitor drives it."""

import html
import io
import json
import re
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

import bnsim
from bnsim.app import more
from bnsim.app.panels import library
from bnsim.app.parts import OPEN
from bnsim.app.state import PageState
from bnsim.data.own import read_table
from bnsim.data.pasted import read_text
from bnsim.experiments.transform import EXPERIMENT
from bnsim.experiments.transform.params import TransformParams
from bnsim.experiments.transform.stages import stages_template
from bnsim.scenario import link
from bnsim.text import number

HOSTILE = "<b>x</b> **y** $z$ :smile:"


def control(at, name):
    """The widget of a parameter; its key ends with the epoch of the values that it shows."""
    return next(each for each in (*at.selectbox, *at.number_input) if str(each.key).startswith(f"transform.{name}."))


def laboratory() -> None:
    import streamlit as st

    from bnsim.app.page import experiment_page
    from bnsim.app.pages.compare import compare_page
    from bnsim.experiments import find

    pages = {"transform": lambda: experiment_page(find("transform")), "compare": compare_page}
    pages[st.session_state.get("test.page", "transform")]()


PARTS = (more.PICTURES, more.NUMBERS, more.TABLES, more.VARY, more.EXPLAIN, more.CODE, more.KEEP)
GROUP = "Batch size, ε, seed"


def opened(parts: tuple[str, ...] = PARTS, /, **query: str) -> AppTest:
    """Return the page with these of its parts open, and the group of controls."""
    at = AppTest.from_function(laboratory, default_timeout=10)
    open_parts = {f"transform.more.{part}": True for part in parts}
    at.session_state[OPEN] = {**open_parts, f"transform.group.{GROUP}": bool(parts)}
    for key, value in query.items():
        at.query_params[key] = value
    return at.run()


def switched(at: AppTest, page: str) -> AppTest:
    at.session_state["test.page"] = page
    at.query_params.clear()  # as navigation does
    return at.run()


def state_of(at: AppTest) -> PageState:
    state: PageState = at.session_state["bnsim.pages"]["transform"]
    return state


def released(at: AppTest, **values: object) -> AppTest:
    """Let go of the sliders: the component's message, and the rerun that follows it."""
    state = state_of(at)
    state.hear(
        {**{name: state.given[name] for name in ("mean", "std", "gamma", "beta", "x")}, "epoch": state.epoch, **values}
    )
    return at.run()


def markup(at: AppTest) -> str:
    return "".join(found.proto.body for found in at.get("html"))


def words(at: AppTest) -> str:
    """Return the text of all parts that are drawn as HTML."""
    return html.unescape(re.sub(r"<style>.*?</style>|<[^>]*>", " ", markup(at), flags=re.DOTALL))


def alerts(at: AppTest) -> list[str]:
    found = re.findall(r'<div class="bnn bad" role="alert">(.*?)</div>', markup(at))
    return [html.unescape(text) for block in found for text in re.findall("<p>(.*?)</p>", block)]


def shown(at: AppTest) -> dict[str, str]:
    """Return all numbers as they are shown, by key."""
    return {key: html.unescape(text) for key, text in re.findall(r'data-all="(\w+)">([^<]*)<', markup(at))}


def headline(at: AppTest) -> dict[str, str]:
    """Return the numbers beside the picture, by key."""
    return {key: html.unescape(text) for key, text in re.findall(r'<b data-key="(\w+)"[^>]*>([^<]*)<', markup(at))}


def answer(at: AppTest) -> str:
    """Return what is answered."""
    said = re.search(r'<p class="bna">(.*?)</p>', markup(at))
    assert said
    return html.unescape(re.sub("<[^>]*>", "", said[1]))


def expected(params: TransformParams) -> dict[str, str]:
    result = bnsim.experiment.Result(EXPERIMENT, params)
    return {readout.key: number(float(readout.best)) for readout in result.readout_list}


def charts(at: AppTest) -> list[Any]:
    return [chart.proto for chart in at.get("vega_lite_chart")]


class TestFirstVisit:
    def test_shows_the_question_the_numbers_and_the_pictures(self):
        at = opened()

        assert not at.exception
        assert EXPERIMENT.question in words(at)
        assert shown(at) == expected(TransformParams())
        assert [chart.alt for chart in charts(at)] == [figure.alt for figure in bnsim.run("transform").figures]

    def test_the_answer_comes_first_then_the_picture_then_few_numbers(self):
        at = opened(())
        kinds = [element.type for element in at.main]
        result = bnsim.run("transform")

        assert answer(at) == result.answer
        assert kinds.index("html") < kinds.index("vega_lite_chart") < kinds.index("button")
        assert headline(at) == {
            item.key: item.term.short(item.best) for item in result.readout_list if item.key in EXPERIMENT.headline
        }

    def test_what_is_closed_is_neither_computed_nor_sent(self, monkeypatch):
        monkeypatch.setattr("bnsim.experiment.Result.figures", property(lambda _: pytest.fail("made for nobody")))
        at = opened(())

        assert not at.exception
        assert [part.label for part in at.expander] == [*PARTS, GROUP]
        assert len(charts(at)) == 1
        assert shown(at) == {}
        assert not at.get("download_button")
        assert not at.number_input

    def test_the_address_holds_everything(self):
        assert opened().query_params == {k: str(v) for k, v in link.encode(TransformParams()).items()}

    def test_says_what_to_look_for(self):
        assert any(EXPERIMENT.look_for in caption.value for caption in opened().caption)

    def test_a_second_run_changes_nothing(self):
        at = opened()
        first = (markup(at), [chart.spec for chart in charts(at)], state_of(at).epoch)
        at.run()

        assert (markup(at), [chart.spec for chart in charts(at)], state_of(at).epoch) == first

    def test_the_specification_sent_is_the_template(self):
        sent = json.loads(charts(opened())[0].spec)
        template = json.loads(json.dumps(stages_template().spec))

        assert {key: sent.get(key) for key in template} == template
        assert not sent.get("datasets")


class TestSources:
    @pytest.mark.parametrize("source", ["exact", "sample", "digits"])
    def test_each_draws_its_numbers(self, source):
        at = opened()
        control(at, "source").set_value(source).run()

        assert not at.exception
        assert shown(at) == expected(TransformParams(source=source))

    def test_own_numbers_are_asked_for_and_the_last_good_picture_stays(self):
        at = opened()
        control(at, "source").set_value("own").run()

        assert not at.exception
        assert alerts(at) == []
        hint = "Paste numbers or load a file, at the side; until then the page shows the batch from before."
        assert f'<div class="bnn" role="note"><p>{hint}</p></div>' in markup(at)
        assert shown(at) == expected(TransformParams())

    def test_a_control_is_drawn_only_where_it_matters(self):
        at = opened()
        assert control(at, "source").value == "exact"
        labels = {widget.label for widget in [*at.selectbox, *at.number_input]}
        control(at, "source").set_value("digits").run()
        others = {widget.label for widget in [*at.selectbox, *at.number_input]}

        assert labels - others == {"Seed"}
        assert others - labels == {"Hidden unit", "Digits", "First image"}

    def test_native_controls_set_their_parameter(self):
        at = opened()
        control(at, "seed").set_value(7).run()
        control(at, "eps").set_value("0.001").run()

        assert state_of(at).params == TransformParams(seed=7, eps=1e-3)
        assert shown(at) == expected(TransformParams(seed=7, eps=1e-3))

    def test_an_eps_of_ones_own_is_offered_beside_the_others(self):
        at = opened(eps="2e-4")

        assert control(at, "eps").value == "0.0002"
        assert "1e-5 · PyTorch" in control(at, "eps").options

    def test_too_large_a_batch_of_one_digit_is_refused_and_mended(self):
        at = opened(source="digits", batch_size="300")
        control(at, "digit").set_value("8").run()

        assert alerts(at) == ["batch_size must be at most 174, the images of digit 8; got 300."]
        assert shown(at) == expected(TransformParams(source="digits", batch_size=300))

        control(at, "digit").set_value("all").run()

        assert alerts(at) == []


class TestSliders:
    def test_a_release_is_followed_by_numbers_and_link(self):
        at = released(opened(), mean=-1.25, std=0.5)

        assert shown(at) == expected(TransformParams(mean=-1.25, std=0.5))
        assert (at.query_params["mean"], at.query_params["std"]) == ("-1.25", "0.5")

    def test_a_late_message_does_not_undo_a_preset(self):
        at = opened()
        old = state_of(at).epoch
        at.button(key="transform.pick.mean-2.3-std-1.8").click().run()
        released(at, mean=4.0, epoch=old)

        assert state_of(at).params.mean == 2.3

    def test_the_chart_data_carry_the_epoch(self):
        import pyarrow as pa

        at = opened()
        found = {dataset.name: dataset.data.data for dataset in charts(at)[0].datasets}
        state = pa.ipc.open_stream(io.BytesIO(found["state"])).read_all().to_pydict()

        assert state["epoch"] == [float(state_of(at).epoch)]
        assert state["mean"] == [3.0]


class TestPresets:
    def test_one_click_sets_everything(self):
        at = opened()
        at.button(key="transform.pick.mean-2.3-std-1.8").click().run()

        params = library().sets["worked-examples"].get("mean-2.3-std-1.8").params
        assert state_of(at).params == params
        assert shown(at) == expected(params)

    @pytest.mark.parametrize("name", ["epsilon", "identity-recovery", "scale-and-shift", "worked-examples"])
    def test_one_choice_from_the_menu_sets_everything_and_offers_its_set(self, name):
        at, found = opened(), library().sets[name]
        chosen = found.scenarios[-1]
        at.selectbox(key="transform.menu").set_value(f"{name}/{chosen.name}").run()

        assert not at.exception
        assert state_of(at).params == chosen.params
        assert at.selectbox(key="transform.menu").value is None
        chips = [button.key for button in at.button if button.key and ".pick." in button.key]
        assert chips == [f"transform.pick.{scenario}" for scenario in found.names[:5]]
        captions = [caption.value.replace("\\", "") for caption in at.caption]
        assert any(found.question in caption and found.look_for in caption for caption in captions)

    def test_the_first_set_is_offered_first(self):
        chips = [button.key for button in opened().button if button.key and ".pick." in button.key]

        assert chips == [f"transform.pick.{name}" for name in library().sets[EXPERIMENT.first_set].names[:5]]

    @pytest.mark.parametrize("label", list(EXPERIMENT.offers(bnsim.run("transform").outcome)))
    def test_actions_do_what_they_say(self, label):
        at = opened()
        changes = EXPERIMENT.offers(state_of(at).result.outcome)[label]
        at.button(key=f"transform.act.{label}").click().run()

        assert not at.exception
        assert state_of(at).params == TransformParams().replace(**changes)


class TestLink:
    def test_is_read_on_arrival(self):
        at = opened(mean="-2.5", source="sample", seed="9")

        assert state_of(at).params == TransformParams(mean=-2.5, source="sample", seed=9)
        assert alerts(at) == []

    def test_is_not_read_again_afterwards(self):
        at = opened(mean="1.5")
        released(at, mean=2.0)
        at.query_params["mean"] = "4"
        at.run()

        assert state_of(at).params.mean == 2
        assert at.query_params["mean"] == "2.0"

    def test_a_damaged_one_is_read_as_far_as_it_goes_and_the_rest_is_told(self):
        at = opened(mean="1.5", std="-3", gama="2", seed="x")

        assert not at.exception
        assert state_of(at).params == TransformParams(mean=1.5)
        assert alerts(at) == [
            "gama is not a parameter of this experiment. Did you mean gamma?",
            "std must be a number from 0 to 1000000; got -3.",
            "seed must be a whole number from 0 to 4294967295; got 'x'.",
        ]

    @pytest.mark.parametrize("key", ["mean", HOSTILE])
    def test_what_it_says_is_shown_as_text(self, key):
        at = opened(**{key: HOSTILE})

        assert not at.exception
        assert HOSTILE[:20] in words(at)
        assert "<b>x</b>" not in markup(at)

    def test_own_numbers_travel_in_it(self):
        at = opened(source="own", values="1,2,3.5")

        assert shown(at) == expected(TransformParams(source="own", values=[1, 2, 3.5]))
        assert at.text_area(key="transform.values.text").value == "1.0, 2.0, 3.5"

    def test_a_message_stays_until_something_is_set(self):
        at = opened(mean="junk")
        at.button(key="transform.pick.mean-2.3-std-1.8").click().run()

        assert alerts(at) == []


class TestReturning:
    def test_keeps_every_value(self):
        at = released(opened(), mean=-1.0, std=0.25, x=2.0)
        control(at, "seed").set_value(11).run()
        params, epoch = state_of(at).params, state_of(at).epoch
        switched(at, "compare")
        switched(at, "transform")

        assert not at.exception
        assert state_of(at).params == params == TransformParams(mean=-1.0, std=0.25, x=2.0, seed=11)
        assert control(at, "seed").value == 11
        assert shown(at) == expected(params)
        assert state_of(at).epoch > epoch  # so that the browser's sliders take over ours

    def test_writes_the_link_again(self):
        at = released(opened(), mean=-1.0)
        switched(at, "compare")
        switched(at, "transform")

        assert at.query_params["mean"] == "-1.0"

    def test_by_a_link_takes_over_the_link(self):
        at = released(opened(), mean=-1.0)
        switched(at, "compare")
        at.session_state["test.page"] = "transform"
        at.query_params.clear()
        at.query_params["mean"] = "0.5"
        at.run()

        assert state_of(at).params == TransformParams(mean=0.5)

    def test_keeps_own_numbers(self):
        at = opened(source="own", values="1,2,3.5")
        switched(at, "compare")
        switched(at, "transform")

        assert at.text_area(key="transform.values.text").value == "1.0, 2.0, 3.5"
        assert shown(at) == expected(TransformParams(source="own", values=[1, 2, 3.5]))


class TestOwnNumbers:
    @pytest.fixture
    def own(self) -> AppTest:
        at = opened()
        control(at, "source").set_value("own").run()
        return at

    def paste(self, at: AppTest, text: str) -> AppTest:
        at.text_area(key="transform.values.text").set_value(text).run()
        assert not at.exception
        return at

    def load(self, at: AppTest, name: str, content: bytes) -> AppTest:
        at.get("file_uploader")[0].set_value((name, content, "text/csv")).run()
        assert not at.exception
        return at

    def test_pasted_numbers_are_the_batch(self, own):
        self.paste(own, "1, 2 3;4")

        assert shown(own) == expected(TransformParams(source="own", values=[1, 2, 3, 4]))
        assert any(caption.value == "4 numbers in the batch." for caption in own.caption)
        assert own.query_params["values"] == "1.0,2.0,3.0,4.0"

    @pytest.mark.parametrize(
        ("text", "sentence"),
        [
            ("1, abc", "values must be numbers; entry 2 is 'abc'."),
            ("1,,2", "values must be numbers; entry 2 is empty."),
            ("1e300", None),
            (f"1, {HOSTILE}", None),
        ],
    )
    def test_what_cannot_be_read_is_told_and_nothing_is_lost(self, own, text, sentence):
        self.paste(own, "1, 2, 3")
        self.paste(own, text)

        assert len(alerts(own)) == 1
        assert sentence is None or alerts(own) == [sentence]
        assert "<b>x</b>" not in markup(own)
        assert own.text_area(key="transform.values.text").value == text
        assert shown(own) == expected(TransformParams(source="own", values=[1, 2, 3]))

    def test_one_number_is_a_batch(self, own):
        self.paste(own, "7")

        assert "One example: its mean is itself" in words(own)

    def test_a_column_of_a_file_is_the_batch(self, own):
        self.load(own, "a.csv", b"height\n1\n2\n4\n")

        assert shown(own) == expected(TransformParams(source="own", values=[1, 2, 4]))

    def test_another_column_may_be_chosen(self, own):
        self.load(own, "a.csv", b"a,b\n1,10\n2,20\n")
        own.selectbox(key="transform.values.column").set_value("b").run()

        assert shown(own) == expected(TransformParams(source="own", values=[10, 20]))

    def test_the_chosen_column_is_still_the_chosen_one_on_return(self, own):
        self.load(own, "a.csv", b"a,b\n1,10\n2,20\n")
        own.selectbox(key="transform.values.column").set_value("b").run()
        switched(own, "compare")
        switched(own, "transform")

        assert shown(own)["batch_mean"] == "15"
        assert not own.exception
        assert own.selectbox(key="transform.values.column").value == "b"

    def test_what_was_guessed_stands_below(self, own):
        self.load(own, "a.csv", b'step,act\n1,"1,234.5"\n2,"2,345.5"\n3,"999.0"\n')

        assert shown(own)["batch_mean"] == "1526.333333333"
        read = (
            'Read from a.csv: commas separate; header line used as names; column "act" taken, because "step" only '
            "counts; commas group digits; values 1234.5, 2345.5, 999."
        )
        assert any(re.sub(r"\\(.)", r"\1", caption.value) == read for caption in own.caption)
        assert own.selectbox(key="transform.values.column").value == "act"

    def test_what_is_large_is_read_elsewhere_and_refused_or_taken_as_here(self, own, monkeypatch):
        asked = []
        monkeypatch.setattr("bnsim.app.own.apart", lambda read, *given: asked.append(read) or read(*given))

        self.load(own, "a.csv", b"height\n" + b"1\n3\n" * 15_000)
        assert shown(own)["batch_mean"] == "2"
        self.load(own, "b.csv", b"1.5\n" * 15_000 + b"x\n")
        assert alerts(own) == ["column 1 of b.csv must hold finite numbers; line 15001 is 'x'."]
        self.paste(own, "1 5 " * 15_000)
        assert shown(own)["batch_mean"] == "3"
        assert asked == [read_table, read_table, read_text]

    def test_a_text_of_more_than_five_million_characters_is_refused(self, own):
        self.paste(own, "1 " * 2_500_001)

        assert alerts(own) == ["values must be a text of at most 5000000 characters; got 5000002. Paste fewer numbers."]

    def test_pasted_decimal_commas_are_told(self, own):
        self.paste(own, "1,5 2,7 3,9")

        assert shown(own) == expected(TransformParams(source="own", values=[1.5, 2.7, 3.9]))
        assert any("the comma is the decimal sign" in caption.value for caption in own.caption)

    def test_what_has_two_readings_is_asked_and_can_be_said(self, own):
        self.paste(own, "1,5\n2,7")
        assert alerts(own)[0].startswith("values must have one reading; '1,5' can be the number 1.5, or the 2 numbers")
        own.selectbox(key="transform.values.decimal").set_value(",").run()

        assert alerts(own) == []
        assert shown(own) == expected(TransformParams(source="own", values=[1.5, 2.7]))

    def test_what_is_missing_can_be_left_out(self, own):
        self.load(own, "a.csv", b"a\n1\nnan\n4\n")
        assert alerts(own)[0].endswith("To leave out what is missing, say leave-out.")
        own.checkbox(key="transform.values.leave_out").check().run()

        assert alerts(own) == []
        assert shown(own) == expected(TransformParams(source="own", values=[1, 4]))

    @pytest.mark.parametrize("bad", [b"a\nb\n", b"\x93NUMPY", b"\0\1", b""])
    def test_an_unreadable_file_after_a_choice_of_column_ends_in_a_sentence(self, own, bad):
        self.load(own, "a.csv", b"a,b\n1,10\n2,20\n")
        own.selectbox(key="transform.values.column").set_value("b").run()
        self.load(own, "bad.csv", bad)

        assert len(alerts(own)) == 1
        assert shown(own)["batch_mean"] == "15"
        assert "transform.values.column" not in [box.key for box in own.selectbox]

    @pytest.mark.parametrize("name", ["source", "columns", "chosen", "taken", "told", "written", "problems"])
    def test_whatever_the_session_has_lost_the_page_stands(self, own, name):
        self.load(own, "a.csv", b"a,b\n1,10\n2,20\n")
        del own.session_state[f"transform.values.{name}"]
        own.run()
        if name != "columns":
            own.selectbox(key="transform.values.column").set_value("b").run()

        assert not own.exception

    def test_an_array_file_is_read(self, own):
        file = io.BytesIO()
        np.save(file, np.array([1.0, 2.0, 6.0]))
        self.load(own, "a.npy", file.getvalue())

        assert shown(own)["batch_mean"] == "3"

    @pytest.mark.parametrize("content", [b"", b"a\nb\n", b"1\nnan\n", b"\x93NUMPY\x01", b"\x00\x01", b"a,b\n1"])
    def test_a_bad_file_gets_a_sentence_and_nothing_is_lost(self, own, content):
        self.paste(own, "1, 2, 3")
        self.load(own, f"{HOSTILE}.csv", content)

        assert alerts(own)
        assert "<b>x</b>" not in markup(own)
        assert shown(own) == expected(TransformParams(source="own", values=[1, 2, 3]))

    def test_the_box_shows_the_numbers_that_are_the_batch(self, own):
        self.paste(own, "1, 2, 3")
        self.load(own, "a.csv", b"4\n5\n")

        assert own.text_area(key="transform.values.text").value != "1, 2, 3"

    def test_numbers_too_many_for_a_link_are_said_to_be(self, own):
        self.load(own, "a.csv", "\n".join(map(str, range(2000))).encode())

        assert any("too many for a link" in caption.value for caption in own.caption)
        assert "values" not in own.query_params


class TestGroups:
    def test_says_how_many_of_its_controls_were_changed(self):
        assert "changed" not in words(opened(()))
        assert "2 changed" in words(opened((), seed="3", eps="0.001"))

    def test_one_press_puts_them_all_back_and_leaves_the_others(self):
        at = opened(seed="3", eps="0.001", gamma="2.0")
        next(button for button in at.button if button.label == "Back to the default").click().run()

        assert state_of(at).params == TransformParams(gamma=2.0)
        assert "changed" not in words(at)
        assert "Back to the default" not in [button.label for button in at.button]

    def test_what_is_open_stays_open_also_while_another_page_is_shown(self):
        at = opened((more.NUMBERS,))
        control(at, "source").set_value("sample").run()
        switched(switched(at, "compare"), "transform")

        assert [part.label for part in at.expander if part.proto.expanded] == [more.NUMBERS, GROUP]


class TestPresenterView:
    def test_leaves_question_answer_picture_and_the_main_controls(self):
        at = opened(())
        at.toggle(key="bnsim.presenter").set_value(True).run()

        assert not at.exception
        assert EXPERIMENT.question in words(at)
        assert answer(at) == bnsim.run("transform").answer
        assert len(charts(at)) == 1
        assert headline(at) == {}
        assert [*at.button, *at.expander, *at.caption] == []
        assert [widget.label for widget in at.selectbox] == ["The batch"]

    def test_its_letters_are_half_again_as_large(self):
        at = opened(())
        plain = json.loads(charts(at)[0].spec)
        at.toggle(key="bnsim.presenter").set_value(True).run()
        large = json.loads(charts(at)[0].spec)

        assert large["height"] == 1.5 * plain["height"]
        assert large["config"]["axis"] == {"labelFontSize": 18.0, "titleFontSize": 18.0}

    def test_is_in_the_link_and_comes_with_it(self):
        at = opened((), view="presenter", mean="1.0")

        assert at.toggle(key="bnsim.presenter").value is True
        assert not at.expander
        assert alerts(at) == []
        assert at.query_params["view"] == "presenter"

        at.toggle(key="bnsim.presenter").set_value(False).run()

        assert "view" not in at.query_params
        assert state_of(at).params == TransformParams(mean=1.0)

    def test_another_view_is_the_page(self):
        at = opened((), view="nonsense")

        assert at.toggle(key="bnsim.presenter").value is False


class TestTables:
    @pytest.mark.parametrize("name", EXPERIMENT.shown_tables)
    def test_are_shown_on_request_with_all_digits(self, name):
        at = opened()
        assert not at.dataframe
        at.get("button_group")[0].set_value(name).run()
        table = at.dataframe[0].value

        assert not at.exception
        assert list(table.columns) == list(bnsim.run("transform").tables[name].columns)
        assert "e-" not in table.to_csv()

    def test_a_press_for_the_file_does_not_draw_the_page_anew_which_would_take_it_away(self):
        at = opened()
        at.get("button_group")[0].set_value("stages").run()
        buttons = {button.proto.label: button.proto.ignore_rerun for button in at.get("download_button")}

        assert buttons == {
            "Download all numbers as CSV": True,
            "Download as CSV": True,
            "Download the program": True,
        }

    def test_the_members_are_written_in_full(self):
        at = opened()
        at.get("button_group")[0].set_value("stages").run()

        assert at.dataframe[0].value["tracked"].tolist() == ["6", "1.199999040001", "1.199999040001"]

    def test_follow_a_release(self):
        at = opened()
        at.get("button_group")[0].set_value("stages").run()
        released(at, x=3.0)

        assert at.dataframe[0].value["tracked"].tolist() == ["3", "0", "0"]

    def test_of_a_large_batch_the_beginning(self):
        at = opened(batch_size="5000")
        at.get("button_group")[0].set_value("members").run()

        assert len(at.dataframe[0].value) == 1000


class TestSaving:
    def save(self, at: AppTest, title: str) -> AppTest:
        at.text_input(key="transform.title").set_value(title)
        next(button for button in at.button if button.label == "Save").click().run()
        assert not at.exception
        return at

    def test_is_confirmed_with_the_name(self):
        at = self.save(opened(), "γ = 2")

        assert "Saved as “γ = 2”. The Compare page shows it." in words(at)
        assert at.session_state["bnsim.saved"]["transform"]["gamma-2"].params == TransformParams()

    def test_a_title_is_shown_as_text(self):
        at = switched(self.save(opened(), HOSTILE), "compare")
        at.selectbox(key="compare.set").set_value("My saved scenarios")

        assert "<b>x</b>" not in markup(at)
        assert at.session_state["bnsim.saved"]["transform"]["b-x-b-y-z-smile"].title == HOSTILE

    def test_without_a_title_it_gets_one(self):
        at = self.save(self.save(opened(), ""), "")

        assert [each.title for each in at.session_state["bnsim.saved"]["transform"].values()] == [
            "Scenario 1",
            "Scenario 2",
        ]

    def test_a_title_longer_than_a_file_allows_is_refused_in_a_sentence(self):
        at = self.save(opened(), "x" * 121)

        assert at.session_state["bnsim.saved"]["transform"] == {}
        assert "title must be at most 120 characters; got 121." in words(at)
        assert at.text_input(key="transform.title").value == "x" * 121

    def test_enter_saves(self):
        at = opened()
        button = next(button for button in at.button if button.label == "Save")

        # A form with one button: the browser presses it on Enter.
        assert at.text_input(key="transform.title").proto.form_id == button.proto.form_id != ""

    def test_what_is_saved_is_what_is_set(self):
        at = self.save(released(opened(), mean=-4.0), "low")

        assert at.session_state["bnsim.saved"]["transform"]["low"].params == TransformParams(mean=-4.0)
