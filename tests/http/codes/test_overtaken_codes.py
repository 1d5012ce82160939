"""A code is invalid once its owner shut out whoever may hold it."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from tests.http.callers import PASSWORD, Caller, Service, code_of
from tests.http.codes.mailbox import (
    EMAIL,
    NEW,
    PHONE,
    asked,
    json_of,
    last_code,
    reset,
    sign_in,
)

from tigertally.core.challenges import Purpose
from tigertally.core.contacts import ContactKind
from tigertally.core.events import Event, EventFilter, EventName
from tigertally.core.sessions import Device, DeviceType
from tigertally.errors import CodeInvalid
from tigertally.flows.administer import Administer
from tigertally.flows.open_session import OpenSession
from tigertally.flows.proofs.code import CodeProof, ProveCode
from tigertally.flows.read_events import ReadEvents
from tigertally.flows.steps.note_refusals import sign_in_refused
from tigertally.secret import Secret

DEVICE = Device(DeviceType.WEB, "tests")


def remove_contact(lina: Caller, service: Service) -> None:
    """Remove the number that codes go to."""
    del service
    found = json_of(lina.send("GET", "/api/me/contacts"))["contacts"]
    contact_id = next(one["id"] for one in found if one["kind"] == "phone")
    json_of(lina.send("DELETE", f"/api/me/contacts/{contact_id}"))


def change_password(lina: Caller, service: Service) -> None:
    """Change the password."""
    del service
    body = {"current_password": PASSWORD, "new_password": "three halves are too many"}
    json_of(lina.send("PUT", "/api/auth/password", body))


def sign_out_everywhere(lina: Caller, service: Service) -> None:
    """Sign out everywhere, here too."""
    del service
    json_of(lina.send("POST", "/api/auth/logout_all"))


def sign_out_elsewhere(lina: Caller, service: Service) -> None:
    """Sign out everywhere else."""
    del service
    json_of(lina.send("DELETE", "/api/auth/sessions?scope=others"))


def change_email(lina: Caller, service: Service) -> None:
    """Give the profile another address."""
    del service
    json_of(lina.send("PATCH", "/api/me", {"email": "new@example.com"}))


def delete_account(lina: Caller, service: Service) -> None:
    """Delete the account; a sign-in would cancel that."""
    del service
    assert lina.send("DELETE", "/api/me").status_code in {200, 202}


def disable_and_enable(lina: Caller, service: Service) -> None:
    """Disable the account on the command line, and enable it."""
    del lina
    administer = Administer(service.composition.context)
    administer.disable("hufu", reason=None, until=None)
    administer.enable("hufu")


def set_password(lina: Caller, service: Service) -> None:
    """Set another password on the command line."""
    del lina
    new = Secret("three halves are too many")
    Administer(service.composition.context).set_password("hufu", new)


def end_all_sessions(lina: Caller, service: Service) -> None:
    """End all sessions of everybody on the command line, after the account's own was over."""
    lina.logout()
    Administer(service.composition.context).end_all_sessions()


def end_sessions(lina: Caller, service: Service) -> None:
    """End all sessions of the account on the command line."""
    del lina
    Administer(service.composition.context).end_sessions_of("hufu")


ACTS = [
    remove_contact,
    change_password,
    sign_out_everywhere,
    sign_out_elsewhere,
    change_email,
    delete_account,
    disable_and_enable,
    set_password,
    end_sessions,
    end_all_sessions,
]


def checked(service: Service, stranger: Caller) -> CodeProof:
    """Bring back a right code, as far as its check: no session is open yet."""
    challenge_id = asked(stranger, phone=PHONE)
    composition = service.composition
    context = composition.context

    def refused(reason: str, sent_to: str | None) -> Event:
        return sign_in_refused(context, reason, DEVICE, sent_to)

    prove, code = ProveCode(context, composition.services.outgoing), Secret(last_code(service))
    proof = prove(Purpose.LOGIN, challenge_id, code, device=DEVICE, refused=refused)
    assert isinstance(proof, CodeProof)
    return proof


