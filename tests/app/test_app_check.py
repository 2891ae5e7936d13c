"""The page "Check yours": what it says of two files, and of one held against the other."""

import gc
import html
import io
import re
from pathlib import Path
from urllib.parse import parse_qsl

import numpy as np
import pytest
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.testing.v1 import AppTest

from bnsim.activations import activations_of, autopsy, batch_of, report_of, running_of
from bnsim.app.check import bringing
from bnsim.app.check.example import DEAD, FAR_OFF, example_files
from bnsim.app.check.keeping import Kept
from bnsim.app.check.looking import look
from bnsim.app.check.opening import query_of
from bnsim.app.check.pictures import names_left
from bnsim.app.text import plain
from bnsim.checkpoint import Assumed, inspect, source_of, told
from bnsim.checkpoint.wording import remarks
from bnsim.engine import batch_norm, batch_norm_eval
from bnsim.experiments import find
from bnsim.scenario import link
from bnsim.text import number

CORPUS = Path(__file__).parents[1] / "checkpoint" / "corpus"
KERAS = CORPUS.parent / "keras_corpus"


def check() -> None:
    import streamlit as st

    from bnsim.app.check.page import check_page
    from bnsim.app.shell import pages

    st.session_state["bnsim.all"] = pages()
    check_page()


def start(**query: str) -> AppTest:
    at = AppTest.from_function(check, default_timeout=20)
    for name, value in query.items():
        at.query_params[name] = value
    return at.run()


def npy(x):
    file = io.BytesIO()
    np.save(file, x)
    return file.getvalue()


def load(at, activations=None, checkpoint=None, against=None):
    files = {"activations": activations, "checkpoint": checkpoint, "against": against}
    for place, file in files.items():
        if file is not None:
            at.file_uploader(key=f"check.{place}").upload(*file)
    return at.run()


def said(at):
    assert not at.exception
    return "\n".join([*(each.proto.body for each in at.get("html")), *(each.value for each in at.caption)])


def unescaped(at):
    """Return the words in captions and paragraphs as they are read."""
    assert not at.exception
    return "\n".join(each.value for each in (*at.caption, *at.markdown)).replace("\\", "")


class TestEmpty:
    def test_says_what_to_load(self):
        words = said(start())

        assert "No activations yet: load them above." in words
        assert "No checkpoint yet: load one above." in words
        assert "Load activations above, and a checkpoint or the running statistics of the layer" in words


class TestExample:
    def test_has_a_verdict_and_three_parts(self):
        at = start(example="1")
        words = said(at)

        assert "8 channels of 2,304 values each from 64 examples; there is something odd about 2 of them." in words
        assert "The file has one batch norm layer" in words
        assert "Shift of the data or stale statistics" in words
        assert len(at.get("vega_lite_chart")) == 3

    def test_what_was_planted_is_found(self):
        activations, checkpoint, _ = example_files()
        report = report_of(activations_of(io.BytesIO(activations), "x"))
        assert {name: report.findings.index(name) for name in ("dead", "far-off")} == {"dead": DEAD, "far-off": FAR_OFF}

        inspection = inspect(source_of(io.BytesIO(checkpoint), "x"))
        assert (inspection.findings, inspection.layers[0].name) == ((), "features.1")
        found = autopsy(
            batch_of(activations_of(io.BytesIO(activations), "x")), running_of(inspection.layers[0], Assumed())
        )
        # Every other channel sees how bright an image is; the dead one was alive in training.
        assert np.flatnonzero(found.agreement.has_shifted).tolist() == sorted([0, 2, 4, 6, DEAD])

    def test_saying_where_the_data_come_from_changes_the_verdict(self):
        at = start(example="1")

        assert "Shift of the data:" in said(at.selectbox(key="check.origin").set_value("new").run())
        assert "Stale statistics:" in said(at.selectbox(key="check.origin").set_value("training").run())


