"""A sign-out that was answered is true for every later request, on every worker process."""

import os
import signal
from collections.abc import Callable

import pytest
from tests.integration.service import ENDED, PASSWORD, Answer, Line, Service, probe_memory
from tests.integration.services import Services
from tests.waiting import wait_until

ROUNDS = 200


def tokens(line: Line, username: str, **more: object) -> Answer:
    body = {"username": username, "password": PASSWORD, **more}
    answer = line.call("POST", "/api/auth/login", body)
    assert answer.status == 200, answer
    return answer


def by_access(line: Line, mine: Answer) -> Answer:
    return line.call("DELETE", "/api/auth/logout", token=mine.body["access_token"])


def by_refresh(line: Line, mine: Answer) -> Answer:
    return line.call("DELETE", "/api/auth/logout_refresh", token=mine.body["refresh_token"])


def by_body(line: Line, mine: Answer) -> Answer:
    return line.call("POST", "/api/auth/logout", {"refresh_token": mine.body["refresh_token"]})


def everywhere(line: Line, mine: Answer) -> Answer:
    return line.call("POST", "/api/auth/logout_all", token=mine.body["access_token"])


def kicked_by_itself(line: Line, mine: Answer) -> Answer:
    path = f"/api/auth/sessions/{mine.body['session']['id']}"
    return line.call("DELETE", path, token=mine.body["access_token"])


WAYS_OUT: list[Callable[[Line, Answer], Answer]] = [
    by_access,
    by_refresh,
    by_body,
    everywhere,
    kicked_by_itself,
]


@pytest.mark.slow
def test_in_two_hundred_rounds_no_worker_lets_a_session_in_after_its_sign_out_was_answered(
    service: Service,
) -> None:
    """Each round: sign in, use on all workers, sign out on one, use on all: all refuse."""
    assert service.register("hufu").status == 201
    with service.lines() as lines:
        assert len({line.pid for line in lines}) == 4
        for number in range(ROUNDS):
            mine = tokens(lines[number % 4], "hufu")
            access = mine.body["access_token"]
            for line in lines:
                assert probe_memory(line, access).status == 400
                assert line.call("GET", "/api/me", token=access).status == 200
            way_out = WAYS_OUT[number % len(WAYS_OUT)]
            assert way_out(lines[number // 4 % 4], mine).status == 200
            for line in lines:
                # First the verifier's memory alone, and only then a call that reads the row.
                found = probe_memory(line, access)
                assert found.verdict == (*ENDED, "logged_out"), (number, way_out, line.pid)
                assert line.call("GET", "/api/me", token=access).verdict[:2] == ENDED
                assert probe_refresh(line, mine).verdict[:2] == ENDED


def probe_refresh(line: Line, mine: Answer) -> Answer:
    return line.call("POST", "/api/auth/refresh", token=mine.body["refresh_token"])


def test_a_password_change_ends_the_other_sessions_on_every_worker_and_keeps_its_own(
    service: Service,
) -> None:
    service.register("hufu")
    mine, other = service.login("hufu"), service.login("hufu")
    with service.lines() as lines:
        for line in lines:
            assert probe_memory(line, other.body["access_token"]).status == 400
        changed = lines[0].call(
            "PUT",
            "/api/auth/password",
            {"current_password": PASSWORD, "new_password": "another horse entirely"},
            token=mine.body["access_token"],
        )
        assert changed.status == 200
        for line in lines:
            verdict = probe_memory(line, other.body["access_token"]).verdict
            assert verdict == (*ENDED, "password_changed")
            # Its own session lives on; its token of before the change does not.
            assert probe_memory(line, mine.body["access_token"]).code == "token_expired"
        own = service.refresh(mine.body["refresh_token"]).body["access_token"]
        for line in lines:
            assert probe_memory(line, own).status == 400


def test_a_worker_that_was_started_after_the_sign_out_knows_of_it(service: Service) -> None:
    service.register("hufu")
    mine = service.login("hufu").body["access_token"]
    assert service.logout(mine).status == 200
    before = set(service.worker_pids())
    for pid in before:
        os.kill(pid, signal.SIGKILL)

    def all_are_new() -> bool:
        now = set(service.worker_pids())
        return len(now) == 4 and not now & before

    wait_until(all_are_new, "four new workers")
    with service.lines() as lines:
        for line in lines:
            assert probe_memory(line, mine).verdict == (*ENDED, "logged_out")


def test_two_services_on_one_data_directory_hear_of_each_others_sign_outs(
    services: Services,
) -> None:
    one, two = services.serve(workers=2), services.serve(workers=2)
    one.register("hufu")
    mine = one.login("hufu").body["access_token"]
    with two.lines() as lines:
        for line in lines:
            assert probe_memory(line, mine).status == 400
        assert one.logout(mine).status == 200
        for line in lines:
            assert probe_memory(line, mine).verdict == (*ENDED, "logged_out")


def test_every_worker_refuses_tokens_from_before_a_proof(
    service: Service,
) -> None:
    """Whichever worker heard the password: all know it at the next request."""
    assert service.register("hufu").status == 201
    with service.lines() as lines:
        mine = tokens(lines[0], "hufu")
        good = [mine.body["access_token"]]
        for number in range(20):
            old = good[-1]
            for line in lines:
                assert line.call("GET", "/api/me", token=old).status == 200
            answer = lines[number % len(lines)].call(
                "POST", "/api/auth/reauthenticate", {"password": PASSWORD}, token=old
            )
            assert answer.status == 200, answer
            good.append(answer.body["access_token"])
            for line in lines:
                refused = line.call("GET", "/api/me", token=old)
                assert (refused.status, refused.body["code"]) == (401, "token_expired")
                assert line.call("GET", "/api/me", token=good[-1]).status == 200
