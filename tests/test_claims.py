"""The ledger of claims and its checks."""

import dataclasses
import math

import pytest

from bnsim.claims import Check, Verdict, read_ledger, run_checks
from bnsim.claims.checks import FORMS, Given, given, run_check
from bnsim.experiments.transform import TransformParams
from bnsim.exports.findings import all_hold, findings_record, findings_report
from bnsim.exports.report import MARKDOWN

CHECKS = [
    pytest.param(check, id=f"{claim.id}-{at}") for claim in read_ledger() for at, check in enumerate(claim.checks)
]


@pytest.fixture(scope="module")
def findings():
    return run_checks(read_ledger())


def claim_of(name: str):
    return next(claim for claim in read_ledger() if claim.id == name)


class TestLedger:
    def test_every_claim_has_all_its_texts_and_a_check(self):
        for claim in read_ledger():
            assert all((claim.id, claim.claim, claim.statement, claim.source, claim.checks))

    def test_ids_are_unique(self):
        ids = [claim.id for claim in read_ledger()]

        assert len(set(ids)) == len(ids)

    @pytest.mark.parametrize(
        ("name", "verdict"),
        [
            ("mean-0-std-1", Verdict.CAVEAT),
            ("biased-variance", Verdict.TRUE),
            ("formula-without-eps", Verdict.CAVEAT),
            ("worked-example", Verdict.TRUE),
            ("output-moments", Verdict.CAVEAT),
            ("second-worked-example", Verdict.CAVEAT),
            ("pure-normalization", Verdict.TRUE),
            ("identity-recovery", Verdict.CAVEAT),
            ("converges-to-0-and-1", Verdict.FALSE),
            ("one-sample", Verdict.CAVEAT),
            ("one-sample-diverges", Verdict.FALSE),
            ("redundant-bias", Verdict.TRUE),
        ],
    )
    def test_the_verdicts(self, name, verdict):
        assert claim_of(name).verdict is verdict

    def test_every_tolerance_has_a_reason_and_is_at_rounding_level(self):
        for claim in read_ledger():
            assert all(check.reason and 0 <= check.tolerance <= 1e-12 for check in claim.checks)

    def test_every_closed_form_is_used(self):
        assert {check.expected for claim in read_ledger() for check in claim.checks} == set(FORMS)


class TestChecks:
    @pytest.mark.parametrize("check", CHECKS)
    def test_every_check_holds(self, check):
        finding = run_check(check)

        assert finding.holds, (finding.measured, finding.expected, finding.error)

    def test_the_loose_claim_about_the_std_fails_the_same_test(self):
        check = claim_of("mean-0-std-1").checks[1]
        loose = run_check(dataclasses.replace(check, readout="normalized_mean"))

        assert not loose.holds

    def test_not_a_number_never_holds(self):
        check = Check({"source": "sample"}, "batch_mean", "μ_B", 1.0, "of a draw it is not known beforehand")

        assert math.isnan(run_check(check).expected)
        assert not run_check(check).holds

    def test_an_experiment_without_closed_forms_is_a_fault(self):
        check = dataclasses.replace(claim_of("scale-and-shift").checks[0], experiment="other")

        with pytest.raises(ValueError, match="no closed forms are known for the experiment 'other'"):
            run_check(check)

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


class TestReport:
    def test_says_what_was_measured(self, findings):
        text = findings_report(read_ledger(), findings)

        assert "false: With batch size 1 in training mode the std goes to zero and the output can diverge." in text
        assert "1.199999040001" in text
        assert text.endswith(f"{len(read_ledger())} claims, {len(CHECKS)} checks: all hold.\n")

    def test_a_failed_check_is_told(self, findings):
        claim = claim_of("scale-and-shift")
        bad = dataclasses.replace(findings[claim.id][0], measured=7.0)
        text = findings_report([claim], {claim.id: [bad]}, MARKDOWN)

        assert "| y | 7 |" in text
        assert "FAILED: off by 8.6e+00" in text
        assert text.endswith("1 claims, 1 checks: 1 FAILED.\n")
        assert not all_hold({claim.id: [bad]})

    def test_the_record_holds_measured_and_expected(self, findings):
        record = findings_record(read_ledger(), findings)
        first = record["claims"][0]

        assert record["holds"] is True
        assert first["verdict"] == "true with caveat"
        assert first["checks"][1]["expected"] == pytest.approx(0.01 / math.sqrt(0.01**2 + 1e-5), abs=1e-15)
