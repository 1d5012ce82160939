"""One-time codes, contacts, and messages that are promised."""

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

from tigertally.core.challenges import (
    CODE_TTL,
    TRIES,
    ChallengeKeys,
    Expired,
    Failed,
    Passed,
    Purpose,
)
from tigertally.core.contacts import Contact, email_target, phone_target
from tigertally.core.identifiers import new_id
from tigertally.core.messages import CLAIMED_FOR, MessageKind, QueuedMessage
from tigertally.core.ports.store import Store
from tigertally.core.users import User
from tigertally.testing.clock import MovableClock
from tigertally.testing.conformance.tools import (
    MASTER,
    OpenStore,
    journeys,
    register,
    together,
)

_KEYS = ChallengeKeys(MASTER)
_LINA = email_target("lina@example.com")
_WRONG = "wrong"


def _challenge(
    store: Store, clock: MovableClock, user_id: str | None = "u", purpose: Purpose = Purpose.LOGIN
) -> tuple[str, str]:
    """Return the id of a new challenge, and the hash of its code."""
    challenge, code = _KEYS.make(purpose, _LINA, user_id=user_id, now=clock.now())
    with store.writing() as tx:
        assert tx.challenges.add(challenge)
    return challenge.id, _KEYS.code_hash(purpose, challenge.id, code)


def _answer(
    store: Store, clock: MovableClock, challenge_id: str, code_hash: str
) -> Passed | Failed | Expired:
    with store.writing() as tx:
        return tx.challenges.answer(challenge_id, Purpose.LOGIN, code_hash, clock.now())


def _message(clock: MovableClock, kind: MessageKind = MessageKind.EMAIL) -> QueuedMessage:
    now = clock.now()
    return QueuedMessage(
        id=new_id(),
        kind=kind,
        sealed=b"\x00\xffsealed",
        created_at=now,
        next_at=now,
        give_up_at=now + CODE_TTL,
    )


