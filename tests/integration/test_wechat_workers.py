"""A mini program before two real workers: each code has one outcome, whatever dies on the way."""

import contextlib
import http.client
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from tests.waiting import PATIENCE, wait_until

from tigertally.testing.wechat import Fault, Person, PushSender, StandIn

TALLY = str(Path(sys.executable).parent / "tigertally")
TOKEN = "a-push-token-of-ours"
ADA = Person("ada")


@dataclass
class Worker:
    """One process of the service, with one worker in it; another over the same database."""

    process: subprocess.Popen[bytes]
    port: int
    log: Path

    def call(
        self, method: str, path: str, body: object = None, *, token: str = ""
    ) -> tuple[int, dict[str, Any]]:
        """Send a request; return the status and the answer."""
        connection = self.send(method, path, body, token=token)
        with contextlib.closing(connection):
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())

    def send(
        self, method: str, path: str, body: object = None, *, token: str = ""
    ) -> http.client.HTTPConnection:
        """Send a request, and do not wait for its answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        headers = {"Content-Type": "application/json"}
        headers |= {"Authorization": f"Bearer {token}"} if token else {}
        connection.request(method, path, json.dumps(body) if body else None, headers)
        return connection

    def login(self, code: str) -> tuple[int, dict[str, Any]]:
        """Sign in."""
        return self.call("POST", "/api/auth/login/wechat-mini", {"code": code})

    def kill(self) -> None:
        """Kill the master and its worker at once, as the machine's memory manager does."""
        os.killpg(self.process.pid, 9)
        self.process.wait()


@pytest.fixture
def wechat() -> Iterator[StandIn]:
    with StandIn() as stand_in:
        yield stand_in


@pytest.fixture
def workers(tmp_path: Path, wechat: StandIn) -> Iterator[list[Worker]]:
    """Two workers that share nothing but the database."""
    app_id = wechat.app_ids[0]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TALLY_")}
    environment = kept | {
        "TALLY_DATA_DIR": str(tmp_path / "data"),
        "TALLY_WECHAT_BASE_URL": wechat.url,
        "TALLY_WECHAT_MINI_APP_ID": app_id,
        "TALLY_WECHAT_MINI_APP_SECRET": wechat.secret(app_id),
        "TALLY_WECHAT_PUSH_TOKEN": TOKEN,
        "TALLY_SESSION_POLICY": "single",
    }
    started = []
    try:
        for number in range(2):
            worker = _start(environment, tmp_path / f"worker-{number}.log")
            started.append(worker)
            wait_until(partial(_answers, worker), "the worker answers")
        yield started
    finally:
        for worker in started:
            with contextlib.suppress(ProcessLookupError):
                worker.kill()


def _start(environment: dict[str, str], log: Path) -> Worker:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [TALLY, "serve", "--port", str(port), "--workers", "1"]
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, env=environment, stdout=output, stderr=output, start_new_session=True
        )
    return Worker(process, port, log)


def _answers(worker: Worker) -> bool:
    assert worker.process.poll() is None, worker.log.read_text()
    try:
        return worker.call("GET", "/healthz")[0] == 200
    except OSError:
        return False


def test_one_code_at_both_workers_at_once_opens_one_session(
    workers: list[Worker], wechat: StandIn
) -> None:
    for number in range(4):
        wechat.fail_next(delay=0.2)
        code = wechat.issue_code(wechat.app_ids[0], f"person {number}")
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda n, code=code: workers[n % 2].login(code), range(8)))
        assert {status for status, _ in answers} == {200}
        assert len({body["refresh_token"] for _, body in answers}) == 1
        assert {body["created"] for _, body in answers} == {True}
        token = answers[0][1]["access_token"]
        _, listed = workers[1].call("GET", "/api/auth/sessions", token=token)
        assert len(listed["sessions"]) == 1
    assert wechat.asked == ["/sns/jscode2session"] * 4


def test_the_other_worker_repeats_a_lost_answer(workers: list[Worker], wechat: StandIn) -> None:
    """The phone's network breaks after the request; its retry meets another worker."""
    code = wechat.issue_code(wechat.app_ids[0], ADA)
    wechat.fail_next(delay=0.3)
    workers[0].send("POST", "/api/auth/login/wechat-mini", {"code": code}).close()
    wait_until(lambda: wechat.asked, "WeChat is asked")
    status, body = workers[1].login(code)
    assert (status, body["created"]) == (200, True)
    assert workers[1].login(code)[1]["refresh_token"] == body["refresh_token"]
    assert len(wechat.asked) == 1


def test_a_worker_killed_after_its_answer_leaves_the_outcome(
    workers: list[Worker], wechat: StandIn
) -> None:
    code = wechat.issue_code(wechat.app_ids[0], ADA)
    _, first = workers[0].login(code)
    workers[0].kill()
    _, second = workers[1].login(code)
    assert second["refresh_token"] == first["refresh_token"]
    assert second["session"]["id"] == first["session"]["id"]


