"""Files of Keras: every layer is found with the numbers that Keras itself says, and what is wrong with it."""

import io
import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

import h5py
import hostile
import numpy as np
import pytest

from bnsim.activations import running_of
from bnsim.checkpoint import (
    Assumed,
    Inspection,
    Layer,
    Limits,
    Ways,
    answer,
    assumptions,
    findings_table,
    hdf5,
    hdf5_child,
    inspect,
    open_source,
    source_of,
)
from bnsim.checkpoint.checks import check_layer
from bnsim.checkpoint.keras_config import Described, described_layers, snake_case
from bnsim.checkpoint.source import Source
from bnsim.engine import Convention

CORPUS = Path(__file__).parent / "keras_corpus"
SAID: Mapping[str, list[dict[str, Any]]] = json.loads((CORPUS / "keras.json").read_text())
# File -> what is found in it, and in which channels; made by make_keras.py and make_tf_keras.py.
PLANTED = {
    "untouched": {"untouched": (0, 1, 2, 3)},
    "nan": {"not-finite": (1,)},
    "negative": {"negative-variance": (3,)},
    "constant": {"constant": (2,)},
    "large-gain": {"large-gain": (0,)},
    "tiny-variance": {"tiny-variance": (0, 1, 2, 3)},
    "gamma-zero": {"gamma-zero": (2,)},
}
FILES_OF_KERAS = [f"{name}{ending}" for name in ("clean", "nested", "deeper") for ending in (".keras", ".h5")]
CLEAN = [
    *FILES_OF_KERAS, "clean.weights.h5", "nested.weights.h5", "own.keras", "bfloat16.keras",
    "tf-clean.h5", "tf-packed.h5", "tf-weights.h5", "tf-nested.h5", "tf-no-affine.h5",
]  # fmt: skip
PARTS = {"mean": "moving_mean", "var": "moving_variance", "gamma": "gamma", "beta": "beta"}
GUESSED = (
    "The file does not hold ε: ε = 0.001 is assumed, the default of Keras (--eps). The file does not say which layers "
    "are batch norm. Taken for it by their names, and their tensors by their order (γ, β, mean, variance): {}."
)
WHOLE = " A model saved whole says it: model.save('model.keras')."


@pytest.fixture(autouse=True)
def here(monkeypatch):
    """Read in this process: these files are ours. That it is done in another one is held by test_checkpoint_hdf5."""

    def answered(_: Source, file: BinaryIO, asked: str) -> bytes:
        return hdf5_child.answer(h5py, json.loads(asked), file.fileno())

    monkeypatch.setattr(hdf5, "_answered", answered)


def inspected(name: str, against: str = "", **assumed: float) -> Inspection:
    with open_source(CORPUS / name) as source:
        if not against:
            return inspect(source, Assumed(**assumed))
        with open_source(CORPUS / against) as other:
            return inspect(source, Assumed(**assumed), against=other)


def inspected_bytes(raw: bytes, limits: Limits | None = None) -> Inspection:
    return inspect(source_of(io.BytesIO(raw), "x.h5", limits or Limits()))


def found_in(inspection: Inspection) -> dict[str, tuple[int, ...]]:
    return {finding.key: finding.channels for finding in inspection.findings}


def names_of(name: str) -> list[str]:
    return [layer.name for layer in inspected(name).layers]


def settings(name: str) -> dict[str, tuple[float | None, float | None]]:
    return {layer.name: (layer.eps, layer.momentum) for layer in inspected(name).layers}


def weights_without_names(name: str) -> bytes:
    """Return a file of Keras 3 as its first releases wrote it: no attribute says what a layer is called."""
    members = hostile.members_of((CORPUS / name).read_bytes())
    raw = io.BytesIO(members["model.weights.h5"])
    with h5py.File(raw, "r+") as file:
        groups: list[h5py.Group] = []
        file.visititems(lambda _, item: groups.append(item) if "name" in item.attrs else None)
        for group in groups:
            del group.attrs["name"]
    return hostile.zipped({**members, "model.weights.h5": raw.getvalue()})