def refused(service: Service) -> list[tuple[str | None, str | None]]:
    """Return whose sign-ins were refused, and why, as the log has it."""
    wanted = EventFilter(names=frozenset({EventName.SESSION_REFUSED}))
    events = ReadEvents(service.composition.context).each(wanted)
    return [(one.user_id, one.reason) for one in events][::-1]


def lose_phone(service: Service) -> None:
    """Take the number away, and leave the codes: one was being sent at the same moment."""
    with service.composition.store.writing() as tx:
        user = tx.users.find("hufu")
        assert user is not None
        (phone,) = (
            one for one in tx.contacts.of_user(user.id) if one.target.kind is ContactKind.PHONE
        )
        tx.contacts.remove(phone.id)


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("purpose", ["login", "reset"])
def test_a_code_sent_before_the_change_is_refused(
    lina: Caller,
    service: Service,
    stranger: Caller,
    act: Callable[[Caller, Service], None],
    purpose: str,
) -> None:
    lina.reauthenticate()
    challenge_id = asked(stranger, purpose, phone=PHONE)
    code = last_code(service)
    act(lina, service)
    bring_back = sign_in if purpose == "login" else reset
    assert code_of(bring_back(stranger, challenge_id, code)) == (401, "code_invalid")


@pytest.mark.parametrize("act", ACTS)
def test_a_code_checked_before_the_change_opens_no_session(
    lina: Caller, service: Service, stranger: Caller, act: Callable[[Caller, Service], None]
) -> None:
    """Between the check of a code and its session, anything may happen."""
    lina.reauthenticate()
    proof = checked(service, stranger)
    act(lina, service)
    before = refused(service)
    with pytest.raises(CodeInvalid):
        OpenSession(service.composition.context)(proof, nonce=None)
    assert refused(service) == [*before, (proof.user_id, "code_invalid")]


def test_a_code_checked_before_a_reset_opens_no_session(
    lina: Caller, service: Service, stranger: Caller
) -> None:
    proof = checked(service, stranger)
    for_reset = asked(stranger, "reset")
    assert reset(stranger, for_reset, last_code(service)).status_code == 200
    with pytest.raises(CodeInvalid):
        OpenSession(service.composition.context)(proof, nonce=None)


def test_a_code_proves_only_a_target_that_the_account_still_has(
    lina: Caller, service: Service, stranger: Caller
) -> None:
    """A code that is sent while its target is taken away proves nothing either."""
    for_reset = asked(stranger, "reset", phone=PHONE)
    code = last_code(service)
    service.clock.move(seconds=61)
    proof = checked(service, stranger)
    lose_phone(service)
    with pytest.raises(CodeInvalid):
        OpenSession(service.composition.context)(proof, nonce=None)
    assert code_of(reset(stranger, for_reset, code)) == (401, "code_invalid")
    assert stranger.login(password=NEW).status_code == 401


def test_an_address_that_only_the_profile_has_proves_its_account(
    service: Service, stranger: Caller
) -> None:
    stranger.register(email=EMAIL)
    Administer(service.composition.context).verify_email("hufu")
    assert sign_in(stranger, asked(stranger), last_code(service)).status_code == 200
    service.clock.move(seconds=61)
    assert reset(stranger, asked(stranger, "reset"), last_code(service)).status_code == 200


def test_a_code_of_an_account_that_is_gone_is_refused(
    lina: Caller, service: Service, stranger: Caller
) -> None:
    """Nobody is told that a password was set where none was."""
    challenge_id = asked(stranger, "reset")
    with service.composition.store.writing() as tx:
        user = tx.users.find("hufu")
        assert user is not None
        now = service.clock.now()
        tx.users.replace(replace(user, deleted_at=now, purge_at=now))
    answer = reset(stranger, challenge_id, last_code(service))
    assert code_of(answer) == (401, "code_invalid")
    with service.composition.store.reading() as tx:
        left = tx.users.get(user.id)
    assert left is not None
    assert left.password_hash == user.password_hash
