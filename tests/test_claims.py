"""The ledger of claims and its checks."""

import dataclasses
import itertools
import json
import math
import re
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bnsim import cli
from bnsim.claims import Check, Claim, Finding, Verdict, checks, read_ledger, run_checks, wording
from bnsim.claims.checks import FORMS, Given, given, is_slow, readouts, run_check, runs_of
from bnsim.claims.engine_checks import MEASUREMENTS
from bnsim.claims.ledger import ENGINE
from bnsim.claims.numbers import Numbers
from bnsim.engine.theory.closed_forms import pair_gradient_median_ratio, pair_gradient_rms_ratio
from bnsim.errors import InputError
from bnsim.experiments import find
from bnsim.experiments.transform.params import TransformParams
from bnsim.exports.findings import all_hold, findings_record, findings_report
from bnsim.exports.report import MARKDOWN

SCENARIOS = Path(__file__).resolve().parents[1] / "scenarios"
CHECKS = [(f"{claim.id}-{at}", check) for claim in read_ledger() for at, check in enumerate(claim.checks)]
BOUNDED = [(name, check) for name, check in CHECKS if not check.expected]
# The claims that are commonly made, by their numbers in the list that this ledger goes by; 27a came later.
NUMBERED = {
    "1": "mean-0-std-1", "2": "biased-variance", "3": "formula-without-eps", "4": "epsilon-default",
    "5": "worked-example", "6": "scale-and-shift", "7": "output-moments", "8": "second-worked-example",
    "9": "conv-statistics", "10": "pure-normalization", "11": "identity-recovery", "12": "limits-the-layer",
    "13": "learned-scale-and-shift", "14": "converges-to-0-and-1", "15": "z-scoring",
    "16": "any-distance-from-the-mean", "17": "one-sample", "18": "one-sample-diverges", "19": "running-averages",
    "20": "momentum", "21": "same-input-same-output", "22": "train-mode-inference", "23": "switch-to-eval",
    "24": "eval-mode-left-on", "25": "tiny-batches", "26": "below-sixteen", "27": "covariate-shift",
    "27a": "detection", "28": "moving-target", "29": "stable-inputs", "30": "why-it-works", "31": "smoother-loss",
    "32": "exploding-gradients", "33": "activations-drift", "34": "larger-rate", "35": "fewer-epochs",
    "36": "init-sensitivity", "37": "careful-init", "38": "very-deep-networks", "39": "after-every-convolution",
    "40": "regularizer", "41": "dropout", "42": "generalization", "43": "why-is-open", "44": "start-of-gamma",
    "45": "placement", "46": "placement-matters", "47": "redundant-bias", "48": "folding", "49": "folding-saves",
    "50": "new-domain", "51": "other-norms", "52": "variable-length", "53": "still-the-default", "54": "stabilizes",
}  # fmt: skip
BESIDES = {
    "scale-of-the-weights": Verdict.CAVEAT, "accumulation": Verdict.FALSE, "synchronized": Verdict.TRUE,
    "ghost-batches": Verdict.CAVEAT, "float32-norm": Verdict.CAVEAT, "bfloat16": Verdict.FALSE,
}  # fmt: skip
"""Claims that are in no such list."""

VERDICTS = {
    Verdict.TRUE: "2 4 5 6 10 13 19 21 23 24 25 27 36 40 43 46 47 49 50 51",
    Verdict.CAVEAT: "1 3 7 8 9 11 12 15 17 20 22 27a 29 30 31 33 37 39 41 42 48 52 53 54",
    Verdict.FALSE: "14 16 18 28 32 38",
    Verdict.UNSUPPORTED: "26 34 35 44 45",
}
SHARES = ("train_accuracy", "test_accuracy", "right_", "changed_")
CHANGES = ("accuracy_gain", "sweep_gain", "adaptation_")


@pytest.fixture(scope="module")
def findings():
    return run_checks(read_ledger())


@pytest.fixture(scope="module")
def found(findings):
    """What was measured, by name of the check."""
    return {f"{claim}-{at}": finding for claim, held in findings.items() for at, finding in enumerate(held)}


def bnsim_claims(*arguments: str) -> Result:
    return CliRunner(catch_exceptions=False).invoke(cli.main, ("claims", *arguments), prog_name="bnsim")


def claim_of(name: str):
    return next(claim for claim in read_ledger() if claim.id == name)