class TestTheCorpus:
    @pytest.mark.parametrize("name", PLANTED)
    @pytest.mark.parametrize("form", ["{}.keras", "tf-{}.h5"])
    def test_what_is_planted_is_found_and_nothing_else(self, name, form):
        assert found_in(inspected(form.format(name))) == PLANTED[name]

    @pytest.mark.parametrize("name", CLEAN)
    def test_where_nothing_is_wrong_nothing_is_found(self, name):
        inspection = inspected(name)

        assert (len(inspection.layers) > 0, found_in(inspection), inspection.problems) == (True, {}, ())

    @pytest.mark.parametrize("name", [f"{name}.keras" for name in SAID] + [f"{n}.h5" for n in ("clean", "nested")])
    def test_every_number_is_what_keras_says(self, name):
        """All of them are float32, or bfloat16, which float64 holds exactly; ε and momentum are written in decimals."""
        said = {str(each["moving_mean"]): each for each in SAID[name.partition(".")[0]]}
        layers = inspected(name).layers

        assert len(layers) == len(said)
        for layer in layers:
            expected = said[str(layer.mean.tolist())]
            for part, theirs in PARTS.items():
                ours = getattr(layer, part)
                assert (ours is None) == (expected[theirs] is None)
                np.testing.assert_array_equal([] if ours is None else ours, expected[theirs] or [])
            if layer.guess is None:
                assert (layer.eps, layer.momentum) == (
                    expected["epsilon"],
                    pytest.approx(1 - expected["momentum"], rel=4 * float(np.finfo(float).eps)),
                )

    @pytest.mark.parametrize("name", ["nested.weights.h5", "deeper.weights.h5"])
    def test_weights_alone_hold_the_same_statistics(self, name):
        whole = {layer.name: layer for layer in inspected(name.replace(".weights.h5", ".keras")).layers}
        layers = inspected(name).layers

        assert {layer.name for layer in layers} == set(whole)
        for layer in layers:
            np.testing.assert_array_equal(layer.mean, whole[layer.name].mean)
            np.testing.assert_array_equal(layer.var, whole[layer.name].var)

    def test_packed_in_pieces_it_is_the_same(self):
        (packed,), (plain,) = inspected("tf-packed.h5").layers, inspected("tf-clean.h5").layers

        for part in PARTS:
            np.testing.assert_array_equal(getattr(packed, part), getattr(plain, part))


class TestNames:
    @pytest.mark.parametrize("ending", [".keras", ".h5"])
    def test_layers_stand_in_the_order_of_the_model_by_the_names_on_the_way_to_them(self, ending):
        assert names_of(f"nested{ending}") == ["norm", "inner.norm", "no-beta", "no-gamma", "neither"]
        first, second = names_of(f"deeper{ending}")
        assert (first.partition(".")[0], second) == ("middle", f"{first}_1")

    def test_an_attribute_of_a_model_of_ones_own_is_the_name(self):
        assert names_of("own.keras") == ["bn1"]

    def test_where_no_name_is_kept_the_description_has_it(self):
        with_names, without = inspected("nested.keras"), inspected_bytes(weights_without_names("nested.keras"))

        assert [layer.name for layer in without.layers] == [layer.name for layer in with_names.layers]
        assert [layer.eps for layer in without.layers] == [layer.eps for layer in with_names.layers]

    def test_ten_comes_after_two(self):
        def fill(file: h5py.File) -> None:
            for number in (10, 2, 1):
                for variable in range(4):
                    file[f"layers/batch_normalization_{number}/vars/{variable}"] = np.ones(2, "float32")

        raw = io.BytesIO()
        with h5py.File(raw, "w") as file:
            fill(file)

        assert [layer.name for layer in inspected_bytes(raw.getvalue()).layers] == [
            f"batch_normalization_{number}" for number in (1, 2, 10)
        ]


class TestSettings:
    @pytest.mark.parametrize("ending", [".keras", ".h5"])
    def test_are_those_of_each_layer_also_where_names_are_the_same(self, ending):
        assert settings(f"nested{ending}") == {
            "norm": (1e-3, 0.2), "inner.norm": (1e-2, 0.5), "no-beta": (1e-3, 0.2), "no-gamma": (1e-3, 0.2),
            "neither": (1e-3, 0.2),
        }  # fmt: skip

    def test_so_they_are_in_files_of_tensorflow(self):
        assert settings("tf-nested.h5") == {"backbone.bn": (1e-2, 0.5), "bn": (1e-5, 0.1)}

    def test_momentum_is_turned_into_the_weight_of_the_new_batch(self):
        """0.99 of Keras is 0.01 here."""
        assert settings("untouched.keras") == {"norm": (1e-3, 0.01)}

    def test_what_somebody_says_goes_before_what_stands_in_the_file(self):
        (layer,) = inspected("clean.keras").layers

        assert [Assumed().momentum_of(layer), Assumed(momentum=0.5).momentum_of(layer)] == [0.2, 0.5]
        assert [Assumed().eps_of(layer), Assumed(eps=0.5).eps_of(layer)] == [1e-4, 0.5]

    def test_findings_go_by_the_momentum_of_the_file(self):
        """After 10 batches of weight 0.5 the start weighs 0.001, of weight 0.1 it weighs 0.35."""

        def keys(momentum: float | None) -> list[str]:
            layer = Layer(
                "bn", np.full(2, 0.5), np.array([0.5, 0.7]), None, None, 10, Convention.PYTORCH, momentum=momentum
            )
            return [finding.key for finding in check_layer(layer, Assumed())]

        assert (keys(0.5), keys(None)) == ([], ["young"])

    def test_an_autopsy_goes_by_them(self):
        running = running_of(inspected("clean.keras").layers[0], Assumed())

        assert (running.eps, running.momentum) == (1e-4, 0.2)