class TestOneChannel:
    def description(self, at):
        return next(words for words in said(at).split("\n") if words.startswith('<p class="bn-sr">Channel'))

    def test_at_first_is_that_whose_outputs_differ_most(self):
        at = start(example="1")
        activations, checkpoint, _ = example_files()
        x, layer = np.load(io.BytesIO(activations)), inspect(source_of(io.BytesIO(checkpoint), "x")).layers[0]
        evaluated = batch_norm_eval(x, layer.mean, layer.var, layer.gamma, layer.beta)
        apart = np.sqrt(np.square(evaluated - batch_norm(x).y).mean(axis=(0, 2, 3)))
        varying = [0, 2, 4, 6]  # those that see how bright an image is, but for the dead one
        most = max(varying, key=lambda each: apart[each])

        assert at.selectbox(key="check.channel").value == most
        assert f"Channel {most}, 2,304 values." in self.description(at)
        assert f"comes out {number(apart[most], 3)} apart" in self.description(at)

    def test_is_the_one_that_is_chosen(self):
        at = start(example="1")
        at.selectbox(key="check.channel").set_value(1).run()

        assert "Channel 1, 2,304 values." in self.description(at)
        assert at.selectbox(key="check.channel").value == 1

    def test_is_the_first_again_for_other_statistics(self):
        at = load(start(), ("x.npy", npy(np.random.default_rng(0).normal(size=(400, 3)))))
        at.text_area(key="check.mean").set_value("0 1 0")
        at.text_area(key="check.var").set_value("1").run()
        assert at.selectbox(key="check.channel").value == 1

        at.selectbox(key="check.channel").set_value(2).run()
        assert at.selectbox(key="check.channel").value == 2
        other = npy(np.random.default_rng(0).normal(size=(400, 2)))
        at.button(key="check.activations.another").click().run()
        at.file_uploader(key="check.activations").upload("y.npy", other).run()
        at.text_area(key="check.var").set_value("1")
        at.text_area(key="check.mean").set_value("0 1").run()
        assert at.selectbox(key="check.channel").value == 1

    def test_that_is_not_finite_is_said(self):
        x = np.ones((40, 2))
        x[:, 1] = np.nan
        at = load(start(), ("x.npy", npy(x)))
        at.text_area(key="check.mean").set_value("0")
        at.text_area(key="check.var").set_value("1").run()
        at.selectbox(key="check.channel").set_value(1).run()

        assert "Channel 1 has outputs that are not finite, so there is nothing to draw." in said(at)


class TestNames:
    @pytest.mark.parametrize(
        ("eval_mean", "train_mean", "are_left"),
        [
            (4, 6, (True, False)),  # away from each other
            (6, 4, (False, True)),
            (1, 9, (False, True)),  # but where there is no room for them
            (9, 1, (True, False)),
            (5, 5, (True, False)),
        ],
    )
    def test_of_both_means_stand_away_from_each_other_where_there_is_room(self, eval_mean, train_mean, are_left):
        assert names_left(eval_mean, train_mean, 0, 10) == are_left