def bounded(measured: float, **bounds: float) -> Finding:
    return Finding(Check(params={}, readout="y", reason="of a test", **bounds), measured)


class TestLedger:
    def test_holds_every_claim_that_is_commonly_made(self):
        assert [*NUMBERED] == [str(number) for number in range(1, 28)] + ["27a"] + [str(k) for k in range(28, 55)]
        assert {claim.id for claim in read_ledger()} == {*NUMBERED.values(), *BESIDES}

    @pytest.mark.parametrize("verdict", Verdict)
    def test_gives_each_its_verdict(self, verdict):
        expected = {NUMBERED[number] for number in VERDICTS[verdict].split()}

        expected |= {name for name, given in BESIDES.items() if given is verdict}

        assert {claim.id for claim in read_ledger() if claim.verdict is verdict} == expected

    def test_every_claim_has_all_its_texts_and_a_check_or_says_why_not(self):
        for claim in read_ledger():
            assert all((claim.id, claim.claim, claim.statement, claim.source, claim.see))
            assert bool(claim.checks) != bool(claim.unchecked)

    def test_what_has_no_check_is_about_words_papers_or_people(self):
        assert {claim.id for claim in read_ledger() if claim.unchecked} == {
            "moving-target", "after-every-convolution", "why-is-open", "still-the-default",
        }  # fmt: skip

    def test_every_check_says_in_one_sentence_what_would_refute_the_claim(self):
        sentence = re.compile(r"[A-ZΓ][^.!?]*(?:\d\.\d[^.!?]*)*\.")

        assert [name for name, check in CHECKS if not sentence.fullmatch(check.refuted)] == []

    def test_every_measurement_of_the_engine_is_used_and_has_a_name(self):
        used = {check.readout for _, check in CHECKS if check.experiment == ENGINE}

        assert used == set(MEASUREMENTS) == set(wording.WORDS.terms)

    def test_ids_are_unique(self):
        ids = [claim.id for claim in read_ledger()]

        assert len(set(ids)) == len(ids)

    def test_every_verdict_is_given_to_some(self):
        assert {claim.verdict for claim in read_ledger()} == set(Verdict)

    def test_what_shows_a_claim_is_a_shipped_set(self):
        shipped = {path.stem for path in SCENARIOS.glob("*.toml")}

        assert {claim.see for claim in read_ledger()} <= shipped

    def test_a_set_that_shows_a_trained_network_is_of_an_experiment_that_tests_the_claim(self):
        for claim in read_ledger():
            slug = tomllib.loads((SCENARIOS / f"{claim.see}.toml").read_text(encoding="utf-8"))["experiment"]
            if claim.checks and find(slug).work is not None:
                assert slug in {check.experiment for check in claim.checks}, claim.id

    def test_what_is_trained_is_called_a_small_experiment(self):
        for claim in read_ledger():
            if any(is_slow(check) for check in claim.checks):
                assert "8 × 8" in claim.statement, claim.id

    def test_what_is_contested_is_called_so(self):
        assert [name for name in ("why-it-works", "smoother-loss") if "contested" not in claim_of(name).statement] == []

    def test_every_closed_form_is_used(self):
        assert {check.expected for claim in read_ledger() for check in claim.checks if check.expected} == set(FORMS)


class TestEveryCheck:
    """Each test names the checks that break its rule."""

    def test_holds(self, found):
        assert found.keys() == dict(CHECKS).keys()
        assert {name: (each.measured, each.error) for name, each in found.items() if not each.holds} == {}

    def test_gives_its_reason_and_says_which_run_it_is(self):
        silent = [name for name, check in CHECKS if not (check.of or check.experiment == "transform")]

        assert silent == []
        assert [name for name, check in CHECKS if not check.reason] == []

    def test_of_a_closed_form_could_fail(self, found):
        closed = {name: (check, found[name].expected) for name, check in CHECKS if check.expected}
        loose = [
            name
            for name, (check, expected) in closed.items()
            if check.tolerance > (1e-3 if expected == 0 else 0.55 * abs(expected))
            or check.tolerance > {"transform": 1e-12, ENGINE: 1e-9}.get(check.experiment, math.inf)
        ]

        assert len(closed) > 50
        assert loose == []

    def test_of_bounds_could_fail(self):
        empty = []
        for name, check in BOUNDED:
            bounds = [bound for bound in (check.at_least, check.at_most) if math.isfinite(bound)]
            least = -1 if check.readout.startswith(CHANGES) else 0
            most = 1 if check.readout.startswith((*SHARES, *CHANGES)) else math.inf
            if not all(least < bound < most for bound in bounds):
                empty.append(name)

        assert len(BOUNDED) > 50
        assert empty == []

    def test_of_bounds_says_what_seeds_or_theory_gave(self):
        words = ("seed", "theory", "count")

        assert [name for name, check in BOUNDED if not any(word in check.reason for word in words)] == []

    def test_of_bounds_leaves_room(self, found):
        tight = []
        for name, check in BOUNDED:
            measured = found[name].measured
            room = min(abs(measured - check.at_least), abs(measured - check.at_most))
            if room < 0.02 and room < 0.1 * abs(measured):
                tight.append(name)

        assert tight == []


