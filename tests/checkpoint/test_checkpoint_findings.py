"""Every finding is planted in a file of PyTorch and found there; where nothing is wrong nothing is found."""

import math
from pathlib import Path

import numpy as np
import pytest

from bnsim.checkpoint import (
    SEVERITIES,
    Assumed,
    Inspection,
    Sureness,
    answer,
    assumptions,
    channels_table,
    findings_table,
    inspect,
    layers_table,
    open_source,
    told,
)
from bnsim.checkpoint.against import compare_layers
from bnsim.checkpoint.checks import check_layer
from bnsim.checkpoint.layers import Layer
from bnsim.checkpoint.wording import WORDS, remarks, where
from bnsim.engine import Convention, RunningStats, batch_norm
from bnsim.errors import InputError

CORPUS = Path(__file__).parent / "corpus"
BOTH = (".pt", ".safetensors")
# File -> what is found in it, and in which channels; made by make_corpus.py.
PLANTED = {
    "untouched": {"untouched": (0, 1, 2, 3)},
    "young": {"young": (0, 1, 2, 3)},
    "counter-zero": {"counter-zero": (0, 1, 2, 3)},
    "counter-restarted": {"young": (0, 1, 2, 3), "momentum-contradicted": (0, 1, 2, 3)},
    "constant": {"constant": (0, 1)},
    "nan": {"not-finite": (1,)},
    "infinite": {"not-finite": (2, 3)},
    "negative": {"negative-variance": (3,)},
    "tiny-variance": {"tiny-variance": (0, 1, 2, 3)},
    "gamma-zero": {"gamma-zero": (1, 2)},
    "large-gain": {"large-gain": (0,)},
}
CLEAN = ("clean", "clean-bfloat16", "clean-half", "clean-no-affine", "clean-no-counter", "averaged", "moved")


def inspected(name: str, against: str = "", **assumed: float) -> Inspection:
    with open_source(CORPUS / name) as source:
        if not against:
            return inspect(source, Assumed(**assumed))
        with open_source(CORPUS / against) as other:
            return inspect(source, Assumed(**assumed), against=other)


def found_in(inspection: Inspection) -> dict[str, tuple[int, ...]]:
    return {finding.key: finding.channels for finding in inspection.findings}


def layer_of(var: list[float], *, batches: int | None = None, gamma: list[float] | None = None) -> Layer:
    mean = np.full(len(var), 0.5)
    scale = None if gamma is None else np.array(gamma)
    return Layer("bn", mean, np.array(var), scale, None, batches, Convention.PYTORCH)


def keys_of(layer: Layer, **assumed: float) -> list[str]:
    return [finding.key for finding in check_layer(layer, Assumed(**assumed))]


class TestTheCorpus:
    @pytest.mark.parametrize("ending", BOTH)
    @pytest.mark.parametrize("name", PLANTED)
    def test_what_is_planted_is_found_and_nothing_else(self, name, ending):
        assert found_in(inspected(name + ending)) == PLANTED[name]

    @pytest.mark.parametrize("ending", BOTH)
    @pytest.mark.parametrize("name", CLEAN)
    def test_where_nothing_is_wrong_nothing_is_found(self, name, ending):
        inspection = inspected(name + ending)

        assert found_in(inspection) == {}
        assert answer(inspection) == "The file has one batch norm layer, and nothing is wrong with it."

    def test_every_finding_is_planted_somewhere(self):
        with_other = {"copied-statistics", "statistics-differ"}

        assert {key for found in PLANTED.values() for key in found} | with_other == set(SEVERITIES)

    def test_a_model_of_keras_saved_as_its_refusal_recommends_is_read(self):
        """make_keras.py: the second layer was never called in training mode. Keras counts no batches."""
        inspection = inspected("keras.safetensors")

        assert [(layer.name, layer.batches) for layer in inspection.layers] == [
            ("sequential.first", None),
            ("sequential.second", None),
        ]
        assert [(each.layer, each.key, each.sure) for each in inspection.findings] == [
            ("sequential.second", "untouched", Sureness.LIKELY)
        ]
        assert assumptions(inspection) == (
            "The file does not hold ε: ε = 0.001 is assumed, the default of Keras (--eps)."
        )

    @pytest.mark.parametrize("name", [*PLANTED, "clean", "averaged", "moved", "folded", "other-norm", "linear"])
    def test_both_formats_hold_the_same(self, name):
        tables = [layers_table(inspected(name + ending)) for ending in BOTH]

        assert tables[0].equals(tables[1])


