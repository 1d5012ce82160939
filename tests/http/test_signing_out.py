"""Real sign-out: with either half, however old, and it is over for everyone at once."""

import pytest
from tests.http.callers import Caller, Carrier, Serve, Service, code_of, ended_of

from tigertally.errors import SessionEnded

pytestmark = pytest.mark.crossed

GARBAGE = ["x", "a.b.c", "eyJhbGciOiJub25lIn0.e30.", "." * 5000, "é", "null", "\x7f"]


def test_after_a_sign_out_both_tokens_are_refused_with_the_reason(
    caller: Caller, service: Service
) -> None:
    caller.address = "192.0.2.7"
    caller.login()
    kept = caller.copy()
    answer = caller.logout()
    assert answer.get_json() == {"message": "You are signed out, here and on the server."}
    for refused in (kept.me(), kept.refresh()):
        evidence = ended_of(refused)
        assert evidence["reason"] == "logged_out"
        assert evidence["by"]["ip"] == "192.0.2.7"
        assert evidence["ended_at"].startswith(service.clock.now().strftime("%Y-%m-%dT%H:%M:%S"))


@pytest.mark.parametrize("method", ["DELETE", "POST"])
@pytest.mark.parametrize("path", ["/api/auth/logout", "/api/auth/logout_refresh"])
def test_each_address_of_the_sign_out_ends_the_session(
    user: Caller, method: str, path: str
) -> None:
    kept = user.copy()
    assert user.send(method, path, token=user.renewal).status_code == 200
    assert ended_of(kept.me())["reason"] == "logged_out"


@pytest.mark.parametrize("half", ["access", "refresh"])
def test_either_token_signs_out(service: Service, user: Caller, half: str) -> None:
    kept = user.copy()
    if user.carrier == "bearer":
        answer = user.logout("access" if half == "access" else "refresh")
    else:
        gone, path = ("refresh", "/api/auth") if half == "access" else ("access", "/")
        user.client.delete_cookie(f"tally_{gone}", path=path)
        answer = user.logout()
    assert answer.status_code == 200
    assert ended_of(kept.me())["reason"] == "logged_out"


@pytest.mark.parametrize("name", ["access_token", "refresh_token", "refreshToken"])
def test_a_token_in_the_body_signs_out(service: Service, name: str) -> None:
    user = service.caller("bearer")
    user.register()
    user.login()
    sent = user.access if name == "access_token" else user.renewal
    answer = service.client().delete("/api/auth/logout", json={name: sent})
    assert answer.status_code == 200
    assert ended_of(user.me())["reason"] == "logged_out"


def test_an_expired_access_token_signs_out(user: Caller, service: Service) -> None:
    kept = user.copy()
    service.clock.move(days=1)
    assert user.logout("access").status_code == 200
    assert ended_of(kept.refresh())["reason"] == "logged_out"


def test_signing_out_twice_is_not_an_error(user: Caller) -> None:
    again = user.copy()
    assert user.logout().status_code == 200
    assert again.logout("access").status_code == 200
    assert again.copy().logout("refresh").status_code == 200


def test_a_second_sign_out_does_not_change_the_first_one(serve: Serve, carrier: Carrier) -> None:
    service = serve()
    user = service.caller(carrier, address="192.0.2.1")
    user.register()
    user.login()
    again, kept = user.copy(), user.copy()
    again.address = "192.0.2.2"
    user.logout()
    again.logout()
    assert ended_of(kept.me())["by"]["ip"] == "192.0.2.1"


def test_each_token_sent_to_its_own_address_gets_200(user: Caller) -> None:
    other = user.copy()
    assert user.send("DELETE", "/api/auth/logout", token=user.access).status_code == 200
    answer = other.send("DELETE", "/api/auth/logout_refresh", token=other.renewal)
    assert answer.status_code == 200


def test_a_session_past_its_deadline_can_still_be_signed_out(
    user: Caller, service: Service
) -> None:
    service.clock.move(days=400)
    assert user.logout("refresh").status_code == 200


def test_a_session_whose_row_is_long_gone_can_still_be_signed_out(
    user: Caller, service: Service
) -> None:
    service.clock.move(days=400)
    with service.composition.store.writing() as tx:
        assert tx.sessions.purge(service.clock.now(), 100) == 1
    assert user.logout("refresh").status_code == 200