class TestAssumptions:
    @pytest.mark.parametrize(
        ("name", "assumed", "said"),
        [
            (
                "clean.keras",
                {},
                "ε = 0.0001 and momentum = 0.2, the weight of the new batch, stand in the file.",
            ),
            ("nested.keras", {}, "ε and momentum stand in the file, layer by layer."),
            (
                "clean.keras", {"eps": 0.5},
                "Momentum stands in the file. In place of what stands in the file: ε = 0.5 as given.",
            ),
            (
                "clean.keras",
                {"eps": 0.5, "momentum": 0.25},
                "In place of what stands in the file: ε = 0.5 as given; momentum = 0.25 as given, the weight of the "
                "new batch.",
            ),
            ("tf-weights.h5", {}, "The file does not hold ε: ε = 0.001 is assumed, the default of Keras (--eps)."),
            ("clean.weights.h5", {}, GUESSED.format("norm") + WHOLE),
            ("own.keras", {}, GUESSED.format("bn1")),
            (
                "nested.weights.h5",
                {},
                GUESSED.format("inner.norm, neither, norm, no-beta, no-gamma") + WHOLE
                + " Of γ and β one is missing, and the file does not say which; gains are those of γ = 1: "
                "no-beta, no-gamma.",
            ),
        ],
    )  # fmt: skip
    def test_it_is_said_what_stands_in_the_file_and_what_was_guessed(self, name, assumed, said):
        assert assumptions(inspected(name, **assumed)) == said

    def test_settings_that_are_none_are_assumed(self):
        """ε = 0 is none, and with a momentum of 1 in Keras nothing would ever move."""
        assert assumptions(inspected_bytes(odd_settings())) == (
            "The file holds neither ε nor momentum: ε = 0.001 is assumed, the default of Keras (--eps); momentum = "
            "0.01 is assumed, the default of Keras, the weight of the new batch (--momentum)."
        )

    def test_a_page_names_its_own_boxes(self):
        inspection = inspected("tiny-variance.keras")
        ways = Ways("“ε of the model”", "“Momentum of the model”")

        assert findings_table(inspection, ways)["do"].to_list() == [
            "Make sure that ε is that of the training; if it is another one, say it: “ε of the model”. Where a model "
            "moves from one framework to another, ε must move with it."
        ]
        assert "(“ε of the model”)" in assumptions(inspected("tf-weights.h5"), ways)


def odd_settings() -> bytes:
    inner = {"class_name": "BatchNormalization", "config": {"name": "norm", "epsilon": 0, "momentum": 1}}
    other = {"class_name": "BatchNormalization", "config": {"name": "other", "epsilon": 0.1, "momentum": 0.9}}
    described = json.dumps({"class_name": "Sequential", "config": {"layers": [inner, other]}}).encode()
    raw = io.BytesIO()
    with h5py.File(raw, "w") as file:
        for place in ("batch_normalization", "batch_normalization_1"):
            for number in range(4):
                file[f"layers/{place}/vars/{number}"] = np.ones(2, "float32")
    return hostile.zipped({"config.json": described, "model.weights.h5": raw.getvalue()})


