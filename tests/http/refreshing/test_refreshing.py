"""Refresh over HTTP: the rows of the protocol's table."""

import base64
import json
import threading

import pytest
from tests.http.callers import Caller, Carrier, Serve, Service, code_of, ended_of
from tests.http.refreshing.nonces import NONCES, STRANGER, generations

pytestmark = pytest.mark.crossed


def test_a_refresh_gives_a_new_pair_and_the_old_access_token_lives_on(user: Caller) -> None:
    before = user.copy()
    answer = user.refresh()
    body = answer.get_json()
    assert (body["status"], body["message"]) == (200, "Your sign-in has been renewed.")
    assert body["session"]["id"] == before.session_id
    assert body["session"]["generation"] == 1
    assert not {user.access, user.renewal} & {before.access, before.renewal}
    assert before.me().status_code == user.me().status_code == 200


def test_a_refresh_of_an_ended_session_is_told_why_when_and_by_which_device(
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


def test_a_lost_answer_is_repeated_byte_by_byte(bound: Caller, service: Service) -> None:
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


def test_a_lost_answer_is_repeated_without_a_nonce_too(user: Caller, service: Service) -> None:
    lost = user.copy()
    user.refresh()
    service.clock.move(minutes=10)
    assert lost.refresh().status_code == 200
    assert lost.renewal == user.renewal


def test_a_parent_of_a_used_token_may_repeat_for_ten_seconds(
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
def test_a_frozen_tab_gets_refresh_stale_and_ends_nothing(bound: Caller, age: int) -> None:
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


def test_an_owner_with_a_stale_token_can_sign_the_thief_out(
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


def test_a_refreshed_token_is_not_fresh(user: Caller) -> None:
    user.refresh()
    assert code_of(user.send("DELETE", "/api/me")) == (403, "fresh_token_required")
