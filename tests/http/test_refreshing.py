"""Refresh over HTTP: the rows of the protocol's table, and the ways a refresh token may come."""

import base64
import json
import threading

import pytest
from tests.http.callers import Caller, Carrier, Serve, Service, code_of, ended_of

NONCES = [f"nonce-number-{n:04}" for n in range(100)]
STRANGER = "nonce-of-a-stranger"


@pytest.fixture
def bound(caller: Caller) -> Caller:
    """Somebody whose sign-in carried a nonce."""
    assert caller.login(nonce=NONCES[0]).status_code == 200
    return caller


def generations(caller: Caller, count: int) -> list[Caller]:
    """Rotate so often; return the caller as it was in each generation."""
    past = []
    for n in range(count):
        past.append(caller.copy())
        assert caller.refresh(NONCES[n + 1]).status_code == 200
    return past


# The table of the protocol, row by row


def test_a_refresh_gives_a_new_pair_and_the_old_access_token_lives_on(user: Caller) -> None:
    before = user.copy()
    answer = user.refresh()
    body = answer.get_json()
    assert (body["status"], body["message"]) == (200, "Your sign-in has been renewed.")
    assert body["session"]["id"] == before.session_id
    assert body["session"]["generation"] == 1
    assert not {user.access, user.renewal} & {before.access, before.renewal}
    assert before.me().status_code == user.me().status_code == 200


def test_a_refresh_of_an_ended_session_says_why_when_and_by_whom(
    bound: Caller, service: Service
) -> None:
    kept = bound.copy()
    bound.logout()
    for nonce in (NONCES[1], STRANGER, None):
        assert ended_of(kept.refresh(nonce))["reason"] == "logged_out"


def test_a_session_that_was_idle_for_too_long_says_so(user: Caller, service: Service) -> None:
    service.clock.move(seconds=604_799)
    assert user.refresh().status_code == 200
    service.clock.move(seconds=604_800)
    assert ended_of(user.refresh())["reason"] == "idle"


def test_a_session_ends_at_its_hard_deadline_however_it_is_used(
    user: Caller, service: Service
) -> None:
    for _ in range(5):
        service.clock.move(days=5)
        user.refresh()
    service.clock.move(days=5)
    assert ended_of(user.refresh())["reason"] == "expired"


def test_the_last_tokens_do_not_outlive_the_session(user: Caller, service: Service) -> None:
    for _ in range(5):
        service.clock.move(days=5, hours=23)
        user.refresh()
    body = user.refresh().get_json()
    assert body["expires_in"] == 900
    assert 0 < body["refresh_expires_in"] < 604_800
    service.clock.move(seconds=body["refresh_expires_in"] - 60)
    assert user.refresh().get_json()["expires_in"] == 60
    service.clock.move(seconds=60)
    assert user.me().status_code == 401


def test_a_token_ahead_of_the_row_is_unknown_and_ends_nothing(
    bound: Caller, service: Service
) -> None:
    before = bound.copy()
    bound.refresh(NONCES[1])
    ahead = bound.copy()
    with service.composition.store.engine.begin() as connection:  # a backup is restored
        connection.exec_driver_sql("UPDATE tally_sessions SET generation = 0, nonce_hash = NULL")
        connection.exec_driver_sql(
            "UPDATE tally_sessions SET nonce_hash = ?, nonce_ring = ''",
            (_nonce_hash_of(before.renewal),),
        )
    assert code_of(ahead.refresh(NONCES[2])) == (401, "session_unknown")
    assert before.refresh(NONCES[1]).status_code == 200


def _nonce_hash_of(token: str) -> str:
    payload = token.split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return str(claims["nh"])


def test_a_bound_session_that_refreshes_without_a_nonce_was_stolen(bound: Caller) -> None:
    assert ended_of(bound.copy().refresh())["reason"] == "refresh_reused"
    assert ended_of(bound.me())["reason"] == "refresh_reused"


def test_a_lost_answer_is_given_again_byte_by_byte(bound: Caller, service: Service) -> None:
    lost = bound.copy()
    bound.refresh(NONCES[1])
    for _ in range(3):
        again = lost.copy()
        service.clock.move(minutes=10)
        assert again.refresh(NONCES[1]).status_code == 200
        assert again.renewal == bound.renewal
        assert again.access != bound.access
        assert again.session_id == bound.session_id
    assert bound.refresh(NONCES[2]).status_code == 200


def test_a_lost_answer_is_given_again_without_a_nonce_too(user: Caller, service: Service) -> None:
    lost = user.copy()
    user.refresh()
    service.clock.move(minutes=10)
    assert lost.refresh().status_code == 200
    assert lost.renewal == user.renewal


def test_a_parent_whose_child_is_in_use_may_ask_again_for_ten_seconds(
    bound: Caller, service: Service
) -> None:
    parent = bound.copy()
    bound.refresh(NONCES[1])
    bound.me()
    service.write_presence()
    service.clock.move(seconds=10)
    assert parent.copy().refresh(NONCES[1]).status_code == 200
    service.clock.move(seconds=1)
    late = parent.refresh(NONCES[1])
    assert code_of(late) == (409, "refresh_stale")
    assert "Set-Cookie" not in late.headers
    assert bound.refresh(NONCES[2]).status_code == 200


