"""What is found in activations: planted findings, the norms, the verdicts, and every sentence."""

import io

import numpy as np
import pytest

from bnsim.activations import (
    FINDINGS,
    Origin,
    Running,
    activations_of,
    answer,
    autopsy,
    autopsy_table,
    batch_of,
    channels_table,
    family_table,
    norms_table,
    report_of,
    told,
    typed_running,
    verdict,
)
from bnsim.activations.profile import FAR
from bnsim.checkpoint import Assumed
from bnsim.errors import InputError


def opened(x):
    file = io.BytesIO()
    np.save(file, x)
    return activations_of(file, "x.npy")


@pytest.fixture
def x():
    return np.random.default_rng(4).normal(0.5, 2, size=(128, 8, 3))


def planted():
    x = np.random.default_rng(0).normal(size=(64, 6, 4, 4))
    x[3, 0, 1, 1] = np.nan
    x[:, 1] = 0
    x[:, 2] = 3
    x[:, 3] *= 1e-3
    x[:, 4] += 2 * FAR
    return x


class TestFindings:
    def test_each_is_found_where_it_was_planted_and_nowhere_else(self):
        assert report_of(opened(planted())).findings == (*FINDINGS, "")

    def test_none_in_what_is_well(self):
        report = report_of(opened(np.random.default_rng(1).normal(size=(64, 3, 4))))

        assert report.findings == ("", "", "")
        assert answer(report) == "3 channels of 256 values each from 64 examples, and nothing odd about them."
        assert list(told(report)) == []

    def test_are_said_with_the_channel_and_what_to_do(self):
        report = report_of(opened(planted()))
        sentences = list(told(report))

        assert answer(report) == (
            "6 channels of 1,024 values each from 64 examples; there is something odd about 5 of them."
        )
        assert [each.title for each in sentences] == ["Not finite", "Dead", "Constant", "Nearly constant", "Far off"]
        assert sentences[1].text == "Channel 1: 0 for every example."
        assert sentences[4].text == "Channel 4: a mean more than 10 standard deviations from 0."

    def test_many_channels_are_named_by_the_first(self):
        (dead,) = told(report_of(opened(np.zeros((4, 20)))))

        assert dead.text == "20 channels (0, 1, 2, 3, 4, 5, 6, 7 and 12 more): 0 for every example."

    def test_one_channel_alone(self):
        assert answer(report_of(opened(np.zeros(5)))) == (
            "One channel of 5 values from 5 examples; there is something odd about it."
        )

    @pytest.mark.parametrize(
        ("asked", "sentence"),
        [
            ({"eps": 0}, "eps must be a number more than 0 and at most 1; got 0."),
            ({"groups": 4}, "groups must divide the 6 channels of x.npy; got 4."),
            ({"groups": 0}, "groups must divide the 6 channels of x.npy; got 0."),
        ],
    )
    def test_what_is_out_of_range_is_refused(self, asked, sentence):
        with pytest.raises(InputError) as error:
            report_of(opened(planted()), **asked)

        assert str(error.value) == sentence


class TestTables:
    def test_a_row_for_each_channel(self):
        frame = channels_table(report_of(opened(planted())))

        assert list(frame) == ["channel", "mean", "std", "zeros", "largest", "finding"]
        assert frame["channel"].tolist() == ["0", "1", "2", "3", "4", "5"]
        assert frame["zeros"][1] == 1

    def test_a_row_for_each_norm(self):
        frame = norms_table(report_of(opened(np.random.default_rng(2).normal(3, 1, size=(64, 4, 5)))))

        assert frame["norm"].tolist() == ["batch", "layer", "group", "instance", "rms"]
        batch, instance = frame.iloc[0], frame.iloc[3]
        assert (batch["mean_low"], batch["mean_high"]) == (0, 0)
        assert (instance["mean_low"], instance["mean_high"]) == (0, 0)
        assert frame["mean_low"][4] > 0.5  # RMS norm takes no mean away

    def test_says_where_a_norm_pools_a_single_value(self):
        frame = norms_table(report_of(opened(np.random.default_rng(3).normal(size=(64, 4)))))

        assert frame["does"][3] == "each channel of each example is one value, and becomes 0"
        assert (frame["std_low"][3], frame["std_high"][3]) == (0, 0)

    def test_of_the_family_has_every_channel_and_norm(self):
        frame = family_table(report_of(opened(planted())))

        assert len(frame) == 6 * 5