CONVENTIONS = find("train-eval").params.controls()["convention"].control.choices


class TestIndependentSides:
    """What a check is held against is not the formula that the experiment itself computes."""

    def test_the_biased_variance_is_tested_in_every_convention_offered(self):
        checks = [check for check in claim_of("biased-variance").checks if check.experiment == "train-eval"]

        assert {check.params["convention"] for check in checks} == set(CONVENTIONS)

    def test_an_unbiased_variance_would_be_refused(self):
        check = claim_of("biased-variance").checks[1]
        finding = run_check(check)

        assert not dataclasses.replace(finding, measured=finding.measured / math.sqrt(2)).holds

    @pytest.mark.parametrize("number", [0, 1, 2])
    def test_the_momentum_is_seen_in_what_is_missing_to_the_mean(self, number):
        check = claim_of("momentum").checks[number]
        other = {"μ (1 − 0.9^t)": "μ (1 − 0.99^t)", "μ (1 − 0.99^t)": "μ (1 − 0.9^t)"}

        assert check.readout == "running_mean"
        assert not run_check(dataclasses.replace(check, expected=other[check.expected])).holds

    def test_frozen_statistics_are_those_of_the_batches_before_and_not_those_of_the_start(self):
        check = claim_of("eval-mode-left-on").checks[1]

        assert not run_check(dataclasses.replace(check, expected="γ x / √(1 + ε) + β")).holds
        later = dataclasses.replace(check, params={**check.params, "frozen_after": 11})
        assert abs(run_check(later).measured - run_check(check).expected) > 100 * check.tolerance

    def test_multiply_adds_are_those_of_a_loop_over_all_products(self):
        check = next(check for check in claim_of("folding-saves").checks if check.readout.startswith("multiply_adds"))
        p = find("folding").params.of({**check.params, "size": 4, "batch_size": 2, "outputs": 3})
        side = p.side
        products = sum(
            1
            for _ in itertools.product(
                range(p.batch_size), range(p.outputs), range(side), range(side),
                range(p.inputs // p.groups), range(p.kernel), range(p.kernel),
            )
        )  # fmt: skip
        counted = readouts("folding", p)

        assert counted["multiply_adds_after"] == products
        assert counted["multiply_adds_before"] == products + p.batch_size * p.outputs * side**2

    def test_a_loss_range_by_the_mean_of_rays_is_not_what_three_layers_are_held_against(self):
        held = [check.readout for check in claim_of("smoother-loss").checks if check.params["depth"] == 3]

        assert held == ["smoother_share", "loss_range_median_reference"]

    def test_with_two_examples_both_the_typical_and_the_rare_pair_are_tested(self):
        held = {check.readout for check in claim_of("tiny-batches").checks}

        assert {"pair_gradient", "moved_norm"} <= held


class TestStatements:
    def test_the_gradient_of_pairs_has_the_numbers_that_are_told(self):
        statement = claim_of("tiny-batches").statement

        assert "the median is 0.00004 of what came, the root mean square 10 times it" in statement
        assert f"{pair_gradient_median_ratio(1e-5):.5f}" == "0.00004"
        assert f"{pair_gradient_rms_ratio(1e-5):.0f}" == "10"

    @pytest.mark.parametrize(
        ("name", "wrong"),
        [
            ("biased-variance", "every framework"),
            ("start-of-gamma", "altogether"),
            ("tiny-batches", "hardly learn"),
            ("tiny-batches", "is all that passes"),
            ("smoother-loss", "in three layers of ReLU it varies more,"),
            ("eval-mode-left-on", "They stay what they were at the start"),
        ],
    )
    def test_what_is_not_true_everywhere_is_not_said(self, name, wrong):
        assert wrong not in claim_of(name).statement

    def test_few_seeds_are_called_few(self):
        words = {1: "one seed", 3: "three seeds", 4: "four seeds"}
        for claim in read_ledger():
            for check in claim.checks:
                if check.experiment == "training":
                    seeds = [each.params["seeds"] for each in claim.checks if each.experiment == "training"]
                    assert any(words[number] in claim.statement for number in seeds), claim.id


class TestCheck:
    def test_needs_a_closed_form_or_bounds(self):
        with pytest.raises(ValueError, match="the check of y needs either a closed form or bounds"):
            Check(params={}, readout="y", reason="none")

    def test_does_not_take_both(self):
        with pytest.raises(ValueError, match="the check of y needs either a closed form or bounds"):
            Check(params={}, readout="y", reason="none", expected="0", tolerance=0.1, at_least=0.0)

    @pytest.mark.parametrize("given", [{"expected": "0"}, {"at_least": 0.0, "tolerance": 0.1}])
    def test_a_closed_form_and_a_tolerance_go_together(self, given):
        with pytest.raises(ValueError, match="needs a tolerance with its closed form, and only then"):
            Check(params={}, readout="y", reason="none", **given)

    def test_bounds_must_leave_something(self):
        with pytest.raises(ValueError, match="has bounds that nothing can meet"):
            Check(params={}, readout="y", reason="none", at_least=2.0, at_most=1.0)

    def test_the_loose_claim_about_the_std_fails_the_same_test(self):
        check = claim_of("mean-0-std-1").checks[1]
        loose = run_check(dataclasses.replace(check, readout="normalized_mean"))

        assert not loose.holds

    def test_the_loose_claim_about_gradients_fails_the_same_test(self):
        check = claim_of("exploding-gradients").checks[0]
        loose = run_check(dataclasses.replace(check, expected="1"))

        assert not loose.holds

    @pytest.mark.parametrize(
        ("measured", "error"), [(0.5, 0.5), (1.0, 0.0), (2.0, 0.0), (2.5, 0.5), (math.inf, math.inf)]
    )
    def test_the_error_is_how_far_outside_the_bounds_it_is(self, measured, error):
        finding = bounded(measured, at_least=1.0, at_most=2.0)

        assert finding.error == error
        assert finding.holds is (error == 0)

    def test_what_is_never_reached_is_more_than_any_bound(self):
        assert bounded(math.inf, at_least=10.0).holds

    def test_not_a_number_never_holds(self):
        check = Check(
            params={"source": "sample"}, readout="batch_mean", expected="μ_B", tolerance=1.0,
            reason="of a draw it is not known beforehand",
        )  # fmt: skip

        assert math.isnan(run_check(check).expected)
        assert not run_check(check).holds
        assert not bounded(math.nan, at_least=-1e9).holds
        assert not bounded(math.nan, at_most=1e9).holds

    def test_a_ratio_is_of_two_readouts_of_one_run_or_of_one_readout_of_two_runs(self):
        check = Check(params={"mean": 3.0, "std": 2.0}, readout="batch_mean", reason="exact", at_least=0.0)

        assert run_check(check).measured == 3
        assert run_check(dataclasses.replace(check, over="batch_std")).measured == 1.5
        assert run_check(dataclasses.replace(check, over_params={"mean": 6.0})).measured == 0.5
        assert run_check(dataclasses.replace(check, over="batch_std", over_params={"std": 4.0})).measured == 0.75

    def test_a_ratio_to_nothing_never_holds(self):
        check = Check(
            params={"mean": 3.0}, readout="batch_mean", over_params={"mean": 0.0}, reason="none", at_least=0.0
        )

        assert not run_check(check).holds

    def test_an_unknown_experiment_is_a_fault(self):
        check = dataclasses.replace(claim_of("mean-0-std-1").checks[0], experiment="other")

        with pytest.raises(InputError, match="'other' is not an experiment"):
            run_check(check)

    def test_an_unknown_parameter_is_a_fault(self):
        check = dataclasses.replace(claim_of("mean-0-std-1").checks[0], params={"gama": 1.0})

        with pytest.raises(InputError, match="gama is not a parameter"):
            run_check(check)

    def test_an_unknown_number_for_the_engine_is_a_fault(self):
        check = dataclasses.replace(claim_of("scale-and-shift").checks[0], params={"gama": 1.0})

        with pytest.raises(TypeError, match="unexpected keyword argument 'gama'"):
            run_check(check)

    def test_says_which_runs_it_looks_at(self):
        ratio, engine = claim_of("below-sixteen").checks[1], claim_of("scale-and-shift").checks[0]

        assert [params.batch_size for params in runs_of(ratio)] == [8, 16]
        assert runs_of(engine) == ()

    def test_readouts_that_were_made_elsewhere_are_taken(self):
        check = claim_of("larger-rate").checks[0]

        assert run_check(check, lambda slug, params: {"rate_ratio": 2.25}).measured == 2.25

    def test_a_run_that_several_checks_look_at_is_made_once(self):
        params = TransformParams(mean=1.25)

        assert readouts("transform", params) is readouts("transform", TransformParams(mean=1.25))

    @pytest.mark.parametrize(
        ("params", "expected"),
        [
            ({"mean": 1.0, "std": 2.0}, (32, 1.0, 2.0)),
            ({"mean": 1.0, "std": 2.0, "batch_size": 1}, (1, 1.0, 0.0)),
            ({"source": "own", "values": [1.0, 2.0, 3.0, 4.0]}, (4, 2.5, math.sqrt(1.25))),
        ],
    )
    def test_what_closed_forms_are_made_from(self, params, expected):
        p = TransformParams.of(params)

        assert given(p) == Given(p, *expected)


class TestClaim:
    TEXTS = dict.fromkeys(("claim", "statement", "source", "see"), "of a test")

    @pytest.mark.parametrize("unchecked", ["", "It is about words."])
    def test_has_either_checks_or_what_stands_against_them(self, unchecked):
        held = claim_of("dropout").checks if unchecked else ()

        with pytest.raises(ValueError, match="the claim loose needs either checks or what stands against them"):
            Claim(id="loose", verdict=Verdict.TRUE, checks=held, unchecked=unchecked, **self.TEXTS)


class TestByHand:
    """What the engine is held against is worked out without it; here it is held against numbers known beforehand."""

    def test_a_batch_of_four(self):
        numbers = Numbers.of({"values": [1.0, 2.0, 3.0, 6.0], "x": 6.0, "eps": 0.5, "gamma": 2.0, "beta": 5.0})

        assert FORMS["γ (x − μ_B) / √(σ_B² + ε) + β"](given(numbers)) == 5 + 2 * 3 / 2

    def test_running_averages_as_in_a_report_to_pytorch(self):
        # x[n, c] = [1, 2, 3, 4] + 4 c + n in the first channel, momentum 0.1: github.com/pytorch/pytorch/issues/60528.
        batch = [float(v + n) for n in range(4) for v in range(1, 5)]
        numbers = given(Numbers.of({"batches": [batch]}))

        assert FORMS["0.1 Σ 0.9^(t − k) μ_k"](numbers) == pytest.approx(0.4, abs=1e-15)
        variance = FORMS["0.9^t + 0.1 Σ 0.9^(t − k) σ_k² N / (N − 1)"](numbers)
        assert variance == pytest.approx(1.1667, abs=5e-5)

    def test_the_slope_in_x_is_that_of_the_closed_form_for_two(self):
        numbers = Numbers.of({"values": [-0.5, 0.5], "dy": [1.0, 0.0], "x": -0.5})

        # x moves by h: L = -1 / 2 (1 - h) / sqrt((1 - h)^2 / 4 + eps); the slope is eps / (2 (1/4 + eps)^(3/2)).
        assert FORMS["(L(x + h) − L(x − h)) / 2h"](given(numbers)) == pytest.approx(3.99976e-05, abs=1e-10)


class TestReport:
    def test_says_what_was_measured(self, findings):
        text = findings_report(read_ledger(), findings)

        assert "false: With batch size 1 in training mode the std goes to zero and the output can diverge." in text
        assert "1.199999040001" in text
        assert text.endswith(f"{len(read_ledger())} claims, {len(CHECKS)} checks: all hold.\n")

    def test_says_where_to_see_it(self, findings):
        claim = claim_of("smoother-loss")

        assert "Source: Santurkar et al. (2018). See it: bnsim run smooth-landscape\n" in findings_report(
            [claim], findings
        )

    def test_says_which_run_and_which_bounds(self, findings):
        claim = claim_of("larger-rate")
        # Which rates are usable may differ from processor to processor: the number is put in here.
        found = {claim.id: [dataclasses.replace(each, measured=1.0) for each in findings[claim.id]]}
        text = findings_report([claim], found, MARKDOWN)

        # Which rate is the largest that works depends, at the brink, on the processor's rounding.
        rows = re.findall(r"^\| Ratio of largest rates \(tanh, 3 layers\) \|.*$", text, re.MULTILINE)
        assert len(rows) == 1
        assert re.fullmatch(r".* \| [\d.]+ \| at most 2\.5 \|  \| holds \| A larger usable rate .* \|", rows[0])
        assert "| at least 15 |" in text

    def test_two_bounds_are_a_range(self, findings):
        claim = claim_of("below-sixteen")

        assert "| 1.38 to 1.48 |" in findings_report([claim], findings, MARKDOWN)

    def test_what_has_no_check_says_why(self, findings):
        claim = claim_of("moving-target")
        text = findings_report([claim], {claim.id: ()})

        assert "No check. It is about the meaning of a word, so there is nothing to compute.\n" in text
        assert text.endswith("1 claims, 0 checks: all hold.\n")
        assert findings_record([claim], findings)["claims"][0]["unchecked"] == claim.unchecked

    def test_a_failed_check_is_told(self, findings):
        claim = claim_of("scale-and-shift")
        bad = dataclasses.replace(findings[claim.id][0], measured=7.0)
        text = findings_report([claim], {claim.id: [bad]}, MARKDOWN)

        assert "| Output of x (γ = −1.5, β = 0.2) | 7 |" in text
        assert "FAILED: off by 9.2e+00" in text
        assert text.endswith("1 claims, 1 checks: 1 FAILED.\n")
        assert not all_hold({claim.id: [bad]})

    def test_what_is_out_of_bounds_is_told(self, findings):
        claim = claim_of("larger-rate")
        bad = dataclasses.replace(findings[claim.id][0], measured=8.0)

        assert "FAILED: off by 5.5e+00" in findings_report([claim], {claim.id: [bad]})

    def test_the_record_holds_measured_and_expected(self, findings):
        record = findings_record(read_ledger(), findings)
        first = record["claims"][0]

        assert record["holds"] is True
        assert first["verdict"] == "true with caveat"
        assert first["see"] == "epsilon"
        assert first["checks"][1]["expected"] == pytest.approx(0.01 / math.sqrt(0.01**2 + 1e-5), abs=1e-15)
        assert first["checks"][1]["at_least"] is None

    def test_the_record_holds_bounds_and_what_a_ratio_is_over(self, findings):
        claim = claim_of("below-sixteen")
        check = findings_record([claim], findings)["claims"][0]["checks"][1]

        assert {key: check[key] for key in ("of", "over", "over_params", "at_least", "at_most", "closed_form")} == {
            "of": "N = 8 over N = 16", "over": "x_hat_noise", "over_params": {"batch_size": 16},
            "at_least": 1.38, "at_most": 1.48, "closed_form": None,
        }  # fmt: skip
        assert check["expected"] is None
        assert check["tolerance"] is None


class TestCommand:
    """Beside the checks themselves, because what these have run in this process is run once."""

    def test_all_hold(self):
        found = bnsim_claims()

        assert found.exit_code == 0
        assert found.stdout.endswith("checks: all hold.\n")

    def test_json(self):
        found = json.loads(bnsim_claims("--format", "json").stdout)

        assert found["holds"] is True
        assert all(check["holds"] for claim in found["claims"] for check in claim["checks"])

    def test_markdown(self):
        assert "## true: y = γ x̂ + β." in bnsim_claims("--format", "md").stdout

    def test_a_check_that_fails_is_exit_code_1(self, monkeypatch):
        monkeypatch.setitem(checks.FORMS, "β", lambda given: given.p.beta + 1e-9)
        found = bnsim_claims()

        assert found.exit_code == 1
        assert "FAILED: off by 1.0e-09" in found.stdout
