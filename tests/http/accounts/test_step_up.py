"""Entering the password again: what asks for it, and what it changes."""

from tests.http.accounts.owner import NEW, change
from tests.http.callers import PASSWORD, Caller, Service, code_of


def test_a_sign_in_is_fresh_for_five_minutes(user: Caller, service: Service) -> None:
    service.clock.move(seconds=299)
    assert change(user).status_code == 200
    user.login(password=NEW)
    service.clock.move(seconds=300)
    assert code_of(change(user, NEW, PASSWORD)) == (403, "fresh_token_required")


def test_entering_the_password_again_makes_the_token_fresh(user: Caller, service: Service) -> None:
    service.clock.move(seconds=300)
    assert code_of(user.send("DELETE", "/api/me")) == (403, "fresh_token_required")
    old = user.access
    answer = user.reauthenticate()
    assert answer.get_json()["fresh_until"] > service.clock.now().strftime("%Y-%m-%dT%H:%M:%S")
    assert user.access != old
    assert user.me().get_json()["session"]["id"] == user.session_id
    assert user.send("DELETE", "/api/me").status_code == 200


def test_entering_a_wrong_password_again_changes_nothing(user: Caller, service: Service) -> None:
    service.clock.move(seconds=300)
    answer = user.reauthenticate("wrong half")
    assert code_of(answer) == (401, "invalid_credentials")
    assert "Set-Cookie" not in answer.headers
    assert user.me().status_code == 200
    assert code_of(user.send("DELETE", "/api/me")) == (403, "fresh_token_required")


def test_entering_the_password_again_renews_no_deadline(user: Caller, service: Service) -> None:
    before = user.me().get_json()["session"]
    service.clock.move(seconds=300)
    user.reauthenticate()
    after = user.me().get_json()["session"]
    assert before["expires_at"] == after["expires_at"]
    assert before["refresh_expires_at"] == after["refresh_expires_at"]
    assert before["generation"] == after["generation"]
