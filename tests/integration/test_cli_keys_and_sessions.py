"""What an operator does to a service that runs: effective for its next request, on every worker."""

import base64
import json
import threading
from collections import Counter
from typing import Any

import pytest
from tests.integration.command_line import Cli
from tests.integration.service import ENDED, PASSWORD, Answer, Line, Service, probe_memory
from tests.waiting import wait_until


def kid_of(token: str) -> str:
    head = token.split(".", maxsplit=1)[0]
    return str(json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))["kid"])


def login(line: Line, username: str = "hufu") -> Answer:
    body = {"username": username, "password": PASSWORD}
    answer = line.call("POST", "/api/auth/login", body)
    assert answer.status == 200, answer
    return answer


def keys_by_state(cli: Cli) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in cli.ok("keys", "list").splitlines()[1:]:
        kid, _, state, *_ = line.split("\t")
        found.setdefault(state, []).append(kid)
    return found


def published(line: Line) -> set[str]:
    answer = line.call("GET", "/.well-known/jwks.json")
    return {key["kid"] for key in answer.body["keys"]}


@pytest.mark.slow
def test_a_rotation_signs_nobody_out_and_a_retired_key_is_refused_at_once_everywhere(
    service: Service, cli: Cli
) -> None:
    service.register("hufu")
    before = keys_by_state(cli)
    with service.lines() as lines:
        old = login(lines[0])
        assert kid_of(old.body["access_token"]) == before["current"][0]
        for line in lines:
            assert published(line) == {*before["current"], *before["next"]}

        assert before["next"][0] in cli.ok("keys", "rotate")
        after = keys_by_state(cli)
        assert after["current"] == before["next"]
        assert after["retired"] == before["current"]
        for line in lines:
            # First of all a sign-in, which verifies nothing: it must sign with the new key.
            new = login(line).body["access_token"]
            assert kid_of(new) == after["current"][0], line.pid
            assert published(line) == {key for keys in after.values() for key in keys}
            for other in lines:
                assert probe_memory(other, new).status == 400
            assert probe_memory(line, old.body["access_token"]).status == 400

        cli.ok("keys", "retire", after["retired"][0])
        for line in lines:
            assert published(line) == {*after["current"], *after["next"]}
            refused = probe_memory(line, old.body["access_token"])
            assert refused.verdict[:2] == (401, "token_invalid"), line.pid
        # Nobody is signed out: the refresh token was signed under another key.
        renewed = lines[1].call("POST", "/api/auth/refresh", token=old.body["refresh_token"])
        assert renewed.status == 200
        assert probe_memory(lines[2], renewed.body["access_token"]).status == 400

    in_use = cli.here("keys", "retire", after["current"][0])
    assert (in_use.code, "rotate` first" in in_use.err) == (2, True)
    unknown = cli.here("keys", "retire", "no-such-key")
    assert (unknown.code, "there is no key" in unknown.err) == (2, True)


def test_a_sign_out_with_a_token_of_the_new_key_works_on_a_worker_that_has_not_seen_it_yet(
    service: Service, cli: Cli
) -> None:
    service.register("hufu")
    with service.lines() as lines:
        for line in lines:
            probe_memory(line, login(line).body["access_token"])
        cli.ok("keys", "rotate")
        mine = login(lines[0]).body["access_token"]
        assert lines[1].call("DELETE", "/api/auth/logout", token=mine).status == 200
        for line in lines:
            assert probe_memory(line, mine).verdict == (*ENDED, "logged_out")


def _wait_for_more(seen: Counter[Any]) -> None:
    enough = seen.total() + 10
    wait_until(lambda: seen.total() > enough, "the service is used")


