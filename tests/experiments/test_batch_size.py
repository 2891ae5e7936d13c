"""Batches of N: theory against the simulation, every number that a text tells, the special cases 1 and 2."""

import json
import math
import time
from pathlib import Path

import numpy as np
import pytest
from cases import together
from click.testing import CliRunner
from shipped import compared

import bnsim
from bnsim import cli
from bnsim.engine import batch_norm, batch_norm_backward
from bnsim.engine.theory import closed_forms as laws
from bnsim.engine.theory.batch_errors import exact_batch_errors, mean_over_batches
from bnsim.errors import ParamsError
from bnsim.experiment import Stated
from bnsim.experiments import params_of
from bnsim.experiments.batch_size.distributions import normal_theory
from bnsim.experiments.batch_size.model import FEWEST_BATCHES, SIZES, batches_at
from bnsim.experiments.batch_size.params import BatchSizeParams
from bnsim.experiments.batch_size.simulation import (
    BINS,
    BLOCK,
    CHOSEN,
    LOOKED_INTO,
    Estimate,
    averages,
    counts_of,
    drawn,
    edges_of,
    error_estimates,
    estimates,
    population,
    root_mean,
    share_estimate,
    simulate,
    simulate_errors,
    simulate_shares,
    simulate_spread,
)
from bnsim.scenario import toml
from bnsim.text import to_error

FILE = Path(__file__).resolve().parents[2] / "scenarios" / "batch-size-effects.toml"
SEEDS = (0, 1, 2)
TESTED = (3, 4, 8, 16, 32, 64, 256)
R = 2000

# So many standard errors either way: of 200 comparisons one in a thousand runs would have one further out, were the
# estimates normal; those of the smallest N are skewed, which doubles the tail at most.
WIDE = 4.5


def chi_moment(size: int, power: int) -> float:
    """E[s^power] for the biased std s of N normal values: N s^2 is chi-squared with N - 1 degrees of freedom."""
    log = math.lgamma((size - 1 + power) / 2) - math.lgamma((size - 1) / 2)
    return (2 / size) ** (power / 2) * math.exp(log)


def standard_error(name: str, n: int, repeats: int = R) -> float:
    """Return the standard error of a simulated quantity, derived from the distributions of normal theory.

    A mean of R independent q has Var(q) / R; the root of one has sd(q) / (2 sqrt(E q) sqrt(R)) (delta method).
    """
    k = n - 1
    match name:
        case "mean":  # q = mean^2, N q is chi-squared with 1: E q = 1 / N, Var q = 2 / N^2
            return 1 / math.sqrt(2 * n * repeats)
        case "var":  # q = (chi^2 / k - 1)^2: E q = 2 / k, E q^2 = 12 k (k + 4) / k^4
            mean, square = 2 / k, 12 * (k + 4) / k**3
        case "x_hat":  # q = mean^2 + (1 - s)^2, the two independent, as x_hat - x = (x - mean) (1 / s - 1) - mean
            moments = [chi_moment(n, power) for power in range(5)]
            two = moments[0] - 2 * moments[1] + moments[2]
            four = moments[0] - 4 * moments[1] + 6 * moments[2] - 4 * moments[3] + moments[4]
            mean, square = 1 / n + two, 3 / n**2 + 2 * two / n + four
        case "scale":  # q = 1 / s: E q^2 = N / (N - 3); for N = 3 eps keeps it finite, see mean_over_batches
            mean, square = 0.25, 0.0
            var = mean_over_batches(n, lambda v: 1 / (v + 1e-5))[0] - exact_batch_errors(n, 1e-5).scale ** 2
            return math.sqrt(var / repeats)
        case "gradient":  # q is Beta((N - 2) / 2, 1): the share of dy in N - 2 of the N - 2 + 1 + 1 directions
            a, b = (n - 2) / 2, 1.0
            mean = a / (a + b)
            square = mean**2 + a * b / ((a + b) ** 2 * (a + b + 1))
    return math.sqrt((square - mean**2) / repeats) / (2 * math.sqrt(mean))


def printed(**params: object) -> dict:
    """Return what the command line prints as JSON for one run."""
    flags = [part for name, value in params.items() for part in ("--set", f"{name}={value}")]
    found = CliRunner(catch_exceptions=False).invoke(cli.main, ["run", "batch-size", *flags, "--format", "json"])
    assert found.exit_code == 0, found.stderr
    return json.loads(found.stdout)["scenarios"][0]


def statements(**params: object) -> dict[str, str]:
    return {each.key: each.statement for each in bnsim.run("batch-size", **params).readout_list}