class TestFiles:
    def test_what_cannot_be_read_is_said(self):
        words = said(load(start(), ("x.npy", b"\x93NUMPY\x01\x00"), ("x.pt", b"nothing")))

        assert "x.npy must be an NPY file; its header is damaged." in words
        known = "PyTorch (.pt, .pth), Keras (.keras, .h5), safetensors or ONNX"
        assert f"x.pt must be a file of {known}; it begins as none of these." in words

    def test_a_file_of_keras_says_itself_what_others_do_not(self):
        at = load(start(), checkpoint=("x.keras", (KERAS / "tiny-variance.keras").read_bytes()))

        assert "ε = 0.0001 and momentum = 0.2, the weight of the new batch, stand in the file." in unescaped(at)

    def test_the_autopsy_goes_by_what_a_file_says_of_its_layer(self):
        model = "x.keras", (KERAS / "tiny-variance.keras").read_bytes()
        at = load(start(), ("x.npy", npy(np.random.default_rng(0).normal(size=(200, 4)))), model)
        assert re.search(r"batches of 32, momentum 0.2\), ε = 0.0001\.", unescaped(at))

        at.text_input(key="check.model_eps").set_value("1e-2").run()
        assert re.search(r"batches of 32, momentum 0.2\), ε = 0.01\.", unescaped(at))

    def test_an_epsilon_of_activations_may_name_its_framework(self):
        at = load(start(), ("x.npy", npy(np.random.default_rng(0).normal(size=(200, 3)))))
        at.text_input(key="check.eps").set_value("Keras").run()

        assert "“Keras” is read as 0.001, the default of Keras." in said(at)
        assert "standard deviation of the output, without γ and β; ε = 0.001" in unescaped(at)

    def test_what_is_wrong_in_a_box_is_said_there(self):
        at = load(start(), checkpoint=("x.pt", (CORPUS / "clean.pt").read_bytes()))
        at.text_input(key="check.model_momentum").set_value("0.99, Kerass").run()

        assert "Kerass is not a framework. Did you mean Keras?" in said(at)

    def test_what_a_file_does_not_say_is_said_in_boxes_that_the_sentences_name(self):
        """young-slow.pt was trained with momentum 0.01, of which no word stands in it."""
        at = load(start(), checkpoint=("x.pt", (CORPUS / "young-slow.pt").read_bytes()))
        assert "assumed, the default of PyTorch (“ε of the model”, above)" in unescaped(at)
        assert "the weight of the new batch (“Momentum of the model”, above)" in unescaped(at)
        assert "too young" not in unescaped(at)

        at.text_input(key="check.model_momentum").set_value("0.99, Keras").run()
        assert "“0.99, Keras” is read as 0.01, the weight of the new batch" in said(at)
        assert "Statistics too young" in unescaped(at)
        assert "say so: “Momentum of the model”, above, the weight of the new batch." in unescaped(at)
        assert "--" not in unescaped(at)

    def test_a_name_is_shown_as_text(self):
        assert "&lt;b&gt;x.npy&#x27; must be" in said(load(start(), ("<b>x.npy", b"\x93NUMPY")))

    def test_another_axis_is_read_anew(self):
        at = load(start(), ("x.npy", npy(np.random.default_rng(0).normal(size=(20, 3, 5)))))
        assert "3 channels of 100 values each from 20 examples" in said(at)

        at.selectbox(key="check.axis").set_value(2).run()
        assert "5 channels of 60 values each from 20 examples" in said(at)

    def test_statistics_that_are_typed_in(self):
        at = load(start(), ("x.npy", npy(np.random.default_rng(0).normal(size=(200, 3)))))
        assert "Type the running statistics in: one number for each of the 3 channels, or one for all." in said(at)

        at.text_area(key="check.mean").set_value("0")
        at.text_area(key="check.var").set_value("1 1 1").run()
        assert "Consistent: 200 examples show no difference" in said(at)

        at.text_area(key="check.var").set_value("1 1").run()
        assert "var must hold one number or 3, as there are channels; got 2." in said(at)

    def test_a_checkpoint_without_such_a_layer(self):
        weights = ("clean.pt", (CORPUS / "clean.pt").read_bytes())
        at = load(start(), ("x.npy", npy(np.zeros((20, 3)))), weights)

        assert "No batch norm layer of clean.pt has 3 channels, as the activations have." in said(at)

    def test_a_large_file_is_read_apart(self):
        x = np.random.default_rng(0).normal(size=(2_000, 4))
        at = load(start(), ("x.npy", npy(x)), ("clean.pt", (CORPUS / "clean.pt").read_bytes()))

        assert "4 channels of 2,000 values each from 2,000 examples, and nothing odd about them." in said(at)


class TestAgainst:
    def test_the_example_says_what_fine_tuning_has_moved(self):
        words = said(start(example="1"))
        found = (
            "In 2 of 8 channels the running statistics differ from those in before-fine-tuning.safetensors: means by "
            "up to 0.8 standard deviations, variances by up to 1.6 times."
        )
        assert f"**Statistics differ**, features\\.1: {plain(found)} {plain('Channels 1, 5.')}" in words

    def test_says_what_the_command_line_says(self):
        ours, theirs = ((CORPUS / f"{name}.pt").read_bytes() for name in ("averaged", "clean"))
        at = load(start(), None, ("model.pt", ours), ("other.pt", theirs))
        inspection = inspect(source_of(io.BytesIO(ours), "model.pt"), against=source_of(io.BytesIO(theirs), "other.pt"))

        words = said(at)
        for remark in remarks(inspection):
            assert html.escape(remark) in words
        for finding in inspection.findings:
            assert f"**{plain(told(finding, inspection).title)}**, {plain(finding.layer)}" in words

    def test_another_file_that_cannot_be_read_is_said_beside_what_is_found(self):
        at = load(start(), None, ("clean.pt", (CORPUS / "clean.pt").read_bytes()), ("y.pt", b"nothing"))
        words = said(at)

        known = "PyTorch (.pt, .pth), Keras (.keras, .h5), safetensors or ONNX"
        assert f"y.pt must be a file of {known}; it begins as none of these." in words
        assert "The file has one batch norm layer, and nothing is wrong with it." in words