@pytest.mark.parametrize("age", [2, 5, 40])
def test_a_frozen_tab_is_told_to_look_again_and_ends_nothing(bound: Caller, age: int) -> None:
    frozen = generations(bound, age)[0]
    assert code_of(frozen.refresh(NONCES[1])) == (409, "refresh_stale")
    assert bound.me().status_code == 200
    assert bound.refresh(NONCES[age + 1]).status_code == 200


@pytest.mark.parametrize("age", [1, 2, 10])
def test_an_old_token_with_a_foreign_nonce_ends_the_session(bound: Caller, age: int) -> None:
    stolen = generations(bound, age)[0]
    stolen.address = "203.0.113.66"
    for answer in (stolen.refresh(STRANGER), bound.me(), bound.refresh(NONCES[age + 1])):
        evidence = ended_of(answer)
        assert evidence["reason"] == "refresh_reused"
        assert evidence["by"]["ip"] == "203.0.113.66"


def test_a_thief_who_rotates_first_is_found_at_the_victims_next_refresh(bound: Caller) -> None:
    thief = bound.copy()
    assert thief.refresh(STRANGER).status_code == 200
    assert ended_of(bound.refresh(NONCES[1]))["reason"] == "refresh_reused"
    assert ended_of(thief.me())["reason"] == "refresh_reused"


def test_an_owner_who_is_told_that_their_token_is_stale_can_sign_a_thief_out_with_it(
    bound: Caller,
) -> None:
    thief = bound.copy()
    lost = bound.copy().refresh(NONCES[1])
    assert lost.status_code == thief.refresh(NONCES[1]).status_code == 200
    assert thief.refresh(STRANGER).status_code == 200
    assert code_of(bound.refresh(NONCES[1])) == (409, "refresh_stale")
    assert thief.me().status_code == 200
    assert bound.logout("refresh").status_code == 200
    for refused in (thief.me(), thief.refresh(NONCES[3])):
        assert ended_of(refused)["reason"] == "logged_out"


def test_an_old_token_of_an_unbound_session_ends_it(user: Caller) -> None:
    old = user.copy()
    user.refresh()
    user.refresh()
    assert ended_of(old.refresh())["reason"] == "refresh_reused"
    assert ended_of(user.me())["reason"] == "refresh_reused"


def test_a_nonce_in_an_unbound_session_is_ignored(user: Caller) -> None:
    lost = user.copy()
    assert user.refresh(NONCES[1]).status_code == 200
    assert lost.refresh(STRANGER).status_code == 200
    assert lost.renewal == user.renewal


