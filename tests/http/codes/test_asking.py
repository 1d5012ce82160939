"""Asking for codes: who gets one, how often, and what strangers learn from it."""

import re
from dataclasses import replace
from email.headerregistry import Address

import pytest
from tests.http.callers import Caller, Serve, Service, code_of
from tests.http.codes.mailbox import (
    EMAIL,
    NUMBER,
    PHONE,
    ask,
    asked,
    json_of,
    last_code,
    mailbox,
    news,
    sign_in,
)

from tigertally.core.messages import MessageKind
from tigertally.providers.mail.letters import address_of, make_letter
from tigertally.storage.sql.tables import challenges, contacts, events, messages

SENDER = Address("Tiger Tally", addr_spec="tally@example.com")
FORGED = {
    "Host": "evil.example",
    "X-Forwarded-Host": "evil.example",
    "Forwarded": "host=evil.example",
}


@pytest.mark.parametrize("purpose", ["login", "reset"])
@pytest.mark.parametrize("known", [{"email": EMAIL}, {"phone": PHONE}])
def test_known_and_unknown_targets_get_the_same_answer_and_the_same_work(
    lina: Caller, service: Service, stranger: Caller, purpose: str, known: dict[str, str]
) -> None:
    unknown = {"email": "bo@example.com"} if "email" in known else {"phone": "13900139000"}
    news(service)
    found, before = [], counted(service)
    for target in (known, unknown):
        answer = json_of(ask(stranger, purpose, **target), 202)
        challenge = answer.pop("challenge_id")
        after = counted(service)
        written = {name: after[name] - before[name] for name in after}
        found.append((answer, len(challenge), written))
        before = after
    assert found[0] == found[1]
    kind = MessageKind.EMAIL if "email" in known else MessageKind.SMS
    assert news(service) == sorted([kind, MessageKind.NOTHING])


def counted(service: Service) -> dict[str, int]:
    """Return how many rows each table has."""
    with service.composition.store.connection(writing=False) as connection:
        return {
            table.name: len(connection.execute(table.select()).all())
            for table in (challenges, contacts, events, messages)
        }


def test_an_unverified_address_finds_no_account(service: Service, stranger: Caller) -> None:
    owner = service.caller("bearer")
    owner.register(email=EMAIL)
    owner.login()
    owner.send("POST", "/api/me/contacts", {"phone": PHONE})
    for target in ({"email": EMAIL}, {"phone": PHONE}):
        service.clock.move(seconds=61)
        news(service)
        ask(stranger, "reset", **target)
        assert news(service) == [MessageKind.NOTHING]


def test_an_address_that_the_operator_verified_gets_codes(
    service: Service, stranger: Caller
) -> None:
    stranger.register(email=EMAIL)
    with service.composition.store.writing() as tx:
        user = tx.users.find("hufu")
        assert user is not None
        tx.users.replace(replace(user, email_verified_at=service.clock.now()))
    ask(stranger)
    assert news(service) == [MessageKind.EMAIL]


def test_a_target_gets_one_code_a_minute_five_an_hour_ten_a_day(
    lina: Caller, service: Service, stranger: Caller
) -> None:
    service.clock.move(days=1)
    given = 0
    for _ in range(50):
        answer = ask(stranger)
        if answer.status_code == 202:
            given += 1
            refused = ask(stranger, "reset", email=EMAIL.upper())
            assert code_of(refused) == (429, "rate_limited")
            assert json_of(refused, 429)["retry_after"] > 0
            service.clock.move(seconds=60)
        else:
            assert code_of(answer) == (429, "rate_limited")
            waits = json_of(answer, 429)["retry_after"]
            assert waits > 60
            if given == 10:
                break
            service.clock.move(seconds=waits)
    assert given == 10
    assert ask(stranger, email="bo@example.com").status_code == 202


def test_one_network_gets_sixty_codes_an_hour(service: Service, stranger: Caller) -> None:
    answers = [ask(stranger, email=f"u{number}@example.com").status_code for number in range(61)]
    assert answers == [202] * 60 + [429]
    other = service.caller("bearer", address="198.51.100.7")
    assert ask(other, email="u99@example.com").status_code == 202