class TestDescription:
    def test_has_the_layers_with_the_places_of_their_variables(self):
        norm = {"class_name": "BatchNormalization", "config": {"name": "a", "epsilon": 0.5, "scale": False}}
        inner = {"class_name": "Sequential", "config": {"name": "in", "layers": [norm, norm]}}
        wrapped = {"class_name": "TimeDistributed", "config": {"name": "t", "layer": norm}}
        text = json.dumps({"class_name": "Model", "config": {"name": "m", "layers": [inner, wrapped]}})

        assert described_layers(text) == (
            Described(("in", "a"), "layers/sequential/layers/batch_normalization", 0.5, None, False, True),
            Described(("in", "a"), "layers/sequential/layers/batch_normalization_1", 0.5, None, False, True),
            Described(("t", "a"), "layers/time_distributed/layer", 0.5, None, False, True),
        )

    def test_of_keras_2_may_be_a_bare_list_of_layers(self):
        norm = {"class_name": "BatchNormalization", "config": {"name": "a", "momentum": 0.9}}

        assert described_layers(json.dumps({"class_name": "Sequential", "config": [norm]})) == (
            Described(("a",), "layers/batch_normalization", None, 0.9, True, True),
        )

    @pytest.mark.parametrize("text", ["", "{", "[]", "3", '{"class_name": 3}', '{"class_name": "A", "config": null}'])
    def test_that_says_nothing_has_none(self, text):
        assert described_layers(text) == ()

    @pytest.mark.parametrize("written", ['"1"', "true", "-1", "1e9", "[1]", "null", "NaN"])
    def test_settings_that_are_no_numbers_are_none(self, written):
        text = f'{{"class_name": "BatchNormalization", "config": {{"epsilon": {written}, "momentum": {written}}}}}'
        (layer,) = described_layers(text)

        assert (layer.eps, layer.momentum) == (None, None)

    @pytest.mark.parametrize(("name", "snake"), [("BatchNormalization", "batch_normalization"), ("Conv2D", "conv2d")])
    def test_classes_are_written_as_keras_does(self, name, snake):
        assert snake_case(name) == snake


class TestWithout:
    @pytest.mark.parametrize(
        ("name", "without"), [("folded", "folded"), ("other-norm", "other"), ("without-norm", "none")]
    )
    def test_a_file_says_what_it_looks_like(self, name, without):
        assert (inspected(f"{name}.keras").without, assumptions(inspected(f"{name}.keras"))) == (without, "")

    def test_a_layer_that_cannot_be_read_is_told(self):
        def fill(file: h5py.File) -> None:
            for number in range(3):
                file[f"layers/batch_normalization/vars/{number}"] = np.ones(2)

        raw = io.BytesIO()
        with h5py.File(raw, "w") as file:
            fill(file)
        norm = {"class_name": "BatchNormalization", "config": {"name": "norm"}}
        described = json.dumps({"class_name": "Sequential", "config": {"layers": [norm]}}).encode()
        inspection = inspected_bytes(hostile.zipped({"config.json": described, "model.weights.h5": raw.getvalue()}))

        assert answer(inspection) == "The file has batch norm layers, and none of them can be read."
        assert inspection.problems == ("norm must have 4 tensors, as its description says; it has 3.",)


class TestAgainst:
    def test_statistics_that_were_only_copied_are_found(self):
        assert found_in(inspected("tf-averaged.h5", "tf-clean.h5")) == {"copied-statistics": (0, 1, 2, 3)}

    def test_statistics_that_moved_are_told_with_their_size(self):
        """The first mean moved by 1, where the variance is 1.25 and ε 1e−4."""
        (finding,) = inspected("tf-moved.h5", "tf-clean.h5").findings

        assert (finding.key, finding.channels) == ("statistics-differ", (0,))
        assert finding.numbers["shift"] == pytest.approx(1 / math.sqrt(1.25 + 1e-4), rel=4 * float(np.finfo(float).eps))

    @pytest.mark.parametrize("other", ["nested.h5", "nested.weights.h5"])
    def test_a_model_saved_in_several_forms_is_the_same(self, other):
        inspection = inspected("nested.keras", other)

        assert (found_in(inspection), inspection.unmatched) == ({}, ())


class TestWhatIsRead:
    def test_of_weights_that_are_not_packed_the_layers_alone(self):
        """A kernel of 4 MB stands beside them; HDF5 is asked where tensors are, and not for what they hold."""
        raw = io.BytesIO()
        with h5py.File(raw, "w") as file:
            file["dense/vars/0"] = np.zeros((1_000, 1_000), "float32")
            for number in range(4):
                file[f"batch_normalization/vars/{number}"] = np.ones(2, "float32")

        assert [layer.channels for layer in inspected_bytes(raw.getvalue(), Limits(values=8)).layers] == [2]
        assert inspected_bytes(raw.getvalue(), Limits(values=7)).problems == (
            "batch_normalization.beta must hold at most 1 numbers to be read; it is larger.",
        )
