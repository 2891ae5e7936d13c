"""What is commonly said about batch normalization, what is true of it, and a check of each that runs now."""

from bnsim.claims.checks import Finding, run_checks
from bnsim.claims.ledger import Check, Claim, Verdict, read_ledger

__all__ = ["Check", "Claim", "Finding", "Verdict", "read_ledger", "run_checks"]