class TestWhatIsKept:
    def test_a_file_stays_until_another_one_is_wanted(self):
        at = load(start(), ("x.npy", npy(np.zeros((20, 3)))))
        assert "**x\\.npy**, 0.000608 MB" in [each.value for each in at.markdown]
        assert "3 channels of 20 values each" in said(at.run())

        at.button(key="check.activations.another").click().run()
        assert "No activations yet: load them above." in said(at)
        assert at.file_uploader(key="check.activations").label.startswith("Activations before a norm")

    def test_streamlit_keeps_no_file(self):
        at = load(start(), ("only-here.npy", npy(np.zeros((20, 3)))))
        # By its type, and not `isinstance`, which asks an object itself: one that is gone already cannot answer.
        managers = [each for each in gc.get_objects() if issubclass(type(each), MemoryUploadedFileManager)]

        assert "3 channels of 20 values each" in said(at)
        assert managers
        names = {file.name for each in managers for files in each.file_storage.values() for file in files.values()}
        assert "only-here.npy" not in names

    def test_a_file_without_room_is_refused(self, monkeypatch):
        monkeypatch.setattr(bringing, "KEPT", Kept(most=1_000_000))
        at = load(start(), ("x.npy", npy(np.zeros((130_000, 1)))))

        refused = (
            "x.npy must fit beside the files of other visitors, 1 MB in all; got 1.0 MB where 1.0 MB are free. Try "
            "again in a minute, or use bnsim activations on your own machine."
        )
        assert refused in said(at)
        assert all(len(each.value or ()) == 0 for each in at.file_uploader)  # what was refused is not held on to
        assert "No activations yet: load them above." in said(at)

    def test_a_file_that_has_made_room_is_asked_for_again(self):
        at = load(start(), ("x.npy", npy(np.zeros((20, 3)))))
        at.session_state[bringing.FILES]["activations"].content.data = None
        assert "3 channels of 20 values each" in said(at.run())

        at.selectbox(key="check.axis").set_value(0).run()
        assert (
            "x.npy must be loaded again to be read in another way: the server keeps it for some minutes only."
        ) in said(at)


class TestWayToTransform:
    def params(self, x, place):
        query = query_of(look(npy(x), "x.npy", None, "", 1e-5, 0), place)
        return None if query is None else link.decode(find("transform").params, {key: [query[key]] for key in query})

    def test_few_numbers_go_as_they_are(self):
        x = np.random.default_rng(0).normal(size=(40, 3))
        params, reports = self.params(x, 1)

        assert (params.source, reports) == ("own", ())
        assert params.values.tolist() == x[:, 1].tolist()

    def test_many_by_mean_and_standard_deviation(self):
        x = np.random.default_rng(0).normal(size=(500, 3))
        params, _ = self.params(x, 1)

        assert (params.source, params.batch_size) == ("exact", 500)
        np.testing.assert_allclose((params.mean, params.std), (x[:, 1].mean(), x[:, 1].std()), rtol=1e-12)

    def test_what_is_too_far_or_not_finite_has_none(self):
        x = np.array([[1e12, np.nan], [2e12, 1.0]])
        far = np.vstack([x] * 200)

        assert self.params(far, 0) is None
        assert self.params(far, 1) is None

    def test_is_drawn_for_the_channel_that_is_chosen(self):
        at = start(example="1")
        assert "Click a channel in the picture" in said(at)
        assert dict(parse_qsl(at.get("page_link")[0].proto.query_string)).get("example") is None
