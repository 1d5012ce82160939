"""What a verifier writes to the log: a fault once, or each minute if it lets tokens in."""

import logging
from math import inf
from typing import Final

from tigertally.verify.terms import Terms

logger: logging.Logger = logging.getLogger("tigertally.verify")

AGAIN: Final = 60.0
"""Seconds after which a fault that lasts is written again."""


class Teller:
    """Writes faults to the log, and their end."""

    def __init__(self, terms: Terms) -> None:
        self._url = terms.url
        self._trusting = terms.on_silence == "until_expiry"
        self._told = ""
        self._told_at = -inf

    def tell(self, fault: str, now: float) -> None:
        """Write a fault, unless that was done a moment ago; empty text is the end of it."""
        if not fault:
            if self._told:
                logger.warning("%s answers again", self._url)
            self._told, self._told_at = "", -inf
        elif fault != self._told or (self._trusting and now >= self._told_at + AGAIN):
            outcome = (
                "ended sessions are let in until their tokens expire"
                if self._trusting
                else "nobody is let in"
            )
            logger.error(
                "nobody can say who is signed in at %s (%s): %s", self._url, outcome, fault
            )
            self._told, self._told_at = fault, now