class TestAutopsy:
    def held(self, x, mean, var, origin=Origin.UNKNOWN, **more):
        channels = x.shape[1]
        running = Running(np.full(channels, mean), np.full(channels, var), **more)
        return autopsy(batch_of(opened(x)), running, origin)

    def test_nothing_wrong_is_consistent(self, x):
        found = self.held(x, 0.5, 4.0)

        assert found.verdict.value == "consistent"
        assert verdict(found).startswith(
            "Consistent: 128 examples show no difference from the running statistics beyond sampling error."
        )

    @pytest.mark.parametrize(
        ("origin", "said", "begins"),
        [
            (Origin.NEW, "shift", "Shift of the data: 8 of 8 channels differ"),
            (Origin.TRAINING, "stale", "Stale statistics: 8 of 8 channels of the training data themselves"),
            (Origin.UNKNOWN, "differ", "Shift of the data or stale statistics: 8 of 8 channels differ"),
        ],
    )
    def test_where_the_data_come_from_decides_what_a_difference_means(self, x, origin, said, begins):
        found = self.held(x, 3.0, 9.0, origin)

        assert found.verdict.value == said
        assert verdict(found).startswith(begins)

    @pytest.mark.parametrize("left", [1.0, 0.5, 0.3])
    def test_what_is_left_of_the_start_is_recognized(self, left):
        rng = np.random.default_rng(5)
        means, stds = rng.normal(size=8), rng.uniform(0.2, 3, size=8)
        x = means[:, None] + stds[:, None] * rng.normal(size=(256, 8, 1))
        running = Running((1 - left) * means, left + (1 - left) * stds**2)
        found = autopsy(batch_of(opened(x)), running, Origin.NEW)

        assert found.verdict.value == "start"
        # By least squares over 16 numbers that 256 examples make uncertain by about 6 % each.
        assert found.left == pytest.approx(left, abs=0.1)

    @pytest.mark.parametrize("examples", [1, 6])
    def test_few_examples_are_too_small_a_batch(self, x, examples):
        assert self.held(x[:examples], 0.5, 4.0).verdict.value == "small"

    def test_one_example_is_said_to_be_one(self, x):
        assert verdict(self.held(x[:1], 0.5, 4.0)) == (
            "Batch too small to tell: one example says nothing about how much examples differ."
        )

    def test_statistics_that_are_no_numbers_cannot_be_tested(self, x):
        assert self.held(x, np.nan, 4.0).verdict.value == "unusable"

    def test_outputs_are_those_of_both_modes(self, x):
        gamma, beta = np.full(8, -2.0), np.full(8, 0.25)
        frame = autopsy_table(self.held(x, 1.0, 9.0, gamma=gamma, beta=beta))
        mean, var = x.mean(axis=(0, 2)), x.var(axis=(0, 2))
        root = np.sqrt(9 + 1e-5)

        np.testing.assert_allclose(frame["eval_mean"], -2 * (mean - 1) / root + 0.25, rtol=1e-12)
        np.testing.assert_allclose(frame["eval_std"], 2 * np.sqrt(var) / root, rtol=1e-12)
        np.testing.assert_allclose(frame["train_mean"], 0.25, rtol=1e-12)
        np.testing.assert_allclose(frame["train_std"], 2 * np.sqrt(var / (var + 1e-5)), rtol=1e-12)
        np.testing.assert_allclose(frame["batch_mean"], mean, rtol=1e-12)

    def test_the_number_of_statistics_must_be_that_of_channels(self, x):
        with pytest.raises(InputError) as error:
            autopsy(batch_of(opened(x)), Running(np.zeros(3), np.ones(3)))

        assert str(error.value) == (
            "running statistics must be those of the 8 channels of x.npy; got 3. Choose another layer, or say which "
            "axis counts channels."
        )


class TestTyped:
    def test_one_number_serves_every_channel(self):
        running = typed_running("0", "1 2 3", 3, Assumed(eps=1e-3), 64)

        assert running.mean.tolist() == [0, 0, 0]
        assert running.var.tolist() == [1, 2, 3]
        assert (running.eps, running.momentum, running.batch_size) == (1e-3, 0.1, 64)
        assert running.rests_on == pytest.approx(64 * 19)

    @pytest.mark.parametrize(
        ("mean", "sentence"),
        [("1 2", "mean must hold one number or 3, as there are channels; got 2.")],
    )
    def test_any_other_number_is_refused(self, mean, sentence):
        with pytest.raises(InputError) as error:
            typed_running(mean, "1", 3, Assumed())

        assert str(error.value) == sentence

    @pytest.mark.parametrize(
        ("asked", "sentence"),
        [
            ({"batch_size": 0}, "batch-size must be a whole number of at least 1; got 0."),
            ({"eps": 0.0}, "eps must be a number more than 0 and at most 1; got 0."),
            (
                {"momentum": 1.5},
                "momentum must be a number more than 0 and at most 1, the weight of the new batch; got 1.5. Keras, "
                "Flax and ONNX quote the weight of the old one: their 0.99 is 0.01 here.",
            ),
        ],
    )
    def test_what_is_out_of_range_is_refused(self, asked, sentence):
        with pytest.raises(InputError) as error:
            Running(np.zeros(2), np.ones(2), **asked)

        assert str(error.value) == sentence