@pytest.mark.slow
def test_a_worker_killed_while_it_asks_leaves_no_half_a_sign_in(
    workers: list[Worker], wechat: StandIn
) -> None:
    """Its claim runs out after twelve seconds; the code may be spent, and then a new one does."""
    code = wechat.issue_code(wechat.app_ids[0], ADA)
    wechat.fail_next(delay=4.0)  # long enough to be killed meanwhile
    connection = workers[0].send("POST", "/api/auth/login/wechat-mini", {"code": code})
    wait_until(lambda: wechat.asked, "WeChat is asked")
    workers[0].kill()
    connection.close()
    status, body = workers[1].login(code)
    assert (status, body["code"]) == (401, "provider_code_invalid")
    status, body = workers[1].login(wechat.issue_code(wechat.app_ids[0], ADA))
    assert (status, body["created"]) == (200, True)


def test_a_hanging_wechat_delays_no_sign_out(workers: list[Worker], wechat: StandIn) -> None:
    """Of a worker's eight threads six may wait for WeChat; who comes then soon hears of it."""
    first = workers[0]
    _, mine = first.login(wechat.issue_code(wechat.app_ids[0], ADA))
    wechat.fail_next(Fault.SLOW, times=12)
    with ThreadPoolExecutor(12) as pool:
        others = [pool.submit(first.login, f"a-code-{number}") for number in range(12)]
        wait_until(lambda: wechat.asked.count("/sns/jscode2session") == 7, "seven wait for WeChat")
        assert first.call("DELETE", "/api/auth/logout", token=mine["access_token"])[0] == 200
        waiting = sum(not other.done() for other in others)
        answers = [other.result() for other in others]
    assert waiting >= 6, "it was answered before WeChat was given up"
    assert {(status, answer["code"]) for status, answer in answers} == {
        (503, "upstream_unavailable")
    }
    assert wechat.asked.count("/sns/jscode2session") == 7


def test_the_second_phone_replaces_the_first_at_every_worker(
    workers: list[Worker], wechat: StandIn
) -> None:
    app_id = wechat.app_ids[0]
    _, old = workers[0].login(wechat.issue_code(app_id, ADA))
    _, new = workers[1].login(wechat.issue_code(app_id, ADA))
    assert [one["id"] for one in new["replaced_sessions"]] == [old["session"]["id"]]
    for worker in workers:
        status, body = worker.call("GET", "/api/me", token=old["access_token"])
        assert (status, body["code"], body["reason"]) == (401, "session_ended", "replaced")
        assert worker.call("GET", "/api/me", token=new["access_token"])[0] == 200


def test_a_message_at_one_worker_signs_out_at_the_other(
    workers: list[Worker], wechat: StandIn
) -> None:
    app_id = wechat.app_ids[0]
    _, body = workers[0].login(wechat.issue_code(app_id, ADA))
    assert workers[0].call("GET", "/api/me", token=body["access_token"])[0] == 200
    url = f"http://127.0.0.1:{workers[1].port}/api/push/wechat-mini/{app_id}"
    pusher = PushSender(url, app_id, TOKEN)
    assert pusher.verify()
    assert pusher.send("user_authorization_cancellation", ADA.openid(app_id)).text == "success"
    status, refused = workers[0].call("GET", "/api/me", token=body["access_token"])
    assert (status, refused["reason"]) == (401, "authorization_revoked")


def test_both_workers_read_numbers_with_one_token(workers: list[Worker], wechat: StandIn) -> None:
    app_id = wechat.app_ids[0]
    _, body = workers[0].login(wechat.issue_code(app_id, ADA))
    wechat.fail_next(delay=0.3)
    found = []

    def read(worker: Worker) -> None:
        code = wechat.issue_code(app_id, ADA, kind="phone")
        request = {"provider": "wechat-mini", "code": code}
        found.append(worker.call("POST", "/api/me/phone", request, token=body["access_token"]))

    threads = [threading.Thread(target=read, args=(worker,)) for worker in workers * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [(200, {"country_code": "86", "number": ADA.phone})] * 4
    assert wechat.asked.count("/cgi-bin/stable_token") == 1


def test_the_logs_of_the_processes_hold_nothing_confidential(
    workers: list[Worker], wechat: StandIn
) -> None:
    app_id, codes = wechat.app_ids[0], []
    for errcode in (None, 40125, 45009, -1, -1):
        if errcode is not None:
            wechat.fail_next(errcode=errcode)
        codes.append(wechat.issue_code(app_id, ADA))
        workers[0].login(codes[-1])
    text = workers[0].log.read_text()
    assert "40125" in text
    for word in (*codes, wechat.secret(app_id), ADA.openid(app_id)[:-4], "sk-"):
        assert word not in text