class Codes:
    """One-time codes, contacts, and messages that are promised."""

    def test_one_of_a_hundred_simultaneous_right_answers_passes(
        self, open_store: OpenStore, clock: MovableClock
    ) -> None:
        """A code is consumed by one guarded UPDATE."""
        stores = [open_store() for _ in range(2)]
        challenge_id, code_hash = _challenge(stores[0], clock)
        answers = together(
            100, lambda index: _answer(stores[index % 2], clock, challenge_id, code_hash)
        )
        assert Counter(map(type, answers)) == {Passed: 1, Failed: 99}

    def test_only_a_code_to_register_passes_for_a_target_that_nobody_had(
        self, open_store: OpenStore, clock: MovableClock
    ) -> None:
        """Any other was sent nowhere, so nobody can know it."""
        store = open_store()
        for purpose in Purpose:
            challenge_id, code_hash = _challenge(store, clock, None, purpose)
            with store.writing() as tx:
                answered = tx.challenges.answer(challenge_id, purpose, code_hash, clock.now())
            expected = Passed(None) if purpose is Purpose.REGISTER else Failed(TRIES - 1)
            assert answered == expected, purpose

    def test_five_of_many_simultaneous_wrong_answers_are_checked(
        self, open_store: OpenStore, clock: MovableClock
    ) -> None:
        """And the right one after them is refused."""
        stores = [open_store() for _ in range(2)]
        challenge_id, code_hash = _challenge(stores[0], clock)
        answers = together(
            60, lambda index: _answer(stores[index % 2], clock, challenge_id, _WRONG)
        )
        assert Counter(answer.tries_left for answer in answers if isinstance(answer, Failed)) == {
            **dict.fromkeys(range(1, TRIES), 1),
            0: 60 - TRIES + 1,
        }
        assert _answer(stores[0], clock, challenge_id, code_hash) == Failed(0)

    def test_a_code_works_once_for_its_purpose_and_its_time(
        self, open_store: OpenStore, clock: MovableClock
    ) -> None:
        """A newer one takes its place."""
        store = open_store()
        first, first_hash = _challenge(store, clock)
        second, second_hash = _challenge(store, clock)
        assert _answer(store, clock, first, first_hash) == Failed(0)
        with store.writing() as tx:
            refused = tx.challenges.answer(second, Purpose.RESET, second_hash, clock.now())
        assert refused == Failed(0)
        assert _answer(store, clock, second, _WRONG) == Failed(TRIES - 1)
        assert _answer(store, clock, second, second_hash) == Passed("u")
        assert _answer(store, clock, second, second_hash) == Failed(0)
        third, third_hash = _challenge(store, clock)
        clock.move(seconds=CODE_TTL.total_seconds())
        assert _answer(store, clock, third, third_hash) == Expired()

    def test_a_code_that_was_sent_to_nobody_never_passes(
        self, open_store: OpenStore, clock: MovableClock
    ) -> None:
        """Its tries run out as those of others do."""
        store = open_store()
        challenge_id, code_hash = _challenge(store, clock, user_id=None)
        assert _answer(store, clock, challenge_id, _WRONG) == Failed(TRIES - 1)
        assert isinstance(_answer(store, clock, challenge_id, code_hash), Failed)

    def test_codes_go_with_their_account_and_with_their_time(
        self, open_store: OpenStore, clock: MovableClock
    ) -> None:
        """Those of others stay."""
        store = open_store()
        mine, mine_hash = _challenge(store, clock)
        with store.writing() as tx:
            tx.challenges.end_all("another")
            kept = tx.challenges.find(mine)
            assert kept is not None
            assert (kept.user_id, kept.target_hash) == ("u", _KEYS.target_hash(_LINA))
            tx.challenges.end_all("u")
            assert tx.challenges.find(mine) is None
        assert _answer(store, clock, mine, mine_hash) == Failed(0)
        _challenge(store, clock)
        with store.writing() as tx:
            assert tx.challenges.purge(clock.now(), 10) == 0
            assert tx.challenges.purge(clock.now() + CODE_TTL, 10) == 1

    def test_a_verified_contact_belongs_to_one_account(
        self, open_store: OpenStore, clock: MovableClock
    ) -> None:
        """However many typed it, and however they wrote it."""
        context = journeys(open_store(), clock)
        ada, bob = register(context, "ada"), register(context, "bob")
        phone = phone_target("13800138000")
        hers, his = self._contact(ada, clock), self._contact(bob, clock)
        number = replace(self._contact(ada, clock), target=phone)
        with context.store.writing() as tx:
            for contact in (hers, his, number):
                tx.contacts.add(contact)
            assert tx.contacts.find(_LINA) is None
            assert tx.contacts.verify(hers.id, clock.now()) is True
            assert tx.contacts.verify(his.id, clock.now()) is False
            assert tx.contacts.verify(new_id(), clock.now()) is False
            found = tx.contacts.find(email_target("LINA@example.com"))
            assert found == replace(hers, verified_at=clock.now())
            assert tx.contacts.of_user(bob.id) == [his]
            assert {one.target for one in tx.contacts.of_user(ada.id)} == {hers.target, phone}
            tx.contacts.remove(hers.id)
            assert tx.contacts.verify(his.id, clock.now()) is True

    @staticmethod
    def _contact(user: User, clock: MovableClock) -> Contact:
        return Contact(id=new_id(), user_id=user.id, target=_LINA, added_at=clock.now())

    def test_contacts_go_with_their_account(
        self, open_store: OpenStore, clock: MovableClock
    ) -> None:
        """A purged account keeps no address."""
        context = journeys(open_store(), clock)
        user = register(context)
        contact = self._contact(user, clock)
        with context.store.writing() as tx:
            tx.contacts.add(contact)
            tx.contacts.verify(contact.id, clock.now())
            tx.users.replace(replace(user, deleted_at=clock.now(), purge_at=clock.now()))
            assert tx.users.purge(clock.now(), 10) == [user.id]
            assert tx.contacts.find(_LINA) is None

    def test_each_message_has_one_of_many_simultaneous_senders(
        self, open_store: OpenStore, clock: MovableClock
    ) -> None:
        """A message is not claimed twice before its claim is over."""
        stores = [open_store() for _ in range(2)]
        promised = [_message(clock) for _ in range(20)]
        with stores[0].writing() as tx:
            for message in promised:
                tx.messages.add(message)
        until = clock.now() + timedelta(minutes=1)

        def claim(index: int) -> list[str]:
            with stores[index % 2].writing() as tx:
                return [
                    one.id
                    for one in tx.messages.claim_due(
                        [MessageKind.EMAIL], clock.now(), until=until, limit=7
                    )
                ]

        claimed = together(8, claim)
        # None was refused: each waits for the others, or gets what is free.
        assert [each for each in claimed if not isinstance(each, list)] == []
        taken = Counter(one for each in claimed if isinstance(each, list) for one in each)
        assert taken
        while more := claim(0):
            taken.update(more)
        assert taken == dict.fromkeys((one.id for one in promised), 1)
        assert claim(0) == []
        clock.move(minutes=1)
        assert claim(0) != []

    def test_a_message_stays_until_it_is_sent_and_then_says_nothing(
        self, open_store: OpenStore, clock: MovableClock
    ) -> None:
        """What could not be sent is due again."""
        store = open_store()
        message = _message(clock)
        later = clock.now() + timedelta(seconds=5)
        with store.writing() as tx:
            assert not tx.messages.is_any_due([MessageKind.EMAIL], clock.now())
            tx.messages.add(message)
            assert tx.messages.is_any_due([MessageKind.EMAIL], clock.now())
            claimed = tx.messages.claim_due([MessageKind.EMAIL], clock.now(), until=later, limit=10)
            assert claimed == [replace(message, attempts=1, next_at=later)]
            assert not tx.messages.is_any_due([MessageKind.EMAIL], clock.now())
            tx.messages.put_off(claimed[0], clock.now())
            assert tx.messages.is_any_due([MessageKind.EMAIL], clock.now())
            assert tx.messages.waiting() == 1
            tx.messages.finish(message.id, clock.now())
            assert tx.messages.waiting() == 0
            assert not tx.messages.is_any_due([MessageKind.EMAIL], later)
            assert tx.messages.purge(clock.now() - timedelta(seconds=1), 10) == 0
            assert tx.messages.purge(clock.now(), 10) == 1

    def test_a_late_sender_does_not_undo_the_claim_of_another(
        self, open_store: OpenStore, clock: MovableClock
    ) -> None:
        """But what it sent is sent."""
        store = open_store()

        def claim() -> Sequence[QueuedMessage]:
            until = clock.now() + CLAIMED_FOR
            with store.writing() as tx:
                return tx.messages.claim_due([MessageKind.EMAIL], clock.now(), until=until, limit=9)

        with store.writing() as tx:
            tx.messages.add(_message(clock))
        (late,) = claim()
        clock.move(seconds=CLAIMED_FOR.total_seconds())
        (other,) = claim()
        with store.writing() as tx:
            tx.messages.put_off(late, clock.now())
        assert claim() == []
        with store.writing() as tx:
            tx.messages.finish(late.id, clock.now())
            tx.messages.put_off(other, clock.now())
        assert claim() == []

    def test_a_block_that_fails_promises_nothing(
        self, open_store: OpenStore, clock: MovableClock
    ) -> None:
        """A message is sent if, and only if, what it tells of happened."""
        store = open_store()
        with suppress(ZeroDivisionError), store.writing() as tx:
            tx.messages.add(_message(clock))
            raise ZeroDivisionError
        with store.reading() as tx:
            assert tx.messages.waiting() == 0

    def test_a_budget_is_never_overdrawn(self, open_store: OpenStore, clock: MovableClock) -> None:
        """However many spend it at once; the next day it is whole again."""
        del clock
        stores = [open_store() for _ in range(2)]

        def spend(index: int, day: str = "2026-11-27", kind: MessageKind = MessageKind.SMS) -> bool:
            with stores[index % 2].writing() as tx:
                return tx.messages.spend(kind, day, 30)

        assert sum(answer is True for answer in together(40, spend)) == 30
        assert spend(0) is False
        # Or it would tell known numbers from unknown ones.
        assert spend(0, kind=MessageKind.NOTHING) is False
        assert spend(1, day="2026-11-28") is True
        # Strangers' numbers spend nothing.
        assert all(spend(0, "2026-11-29", MessageKind.NOTHING) for _ in range(40))
        assert spend(0, "2026-11-29") is True