@pytest.mark.parametrize("token", GARBAGE)
def test_garbage_signs_nobody_out(user: Caller, token: str) -> None:
    stranger = user.copy()
    if user.carrier == "bearer":
        answer = stranger.send("DELETE", "/api/auth/logout", token=token)
    else:
        headers = {"Cookie": f"tally_access={token}; tally_refresh={token}"}
        client = stranger.app.test_client(use_cookies=False)
        answer = client.delete("/api/auth/logout", headers=headers)
    assert code_of(answer) == (401, "token_invalid")
    assert user.me().status_code == 200


def test_nothing_at_all_signs_nobody_out(service: Service) -> None:
    for method, path in (("DELETE", "/api/auth/logout"), ("POST", "/api/auth/logout_refresh")):
        answer = service.client().open(path, method=method)
        assert code_of(answer) == (401, "token_missing")


def test_an_access_token_is_not_a_refresh_token_for_the_sign_out_either(user: Caller) -> None:
    if user.carrier == "cookie":
        user.hold_cookies(user.access, user.access)
    answer = user.send("DELETE", "/api/auth/logout_refresh", token=user.access)
    assert code_of(answer) == (401, "token_invalid")
    assert user.me().status_code == 200


def test_a_forged_token_of_a_known_session_signs_nobody_out(user: Caller) -> None:
    head, payload, mac = user.renewal.split(".")
    forged = ".".join([head, payload, mac[:-4] + ("AAAA" if mac[-4:] != "AAAA" else "BBBB")])
    answer = user.client.delete("/api/auth/logout", headers={"Authorization": f"Bearer {forged}"})
    if user.carrier == "bearer":
        assert code_of(answer) == (401, "token_invalid")
    else:
        # The header did not help, and its cookies came without proof that it was meant.
        assert code_of(answer) == (403, "csrf_failed")
    assert user.me().status_code == 200


def test_signing_out_everywhere_ends_this_session_too(user: Caller, service: Service) -> None:
    other = service.caller(user.carrier)
    other.login()
    kept = user.copy()
    answer = user.send("POST", "/api/auth/logout_all")
    assert answer.get_json()["ended"] == 2
    assert ended_of(other.me())["reason"] == "logged_out"
    assert ended_of(kept.me())["reason"] == "logged_out"
    assert ended_of(kept.refresh())["reason"] == "logged_out"


def test_signing_out_everywhere_leaves_other_people_alone(user: Caller, service: Service) -> None:
    somebody = service.caller(user.carrier)
    somebody.register("somebody")
    somebody.login("somebody")
    user.send("POST", "/api/auth/logout_all")
    assert somebody.me().status_code == 200


def test_a_sign_out_takes_no_other_session_along(user: Caller, service: Service) -> None:
    other = service.caller(user.carrier)
    other.login()
    user.logout()
    assert other.me().status_code == 200
    assert other.refresh().status_code == 200


@pytest.mark.parametrize("half", ["access", "refresh"])
def test_a_sign_out_is_known_to_every_process_for_the_very_next_request(
    serve: Serve, carrier: Carrier, half: str
) -> None:
    here, there = serve(), serve()
    here.caller(carrier).register()
    for round_ in range(10):
        user = here.caller(carrier)
        user.login()
        elsewhere = there.caller(carrier)
        elsewhere.access, elsewhere.renewal, elsewhere.csrf = user.access, user.renewal, user.csrf
        if carrier == "cookie":
            elsewhere.hold_cookies(user.access, user.renewal)
        assert elsewhere.me().status_code == 200
        out = user.logout("access" if half == "access" else "refresh")
        assert out.status_code == 200
        assert ended_of(elsewhere.me())["reason"] == "logged_out", round_
        assert ended_of(elsewhere.refresh())["reason"] == "logged_out", round_


def test_a_sign_out_is_known_to_the_bare_verifier_of_another_process(serve: Serve) -> None:
    here, there = serve(), serve()
    user = here.caller("bearer")
    user.register()
    verifier = there.composition.services.verifier
    for _ in range(20):
        user.login()
        assert verifier.verify(user.access).session_id == user.session_id
        user.logout()
        with pytest.raises(SessionEnded):
            verifier.verify(user.access)


def ticket_of(caller: Caller) -> str:
    """Sign in by bearer tokens and return the ticket that came with them."""
    ticket = caller.login().get_json()["sign_out_ticket"]
    assert isinstance(ticket, str)
    return ticket


