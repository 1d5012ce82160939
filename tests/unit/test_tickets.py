"""Sign-out tickets: one session each, one purpose, and both master secrets during an exchange."""

import pytest

from tigertally.core.tickets import SignOutTicket, SignOutTickets
from tigertally.errors import TokenInvalid
from tigertally.secret import Secret

OLD, NEW = (
    Secret("the master secret of last year, long"),
    Secret("the master secret of today, long"),
)


def test_a_ticket_names_its_session_and_is_always_the_same() -> None:
    tickets = SignOutTickets(NEW)
    assert tickets.read(tickets.mint("session-one")) == SignOutTicket("session-one")
    assert tickets.mint("session-one") == SignOutTickets(NEW).mint("session-one")


def test_a_ticket_survives_the_exchange_of_the_master_secret_and_no_longer() -> None:
    before = SignOutTickets(OLD).mint("session-one")
    during = SignOutTickets(NEW, previous=OLD)
    assert during.read(before) == SignOutTicket("session-one")
    assert during.mint("session-one") == SignOutTickets(NEW).mint("session-one") != before
    with pytest.raises(TokenInvalid):
        SignOutTickets(NEW).read(before)


@pytest.mark.parametrize(
    "ticket", ["", ".", "x", "a.b.c", "é.é", "\ud800.x", "." * 300, "session-one." + "A" * 43]
)
def test_an_invalid_ticket_is_refused(ticket: str) -> None:
    with pytest.raises(TokenInvalid):
        SignOutTickets(NEW).read(ticket)


def test_each_letter_of_a_ticket_counts() -> None:
    tickets = SignOutTickets(NEW)
    ticket = tickets.mint("session-one")
    for at, letter in enumerate(ticket):
        changed = ticket[:at] + ("B" if letter == "A" else "A") + ticket[at + 1 :]
        if at < len(ticket) - 1:
            with pytest.raises(TokenInvalid):
                tickets.read(changed)
    with pytest.raises(TokenInvalid):
        tickets.read(ticket[:-1])