class TestNoLayer:
    @pytest.mark.parametrize(
        ("name", "said"),
        [
            (
                "folded",
                "There is no batch norm in this file: every convolution has a bias and none is followed by running "
                "statistics. It looks as if batch norm had been folded into the convolutions.",
            ),
            (
                "other-norm",
                "There are no running statistics in this file, but tensors of one number a channel. These belong to "
                "another norm (layer, group, instance, RMS), or to batch norm that keeps no running statistics: that "
                "uses the batch in eval mode, too.",
            ),
            ("linear", "There is no batch norm in this file."),
        ],
    )
    def test_says_what_the_file_looks_like(self, name, said):
        inspection = inspected(f"{name}.pt")

        assert (inspection.layers, answer(inspection), assumptions(inspection)) == ((), said, "")


class TestAgainst:
    def test_statistics_that_were_only_copied_are_found_behind_another_prefix(self):
        inspection = inspected("averaged.pt", "clean.safetensors")

        assert [finding.layer for finding in inspection.findings] == ["module.1"]
        assert found_in(inspection) == {"copied-statistics": (0, 1, 2, 3)}
        assert inspection.findings[0].sure is Sureness.LIKELY

    def test_they_are_less_sure_where_scale_and_shift_did_not_move_either(self):
        """Frozen batch norm looks like this, and may be meant."""
        layer = layer_of([0.5, 0.7], gamma=[1.0, 2.0])
        (finding,) = compare_layers(layer, layer, Assumed(), moved=True)

        assert (finding.key, finding.sure) == ("copied-statistics", Sureness.POSSIBLE)
        assert list(compare_layers(layer, layer, Assumed(), moved=False)) == []

    def test_the_same_file_differs_in_nothing(self):
        inspection = inspected("clean.pt", "clean.safetensors")

        assert found_in(inspection) == {}
        assert list(remarks(inspection)) == [
            "Nothing in clean.safetensors differs in its batch norm layers by more than a tenth of a standard "
            "deviation or a quarter of a variance."
        ]

    def test_statistics_that_moved_are_told_with_their_size(self):
        inspection = inspected("moved.pt", "clean.pt")
        (now,), (before,) = inspection.layers, inspected("clean.pt").layers
        (finding,) = inspection.findings

        assert finding.key == "statistics-differ"
        shift = np.abs(now.mean - before.mean) / np.sqrt(before.var + 1e-5)
        assert finding.numbers["shift"] == pytest.approx(shift.max(), rel=1e-12)
        assert finding.numbers["ratio"] == pytest.approx(((now.var + 1e-5) / (before.var + 1e-5)).max(), rel=1e-12)

    def test_a_layer_that_the_other_has_not_is_named(self):
        inspection = inspected("clean.pt", "alone.pt")

        assert list(remarks(inspection)) == ["Not in alone.pt: 1."]


class TestYoung:
    def test_the_start_weighs_what_the_engine_leaves_of_it(self):
        """Of batches that all have mean 0 and variance 0 nothing but the start remains."""
        running = RunningStats.start(1)
        for _ in range(10):
            running = running.update(batch_norm(np.zeros((8, 1))))
        (finding,) = inspected("young.pt").findings

        # Ten products of numbers below 1, each rounded once.
        assert finding.numbers["left"] == pytest.approx(running.var[0], rel=10 * np.finfo(float).eps)

    def test_another_momentum_decides_otherwise(self):
        assert found_in(inspected("young-slow.pt")) == {}
        assert found_in(inspected("young-slow.pt", momentum=0.01)) == {"young": (0, 1, 2, 3)}

    @pytest.mark.parametrize(("batches", "keys"), [(43, ["young"]), (44, [])])
    def test_the_border_is_where_one_percent_is_left(self, batches, keys):
        """0.9**43 = 0.0108, 0.9**44 = 0.0097."""
        assert keys_of(layer_of([0.5, 0.7], batches=batches)) == keys

    def test_a_small_variance_refutes_it_whatever_the_momentum_was(self):
        """Every running variance is at least the weight of its start, 1."""
        assert keys_of(layer_of([0.005, 0.7], batches=10)) == ["momentum-contradicted"]

    def test_what_a_small_variance_leaves_possible_is_told_as_possible(self):
        findings = check_layer(layer_of([0.1, 0.7], batches=10), Assumed())

        assert [(each.key, each.sure) for each in findings] == [
            ("young", Sureness.POSSIBLE),
            ("momentum-contradicted", Sureness.CERTAIN),
        ]
        assert findings[0].numbers["left"] == 0.1