def test_the_budget_of_a_day_stops_the_next_one_for_known_and_unknown_numbers(
    serve: Serve,
) -> None:
    service = serve(sms="log", sms_daily=2)
    user = service.caller("bearer")
    user.register()
    user.login()
    for number in ("13800138001", "13800138002"):
        user.send("POST", "/api/me/contacts", {"phone": number})
    # Past the limit of each number, which would refuse the first of these, too.
    service.clock.move(seconds=61)
    spent = ask(user, phone="13800138001")
    assert code_of(spent) == (429, "rate_limited")
    assert code_of(ask(user, phone="13900139000")) == (429, "rate_limited")
    # One series: an alert on it tells the operator, but nobody whether a number is known.
    figures = service.composition.services.metrics.exposition()[0].decode()
    assert 'tally_messages_total{fate="over_budget",kind="sms"} 2.0' in figures
    service.clock.move(days=1)
    assert ask(user, phone="13900139000").status_code == 202


def test_unknown_numbers_do_not_use_the_budget(serve: Serve) -> None:
    service = serve(sms="log", sms_daily=1)
    user = service.caller("bearer")
    user.register()
    user.login()
    for number in range(5):
        assert ask(user, phone=f"1390013900{number}").status_code == 202
    added = user.send("POST", "/api/me/contacts", {"phone": PHONE})
    assert added.status_code == 202


def test_only_configured_channels_send_codes(serve: Serve) -> None:
    nobody = serve(mail="log").caller("bearer")
    assert code_of(ask(nobody, phone=PHONE)) == (404, "not_found")
    assert ask(nobody, email=EMAIL).status_code == 202


@pytest.mark.parametrize(
    "target",
    [{}, {"email": EMAIL, "phone": PHONE}, {"email": "no address"}, {"phone": "12345"},
     {"phone": "+1 212 555 0100"}, {"email": ["a@example.com"]}, {"phone": "\ud800"}],
)  # fmt: skip
def test_an_invalid_target_is_refused(service: Service, target: dict[str, object]) -> None:
    body = {"purpose": "login", **target}
    answer = service.caller("bearer").send("POST", "/api/auth/codes", body)
    assert code_of(answer) == (400, "invalid_request")
    assert news(service) == []


def test_no_header_of_a_request_gets_into_a_message(
    lina: Caller, service: Service, stranger: Caller
) -> None:
    body = {"purpose": "reset", "email": EMAIL}
    stranger.send("POST", "/api/auth/codes", body, headers=FORGED)
    message = mailbox(service).messages[-1]
    made = make_letter(
        message,
        to=address_of(message.to.value),
        sender=SENDER,
        site="example.com",
        clock=service.clock,
    )
    assert "evil" not in made.as_string()


def test_a_get_changes_nothing(lina: Caller, service: Service, stranger: Caller) -> None:
    challenge_id = asked(stranger)
    code = last_code(service)
    for path in ("/api/auth/codes", "/api/auth/login/code", "/api/auth/password/reset"):
        for _ in range(20):
            answer = stranger.send("GET", f"{path}?challenge_id={challenge_id}&code={code}")
            assert answer.status_code in {404, 405}
    assert sign_in(stranger, challenge_id, code).status_code == 200


def test_the_database_shows_no_code_and_no_target_of_one(
    lina: Caller, service: Service, stranger: Caller
) -> None:
    asked(stranger)
    code = last_code(service)
    with service.composition.store.connection(writing=False) as connection:
        for table in (challenges, messages):
            dump = repr(connection.execute(table.select()).all())
            assert f"'{code}'" not in dump
            assert EMAIL not in dump
            assert NUMBER not in dump


def test_a_page_learns_by_what_codes_are_sent(serve: Serve) -> None:
    for ways, offered in [
        ({}, []),
        ({"mail": "log"}, ["email"]),
        ({"sms": "log"}, ["phone"]),
        ({"mail": "log", "sms": "log"}, ["email", "phone"]),
    ]:
        listed = json_of(serve(**ways).client().get("/api/auth/providers"))
        assert listed["codes"] == offered


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", r"again in \d+ seconds\.$"), ("zh-CN", r"请在 \d+ 秒后重试。$")],
)
def test_a_limit_says_in_words_how_long_to_wait(
    service: Service, stranger: Caller, language: str, words: str
) -> None:
    ask(stranger, "login", email=EMAIL)
    told = service.client().post(
        "/api/auth/codes",
        json={"purpose": "login", "email": EMAIL},
        headers={"Accept-Language": language},
    )
    body = json_of(told, 429)
    assert re.search(words, body["message"])
    assert 0 < body["retry_after"] <= 60
