"""The API on uvicorn: nothing but the server differs, so sign-out is as real there."""

import contextlib
import http.client
import signal
import sys
from collections.abc import Iterator
from io import BytesIO

import pytest
from PIL import Image
from tests.integration.service import ENDED, Service, probe_memory
from tests.integration.services import Services
from tests.servers.places import free_port
from tests.waiting import PATIENCE

BOUNDARY = "a-boundary-of-ours"


@pytest.fixture
def asgi(services: Services) -> Iterator[list[Service]]:
    """Two processes over one data directory, each with a server of its own."""
    settings = {
        "TALLY_DATA_DIR": str(services.data_dir),
        "TALLY_RATE_LIMITS": "off",
        "TALLY_PASSWORD_COST": "testing",
    }
    command = [sys.executable, "-m", "uvicorn", "--factory", "tigertally.server.asgi:create"]
    found = []
    for _ in range(2):
        port = free_port()
        command_here = [*command, "--port", str(port), "--log-level", "warning"]
        found.append(services.start(command_here, port=port, workers=0, settings=settings))
    yield found
    for service in found:
        # uvicorn ends in order, and then by the signal it got.
        assert service.stop() in {0, -signal.SIGTERM}
        assert "Traceback" not in service.read_log()


def test_a_sign_out_counts_at_once_in_another_process(asgi: list[Service]) -> None:
    here, there = asgi
    assert here.register("ayse").status == 201
    signed = here.login("ayse").body
    refreshed = there.refresh(signed["refresh_token"])
    assert refreshed.status == 200
    token = refreshed.body["access_token"]
    assert probe_memory(there, token).status == 400
    assert here.logout(token).status == 200
    assert probe_memory(there, token).verdict[:2] == ENDED
    assert there.refresh(refreshed.body["refresh_token"]).verdict[:2] == ENDED


def test_a_picture_comes_in_whole_and_goes_out_in_part(asgi: list[Service]) -> None:
    here, there = asgi
    here.register("ayse")
    token = here.login("ayse").body["access_token"]
    content = BytesIO()
    Image.effect_noise((600, 600), 80).save(content, "PNG")
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n'
    form = head.encode() + content.getvalue() + f"\r\n--{BOUNDARY}--\r\n".encode()
    headers = {
        "Authorization": f"Bearer {token}",
        "Content-Type": f"multipart/form-data; boundary={BOUNDARY}",
    }
    line = http.client.HTTPConnection("127.0.0.1", here.port, timeout=PATIENCE)
    with contextlib.closing(line):
        line.request("POST", "/api/files", form, headers)
        assert line.getresponse().status == 201
    shown = there.call("GET", "/api/files", token=token).body["files"][0]
    whole = there.call("GET", shown["content_url"], token=token)
    assert len(whole.body) == shown["size"] == int(whole.headers["content-length"])
    part = there.call(
        "GET", shown["content_url"], token=token, headers={"Range": "bytes=1000-1999"}
    )
    assert (part.status, part.body) == (206, whole.body[1000:2000])


def test_a_body_that_is_too_long_is_refused_and_the_next_request_answered(
    asgi: list[Service],
) -> None:
    here, _ = asgi
    long = here.call("POST", "/api/auth/login", {"username": "a" * 70_000, "password": "b"})
    assert (long.status, long.code) == (413, "payload_too_large")
    assert here.call("GET", "/api/nowhere").verdict[:2] == (404, "not_found")
    assert here.call("PUT", "/api/me").verdict[:2] == (405, "method_not_allowed")
    assert here.call("GET", "/healthz").status == 200
