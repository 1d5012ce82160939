"""Very many sessions of one account end a slice at a time, so that others write in between."""

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from tests.conformance.rows import feed_of

from tigertally.core.policies import Overflow, SessionPolicy
from tigertally.core.sessions import EndReason
from tigertally.errors import TooManySessions
from tigertally.flows.administer import Administer
from tigertally.flows.change_password import ChangePassword
from tigertally.flows.context import Actor, Context
from tigertally.flows.delete_account import DeleteAccount
from tigertally.flows.sign_out import SignOutEverywhere
from tigertally.flows.steps.thin_out import SLICE
from tigertally.secret import Secret
from tigertally.storage.sql.store import SqlStore
from tigertally.testing import MovableClock
from tigertally.testing.conformance.tools import (
    NAME,
    PASSWORD,
    actor_of,
    journeys,
    register,
    sign_in,
)
from tigertally.testing.samples import START, sample_session

MANY = 2 * SLICE + 50


class TickingClock(MovableClock):
    """Goes on with every look, so that what ended at one instant ended in one transaction."""

    def now(self) -> datetime:
        """Return a later instant each time."""
        self.move(milliseconds=1)
        return super().now()


@pytest.fixture
def context(store: SqlStore) -> Context:
    """The journeys over each engine."""
    return journeys(store, TickingClock(START + timedelta(hours=1)))


@pytest.fixture
def actor(context: Context, store: SqlStore) -> Actor:
    """Somebody who is signed in here, and very often elsewhere: an older version had no bound."""
    register(context)
    actor = actor_of(sign_in(context))
    with store.writing() as tx:
        for number in range(MANY):
            at = START + timedelta(seconds=number)
            tx.sessions.add(sample_session(user_id=actor.user_id, now=at))
    return actor


def live(context: Context, actor: Actor) -> int:
    with context.store.reading() as tx:
        return tx.sessions.count(actor.user_id, context.clock.now())


def check_slices(store: SqlStore, *, ended: int, reason: EndReason) -> None:
    """All of them are in the feed, and no transaction ended more than a slice and the actor's."""
    told = feed_of(store, START + timedelta(hours=1))
    assert len(told) == len(set(told)) == ended
    rows = [store.session(one) for one in told if one is not None]
    endings = [row.ending for row in rows if row is not None and row.ending is not None]
    assert {one.reason for one in endings} == {reason}
    sizes = Counter(one.at for one in endings)
    assert max(sizes.values()) <= SLICE + 1
    assert len(sizes) >= MANY // SLICE


def test_signing_out_the_others(store: SqlStore, context: Context, actor: Actor) -> None:
    assert len(SignOutEverywhere(context)(actor, keep_current=True)) == MANY
    assert live(context, actor) == 1
    check_slices(store, ended=MANY, reason=EndReason.KICKED)


def test_signing_out_everywhere(store: SqlStore, context: Context, actor: Actor) -> None:
    assert len(SignOutEverywhere(context)(actor, keep_current=False)) == MANY + 1
    assert live(context, actor) == 0
    check_slices(store, ended=MANY + 1, reason=EndReason.LOGGED_OUT)


def test_changing_the_password(store: SqlStore, context: Context, actor: Actor) -> None:
    new = Secret("a wholly different password")
    assert ChangePassword(context)(actor, current=PASSWORD, new=new) == MANY
    assert live(context, actor) == 1
    check_slices(store, ended=MANY, reason=EndReason.PASSWORD_CHANGED)


def test_deleting_the_account(store: SqlStore, context: Context, actor: Actor) -> None:
    DeleteAccount(context)(actor)
    assert live(context, actor) == 0
    check_slices(store, ended=MANY + 1, reason=EndReason.USER_DELETED)


def test_an_operator_ends_them(store: SqlStore, context: Context, actor: Actor) -> None:
    assert Administer(context).end_sessions_of(NAME) == MANY + 1
    assert live(context, actor) == 0
    check_slices(store, ended=MANY + 1, reason=EndReason.KICKED)


def test_an_operator_disables_the_account(store: SqlStore, context: Context, actor: Actor) -> None:
    assert Administer(context).disable(NAME, reason=None, until=None) == MANY + 1
    assert live(context, actor) == 0
    check_slices(store, ended=MANY + 1, reason=EndReason.DISABLED)


def test_the_next_sign_in_leaves_a_hundred(store: SqlStore, context: Context, actor: Actor) -> None:
    """The newest ones stay; the slices leave by the same reason as the last ones."""
    tally = sign_in(context)
    assert live(context, actor) == 100
    with context.store.reading() as tx:
        left = {one.id for one in tx.sessions.live(actor.user_id, context.clock.now())}
    assert {tally.session.id, actor.session_id} <= left
    check_slices(store, ended=MANY + 2 - 100, reason=EndReason.EVICTED)


def test_a_policy_that_refuses_ends_nothing(
    store: SqlStore, context: Context, actor: Actor
) -> None:

    policy = SessionPolicy(limit=3, overflow=Overflow.REFUSE)
    strict = replace(context, rules=replace(context.rules, policy=policy))
    with pytest.raises(TooManySessions):
        sign_in(strict)
    assert live(context, actor) == MANY + 1
    assert feed_of(store) == []