def test_a_rotation_under_load_costs_no_request(service: Service, cli: Cli) -> None:
    service.register("hufu")
    seen: Counter[Any] = Counter()
    done = threading.Event()

    def use() -> None:
        with Line(service.port) as line:
            while not done.is_set():
                mine = login(line).body
                seen[line.call("GET", "/api/me", token=mine["access_token"]).verdict] += 1
                token = mine["refresh_token"]
                seen[line.call("POST", "/api/auth/refresh", token=token).verdict] += 1

    threads = [threading.Thread(target=use) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(3):
            _wait_for_more(seen)
            assert cli.here("keys", "rotate").code == 0
        _wait_for_more(seen)
    finally:
        done.set()
    for thread in threads:
        thread.join()
    assert set(seen) == {(200, None, None)}


def test_a_reset_of_the_keys_under_a_running_service_refuses_old_tokens_without_a_fault(
    service: Service, cli: Cli
) -> None:
    service.register("hufu")
    old = service.login("hufu").body["access_token"]
    seen: Counter[Any] = Counter()
    done = threading.Event()

    def use() -> None:
        with Line(service.port) as line:
            while not done.is_set():
                seen[probe_memory(line, old).verdict] += 1

    threads = [threading.Thread(target=use) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        _wait_for_more(seen)
        assert cli.here("keys", "reset", "--yes").code == 0
        with service.lines() as lines:
            for line in lines:
                assert probe_memory(line, old).verdict[:2] == (401, "token_invalid")
                new = login(line).body["access_token"]
                assert line.call("GET", "/api/me", token=new).status == 200
    finally:
        done.set()
    for thread in threads:
        thread.join()
    assert set(seen) <= {(400, "invalid_request", None), (401, "token_invalid", None)}
    assert "Traceback" not in service.read_log()


def test_sessions_that_the_command_line_ends_are_over_for_the_next_request(
    service: Service, cli: Cli
) -> None:
    service.register("hufu")
    device = {"type": "app", "name": "[/red] 虎符的手机"}
    mine = [service.login("hufu", device=device).body for _ in range(4)]
    listed = cli.ok("sessions", "list", "hufu").splitlines()
    assert len(listed) == 5
    ids = {line.split("\t")[0] for line in listed[1:]}
    assert ids == {one["session"]["id"] for one in mine}
    assert "[/red] 虎符的手机" in listed[1]
    with service.lines() as lines:
        for one in mine:
            for line in lines:
                assert probe_memory(line, one["access_token"]).status == 400
        assert "Ended 1 session." in cli.ok("sessions", "end", mine[0]["session"]["id"])
        for line in lines:
            assert probe_memory(line, mine[0]["access_token"]).verdict == (*ENDED, "kicked")
            assert probe_memory(line, mine[1]["access_token"]).status == 400
        assert "Ended 3 sessions." in cli.ok("sessions", "end", "--user", "hufu")
        for line in lines:
            for one in mine:
                assert probe_memory(line, one["access_token"]).verdict == (*ENDED, "kicked")
    for arguments, says in (
        (["end", mine[0]["session"]["id"]], "no live session"),
        (["end", "--user", "nobody"], "no such user"),
        (["list", "nobody"], "no such user"),
        (["end"], "name a session"),
        (["end", "one", "--user", "hufu"], "name a session"),
    ):
        outcome = cli.here("sessions", *arguments)
        assert (outcome.code, says in outcome.err) == (2, True), outcome


def test_a_disabled_user_is_signed_out_on_every_worker_with_the_reason(
    service: Service, cli: Cli
) -> None:
    service.register("hufu")
    mine, other = service.login("hufu").body, service.login("hufu").body
    said = cli.ok("users", "disable", "hufu", "--days", "3", "--reason", "asked for by support")
    assert "Ended 2 sessions." in said
    for half in (mine, other):
        assert probe_memory(service, half["access_token"]).verdict == (*ENDED, "disabled")
        assert service.refresh(half["refresh_token"]).verdict == (*ENDED, "disabled")
    refused = service.login("hufu")
    assert (refused.status, refused.body["code"]) == (403, "user_disabled")
    assert refused.body["until"] is not None
    assert service.login("hufu", "another horse entirely").body["code"] == "invalid_credentials"
    assert "asked for by support" in cli.ok("users", "show", "hufu")
    assert "asked for by support" not in json.dumps(refused.body)

    assert "Enabled hufu" in cli.ok("users", "enable", "hufu")
    back = service.login("hufu").body
    assert probe_memory(service, mine["access_token"]).verdict == (*ENDED, "disabled")
    names = [
        event["name"]
        for event in service.call("GET", "/api/auth/events", token=back["access_token"]).body[
            "events"
        ]
    ]
    assert [name for name in names if name.startswith("cli:user")] == [
        "cli:user:enabled",
        "cli:user:disabled",
    ]
    assert cli.here("users", "disable", "hufu", "--reason", "x" * 201).code == 2


def test_a_new_password_from_the_command_line_ends_sessions_and_a_new_role_none(
    service: Service, cli: Cli
) -> None:
    service.register("hufu")
    mine = service.login("hufu").body
    new = "a quite different horse"
    said = cli.ok("users", "set-password", "hufu", "--password-stdin", stdin=f"{new}\n")
    assert "Ended 1 session." in said
    assert probe_memory(service, mine["access_token"]).verdict == (*ENDED, "password_changed")
    assert service.refresh(mine["refresh_token"]).verdict == (*ENDED, "password_changed")
    assert service.login("hufu").status == 401
    mine = service.login("hufu", new).body
    assert mine["user"]["roles"] == []
    assert "hufu is now an administrator" in cli.ok("users", "make-admin", "hufu")
    assert probe_memory(service, mine["access_token"]).verdict == (401, "token_expired", None)
    assert service.refresh(mine["refresh_token"]).body["user"]["roles"] == ["admin"]
