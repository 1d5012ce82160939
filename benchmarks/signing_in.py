"""Sign-ins beside the bare hash (goal G12, first half)."""

from benchmarks.clocks import rates
from benchmarks.findings import Finding, Findings
from benchmarks.product import PASSWORD, composed, sign_in


def run() -> Findings:
    """Measure as many threads as passwords are checked at once."""
    with composed() as composition:
        passwords = composition.context.passwords
        known = passwords.hash(PASSWORD)
        rate, _ = rates(
            {
                "hash": lambda: lambda: passwords.verify(known, PASSWORD),
                "sign-in": lambda: lambda: sign_in(composition),
            },
            threads=4,
            seconds=2,
        )
    yield Finding("sign-in", "bare password checks", rate["hash"], "/s")
    yield Finding("sign-in", "whole sign-ins", rate["sign-in"], "/s")
    yield Finding("sign-in", "whole ÷ bare", rate["sign-in"] / rate["hash"], "×", "G12", 0.9)
