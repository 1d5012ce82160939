"""Any proof opens a session, and the transaction that opens it confirms the proof."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

import pytest

from tigertally.core.events import EventName, Outcome
from tigertally.core.identities import Opened
from tigertally.core.policies import Overflow, SessionPolicy
from tigertally.core.ports.store import Transaction
from tigertally.core.users import User
from tigertally.errors import IdentityNotLinked, InvalidCredentials, TooManySessions
from tigertally.flows.change_password import ChangePassword
from tigertally.flows.context import Context
from tigertally.flows.open_session import OpenSession
from tigertally.flows.proofs.password import ProvePassword, ProvePasswordAgain
from tigertally.flows.proofs.proof import Proof, ProofOutdatedError, Proved
from tigertally.flows.reauthenticate import freshen
from tigertally.secret import Secret
from tigertally.storage.sql.store import SqlStore
from tigertally.testing import MovableClock
from tigertally.testing.conformance.tools import (
    DEVICE,
    NAME,
    PASSWORD,
    actor_of,
    event_names,
    journeys,
    register,
    sign_in,
)

NEW = Secret("three halves are too many")


@dataclass(frozen=True, slots=True, kw_only=True)
class Vouched(Proof):
    """An application has checked the person itself, with a ticket that is good for once."""

    spent: list[Opened] = field(default_factory=list)
    refusals: list[datetime] = field(default_factory=list)

    def confirm(self, tx: Transaction, now: datetime) -> Proved:
        """Hold the account. Raises InvalidCredentials if it is gone."""
        user = tx.users.hold(self.user_id or "")
        if user is None or user.is_gone(now):
            raise InvalidCredentials
        return Proved(user)

    def opened(self, tx: Transaction, opened: Opened) -> None:
        """Spend the ticket. Raises ProofOutdatedError if it is spent."""
        # Its row can be seen from within the transaction.
        assert tx.sessions.get(opened.session_id) is not None
        if self.spent:
            raise ProofOutdatedError
        self.spent.append(opened)

    def refused(self, tx: Transaction, now: datetime) -> str | None:
        """Remember that the rules refused."""
        self.refusals.append(now)
        return self.user_id


def vouched(context: Context, user: User) -> Vouched:
    """Return the proof of an application that checked this user."""
    return Vouched(user_id=user.id, method="vouched", at=context.clock.now(), device=DEVICE)


@pytest.fixture
def context(store: SqlStore, clock: MovableClock) -> Context:
    """The journeys, over each engine."""
    return journeys(store, clock)


def live(context: Context, user: User) -> list[str]:
    """Return the ids of a user's live sessions."""
    with context.store.reading() as tx:
        return [one.id for one in tx.sessions.live(user.id, context.clock.now())]


def test_a_proof_that_no_flow_knows_opens_a_session(context: Context) -> None:
    user = register(context)
    proof = vouched(context, user)
    tally = OpenSession(context)(proof, nonce=None)
    assert live(context, user) == [tally.session.id]
    assert proof.spent == [Opened(tally.session.id, created=False, replaced=[])]
    assert context.access.read(tally.access.text).session_id == tally.session.id


def test_a_proof_that_was_used_up_by_another_request_opens_nothing(context: Context) -> None:
    user = register(context)
    proof = vouched(context, user)
    tally = OpenSession(context)(proof, nonce=None)
    with pytest.raises(ProofOutdatedError):
        OpenSession(context)(proof, nonce=None, former=tally.session.id)
    assert live(context, user) == [tally.session.id]
    assert event_names(context, user)[EventName.SESSION_REPLACED] == 0


def test_a_refusal_of_the_rules_is_noted_with_the_proof(
    store: SqlStore, clock: MovableClock
) -> None:
    context = journeys(store, clock, policy=SessionPolicy(limit=1, overflow=Overflow.REFUSE))
    user = register(context)
    sign_in(context)
    proof = vouched(context, user)
    with pytest.raises(TooManySessions):
        OpenSession(context)(proof, nonce=None)
    assert (len(proof.spent), proof.refusals) == (0, [clock.now()])
    with store.reading() as tx:
        (newest, *_) = tx.events.page(user.id, before=None, limit=10).events
    assert (newest.name, newest.outcome, newest.reason) == (
        EventName.SESSION_REFUSED,
        Outcome.FAILURE,
        "too_many_sessions",
    )


def test_a_password_that_was_changed_after_its_check_opens_nothing(context: Context) -> None:
    user = register(context)
    tally = sign_in(context)
    proof = ProvePassword(context)(NAME, PASSWORD, device=DEVICE)
    ChangePassword(context)(actor_of(tally), current=PASSWORD, new=NEW)
    with pytest.raises(ProofOutdatedError):
        OpenSession(context)(proof, nonce=None)
    assert live(context, user) == [tally.session.id]


def test_a_password_proof_holds_user_way_time_and_device(context: Context) -> None:
    user = register(context)
    proof = ProvePassword(context)(NAME, PASSWORD, device=DEVICE)
    assert (proof.user_id, proof.method, proof.at, proof.device) == (
        user.id,
        "password",
        context.clock.now(),
        DEVICE,
    )


def test_a_proof_of_another_user_makes_no_session_fresh(context: Context) -> None:
    register(context)
    other = register(context, "other")
    tally = sign_in(context)
    with pytest.raises(IdentityNotLinked):
        freshen(context, actor_of(tally), vouched(context, other))
    with context.store.reading() as tx:
        session = tx.sessions.get(tally.session.id)
    assert session is not None
    assert session.proof == tally.session.proof
    assert event_names(context, other) == Counter({EventName.USER_REGISTERED: 1})


def test_a_proof_within_a_session_makes_it_fresh(context: Context) -> None:
    register(context)
    actor = actor_of(sign_in(context))
    proof = ProvePasswordAgain(context, EventName.REAUTHENTICATION_REFUSED)(actor, PASSWORD)
    token, session = freshen(context, actor, proof)
    assert token.claims.is_fresh(context.clock.unix())
    assert session.proof == actor.proof + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved(Vouched):
    """What it proves has become another account's since it was checked."""

    now_of: User

    def confirm(self, tx: Transaction, now: datetime) -> Proved:
        """Return the other account."""
        return Proved(self.now_of)


def test_a_proof_that_changed_owner_makes_no_token_fresh(context: Context) -> None:
    user, other = register(context), register(context, "other")
    tally = sign_in(context)
    now = context.clock.now()
    proof = Moved(user_id=user.id, method="vouched", at=now, device=DEVICE, now_of=other)
    with pytest.raises(IdentityNotLinked):
        freshen(context, actor_of(tally), proof)
    assert EventName.USER_REAUTHENTICATED not in event_names(context, user)
