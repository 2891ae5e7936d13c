"""The page "Translate": what the link asks for is what the command prints, and the link restores all of it."""

import html

import pytest
from click.testing import CliRunner
from streamlit.testing.v1 import AppTest

from bnsim import cli, translate
from bnsim.frameworks.asked import read_asked
from bnsim.frameworks.table import TITLES, Framework

MOST = "a" * 61


def page() -> None:
    import streamlit as st

    from bnsim.app.translating.page import translate_page

    if st.session_state.get("elsewhere"):
        st.session_state["bnsim.here"] = "home"
    else:
        translate_page()


def start(**query: str) -> AppTest:
    at = AppTest.from_function(page, default_timeout=20)
    for name, value in query.items():
        at.query_params[name] = value
    return at.run()


def said(at: AppTest) -> str:
    assert not at.exception
    return html.unescape("\n".join(each.proto.body for each in at.get("html")))


def query(at: AppTest) -> dict[str, str]:
    return {name: value if isinstance(value, str) else value[0] for name, value in at.query_params.items()}


class TestAnswer:
    def test_says_the_momentum_of_the_other_framework(self):
        at = start()

        assert (
            "Momentum 0.99 in Keras is 0.01 in PyTorch: a new batch has the weight 0.01 in both. "
            "ε = 0.001 stays what it is."
        ) in said(at)
        assert at.get("code")[0].value == "torch.nn.BatchNorm2d(C, eps=0.001, momentum=0.01)"

    def test_says_so_where_both_mean_the_same(self):
        at = start(**{"from": "ONNX", "to": "flax", "momentum": "0.8"})

        assert "Momentum 0.8 in ONNX is 0.8 in Flax, too: a new batch has the weight 0.2 in both." in said(at)

    @pytest.mark.parametrize("source", TITLES)
    def test_has_the_table_and_the_notes_of_the_command(self, source):
        at = start(**{"from": source, "to": "PyTorch", "shape": "8,5,5,4", "var": "1.5", "count": "200"})
        found = translate(source, "PyTorch", shape=(8, 5, 5, 4), var=1.5, count=200)

        markup = said(at)
        for what, old, new in found.rows():
            assert f'<tr><th scope="row">{what}</th><td>{old}</td><td>{new}</td></tr>' in markup
        assert len(at.caption) == len(found.notes) + 2
        asked = ("translate", source, "PyTorch", "--shape", "8,5,5,4", "--var", "1.5", "--count", "200")
        printed = CliRunner().invoke(cli.main, asked).stdout
        assert all(note in printed for note in found.notes)

    def test_a_number_may_name_its_framework_and_that_is_said(self):
        at = start(**{"from": "onnx", "to": "pytorch", "momentum": "0.1, PyTorch"})

        assert "Momentum 0.9 in ONNX is 0.1 in PyTorch" in said(at)
        assert "momentum: “0.1, PyTorch” is read as 0.1, the weight of the new batch, as PyTorch gives it." in said(at)

    def test_what_cannot_be_read_is_said_in_its_place(self):
        at = start(momentum="1.5", shape="8")
        assert "momentum must be a number from 0 to 1; got 1.5." in said(at)
        assert "shape must have from 2 to 5 axes; got 1." in said(at)
        assert "<table>" not in said(at)

        at.text_input(key="translate.momentum").set_value("<b>").run()
        assert "momentum must be a number from 0 to 1; got '<b>'." in said(at)


class TestLink:
    def test_restores_everything(self):
        numbers = {"momentum": "0.9", "eps": "1e-4", "shape": "2,3,4,5", "var": "2", "count": "40"}
        asked = {"from": "Flax", "to": "Paddle", **numbers}
        at = start(**asked)

        assert query(at) == asked
        assert [at.selectbox(key=f"translate.{name}").value for name in ("from", "to")] == ["Flax", "Paddle"]
        assert {name: at.text_input(key=f"translate.{name}").value for name in numbers} == numbers

    def test_follows_what_is_chosen_and_typed(self):
        at = start()
        assert query(at) == {"from": "Keras", "to": "PyTorch"}

        at.selectbox(key="translate.to").set_value("ONNX")
        at.text_input(key="translate.momentum").set_value("0.95").run()
        assert query(at) == {"from": "Keras", "to": "ONNX", "momentum": "0.95"}

    def test_that_is_damaged_is_read_as_far_as_it_can_be(self):
        at = start(**{"from": "kears", "to": "ONNX", "momentum": MOST, "eps": "0.01", "other": "1"})

        assert "from: kears is not a framework. Did you mean Keras?" in said(at)
        assert "momentum must have at most 60 characters; got 61." in said(at)
        assert query(at) == {"from": "Keras", "to": "ONNX", "eps": "0.01"}

    def test_what_was_set_is_there_after_another_page(self):
        at = start()
        at.text_input(key="translate.momentum").set_value("0.95").run()
        at.session_state["elsewhere"] = True
        at.run()
        at.query_params.clear()
        at.session_state["elsewhere"] = False
        at.run()

        assert query(at) == {"from": "Keras", "to": "PyTorch", "momentum": "0.95"}


def test_what_cannot_be_read_and_what_is_out_of_bounds_is_said_at_once():
    asked = read_asked(Framework.KERAS, {"momentum": "abc", "eps": "-1"})

    assert asked.problems == (
        "momentum must be a number from 0 to 1; got 'abc'.",
        "eps must be a number more than 0; got -1.",
    )
