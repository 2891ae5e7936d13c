"""Every check of the ledger of claims under other seeds than its own; about ten seconds a seed."""

import dataclasses

import pytest

from bnsim.claims import read_ledger
from bnsim.claims.checks import run_check
from bnsim.claims.ledger import ENGINE

CHECKS = [
    pytest.param(check, id=f"{claim.id}-{at}")
    for claim in read_ledger()
    for at, check in enumerate(claim.checks)
    if check.experiment != ENGINE  # which draws nothing
]


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("check", CHECKS)
def test_every_check_holds(check, seed):
    finding = run_check(dataclasses.replace(check, params={**check.params, "seed": seed}))

    assert finding.holds, (finding.measured, finding.expected, finding.error)