class TestChannels:
    def test_a_channel_that_never_varied_keeps_what_is_left_of_the_start(self):
        (layer,) = inspected("constant.pt").layers

        assert layer.var[:2] == pytest.approx([0.9**60] * 2, rel=60 * float(np.finfo(np.float32).eps))

    def test_zero_is_constant_without_a_counter(self):
        assert keys_of(layer_of([0.0, 1.0, 2.0])) == ["constant"]

    @pytest.mark.parametrize(("var", "keys"), [(1.01e-6, []), (0.99e-6, ["tiny-variance"])])
    def test_far_below_eps_is_below_a_tenth_of_it(self, var, keys):
        assert keys_of(layer_of([var, 1e-5])) == keys

    def test_another_eps_decides_otherwise(self):
        assert keys_of(layer_of([0.5e-4, 1.0])) == []
        assert keys_of(layer_of([0.5e-4, 1.0]), eps=1e-3) == ["tiny-variance"]

    @pytest.mark.parametrize(("gamma", "keys"), [(29.0, []), (31.0, ["large-gain"])])
    def test_a_large_gain_is_thirty_times_the_median(self, gamma, keys):
        assert keys_of(layer_of([1.0, 1.0, 1.0], gamma=[1.0, -1.0, gamma])) == keys

    def test_small_gains_are_not_large_beside_smaller_ones(self):
        assert keys_of(layer_of([1.0, 1.0, 1.0], gamma=[0.01, 0.01, 9.0])) == []

    def test_the_gain_is_that_of_the_engine(self):
        inspection = inspected("clean.pt")
        (layer,) = inspection.layers
        expected = np.abs(layer.gamma) / np.sqrt(layer.var + 1e-5)

        table = channels_table(layer, inspection)

        np.testing.assert_array_equal(table["gain"], expected)
        assert layers_table(inspection)["largest_gain"][0] == expected.max()


class TestWords:
    def test_every_finding_has_all_its_words_and_no_word_is_of_nothing(self):
        parts = {"title", "text", "why", "do"}

        assert set(WORDS.group("note")) == {f"{key}.{part}" for key in SEVERITIES for part in parts}

    @pytest.mark.parametrize("name", PLANTED)
    def test_every_sentence_is_filled(self, name):
        inspection = inspected(f"{name}.pt")

        for finding in inspection.findings:
            words = told(finding, inspection)
            assert not any(mark in f"{words.text}{words.why}{words.do}" for mark in "{}")

    def test_a_finding_says_what_it_is_and_where(self):
        inspection = inspected("large-gain.pt")
        (finding,) = inspection.findings

        assert told(finding, inspection).text == (
            "1 of 4 channels have a gain of more than 30 times the median of the layer, 1.951: up to 376 (ε = 1e−5)."
        )
        assert where(finding, inspection) == "Channels 0."

    def test_what_was_assumed_is_said(self):
        assert assumptions(inspected("clean.pt")) == (
            "The file holds neither ε nor momentum: ε = 1e−5 is assumed, the default of PyTorch (--eps); momentum "
            "= 0.1 is assumed, the default of PyTorch, the weight of the new batch (--momentum)."
        )
        assert assumptions(inspected("clean.pt", eps=0.001, momentum=0.01)) == (
            "The file holds neither ε nor momentum: ε = 0.001 as given; momentum = 0.01 as given, the weight of "
            "the new batch."
        )

    def test_the_table_of_findings_has_a_row_for_each(self):
        table = findings_table(inspected("counter-restarted.pt"))

        assert table["finding"].to_list() == ["young", "momentum-contradicted"]
        assert table["severity"].to_list() == ["serious", "note"]


class TestAssumed:
    @pytest.mark.parametrize("eps", [0.0, -1e-5, 2.0, math.nan, math.inf])
    def test_eps_is_more_than_nothing(self, eps):
        with pytest.raises(InputError) as error:
            Assumed(eps=eps)

        assert str(error.value) == f"eps must be a number more than 0 and at most 1; got {eps:g}."

    def test_momentum_is_the_weight_of_the_new_batch(self):
        with pytest.raises(InputError) as error:
            Assumed(momentum=0.0)

        assert str(error.value) == (
            "momentum must be a number more than 0 and at most 1, the weight of the new batch; got 0. Keras, Flax and "
            "ONNX quote the weight of the old one: their 0.99 is 0.01 here."
        )
