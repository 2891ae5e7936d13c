"""Where the claims about a smoother loss hold and where not, at full size over three seeds; about three minutes.

The bands leave room to the numbers measured; menu D and K of the notes on the science have the same directions.
"""

import json

import pytest
from click.testing import CliRunner

from bnsim import cli

SEEDS = (0, 3, 6)  # each is the first of three, so no network is trained twice


@pytest.fixture(scope="module", params=SEEDS)
def found(request):
    """Return the readouts of every scenario by name, as the command line prints them."""
    answer = CliRunner().invoke(
        cli.main, ["run", "smooth-landscape", "--format", "json", "--set", f"seed={request.param}"]
    )
    assert answer.exit_code == 0, answer.stderr
    return {each["name"]: each["readouts"] for each in json.loads(answer.stdout)["scenarios"]}


def ratio(readouts, key):
    """Return by how many times a measure is larger in the reference."""
    return readouts[f"{key}_reference"] / readouts[key]


class TestDeepRelu:
    def test_is_more_than_ten_times_smoother_by_mean_loss_range(self, found):
        assert found["relu-10"]["loss_range_ratio"] > 10

    def test_its_gradient_changes_less(self, found):
        assert ratio(found["relu-10"], "relative_change") > 2
        assert ratio(found["relu-10"], "gradient_change") > 3

    def test_effective_smoothness_does_not_tell_them_apart(self, found):
        assert 0.6 < ratio(found["relu-10"], "smoothness_median") < 1.5

    def test_on_many_rays_it_is_not_the_smoother_one(self, found):
        assert 0.4 < found["relu-10"]["smoother_share"] < 0.8

    def test_layer_norm_is_in_between(self, found):
        assert 1.3 < found["layer-relu-10"]["loss_range_ratio"] < found["relu-10"]["loss_range_ratio"] / 4


class TestThreeLayersOfRelu:
    def test_are_rougher_on_most_rays(self, found):
        assert found["relu-3"]["smoother_share"] < 0.3
        assert ratio(found["relu-3"], "loss_range_median") < 0.8

    def test_are_not_smoother_by_mean_loss_range_either(self, found):
        assert found["relu-3"]["loss_range_ratio"] < 1.6

    def test_are_smoother_by_the_change_of_the_gradient(self, found):
        assert ratio(found["relu-3"], "relative_change") > 2


class TestTanh:
    def test_has_the_smaller_range_on_most_rays(self, found):
        assert found["tanh-10"]["smoother_share"] > 0.75

    def test_its_gradient_does_not_change_less(self, found):
        assert ratio(found["tanh-10"], "gradient_change") < 1

    def test_its_effective_smoothness_is_worse(self, found):
        assert ratio(found["tanh-10"], "smoothness_median") < 1
        assert ratio(found["tanh-10"], "smoothness_largest") < 1


class TestSigmoid:
    @pytest.mark.parametrize("name", ["sigmoid-3", "noisy-sigmoid-3"])
    def test_is_smoother(self, found, name):
        assert found[name]["loss_range_ratio"] > 2.5
        assert ratio(found[name], "relative_change") > 1.4

    def test_gradients_shift_more(self, found):
        assert ratio(found["sigmoid-3"], "gradient_shift") < 0.4
        assert found["sigmoid-3"]["gradient_cosine"] < found["sigmoid-3"]["gradient_cosine_reference"]

    def test_noise_shakes_what_batch_norm_stills(self, found):
        noisy, plain = found["noisy-sigmoid-3"], found["sigmoid-3"]

        # Half the range of the shift is 0.5, and E|m - m'| of two of them a third of the whole.
        assert noisy["step_drift"] == pytest.approx(1 / 3, rel=0.05)
        assert plain["step_drift"] < 0.01 < plain["step_drift_reference"] < noisy["step_drift"] / 2


class TestMovingInputs:
    def test_medians_move_less_with_batch_norm(self, found):
        assert 1.4 < found["moving-inputs"]["percentile_range_reference"] < 2.3
        assert found["moving-inputs"]["percentile_range"] < 0.35

    def test_gradients_do_not_shift_less(self, found):
        assert ratio(found["moving-inputs"], "gradient_shift") < 1

    def test_medians_move_less_throughout(self, found):
        assert {name: ratio(readouts, "percentile_range") > 1 for name, readouts in found.items()} == dict.fromkeys(
            found, True
        )
