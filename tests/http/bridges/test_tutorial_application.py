"""The tutorial application on Flask-JWT-Extended, before and after its import was changed."""

import difflib
import importlib.util
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import jwt as pyjwt
import pytest
from flask.testing import FlaskClient

from tigertally.contrib.flask_jwt_extended import JWTManager

EXAMPLES = Path(__file__).parents[3] / "examples" / "flask_jwt_extended"
SECRET = secrets.token_hex(32)
LINA = {"username": "lina", "password": "two halves make one"}
Load = Callable[[str], ModuleType]


@pytest.fixture
def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Load]:
    """Load an example, once more each time, as another process would."""
    monkeypatch.setenv("JWT_SECRET_KEY", SECRET)
    monkeypatch.setenv("TALLY_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("TALLY_PASSWORD_COST", "testing")
    loaded: list[ModuleType] = []

    def run(name: str) -> ModuleType:
        spec = importlib.util.spec_from_file_location(f"example_{name}", EXAMPLES / f"{name}.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        loaded.append(module)
        return module

    yield run
    for module in loaded:
        if isinstance(module.jwt, JWTManager):
            module.jwt.tally.close()


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def enter(client: FlaskClient) -> dict[str, str]:
    client.post("/register", json=LINA)
    answer = client.post("/login", json=LINA)
    assert answer.status_code == 200
    tokens: dict[str, str] = answer.get_json()
    return tokens


def test_two_lines_differ() -> None:
    before, after = ((EXAMPLES / f"{n}.py").read_text().splitlines() for n in ("before", "after"))
    changed = [line for line in difflib.ndiff(before, after) if line.startswith(("+", "-"))]
    assert changed == [
        "-     JWTManager,",
        "+ from tigertally.contrib.flask_jwt_extended import JWTManager",
    ]


@pytest.mark.parametrize("name", ["before", "after"])
def test_the_tutorial_application_works_before_and_after(load: Load, name: str) -> None:
    client = load(name).app.test_client()
    tokens = enter(client)
    assert client.post("/register", json=LINA).status_code == 409
    assert client.post("/login", json={**LINA, "password": "x"}).status_code == 401
    access, refresh = bearer(tokens["access_token"]), bearer(tokens["refresh_token"])
    assert client.get("/me", headers=access).get_json() == {"username": "lina"}
    renewed = client.post("/refresh", headers=refresh).get_json()["access_token"]
    assert client.get("/me", headers=bearer(renewed)).get_json() == {"username": "lina"}
    assert client.get("/me").get_json() == {"msg": "Missing Authorization Header"}
    assert client.get("/me", headers=refresh).status_code == 422
    assert client.post("/refresh", headers=access).status_code == 422
    assert client.delete("/logout", headers=access).get_json() == {"msg": "Goodbye"}
    over = client.get("/me", headers=access)
    assert (over.status_code, over.get_json()["msg"]) == (401, "Token has been revoked")


def test_a_log_out_ends_the_whole_session_in_every_process(load: Load) -> None:
    for name, real in (("before", False), ("after", True)):
        one, other = load(name), load(name)
        tokens = enter(one.app.test_client())
        access, refresh = bearer(tokens["access_token"]), bearer(tokens["refresh_token"])
        assert other.app.test_client().get("/me", headers=access).status_code == 200
        assert one.app.test_client().delete("/logout", headers=access).status_code == 200
        answers = [
            other.app.test_client().get("/me", headers=access),
            one.app.test_client().post("/refresh", headers=refresh),
        ]
        assert [one.status_code for one in answers] == [401 if real else 200] * 2
        if real:
            told = [{key: one.get_json()[key] for key in ("code", "reason")} for one in answers]
            assert told == [{"code": "session_ended", "reason": "logged_out"}] * 2


def test_a_kick_is_real_and_tells_its_reason(load: Load) -> None:
    module = load("after")
    client = module.app.test_client()
    kept, other = enter(client), enter(client)
    sessions = module.jwt.sessions("lina")
    assert len(sessions) == 2
    sid = pyjwt.decode(kept["access_token"], SECRET, algorithms=["HS256"])["sid"]
    [ended] = module.jwt.end_sessions("lina", reason="kicked", but=sid)
    assert ended.id != sid
    for path, token in (("/me", "access_token"), ("/refresh", "refresh_token")):
        send = client.get if path == "/me" else client.post
        answer = send(path, headers=bearer(other[token]))
        assert answer.status_code == 401
        assert answer.get_json()["reason"] == "kicked"
        assert send(path, headers=bearer(kept[token])).status_code == 200
    module.jwt.end_session(sid, reason="disabled")
    answer = client.get("/me", headers=bearer(kept["access_token"]))
    assert answer.get_json()["reason"] == "disabled"


def test_the_session_policy_counts(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TALLY_SESSION_POLICY", "single")
    client = load("after").app.test_client()
    first, second = enter(client), enter(client)
    answer = client.get("/me", headers=bearer(first["access_token"]))
    assert answer.get_json()["reason"] == "replaced"
    assert client.get("/me", headers=bearer(second["access_token"])).status_code == 200
