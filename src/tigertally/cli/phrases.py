"""Sentences that several commands print."""


def sessions_ended(count: int) -> str:
    """Return the sentence for so many ended sessions."""
    return f"Ended {count} session." if count == 1 else f"Ended {count} sessions."