def yielded(**params: object) -> dict[str, Stated]:
    """Return which statement holds of each number, before it is put into words."""
    result = bnsim.run("batch-size", **params)
    return {each.key: each for each in result.experiment.readouts(result.outcome)}


def refusal(**params: object) -> str:
    with pytest.raises(ParamsError) as error:
        bnsim.run("batch-size", **params)
    return str(error.value)


@pytest.fixture(scope="module")
def runs():
    """Return what the command line prints, by N and seed."""
    return {(n, seed): printed(batch_size=n, seed=seed) for n in (1, 2, *TESTED) for seed in SEEDS}


class TestLaws:
    @together("seed", SEEDS)
    @together("n", TESTED)
    @together("name", ["mean", "var", "x_hat", "scale", "gradient"])
    def test_the_simulation_is_within_its_derived_tolerance(self, name, n, seed, runs):
        row = next(row for row in runs[n, seed]["tables"]["laws"] if row["quantity"] == name)

        assert row["simulated"] == pytest.approx(row["exact"], abs=WIDE * standard_error(name, n, row["repeats"]))

    @together("seed", SEEDS)
    @together("n", TESTED)
    def test_the_readouts_are_within_it_of_the_closed_forms(self, n, seed, runs):
        found = runs[n, seed]["readouts"]
        of_x_hat = math.sqrt(2 - 2 * chi_moment(n, 1))  # eps neglected

        for key, name, law in [
            ("mean_noise", "mean", 1 / math.sqrt(n)),
            ("var_noise", "var", math.sqrt(2 / (n - 1))),
            ("x_hat_noise", "x_hat", of_x_hat),
            ("scale_up", "scale", laws.mean_inverse_std(n)),
            ("gradient_share", "gradient", math.sqrt((n - 2) / n)),
        ]:
            # A readout is rounded to two digits of its error: another twentieth of it. eps shifts N = 3 by 0.01.
            repeats = min(R, LOOKED_INTO * (BLOCK // n)) if name == "gradient" else R
            room = (WIDE + 0.06) * standard_error(name, n, repeats) + (0.011 if (key, n) == ("scale_up", 3) else 1e-4)
            assert found[key] == pytest.approx(law, abs=room), key

    @together("seed", SEEDS)
    @together("n", [1, 2, *TESTED])
    def test_one_member_of_each_batch_follows_the_beta_distribution(self, n, seed, runs):
        # Kolmogorov: the law itself exceeds 2.23 / sqrt(R) once in 10,000 draws.
        assert runs[n, seed]["readouts"]["x_hat_distance"] <= 2.23 / math.sqrt(R)

    @together("seed", SEEDS)
    @together("n", [1, 2, *TESTED])
    def test_no_member_is_beyond_the_bound(self, n, seed, runs):
        found = runs[n, seed]["readouts"]

        assert found["x_hat_bound"] == math.sqrt(n - 1)
        assert found["largest_x_hat"] <= math.sqrt(n - 1) * (1 + 1e-12)

    @together("seed", SEEDS)
    @together("n", TESTED)
    def test_the_bias_of_the_variance_and_the_kurtosis_are_the_closed_forms(self, n, seed, runs):
        rows = {row["quantity"]: row for row in runs[n, seed]["tables"]["laws"]}
        bias = math.sqrt(2 * (n - 1)) / n / math.sqrt(R)  # sd of chi^2 / N

        assert rows["var_mean"]["closed_form"] == (n - 1) / n
        assert rows["var_mean"]["simulated"] == pytest.approx((n - 1) / n, abs=WIDE * bias)
        assert rows["kurtosis"]["closed_form"] == 3 * (n - 1) / (n + 1)
        assert rows["kurtosis"]["simulated"] == pytest.approx(
            rows["kurtosis"]["exact"], abs=WIDE * rows["kurtosis"]["standard_error"] + 1e-3
        )

    @pytest.mark.parametrize("n", [16, 64, 256])
    def test_its_own_standard_errors_are_those_derived(self, n, runs):
        # 2000 draws tell sd(q) to sqrt((kurtosis - 1) / R) / 2: with a kurtosis up to 30 a fifth is over 3 of these.
        rows = {row["quantity"]: row for row in runs[n, 0]["tables"]["laws"]}

        for name in ("mean", "var", "x_hat", "gradient"):
            expected = standard_error(name, n, rows[name]["repeats"])
            assert rows[name]["standard_error"] == pytest.approx(expected, rel=0.2), name


class TestTables:
    def test_small_sizes_are_simulated_one_by_one_and_then_each_power_of_2(self):
        errors = bnsim.run("batch-size").tables["errors"]

        for _, rows in errors.groupby("quantity"):
            assert rows["batch_size"].tolist() == [1, 2, 3, 4, 8, 16, 32, 64, 128, 256, 512, 1024]

    def test_simulations_are_held_against_the_exact_value(self):
        # At N = 2 the closed form, which neglects eps, would be infinitely far away.
        rows = bnsim.run("batch-size", batch_size=2).tables["laws"].set_index("quantity")
        off = (rows["simulated"] - rows["exact"]) / rows["standard_error"]

        told = rows["standard_errors_off"].dropna()
        assert told.to_dict() == pytest.approx(off[told.index].to_dict())
        assert math.isfinite(told["scale"])

    def test_curves_are_the_exact_values_and_the_first_order(self):
        table = (
            bnsim.run("batch-size", eps=1e-3, repeats=100)
            .tables["curves"]
            .set_index(["quantity", "batch_size"])["value"]
        )
        # Of two values half of E[(eps / (v + eps))²] is let through; to first order x_hat is off by √(1.5 / N).
        lost = mean_over_batches(2, lambda v: np.square(1e-3 / (v + 1e-3)))[0]

        assert table["gradient", 2] == pytest.approx(math.sqrt(lost / 2), rel=1e-12)
        assert table["first_order", 4] == pytest.approx(math.sqrt(1.5 / 4))


class TestNoThreshold:
    def test_every_doubling_divides_the_error_of_x_hat_by_nearly_the_same(self):
        frame = bnsim.run("batch-size").tables["doubling"].query("quantity == 'x_hat'")
        exact_factors = frame["exact"].to_numpy()

        assert (np.diff(exact_factors) < 0).all()
        assert exact_factors == pytest.approx(np.full(6, math.sqrt(2)), abs=0.05)
        assert (np.abs(frame["simulated"] - frame["exact"]) < WIDE * frame["standard_error"]).all()

    def test_the_error_of_a_factor_is_that_of_both_its_errors(self):
        result = bnsim.run("batch-size", repeats=500)
        rows = result.tables["errors"].set_index(["quantity", "batch_size"])
        one, two = rows.loc[("var", 4)], rows.loc[("var", 8)]
        found = result.tables["doubling"].set_index(["quantity", "batch_size"]).loc[("var", 4)]
        factor = one["simulated"] / two["simulated"]
        # Independent draws: relative errors add up as squares.
        relative = math.hypot(*(row["standard_error"] / row["simulated"] for row in (one, two)))

        assert found["simulated"] == pytest.approx(factor)
        assert found["standard_error"] == pytest.approx(factor * relative)

    def test_the_gain_of_doubling_is_smooth_through_16(self):
        gains = [bnsim.run("batch-size", batch_size=n, repeats=100).readouts["doubling_gain"] for n in (14, 15, 16, 17)]

        assert np.ptp(gains) < 0.0015
        assert (np.diff(gains) < 0).all()

    def test_the_curves_are_simulated_at_every_shown_size(self):
        found = bnsim.run("batch-size").tables["errors"].query("batch_size > 1")
        off = (found["simulated"] - found["exact"]) / found["standard_error"]

        assert set(found["batch_size"]) == set(SIZES) - {1}
        assert off.abs().max() < WIDE

    def test_the_chosen_size_is_the_same_simulation_as_the_point_on_the_curve(self):
        result = bnsim.run("batch-size", batch_size=32)
        point = result.tables["errors"].query("quantity == 'x_hat' and batch_size == 32")["simulated"].item()

        assert result.tables["chosen"]["x_hat"].item() == point


class TestOne:
    def test_everything_lands_on_zero_and_no_gradient_passes(self, runs):
        found = runs[1, 0]["readouts"]

        assert (found["largest_x_hat"], found["gradient_share"], found["x_hat_distance"]) == (0.0, 0.0, 0.0)

    def test_the_variance_tells_nothing(self, runs):
        found = runs[1, 0]["readouts"]

        assert (found["var_noise"], found["var_noise_law"], found["scale_up_law"]) == (None, None, None)
        assert statements(batch_size=1)["var_noise"] == (
            "the variance of one value is always 0, whatever that of the population"
        )

    def test_the_error_of_x_hat_is_the_spread_of_the_population(self, runs):
        # x_hat is 0 where x was meant: the error is x itself. Not sqrt(1.5), which is for large N.
        assert runs[1, 0]["readouts"]["x_hat_noise_exact"] == 1.0
        assert runs[1, 0]["readouts"]["x_hat_noise"] == pytest.approx(1, abs=WIDE / math.sqrt(2 * R))

    def test_the_note_says_why(self):
        assert bnsim.run("batch-size", batch_size=1).notes == (
            "N = 1: the mean of one value is the value itself and its variance is 0. So x̂ = 0 and y = β, whatever "
            "came in, and no gradient goes back to x. Nothing diverges: the layer forgets its input.",
        )

    def test_no_formula_is_printed_for_what_one_value_has_not(self):
        found = {key: each.case for key, each in yielded(batch_size=1).items() if each.case}

        assert found == {
            "var_noise": "alone", "scale_up": "few", "gradient_share": "alone", "var_noise_law": "few",
            "scale_up_law": "few", "gradient_share_law": "few", "x_hat_distance": "alone",
        }  # fmt: skip

    def test_pictures_say_that_the_variance_is_always_0(self):
        said = {each.key: each.description for each in bnsim.run("batch-size", batch_size=1).figures}

        assert said["errors"].endswith("The batch variance is always 0.")
        assert said["estimates"].endswith("and the batch variance is always 0.")


class TestOtherSizes:
    @pytest.mark.parametrize("source", ["normal", "digits"])
    def test_beside_the_chosen_one_are_simulated_as_the_chosen_one_is_with_batches_of_their_own(self, source):
        params = BatchSizeParams(source=source)
        errors, shares = simulate_errors(params, 8, R), share_estimate(simulate_shares(params, 8, R))

        alone, among = {**error_estimates(errors, 8), "gradient": shares}, estimates(simulate(params, 8, R), 8)

        assert set(among) == {*alone, "scale", "var_mean", "kurtosis"}
        for name, estimate in alone.items():
            apart = math.hypot(estimate.error, among[name].error)
            assert 0 < abs(estimate.value - among[name].value) < WIDE * apart, name
            assert (estimate.repeats, estimate.error) == (R, pytest.approx(among[name].error, rel=0.3))

    @pytest.mark.parametrize("source", ["normal", "digits"])
    def test_of_a_seed_are_cut_from_the_same_values_whatever_the_size_and_how_often(self, source):
        def values(**params):
            p = BatchSizeParams(source=source, **params)
            return [x.ravel() for x in drawn(p, CHOSEN, p.batch_size, p.repeats)]

        few, many, larger = values(repeats=500), values(repeats=2500), values(batch_size=32, repeats=250)

        assert np.concatenate(few).tolist() == np.concatenate(larger).tolist() == many[0][:8000].tolist()
        assert [part.size for part in many] == [BLOCK, BLOCK, 2500 * 16 - 2 * BLOCK]
        assert values(seed=1, repeats=500)[0].tolist() != few[0].tolist()


class TestTwo:
    def test_x_hat_is_plus_or_minus_one_up_to_eps(self):
        batches = simulate(BatchSizeParams(), 2, R)

        assert set(np.abs(batches.first).round(12)) == {1.0}
        assert bnsim.run("batch-size", batch_size=2, eps=1e-15).readouts["largest_x_hat"] == pytest.approx(1, rel=1e-9)

    def test_the_gradient_is_the_closed_form_at_every_distance(self, runs):
        for row in runs[2, 0]["tables"]["pairs"]:
            assert row["dx"] == pytest.approx(row["closed_form"], rel=1e-9)
            assert row["closed_form"] == pytest.approx(1e-5 / (2 * (row["var"] + 1e-5) ** 1.5), rel=1e-12)

    def test_of_a_usual_pair_it_is_of_the_order_of_eps(self, runs):
        assert runs[2, 0]["readouts"]["pair_gradient"] == pytest.approx(3.99976e-5, rel=1e-6)
        assert bnsim.run("batch-size", batch_size=2, eps=1e-12).readouts["pair_gradient"] == pytest.approx(4e-12)

    def test_the_mean_scale_up_is_finite_only_because_of_eps(self, runs):
        found = runs[2, 0]["readouts"]

        assert found["scale_up_law"] is None  # infinity
        assert found["scale_up"] == pytest.approx(
            exact_batch_errors(2, 1e-5).scale, abs=WIDE * standard_error("scale", 2)
        )

    def test_the_notes_say_what_is_left(self):
        assert bnsim.run("batch-size", batch_size=2).notes == (
            "N = 2: one value lies above the mean and the other as far below. So x̂ is +1 and −1, up to ε: only the "
            "order of the two values is left.",
            "The gradient that reaches x is |dx| = ε |Δdy| / (2 (v + ε)^1.5), where v is the batch variance. At "
            "x = (−0.5, 0.5) only 3.99976e−5 of dy = (1, 0) is left. Most pairs pass as little: for normal values half "
            "of the |dx| are below 3.86e−5 times the root mean square of dy. A few pairs of nearly equal values pass "
            "enormous kicks: the root mean square of dx is 10.3 times that of dy. It grows like ε^−¼.",
        )

    def test_most_pairs_pass_nothing_and_a_few_pass_kicks(self):
        # The engine on a grid of normal pairs: d = x1 - x2 is normal with variance 2; |dx| takes |dy1 - dy2| of
        # independent normal dy, whose root mean square is √2. A midpoint rule in d, fine where d² is near 4 ε.
        u = (np.arange(40_000) + 0.5) / 40_000 * 2.2
        d, width = u**5 * 0.2, 5 * u**4 * 0.2 * 2.2 / 40_000
        dx, _, _ = batch_norm_backward(
            np.array([[1.0], [0.0]]) * np.ones_like(d), batch_norm(np.array([d / 2, -d / 2]))
        )
        share = width * 2 * np.exp(-(d**2) / 4) / math.sqrt(4 * math.pi)
        rms = math.sqrt(2 * float(share @ dx[0] ** 2))

        assert share.sum() == pytest.approx(1, abs=1e-6)
        assert rms == pytest.approx(10.25, abs=0.005)
        assert laws.pair_gradient_rms_ratio(1e-5) == pytest.approx(rms, rel=1e-5)


class TestStatements:
    def test_of_the_default(self):
        found = statements()
        told = bnsim.run("batch-size").tables["laws"].set_index("quantity")["standard_error"]

        assert found["mean_noise"] == (
            f"for any values σ / √N = 1 / √16 = 0.25; simulated, ± {told['mean']:.2g} (standard error of 2000 batches)"
        )
        assert found["var_noise"].startswith("for normal values √(2 / (N − 1)) = √(2 / 15) = 0.365148; ")
        assert found["x_hat_noise"].startswith("for normal values 0.309016 exactly, and √(1.5 / N) = 0.306186 to ")
        assert found["scale_up"].startswith("for normal values 1.08828, and 1.08829 if ε were 0; ")
        assert found["largest_x_hat"] == "whatever the values, at most √(N − 1) = 3.87298"
        assert found["x_hat_bound"] == "whatever the values √(N − 1) = √15"

    @pytest.mark.parametrize("params", [{}, {"batch_size": 1}, {"source": "digits", "repeats": 300}], ids=str)
    def test_a_simulated_number_has_no_more_digits_than_are_meant(self, params):
        result = bnsim.run("batch-size", **params)
        rows = result.tables["laws"].set_index("quantity")
        for key, name in {"mean_noise": "mean", "x_hat_noise": "x_hat", "scale_up": "scale"}.items():
            expected = to_error(rows.loc[name, "simulated"], rows.loc[name, "standard_error"])
            assert result.readouts[key] == expected, key

    @pytest.mark.parametrize("n", [3, 16])
    @pytest.mark.parametrize("source", ["normal", "digits"])
    def test_they_say_for_which_values_they_hold(self, n, source):
        found = statements(batch_size=n, source=source)

        of_any = {"mean_noise", "mean_noise_law"}
        of_normal = {
            "var_noise", "x_hat_noise", "scale_up", "var_noise_law", "x_hat_noise_law", "x_hat_noise_exact",
            "scale_up_law", "x_hat_distance", "doubling_gain",
        }  # fmt: skip
        of_unequal = {"gradient_share", "gradient_share_law"}
        whatever = {"largest_x_hat", "x_hat_bound"}
        assert {key for key, said in found.items() if said.startswith("for any values ")} == of_any
        assert {key for key, said in found.items() if said.startswith("for normal values")} == of_normal
        assert {
            key for key, said in found.items() if said.startswith("for values that are not all equal ")
        } == of_unequal
        assert {key for key, said in found.items() if said.startswith("whatever the values")} == whatever

    def test_of_the_gradient_the_two_numbers_are_those_of_the_table(self):
        rows = bnsim.run("batch-size", batch_size=2, eps=0.01).tables["laws"].set_index("quantity")
        told = yielded(batch_size=2, eps=0.01)["gradient_share"].numbers

        assert (told["without"], told["theory"]) == (0.0, rows.loc["gradient", "exact"])

    def test_of_real_digits_the_note_says_what_holds_for_them(self):
        assert bnsim.run("batch-size", source="digits").notes == (
            "The values are those of hidden unit 0 on 1797 real digits, drawn with replacement, in units of their own "
            "mean and std. Their kurtosis is 2.95; normal values have 3. What is said of the mean, of the gradient and "
            "of the bound √(N − 1) holds for them, too. The formulas for the variance, for x̂ and for the scale-up are "
            "for normal values.",
        )

    @pytest.mark.parametrize("unit", [0, 5])
    def test_those_for_any_values_hold_for_real_digits(self, unit):
        # The gradient's is E[(N - 2) / N] whatever x is; its standard error is that of the random dy.
        found = bnsim.run("batch-size", source="digits", unit=unit, batch_size=5).tables["laws"].set_index("quantity")
        off = (found["simulated"] - found["closed_form"]) / found["standard_error"]

        assert off[["mean", "gradient", "var_mean"]].abs().max() < WIDE

    @pytest.mark.parametrize("repeats", [100, 2000])
    def test_how_far_draws_from_the_law_stray_is_said_for_what_they_are(self, repeats):
        rng = np.random.default_rng(0)
        coins = np.abs(rng.binomial(repeats, 0.5, 20_000) / repeats - 0.5)
        # A continuous law: the largest gap of sorted uniform numbers.
        drawn = np.sort(rng.random((4000, repeats)), axis=1)
        count = np.arange(repeats + 1) / repeats
        gaps = np.maximum((count[1:] - drawn).max(axis=1), (drawn - count[:-1]).max(axis=1))
        one, two, three = (yielded(batch_size=n, repeats=repeats)["x_hat_distance"] for n in (1, 2, 3))

        assert (one.case, one.numbers) == ("alone", {})
        assert (two.case, two.numbers) == ("pair", {"usual": 0.98 / math.sqrt(repeats)})
        assert (three.case, three.numbers) == ("several", {"usual": 1.358 / math.sqrt(repeats)})
        # "About": a coin's shares are steps of 1 / R, and the bound is that of many draws.
        assert np.mean(coins > 0.98 / math.sqrt(repeats)) == pytest.approx(0.05, abs=0.015)
        assert np.mean(gaps > 1.358 / math.sqrt(repeats)) == pytest.approx(0.05, abs=0.015)


class TestAnswer:
    def test_of_the_default_is_whole(self):
        assert bnsim.run("batch-size").answer == (
            "No size is safe, each has its price: normalized among 16 values, a value is typically off by 0.3081 of "
            "their spread. Every doubling divides that by about √2, the next one by 1.421."
        )

    @together("eps", [1e-15, 1e-5, 0.01])
    @together("n", [3, 4, 7, 1024])
    def test_every_doubling_divides_by_about_the_root_of_two(self, n, eps):
        one, two = (exact_batch_errors(size, eps).x_hat for size in (n, 2 * n))

        # The variance's part of the error falls by √((2 N − 1) / (N − 1)), 1.58 at N = 3, and is a third of the square.
        assert one / two == pytest.approx(math.sqrt(2), rel=0.04)

    @pytest.mark.parametrize("eps", [1e-15, 1e-5, 0.01])
    def test_little_of_a_gradient_reaches_most_pairs(self, eps):
        answer = bnsim.run("batch-size", batch_size=2, eps=eps, repeats=100).answer
        said = float(answer.split("only ")[-1].split()[0].replace("\N{MINUS SIGN}", "-"))
        dx, _, _ = batch_norm_backward(np.array([1.0, 0.0]), batch_norm(np.array([-0.5, 0.5]), eps=eps))

        assert said == pytest.approx(np.abs(dx).max(), rel=0.05)  # two digits
        assert laws.pair_gradient_median_ratio(eps) < 0.05

    @pytest.mark.parametrize("x", [-7.0, 0.0, 1e6])
    def test_one_value_comes_out_as_0_and_no_gradient_gets_back(self, x):
        forward = batch_norm(np.array([x]))
        dx, _, _ = batch_norm_backward(np.array([1.0]), forward)

        assert (forward.x_hat.tolist(), dx.tolist()) == ([0.0], [0.0])

    @pytest.mark.parametrize(
        ("params", "shown"),
        [
            ({"source": "normal"}, ["batch_size", "source"]),
            ({"source": "digits"}, ["batch_size", "source", "unit"]),
        ],
        ids=str,
    )
    def test_the_controls_in_sight_are_those_that_answer(self, params, shown):
        controls = {name: spec.control for name, spec in BatchSizeParams.controls().items()}

        assert shown == [
            name
            for name, control in controls.items()
            if not control.group and (control.when is None or params[control.when[0]] in control.when[1])
        ]


class TestDistributions:
    @pytest.mark.parametrize("n", [3, 4, 9, 200])
    def test_the_densities_are_normalized_over_what_is_drawn(self, n):
        var, x_hat = normal_theory("var", n), normal_theory("x_hat", n)

        assert np.trapezoid(var.value * var.density, var.value) == pytest.approx((n - 1) / n, abs=0.02)
        assert np.trapezoid(x_hat.density, x_hat.value) == pytest.approx(1, abs=0.02)

    def test_of_few_values_all_mass_is_in_one_or_two(self):
        assert normal_theory("var", 1).value.tolist() == normal_theory("x_hat", 1).value.tolist() == [0.0] * 3
        assert normal_theory("x_hat", 2).value.tolist() == [-1.0] * 3 + [1.0] * 3
        assert normal_theory("x_hat", 2).density.tolist() == [0.0, math.inf, 0.0] * 2

    def test_of_real_digits_the_line_is_the_outline_of_the_bars(self):
        tables = bnsim.run("batch-size", source="digits", repeats=100).tables
        bars, line = (tables[name].query("quantity == 'var'") for name in ("simulated", "distributions"))

        assert line["value"].tolist() == sorted([*bars["left"], *bars["left"], *[bars["right"].iloc[-1]] * 2])
        assert line["density"].iloc[1:-1].tolist() == np.repeat(bars["density"], 2).tolist()
        assert (line["density"].iloc[0], line["density"].iloc[-1]) == (0.0, 0.0)


class TestEstimates:
    def test_a_mean_and_its_standard_error(self):
        assert averages(np.array([1.0, 3.0]), np.array([4.0, 4.0])) == [Estimate(2.0, 1.0, 2), Estimate(4.0, 0.0, 2)]
        assert averages(np.full(9, 0.1)) == [Estimate(pytest.approx(0.1), 0.0, 9)]

    def test_a_root_mean_and_its_standard_error_by_the_delta_method(self):
        assert root_mean(*averages(np.array([3.0, 5.0]))) == Estimate(2.0, 0.25, 2)
        assert root_mean(*averages(np.zeros(3))) == Estimate(0.0, 0.0, 3)


class TestDigits:
    @pytest.mark.parametrize("unit", [0, 7, 31])
    def test_the_population_has_mean_0_and_std_1(self, unit):
        values = population(unit)

        assert values.shape == (1797,)
        assert abs(values.mean()) < 1e-14
        assert values.std() == pytest.approx(1, rel=1e-14)

    @pytest.mark.parametrize("seed", SEEDS)
    def test_the_law_of_the_mean_holds_for_any_values(self, seed):
        # The mean of 16 values is nearly normal: its square's sd is that of normal values up to a term in 1 / N.
        found = bnsim.run("batch-size", source="digits", seed=seed).readouts["mean_noise"]

        assert found == pytest.approx(0.25, abs=WIDE * standard_error("mean", 16) * 1.05)

    def test_real_activations_come_within_five_percent_of_the_law_from_8_on(self):
        for size in (8, 16, 32, 64):
            found = bnsim.run("batch-size", source="digits", batch_size=size, repeats=8000).readouts
            assert found["x_hat_noise"] == pytest.approx(found["x_hat_noise_exact"], rel=0.05)


class TestLimits:
    def test_too_many_values_are_refused_with_the_way_out(self):
        assert refusal(batch_size=1024, repeats=20000) == (
            "batch_size times repeats must be at most 4000000; got 1024 times 20000. repeats up to 3906 will do."
        )

    def test_ranges_are_refused_in_words(self):
        assert refusal(batch_size=0) == "batch_size must be a whole number from 1 to 1024; got 0."
        assert refusal(eps=0) == "eps must be a number from 1e-15 to 0.01; got 0."

    def test_the_largest_allowed_is_quick_enough_and_says_that_it_is_not_instant(self):
        start = time.process_time()
        result = bnsim.run("batch-size", batch_size=1024, repeats=3906)
        readouts = result.readouts

        assert time.process_time() - start < 5
        assert readouts["mean_noise"] == pytest.approx(1 / 32, rel=0.06)
        assert result.notes == (
            "3999744 values are drawn for this N: that takes a moment. Fewer batches make it quick again.",
        )

    def test_pieces_make_a_whole(self):
        # 3000 batches of 1024 are measured in 188 blocks of 16, the last one of 8.
        batches, spread = simulate(BatchSizeParams(), 1024, 3000), simulate_spread(BatchSizeParams(), 1024, 3000)

        assert batches.mean.shape == batches.first.shape == (3000,)
        assert (batches.largest.shape, batches.share.shape) == ((188,), (32,))
        assert spread.counts.sum() == 32 * 1024  # of the first blocks
        assert (spread.mean.tolist(), spread.var.tolist()) == (batches.mean.tolist(), batches.var.tolist())

    def test_a_gradient_is_sent_back_through_the_first_blocks_and_its_error_says_so(self):
        found = yielded(batch_size=256, repeats=4000)

        # 32,768 values are 128 batches of 256; their share of dy has the spread of a Beta distribution.
        assert (found["gradient_share"].numbers["repeats"], found["x_hat_noise"].numbers["repeats"]) == (128, 4000)
        assert found["gradient_share"].numbers["uncertainty"] == pytest.approx(
            standard_error("gradient", 256, 128), rel=0.2
        )

    def test_few_values_are_drawn_of_the_sizes_beside_the_chosen_one_but_never_few_batches(self):
        drawn = {size: batches_at(size) for size in SIZES}

        assert min(drawn.values()) == FEWEST_BATCHES
        assert sum(size * min(count, R) for size, count in drawn.items()) < 125_000

    @pytest.mark.parametrize("size", [1, 2, 3, 16, 200])
    def test_members_are_counted_in_the_bins_that_are_drawn(self, size):
        x_hat = batch_norm(np.random.default_rng(size).standard_normal((size, 500))).y
        edges = edges_of(size)
        counted, _ = np.histogram(np.clip(x_hat, edges[0], edges[-1]), edges)

        # A value within a rounding of an edge may be counted on its other side.
        assert counts_of(x_hat).shape == (BINS,)
        assert np.abs(counts_of(x_hat) - counted).sum() <= 2
        assert counts_of(x_hat).sum() == x_hat.size

    def test_one_click_doubles_or_halves(self):
        def offered(**params):
            result = bnsim.run("batch-size", **params)
            return result.experiment.offers(result.outcome)

        assert offered() == {"Double the batch": {"batch_size": 32}, "Halve the batch": {"batch_size": 8}}
        assert offered(batch_size=1) == {"Double the batch": {"batch_size": 2}}
        assert offered(batch_size=1024, repeats=100) == {"Halve the batch": {"batch_size": 512}}


@pytest.fixture(scope="module")
def frame():
    return compared(FILE.stem).frame()


class TestSet:
    def test_is_in_canonical_form(self):
        text = FILE.read_bytes().decode("utf-8")

        assert toml.write(toml.read(text, params_of)) == text

    def test_holds_these_sizes_against_16(self, frame):
        assert frame["batch_size"].tolist() == [16, 1, 2, 4, 8, 32, 64, 256]

    def test_the_numbers_of_its_notes_are_true(self, frame):
        notes = {each.name: each.note for each in bnsim.load(FILE).scenarios}
        error, gain = frame["x_hat_noise_exact"], frame["doubling_gain"]

        assert "strays by 82 %" in notes["n-4"]
        assert f"{frame.loc['n-4', 'var_noise_law']:.2f}" == "0.82"
        assert frame.loc["n-4", "x_hat_bound"] == math.sqrt(3)
        assert "is 0.441: √(1.5 / 8) = 0.433" in notes["n-8"]
        assert f"{error['n-8']:.3f} {frame.loc['n-8', 'x_hat_noise_law']:.3f}" == "0.441 0.433"
        assert "1.43 from 8 to 16 and by 1.42 from 16 to 32" in notes["n-16"]
        assert f"{gain['n-8']:.2f} {gain['n-16']:.2f}" == "1.43 1.42"
        assert error["n-8"] / error["n-16"] == pytest.approx(gain["n-8"])
        assert f"{frame.loc['n-32', 'var_noise_law']:.2f}" == "0.25"
        assert "root mean square of dx is 10 times that of dy" in notes["n-2"]
        assert f"{laws.pair_gradient_rms_ratio(1e-5):.0f}" == "10"
        table = bnsim.run("batch-size", repeats=100).tables["doubling"].set_index(["quantity", "batch_size"])["exact"]
        assert (
            "the error of the variance falls by 1.73 from 2 to 4 and by 1.46 from 8 to 16" in bnsim.load(FILE).look_for
        )
        assert f"{table['var', 2]:.2f} {table['var', 8]:.2f} {table['x_hat', 2]:.2f}" == "1.73 1.46 1.46"
        assert "only 0.00004 of dy" in notes["n-2"]
        assert f"{frame.loc['n-2', 'pair_gradient']:.5f}" == "0.00004"

    def test_four_times_the_values_halve_the_error(self, frame):
        error = frame["x_hat_noise_exact"]

        assert error["n-64"] / error["n-16"] == pytest.approx(1 / 2, abs=0.005)
        assert error["n-256"] / error["n-16"] == pytest.approx(1 / 4, abs=0.003)

    def test_its_curves_can_be_laid_over_each_other(self):
        curves = compared(FILE.stem).overlay()

        assert curves.groupby(["scenario", "series"]).ngroups == 8 * 3
        assert curves["y"].between(0, 1).all()
