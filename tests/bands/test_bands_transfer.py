"""The scenario set adabn at full size, as the command line prints it: three times three pairs, none twice."""

import json
from functools import cache

import pytest
from click.testing import CliRunner

from bnsim import cli

SEEDS = (0, 3, 6)  # each is the first of three, so no pair of networks is asked twice
ONE_IMAGE = 1 / 450
EXACT = ("contrast", "brightness", "scale", "nearly-grey")


@cache
def readouts(seed: int) -> dict[str, dict[str, float]]:
    printed = CliRunner(catch_exceptions=False).invoke(
        cli.main, ["run", "adabn", "--set", f"seed={seed}", "--format", "json"]
    )
    assert printed.exit_code == 0, printed.stderr
    return {each["name"]: each["readouts"] for each in json.loads(printed.stdout)["scenarios"]}


@pytest.fixture(params=SEEDS)
def found(request):
    return readouts(request.param)


class TestExactlyRepaired:
    @pytest.mark.parametrize("name", EXACT)
    def test_above_95_percent_and_as_from_clean_images(self, found, name):
        assert found[name]["changed_adapted"] > 0.95
        # The eps moves a score by 0.02 at most, which may turn an image or two.
        assert found[name]["changed_adapted"] == pytest.approx(found["clean"]["changed_adapted"], abs=2 * ONE_IMAGE)
        assert found[name]["logit_change"] < 0.1
        assert found[name]["logit_change_no_eps"] < 1e-10

    def test_contrast_comes_back_from_far_below(self, found):
        assert found["contrast"]["changed_source"] < 0.6
        assert found["contrast"]["adaptation_gain"] > 0.35

    def test_a_large_eps_spoils_it(self, found):
        assert found["keras-eps"]["logit_change"] > 0.3
        assert found["keras-eps"]["logit_change_no_eps"] < 1e-10


class TestNotRepaired:
    def test_the_negative_stays_below_10_percent(self, found):
        assert max(found["negative"][key] for key in ("changed_source", "changed_adapted", "changed_plain")) < 0.1

    def test_noise_stays_noise(self, found):
        assert abs(found["noise-0.15"]["adaptation_gain"]) < 0.03
        assert found["noise-0.3"]["adaptation_gap"] > 0.12
        assert found["noise-0.3"]["changed_plain"] > found["noise-0.3"]["changed_adapted"]

    def test_blur_comes_back_in_part(self, found):
        assert found["blur"]["adaptation_gain"] > 0.05
        assert found["blur"]["adaptation_gap"] > 0.01
        assert found["blur-2"]["adaptation_gain"] > 0.2
        assert found["blur-2"]["adaptation_gap"] > 0.04
        assert found["blur-2"]["tuning_gain"] > 0


class TestBrittleness:
    # Not nearly-grey, where both are near chance, nor weak noise, where they are level.
    @pytest.mark.parametrize("name", ["contrast", "brightness", "scale", "blur", "blur-2", "noise-0.3"])
    def test_the_network_without_norm_leads_before_anything_is_repaired(self, found, name):
        assert found[name]["brittleness"] > 0.02


class TestSamples:
    def test_thirty_two_do_nearly_as_well_as_all(self, found):
        assert found["contrast-32"]["changed_adapted"] > 0.93
        assert found["contrast"]["changed_adapted"] - found["contrast-32"]["changed_adapted"] < 0.03
        assert 8 < found["contrast"]["samples_needed"] <= 64

    def test_eight_are_still_far_better_than_those_of_training(self, found):
        assert found["contrast-8"]["adaptation_gain"] > 0.3


class TestCost:
    @pytest.mark.parametrize(("name", "least"), [("contrast", 0.08), ("brightness", 0.2), ("scale", 0.2)])
    def test_statistics_of_a_new_domain_do_not_fit_the_old_one(self, found, name, least):
        assert found[name]["adaptation_cost"] > least

    def test_on_clean_images_new_statistics_cost_next_to_nothing(self, found):
        assert abs(found["clean"]["adaptation_gap"]) < 0.01
        assert found["clean"]["logit_change"] < 1e-10