def test_fifty_refreshes_at_once_are_one(bound: Caller) -> None:
    tabs = [bound.copy() for _ in range(50)]
    seen: list[int] = []

    def refresh(tab: Caller) -> None:
        seen.append(tab.refresh(NONCES[1]).status_code)

    threads = [threading.Thread(target=refresh, args=(tab,)) for tab in tabs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [200] * 50
    assert len({tab.renewal for tab in tabs}) == 1
    assert tabs[0].me().get_json()["session"]["generation"] == 1


def test_rotation_can_be_left_to_bound_sessions(serve: Serve, carrier: Carrier) -> None:
    service = serve(refresh_rotation="bound")
    user = service.caller(carrier)
    user.register()
    user.login()
    first = user.renewal
    for _ in range(5):
        service.clock.move(days=1)
        assert user.refresh().status_code == 200
    # The same session and generation; only the day until which it would do is later.
    assert user.me().get_json()["session"]["generation"] == 0
    if carrier == "bearer":
        assert user.refresh(token=first).status_code == 200
    user.logout()
    if carrier == "bearer":
        assert ended_of(user.refresh(token=first))["reason"] == "logged_out"


# The generation that a browser says it means


def test_a_generation_that_fits_refreshes(bound: Caller) -> None:
    assert bound.refresh(NONCES[1], generation=0).status_code == 200
    assert bound.refresh(NONCES[2], generation=1).status_code == 200


@pytest.fixture
def bound_browser(service: Service) -> Caller:
    """Somebody in a browser, whose sign-in carried a nonce."""
    browser = service.caller("cookie")
    browser.register()
    assert browser.login(nonce=NONCES[0]).status_code == 200
    return browser


@pytest.mark.parametrize("generation", [0, 2, 2**31 - 1])
def test_a_nonce_for_another_generation_accuses_nobody(
    bound_browser: Caller, generation: int
) -> None:
    bound = bound_browser
    bound.refresh(NONCES[1])
    answer = bound.copy().refresh(STRANGER, generation=generation)
    assert code_of(answer) == (409, "refresh_stale")
    assert bound.refresh(NONCES[2], generation=1).status_code == 200


@pytest.mark.parametrize("generation", [0, 2, 2**31 - 1])
def test_who_holds_a_stolen_token_cannot_ask_about_it_without_being_found_out(
    service: Service, generation: int
) -> None:
    """The generation is heeded from browsers only, which cannot see their token."""
    victim = service.caller("bearer")
    victim.register()
    victim.login(nonce=NONCES[0])
    stolen = victim.copy()
    victim.refresh(NONCES[1])
    answer = stolen.refresh(STRANGER, generation=generation)
    assert ended_of(answer)["reason"] == "refresh_reused"
    body = {"refresh_token": stolen.renewal, "generation": generation}
    assert ended_of(service.client().post("/api/auth/refresh", json=body))
    assert ended_of(victim.refresh(NONCES[2]))["reason"] == "refresh_reused"


def test_an_ended_session_says_so_whatever_generation_is_meant(bound: Caller) -> None:
    kept = bound.copy()
    bound.logout()
    assert ended_of(kept.refresh(NONCES[1], generation=7))["reason"] == "logged_out"


@pytest.mark.parametrize("generation", [-1, 2**31, 1.0, "0", True, None, [0]])
def test_a_generation_that_is_no_count_is_refused(bound: Caller, generation: object) -> None:
    answer = bound.refresh(NONCES[1], generation=generation)
    assert code_of(answer) == (400, "invalid_request")
    assert list(answer.get_json()["fields"]) == ["generation"]
    assert bound.refresh(NONCES[1]).status_code == 200


@pytest.mark.parametrize("nonce", ["short", "x" * 129, "nonce with spaces!!", "nönce-nönce-nönce"])
def test_a_nonce_of_another_shape_is_refused_and_ends_nothing(bound: Caller, nonce: str) -> None:
    answer = bound.refresh(nonce)
    assert code_of(answer) == (400, "invalid_request")
    assert nonce not in answer.text
    assert bound.refresh(NONCES[1]).status_code == 200


# Where the refresh token may come from


@pytest.fixture
def apart(service: Service) -> Caller:
    """Somebody signed in who carries the tokens by hand."""
    user = service.caller("bearer")
    user.register()
    user.login()
    return user


@pytest.mark.parametrize("name", ["refresh_token", "refreshToken"])
def test_the_refresh_token_may_come_in_the_body(apart: Caller, service: Service, name: str) -> None:
    answer = service.client().post("/api/auth/refresh", json={name: apart.renewal})
    assert answer.status_code == 200
    assert answer.get_json()["refresh_token"] != apart.renewal


def test_the_proper_name_wins_over_its_alias(apart: Caller, service: Service) -> None:
    body = {"refresh_token": apart.renewal, "refreshToken": "x"}
    assert service.client().post("/api/auth/refresh", json=body).status_code == 200


@pytest.mark.parametrize("token", ["access", "stale", "garbage"])
def test_a_refresh_token_in_the_body_is_found_beside_an_access_token_in_the_header(
    apart: Caller, service: Service, token: str
) -> None:
    """Front ends that add their access token to every request add it to this one as well."""
    service.clock.move(seconds=901 if token == "stale" else 0)
    sent = "garbage" if token == "garbage" else apart.access
    answer = service.client().post(
        "/api/auth/refresh",
        json={"refresh_token": apart.renewal},
        headers={"Authorization": f"Bearer {sent}"},
    )
    assert answer.status_code == 200


def test_a_header_is_never_passed_over_for_a_cookie(service: Service, apart: Caller) -> None:
    browser = service.caller("cookie")
    browser.login()
    headers = {"Authorization": f"Bearer {apart.access}", "X-CSRF-Token": browser.csrf}
    answer = browser.client.post("/api/auth/refresh", headers=headers)
    assert code_of(answer) == (401, "token_invalid")
    headers["Authorization"] = f"Bearer {apart.renewal}"
    answer = browser.client.post("/api/auth/refresh", headers=headers)
    assert answer.get_json()["session"]["id"] == apart.session_id
    assert "Set-Cookie" not in answer.headers


def test_a_refresh_token_in_the_query_is_not_looked_at(apart: Caller, service: Service) -> None:
    for name in ("refresh_token", "refreshToken", "token", "access_token"):
        answer = service.client().post(f"/api/auth/refresh?{name}={apart.renewal}")
        assert code_of(answer) == (401, "token_missing")
        answer = service.client().get(f"/api/me?{name}={apart.access}")
        assert code_of(answer) == (401, "token_missing")


def test_an_access_token_does_not_refresh(user: Caller) -> None:
    if user.carrier == "cookie":
        user.hold_cookies(user.access, user.access)
    assert code_of(user.refresh(token=user.access)) == (401, "token_invalid")


def test_a_refresh_token_does_not_open_anything(user: Caller) -> None:
    if user.carrier == "cookie":
        user.hold_cookies(user.renewal, user.renewal)
    assert code_of(user.send("GET", "/api/me", token=user.renewal)) == (401, "token_invalid")


def test_a_refreshed_token_is_not_fresh(user: Caller) -> None:
    user.refresh()
    assert code_of(user.send("DELETE", "/api/me")) == (403, "fresh_token_required")


def test_what_a_body_may_not_say_is_ignored(user: Caller) -> None:
    for device in ("Study", 5, [1], {"type": "nonsense"}, {"name": 5}, {"type": ["web"]}):
        assert user.refresh(device=device).status_code == 200
