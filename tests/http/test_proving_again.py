"""Who proves again who they are leaves nothing behind that is good: no token, and no session."""

from collections.abc import Callable

import pytest
from tests.http.callers import PASSWORD, Caller, Carrier, Serve, Service, code_of
from werkzeug.test import TestResponse

from tigertally.core.sessions import Device
from tigertally.errors import TokenExpired
from tigertally.flows.account import Account
from tigertally.flows.change_password import ChangePassword
from tigertally.flows.context import Actor
from tigertally.flows.delete_account import DeleteAccount
from tigertally.flows.reauthenticate import Reauthenticate
from tigertally.flows.sign_out import Kick, SignOutEverywhere
from tigertally.secret import Secret

NEW = "three halves make more"


def change_password(user: Caller) -> TestResponse:
    body = {"current_password": PASSWORD, "new_password": NEW}
    return user.send("PUT", "/api/auth/password", body)


def ask(service: Service, access: str) -> TestResponse:
    """Ask who one is with a token in the header, from anywhere."""
    return service.client().get("/api/me", headers={"Authorization": f"Bearer {access}"})


def live_sessions(user: Caller) -> list[str]:
    sessions = user.send("GET", "/api/auth/sessions").get_json()["sessions"]
    return [session["id"] for session in sessions]


def signed_in(service: Service, carrier: Carrier) -> Caller:
    user = service.caller(carrier)
    user.register()
    assert user.login().status_code == 200
    return user


@pytest.fixture
def bearer(service: Service) -> Caller:
    """Somebody who is signed in, and holds the tokens in hand."""
    return signed_in(service, "bearer")


@pytest.fixture
def browser(service: Service) -> Caller:
    """Somebody who is signed in, in a browser."""
    return signed_in(service, "cookie")


def test_a_proof_outdates_the_earlier_token(bearer: Caller, service: Service) -> None:
    """Somebody may have copied it. The session lives, so it is no reason to sign anybody out."""
    stolen = bearer.access
    assert ask(service, stolen).status_code == 200
    assert bearer.reauthenticate().status_code == 200
    assert code_of(ask(service, stolen)) == (401, "token_expired")
    assert bearer.me().status_code == 200
    second = bearer.access
    bearer.refresh()
    for access in (second, bearer.access):
        assert ask(service, access).status_code == 200
    assert code_of(ask(service, stolen)) == (401, "token_expired")


def test_a_wrong_password_leaves_the_token_as_it_is(bearer: Caller, service: Service) -> None:
    bearer.reauthenticate("wrong half")
    assert ask(service, bearer.access).status_code == 200


def test_a_password_change_outdates_the_own_token_and_keeps_the_session(
    user: Caller,
) -> None:
    session_id = user.session_id
    assert change_password(user).status_code == 200
    assert code_of(user.me()) == (401, "token_expired")
    assert code_of(user.send("DELETE", "/api/me")) == (401, "token_expired")
    assert user.refresh().status_code == 200
    assert user.me().get_json()["session"]["id"] == session_id


def test_an_outdated_token_stays_refused_until_it_expires(bearer: Caller, service: Service) -> None:
    stolen = bearer.access
    bearer.reauthenticate()
    for _ in range(16):
        assert code_of(ask(service, stolen)) == (401, "token_expired")
        service.clock.move(minutes=1)


@pytest.mark.parametrize("nonces", [("nonce-of-sign-in", "nonce-of-refresh"), (None, None)])
def test_a_proof_after_a_lost_answer_uses_up_no_refresh_token(
    nonces: tuple[str | None, str | None], caller: Caller, service: Service
) -> None:
    """The fresh token is of the pair that proved, not of the one that never arrived."""
    at_sign_in, at_refresh = nonces
    caller.login(nonce=at_sign_in)
    assert caller.copy().refresh(at_refresh).status_code == 200
    assert caller.reauthenticate().status_code == 200
    assert caller.me().status_code == 200
    service.write_presence()
    service.clock.move(seconds=11)
    assert caller.refresh(at_refresh).status_code == 200


def test_a_request_let_in_before_a_proof_does_nothing_after_it(
    bearer: Caller, service: Service
) -> None:
    """As on a machine that has not heard of the proof yet: the transaction looks at the row."""
    me, context = bearer.me().get_json(), service.composition.context
    before = Actor(me["user"]["id"], bearer.session_id, Device(), generation=0, proof=0)
    assert bearer.reauthenticate().status_code == 200
    acts: list[Callable[[], object]] = [
        lambda: Account(context).who(before),
        lambda: DeleteAccount(context)(before),
        lambda: Reauthenticate(context)(before, Secret(PASSWORD)),
        lambda: ChangePassword(context)(before, current=Secret(PASSWORD), new=Secret(NEW)),
        lambda: SignOutEverywhere(context)(before, keep_current=False),
        lambda: Kick(context)(before, bearer.session_id),
    ]
    for act in acts:
        with pytest.raises(TokenExpired):
            act()
    assert bearer.me().status_code == 200


def test_an_outdated_token_signs_out(bearer: Caller, service: Service) -> None:
    """It still says whose session it is, as an expired one does."""
    before = bearer.access
    bearer.reauthenticate()
    headers = {"Authorization": f"Bearer {before}"}
    assert service.client().delete("/api/auth/logout", headers=headers).status_code == 200
    assert code_of(bearer.me()) == (401, "session_ended")


# Signing in again in the same browser


def test_signing_in_again_ends_the_browsers_earlier_session(
    browser: Caller, service: Service
) -> None:
    stolen, former = browser.access, browser.session_id
    answer = browser.login()
    assert answer.get_json()["replaced_sessions"] == [], "to who signs in, nothing is lost"
    refused = ask(service, stolen)
    assert (code_of(refused), refused.get_json()["reason"]) == ((401, "session_ended"), "replaced")
    assert browser.session_id != former
    assert live_sessions(browser) == [browser.session_id]


def test_another_users_earlier_session_ends_too_and_reveals_nothing(
    browser: Caller, service: Service
) -> None:
    stolen = browser.access
    browser.register("hufu")
    answer = browser.login("hufu")
    assert answer.get_json()["replaced_sessions"] == []
    assert ask(service, stolen).get_json()["reason"] == "replaced"
    assert browser.me().get_json()["user"]["username"] == "hufu"


def test_an_expired_access_token_also_names_the_earlier_session(
    browser: Caller, service: Service
) -> None:
    service.clock.move(minutes=16)
    browser.login()
    assert live_sessions(browser) == [browser.session_id]


def test_a_sign_in_that_fails_ends_nothing(browser: Caller) -> None:
    assert browser.login(password="wrong half").status_code == 401
    assert browser.me().status_code == 200


def test_a_sign_in_elsewhere_ends_nothing(browser: Caller, service: Service) -> None:
    """Nor does one in the browser whose tokens come in the body: the cookies stay."""
    service.caller("cookie").login()
    token = service.caller("bearer")
    token.login()
    assert len(live_sessions(browser)) == 3
    assert browser.me().status_code == 200


def test_the_earlier_session_does_not_count_for_the_policy(serve: Serve) -> None:
    """Else nobody could sign in again in their only browser."""
    service = serve(session_policy="single", session_overflow="refuse")
    browser, other = service.caller("cookie"), service.caller("cookie")
    browser.register()
    for _ in range(2):
        assert browser.login().status_code == 200
    assert code_of(other.login()) == (409, "too_many_sessions")
    assert browser.me().status_code == 200
