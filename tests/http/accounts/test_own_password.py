"""Changing the password, and what becomes of its hash."""

import threading

import pytest
from tests.http.accounts.owner import NEW, change, names
from tests.http.callers import NAME, PASSWORD, Caller, Serve, Service, code_of, ended_of
from werkzeug.test import TestResponse

from tigertally.core.passwords import Passwords
from tigertally.secret import Secret


def test_changing_the_password_ends_all_other_sessions(user: Caller, phone: Caller) -> None:
    answer = change(phone)
    assert answer.get_json()["ended"] == 1
    evidence = ended_of(user.me())
    assert evidence["reason"] == "password_changed"
    assert evidence["by"] == {"device_name": "Phone", "ip": "192.0.2.5"}
    assert ended_of(user.refresh())["reason"] == "password_changed"
    assert code_of(phone.me()) == (401, "token_expired")
    assert phone.refresh().status_code == 200
    assert phone.me().status_code == 200


def test_after_the_change_only_the_new_password_opens(user: Caller) -> None:
    change(user)
    assert code_of(user.copy().login()) == (401, "invalid_credentials")
    assert user.login(password=NEW).status_code == 200


def test_changing_a_password_needs_the_current_one(user: Caller) -> None:
    answer = user.send("PUT", "/api/auth/password", {"new_password": NEW})
    assert code_of(answer) == (400, "invalid_request")
    assert list(answer.get_json()["fields"]) == ["current_password"]
    assert user.me().status_code == 200


def test_a_wrong_current_password_changes_nothing(user: Caller, phone: Caller) -> None:
    assert code_of(change(user, "wrong half")) == (401, "invalid_credentials")
    assert user.me().status_code == phone.me().status_code == 200
    assert phone.login().status_code == 200


@pytest.mark.parametrize(
    "new", ["short", "x" * 129, NAME.upper() * 2, "", "woaini1314", "P@ssw0rd2026!", PASSWORD]
)
def test_a_bad_new_password_is_refused_beside_its_field(user: Caller, new: str) -> None:
    user.register(NAME * 2)
    user.login(NAME * 2)
    answer = change(user, PASSWORD, new)
    assert code_of(answer) == (400, "invalid_request")
    assert list(answer.get_json()["fields"]) == ["new_password"]


def test_one_of_two_simultaneous_changes_wins(user: Caller, phone: Caller) -> None:
    answers: dict[str, TestResponse] = {}

    def run(caller: Caller, new: str) -> None:
        answers[new] = change(caller, PASSWORD, new)

    passwords = {f"{NEW} {n}": caller for n, caller in enumerate((user, phone))}
    threads = [threading.Thread(target=run, args=(c, new)) for new, c in passwords.items()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    won = [new for new, answer in answers.items() if answer.status_code == 200]
    assert len(won) == 1
    lost = next(answer for new, answer in answers.items() if new not in won)
    assert lost.status_code == 401
    assert user.copy().login(password=won[0]).status_code == 200


def test_a_hash_replaced_at_sign_in_is_logged(serve: Serve) -> None:
    service = serve(password_cost="safe")
    user = service.caller("bearer")
    user.register()
    weak = Passwords(time_cost=1, memory_kib=64).hash(Secret(PASSWORD))
    with service.composition.store.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE tally_users SET password_hash = ?", (weak,))
    user.login()
    assert names(user)[:2] == ["account:session:opened", "account:password:rehashed"]
    user.login()
    assert names(user).count("account:password:rehashed") == 1


def test_a_cost_that_was_raised_reaches_each_hash_when_its_owner_signs_in(serve: Serve) -> None:
    serve(password_cost="safe").caller("bearer").register()
    service = serve(password_cost="safe", password_memory_kib=20_480, password_passes=3)
    service.caller("bearer").login()
    with service.composition.store.engine.connect() as connection:
        (kept,) = connection.exec_driver_sql("SELECT password_hash FROM tally_users").one()
    assert kept.startswith("$argon2id$v=19$m=20480,t=3,p=1$")


def test_a_password_does_not_expire(caller: Caller, service: Service) -> None:
    service.clock.move(days=3 * 365)
    assert caller.login().status_code == 200


def test_no_password_is_made_of_the_sites_name(serve: Serve) -> None:
    service = serve(public_url="https://auth.example.com")
    for password, status in (("Example-2026!", 400), ("exampleexample", 400), (PASSWORD, 201)):
        body = {"username": NAME, "password": password}
        answer = service.client().post("/api/auth/register", json=body)
        assert answer.status_code == status, password
        if status == 400:
            assert "easy to guess" in str(answer.get_json()["fields"]["password"])
