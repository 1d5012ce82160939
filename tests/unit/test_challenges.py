"""Codes and what stands for them: random, bound to purpose and challenge, useless without a key."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta

from tigertally.core.challenges import CODE_TTL, ChallengeKeys, Purpose
from tigertally.core.contacts import email_target, phone_target
from tigertally.core.envelopes import Envelopes
from tigertally.core.messages import MessageKind, QueuedMessage
from tigertally.core.senders import Letter, Message
from tigertally.secret import Secret
from tigertally.testing.samples import START

KEYS = ChallengeKeys(Secret("m" * 40))
LINA = email_target("lina@example.com")


def test_a_code_is_six_digits_and_each_digit_is_as_likely() -> None:
    codes = [KEYS.make(Purpose.LOGIN, LINA, user_id="u", now=START)[1] for _ in range(2000)]
    texts = [code.reveal() for code in codes]
    assert all(len(text) == 6 and text.isascii() and text.isdecimal() for text in texts)
    for place in range(6):
        # 200 are expected of each; less than half of that has a chance of one in 10**15.
        assert min(Counter(text[place] for text in texts).values()) > 100


def test_a_code_lives_for_five_minutes() -> None:
    challenge, _ = KEYS.make(Purpose.LOGIN, LINA, user_id=None, now=START)
    assert challenge.expires_at - challenge.sent_at == CODE_TTL == timedelta(minutes=5)


def test_a_hash_is_of_use_for_one_challenge_and_one_purpose_under_one_secret() -> None:
    challenge, code = KEYS.make(Purpose.LOGIN, LINA, user_id="u", now=START)
    assert KEYS.code_hash(Purpose.LOGIN, challenge.id, code) == challenge.code_hash
    others = {
        KEYS.code_hash(Purpose.RESET, challenge.id, code),
        KEYS.code_hash(Purpose.LOGIN, "another", code),
        ChallengeKeys(Secret("n" * 40)).code_hash(Purpose.LOGIN, challenge.id, code),
    }
    assert len(others | {challenge.code_hash}) == 4


def test_a_target_has_one_hash_however_it_is_written() -> None:
    assert KEYS.target_hash(LINA) == KEYS.target_hash(email_target("LINA@example.com"))
    phone = phone_target("13800138000")
    assert KEYS.target_hash(phone) == KEYS.target_hash(phone_target("+86 138 0013 8000"))
    assert ChallengeKeys(Secret("n" * 40)).target_hash(phone) != KEYS.target_hash(phone)


def test_any_text_may_be_tried_as_a_code() -> None:
    for text in ("", "\ud800", "１２３４５６", "1" * 100_000):
        assert len(KEYS.code_hash(Purpose.LOGIN, "c", Secret(text))) == 64


def test_pauses_grow_and_stay_at_the_longest() -> None:
    message = QueuedMessage(
        id="m",
        kind=MessageKind.EMAIL,
        sealed=b"",
        created_at=START,
        next_at=START,
        give_up_at=START,
    )
    pauses = [replace(message, attempts=attempts).pause() for attempts in range(1, 12)]
    assert pauses == sorted(pauses)
    assert pauses[0] == timedelta(seconds=2)
    assert pauses[-1] == pauses[-2] == timedelta(minutes=15)


def test_nothing_of_a_code_shows_in_a_log() -> None:
    challenge, code = KEYS.make(Purpose.LOGIN, LINA, user_id="u", now=START)
    shown = f"{challenge!r} {code!r}"
    assert challenge.code_hash not in shown
    assert challenge.target_hash not in shown
    assert code.reveal() not in shown.replace(challenge.id, "")


def test_a_message_that_waits_survives_the_exchange_of_the_master_secret() -> None:
    old, new = Secret("o" * 40), Secret("n" * 40)
    message = Message(
        id="m", to=LINA, letter=Letter.LOGIN_CODE, locale="en", code=Secret("314159"), minutes=5
    )
    sealed = Envelopes(old).close(message)
    assert b"314159" not in sealed
    opened = Envelopes(new, previous=old).open(sealed, message_id="m")
    assert opened is not None
    assert (opened.to, opened.letter, opened.minutes) == (LINA, Letter.LOGIN_CODE, 5)
    assert opened.code.reveal() == "314159"
    assert Envelopes(new).open(sealed, message_id="m") is None
    assert Envelopes(old).open(sealed, message_id="another") is None