@pytest.fixture
def ticketed(service: Service) -> tuple[Caller, str]:
    """Somebody signed in by bearer tokens, and their ticket."""
    user = service.caller("bearer")
    user.register()
    return user, ticket_of(user)


def redeem(service: Service, ticket: object, **more: object) -> tuple[int, str]:
    """Send a ticket, and nothing else unless told."""
    answer = service.client().post("/api/auth/logout", json={"sign_out_ticket": ticket, **more})
    return answer.status_code, answer.get_json().get("code", "")


def test_a_sign_out_ticket_ends_its_session_also_twice(
    service: Service, ticketed: tuple[Caller, str]
) -> None:
    user, ticket = ticketed
    other = user.copy()
    other.login()
    assert redeem(service, ticket) == (200, "")
    assert ended_of(user.me())["reason"] == "logged_out"
    assert ended_of(user.refresh())["reason"] == "logged_out"
    assert other.me().status_code == 200
    assert redeem(service, ticket) == (200, "")


def test_each_renewal_gives_the_same_ticket_and_cookies_give_none(caller: Caller) -> None:
    answers = [caller.login().get_json(), caller.refresh().get_json()]
    if caller.carrier == "cookie":
        assert not any("sign_out_ticket" in answer for answer in answers)
    else:
        first, second = (answer["sign_out_ticket"] for answer in answers)
        assert first == second


def test_a_sign_out_ticket_does_nothing_else(
    service: Service, ticketed: tuple[Caller, str]
) -> None:
    user, ticket = ticketed
    client = service.client()
    bearer = {"Authorization": f"Bearer {ticket}"}
    calls = [
        ("GET", "/api/me"),
        ("GET", "/api/auth/sessions"),
        ("POST", "/api/auth/logout_all"),
        ("POST", "/api/auth/refresh"),
        ("DELETE", "/api/auth/logout"),
    ]
    for method, path in calls:
        answer = client.open(path, method=method, headers=bearer)
        assert code_of(answer) == (401, "token_invalid"), path
    for name in ("refresh_token", "refreshToken"):
        answer = client.post("/api/auth/refresh", json={name: ticket})
        assert code_of(answer) == (401, "token_invalid")
    assert user.me().status_code == 200


def test_a_foreign_ticket_signs_nobody_out(service: Service, ticketed: tuple[Caller, str]) -> None:
    user, ticket = ticketed
    session_id, mac = ticket.split(".")
    other = user.copy()
    other_id = ticket_of(other).split(".")[0]
    swapped = f"{other_id}.{mac}"
    for forged in (swapped, session_id, f"{session_id}.", f".{mac}", user.access, user.renewal):
        assert redeem(service, forged) == (401, "token_invalid")
    for garbage in GARBAGE:
        assert redeem(service, garbage) == (401, "token_invalid")
    # Nor does a good token help a ticket that is none.
    assert redeem(service, swapped, refresh_token=user.renewal) == (401, "token_invalid")
    assert user.me().status_code == other.me().status_code == 200


def test_a_sign_out_ticket_of_a_session_long_over_answers_as_a_token_does(
    service: Service, ticketed: tuple[Caller, str]
) -> None:
    _, ticket = ticketed
    service.clock.move(days=400)
    assert redeem(service, ticket) == (200, "")
    with service.composition.store.writing() as tx:
        assert tx.sessions.purge(service.clock.now(), 100) == 1
    assert redeem(service, ticket) == (200, "")


def test_a_sign_out_ticket_leaves_the_cookies_of_another_session_alone(
    service: Service, ticketed: tuple[Caller, str]
) -> None:
    _, ticket = ticketed
    browser = service.caller("cookie")
    browser.login()
    answer = browser.client.post("/api/auth/logout", json={"sign_out_ticket": ticket})
    assert answer.status_code == 200
    assert "Set-Cookie" not in answer.headers
    assert browser.me().status_code == 200


def test_a_sign_out_by_ticket_is_in_the_history(
    service: Service, ticketed: tuple[Caller, str]
) -> None:
    user, ticket = ticketed
    assert redeem(service, ticket) == (200, "")
    user.login()
    events = user.send("GET", "/api/auth/events", token=user.access).get_json()["events"]
    ended = [event for event in events if event["session_id"] == ticket.split(".")[0]]
    assert ("account:session:ended", "logged_out") in {(e["name"], e["reason"]) for e in ended}
