"""An application gives its own users to our sign-in: ``TigerTally(app, users=…)``."""

import hashlib
import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import bcrypt
import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from tests.departures import problems_of_response
from tests.http.callers import code_of
from werkzeug.security import generate_password_hash
from werkzeug.test import TestResponse

from tigertally import TigerTally, Users
from tigertally.errors import NotFound, SetupError, UserDisabled
from tigertally.server.people import UsersFailedError
from tigertally.testing import MovableClock
from tigertally.testing.users import UsersConformance

PASSWORD = "two halves make one"


@dataclass(frozen=True)
class Member:
    id: int
    name: str
    hash: str | None
    roles: tuple[str, ...] = ()
    active: bool = True


class Directory(Users[Member]):
    """Users that are in no database."""

    def __init__(self) -> None:
        self.members: dict[int, Member] = {}
        self.on_hold: Callable[[], None] = lambda: None

    def add(self, login: str, password_hash: str | None, roles: Iterable[str] = ()) -> int:
        number = len(self.members) + 7
        self.members[number] = Member(number, login, password_hash, tuple(roles))
        return number

    def change(self, number: int, **values: Any) -> None:
        self.members[number] = replace(self.members[number], **values)

    def find(self, login: str) -> Member | None:
        return next((one for one in self.members.values() if one.name == login), None)

    def get(self, user_id: str) -> Member | None:
        return self.members.get(int(user_id)) if user_id.isdecimal() else None

    def hold(self, user_id: str) -> Member | None:
        self.on_hold()
        return self.get(user_id)

    def password_hash(self, user: Member) -> str | None:
        return user.hash

    def roles(self, user: Member) -> Iterable[str]:
        return user.roles

    def disabled(self, user: Member) -> bool:
        return not user.active


class SettingDirectory(Directory):
    """Replaces hashes, too."""

    def set_password_hash(self, user_id: str, new: str, *, expected: str | None) -> bool:
        same = self.members[int(user_id)].hash == expected
        if same:
            self.change(int(user_id), hash=new)
        return same


class Rows:
    """Implements :class:`tigertally.testing.users.Table`."""

    def __init__(self) -> None:
        self.users = SettingDirectory()

    def add(self, login: str, password_hash: str | None, roles: Iterable[str]) -> int:
        return self.users.add(login, password_hash, roles)

    def set_password_hash(self, user_id: str | int, new: str | None) -> None:
        self.users.change(int(user_id), hash=new)

    def disable(self, user_id: str | int) -> None:
        self.users.change(int(user_id), active=False)

    def remove(self, user_id: str | int) -> None:
        del self.users.members[int(user_id)]


class TestDirectory(UsersConformance):
    @pytest.fixture
    def table(self) -> Rows:
        return Rows()


Shop = Callable[..., tuple[TigerTally, FlaskClient]]


@pytest.fixture
def shop(tmp_path: Path, clock: MovableClock) -> Iterator[Shop]:
    made: list[TigerTally] = []

    def build(users: Any, **chosen: Any) -> tuple[TigerTally, FlaskClient]:
        app = Flask("shop")
        app.config.update(TALLY_DATA_DIR=tmp_path / "data", TALLY_PASSWORD_COST="testing")
        tally = TigerTally(app, users=users, clock=clock, **chosen)
        made.append(tally)

        @app.get("/admin")
        @tally.required(role="admin")
        def admin() -> dict[str, Any]:
            return {"id": tally.current_user and tally.current_user.id}

        return tally, app.test_client()

    yield build
    for tally in made:
        tally.close()


def sign_in(client: FlaskClient, name: str = "lina", password: str = PASSWORD) -> TestResponse:
    return client.post("/api/auth/login", json={"username": name, "password": password})


def bearer(answer: TestResponse, name: str = "access_token") -> dict[str, str]:
    return {"Authorization": f"Bearer {answer.get_json()[name]}"}


HASHES = {
    "scrypt": lambda: generate_password_hash(PASSWORD, method="scrypt:1024:8:1"),
    "pbkdf2": lambda: generate_password_hash(PASSWORD, method="pbkdf2:sha256:1000"),
    "bcrypt": lambda: bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode(),
    "argon2": lambda: PasswordHasher(2, 64, 1).hash(PASSWORD),
}


@pytest.mark.parametrize("kind", [*HASHES])
def test_people_sign_in_with_the_hashes_that_the_application_has(shop: Shop, kind: str) -> None:
    users = Directory()
    stored = HASHES[kind]()
    number = users.add("lina", stored, ["admin"])
    _, client = shop(users)
    answer = sign_in(client)
    assert problems_of_response("login", 200, answer.get_json()) == []
    user = answer.get_json()["user"]
    assert (user["id"], user["roles"], user["email"]) == (str(number), ["admin"], None)
    assert client.get("/admin", headers=bearer(answer)).get_json() == {"id": str(number)}
    me = client.get("/api/me", headers=bearer(answer))
    assert problems_of_response("read_me", 200, me.get_json()) == []
    assert client.post("/api/auth/refresh", headers=bearer(answer, "refresh_token")).json
    # The hash is the application's, which may check it with a library of its own.
    assert users.members[number].hash == stored
    assert code_of(sign_in(client, password="wrong")) == (401, "invalid_credentials")
    assert code_of(sign_in(client, "nobody")) == (401, "invalid_credentials")
    assert code_of(sign_in(client, "no\u2028body")) == (401, "invalid_credentials")


def test_an_unknown_name_takes_as_long_as_the_hashes_of_the_application(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    users, hashed, scrypt = Directory(), list[str](), hashlib.scrypt

    def counting(password: bytes, **chosen: Any) -> bytes:
        hashed.append(password.decode())
        return scrypt(password, **chosen)

    users.add("lina", HASHES["scrypt"]())
    _, client = shop(users)
    assert sign_in(client).status_code == 200
    monkeypatch.setattr(hashlib, "scrypt", counting)
    # Also with the password of the hash that stands for the missing one.
    assert code_of(sign_in(client, "nobody")) == (401, "invalid_credentials")
    assert hashed == [PASSWORD]


def test_wrong_passwords_lock_out(shop: Shop) -> None:
    users = Directory()
    users.add("lina", HASHES["scrypt"]())
    _, client = shop(users)
    codes = [code_of(sign_in(client, password="wrong")) for _ in range(6)]
    assert codes == [(401, "invalid_credentials")] * 5 + [(429, "rate_limited")]
    assert code_of(sign_in(client)) == (429, "rate_limited")


def test_who_is_disabled_neither_signs_in_nor_refreshes(shop: Shop) -> None:
    users = Directory()
    number = users.add("lina", HASHES["scrypt"]())
    tally, client = shop(users)
    answer = sign_in(client)
    users.change(number, active=False)
    assert code_of(sign_in(client)) == (403, "user_disabled")
    with pytest.raises(UserDisabled):
        tally.sign_in(number)
    proved = client.post(
        "/api/auth/reauthenticate", json={"password": PASSWORD}, headers=bearer(answer)
    )
    assert (code_of(proved), proved.get_json()["reason"]) == ((401, "session_ended"), "disabled")
    renewed = client.post("/api/auth/refresh", headers=bearer(answer, "refresh_token"))
    assert (code_of(renewed), renewed.get_json()["reason"]) == ((401, "session_ended"), "disabled")
    # For good, and the access token too.
    users.change(number, active=True)
    assert client.get("/api/me", headers=bearer(answer)).get_json()["reason"] == "disabled"
    assert tally.sessions(number) == []


def test_who_is_deleted_is_gone(shop: Shop) -> None:
    users = Directory()
    number = users.add("lina", HASHES["scrypt"]())
    tally, client = shop(users)
    answer = sign_in(client)
    gone = users.members.pop(number)
    renewed = client.post("/api/auth/refresh", headers=bearer(answer, "refresh_token"))
    assert code_of(renewed) == (401, "session_ended")
    assert renewed.get_json()["reason"] == "user_deleted"
    # Some databases give the id to the next user, whose session it must not be.
    users.members[number] = replace(gone, name="theo")
    assert code_of(client.get("/api/me", headers=bearer(answer))) == (401, "session_ended")
    del users.members[number]
    with pytest.raises(NotFound):
        tally.sign_in(number)
    # Two people in our tables, and perhaps one row of theirs.
    with pytest.raises(NotFound):
        tally.sign_in(f"0{number}")


def test_a_password_that_was_changed_meanwhile_does_not_sign_in(shop: Shop) -> None:
    users = Directory()
    number = users.add("lina", HASHES["scrypt"]())
    tally, client = shop(users)
    other = generate_password_hash("another one", method="scrypt:1024:8:1")
    users.on_hold = lambda: users.change(number, hash=other)
    assert code_of(sign_in(client)) == (401, "invalid_credentials")
    assert tally.sessions(number) == []


def test_the_password_is_changed_where_the_application_lets_it(shop: Shop) -> None:
    users = SettingDirectory()
    number = users.add("lina", HASHES["scrypt"]())
    _, client = shop(users)
    first = sign_in(client)
    # Hashed anew at the first sign-in.
    assert str(users.members[number].hash).startswith("$argon2id$")
    second = sign_in(client)
    change = {"current_password": PASSWORD, "new_password": "three parts make one"}
    changed = client.put("/api/auth/password", json=change, headers=bearer(second))
    assert changed.get_json()["ended"] == 1
    assert client.get("/api/me", headers=bearer(first)).get_json()["reason"] == "password_changed"
    assert code_of(sign_in(client)) == (401, "invalid_credentials")
    assert sign_in(client, password="three parts make one").status_code == 200


def test_what_needs_accounts_of_ours_has_no_address_and_the_log_says_so(
    shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    tally, client = shop(Directory())
    (told,) = [one.getMessage() for one in caplog.records if "users=" in one.getMessage()]
    addresses = tally.services.addresses
    assert addresses.parts == {"accounts", "sessions", "events", "docs", "health", "metrics"}
    for path in ("/api/auth/register", "/api/auth/password", "/api/auth/codes", "/api/me/contacts"):
        assert client.post(path, json={}).status_code == 404
        assert path in told
    assert client.get("/api/openapi.json").get_json()["paths"].keys() >= {"/api/auth/login"}
    assert "/api/auth/register" not in client.get("/api/openapi.json").get_json()["paths"]


def test_an_address_that_is_left_out_is_free_for_the_application(tmp_path: Path) -> None:
    app = Flask("shop", instance_path=str(tmp_path / "instance"))
    app.add_url_rule("/api/auth/register", view_func=lambda: "mine", methods=["POST"])
    tally = TigerTally(app, users=Directory())
    assert app.test_client().post("/api/auth/register").text == "mine"
    tally.close()
    taken = Flask("shop", instance_path=str(tmp_path / "other"))
    taken.add_url_rule("/api/auth/login", view_func=lambda: "mine", methods=["POST"])
    with pytest.raises(SetupError, match="answer the same requests"):
        TigerTally(taken, users=Directory())


# Mistakes


class Broken(Directory):
    def find(self, login: str) -> Member | None:
        raise OSError("no route to their database")


def test_users_that_cannot_be_read_are_no_wrong_password(
    shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    tally, client = shop(Broken())
    assert code_of(sign_in(client)) == (500, "internal_error")
    assert "users.find() of the application failed" in caplog.text
    users = Directory()
    tally, _ = shop(users)
    users.on_hold = lambda: 1 / 0  # type: ignore[assignment]
    with pytest.raises(UsersFailedError, match=r"users.hold\(\)"):
        tally.sign_in(7)


def test_a_hash_that_is_not_read_is_told_once_and_not_shown(
    shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    users = Directory()
    users.add("lina", "pbkdf2_sha256$1000$c2FsdA$aGFzaA==")
    users.add("theo", PASSWORD)
    _, client = shop(users)
    for name in ("lina", "theo"):
        assert code_of(sign_in(client, name)) == (401, "invalid_credentials")
    told = [one for one in caplog.records if one.levelno == logging.ERROR]
    assert len(told) == 1
    assert PASSWORD not in caplog.text


class Without:
    def find(self, login: str) -> None: ...


class Async(Directory):
    async def get(self, user_id: str) -> Member | None:  # type: ignore[override]
        return None


@pytest.mark.parametrize(
    ("chosen", "said"),
    [
        ({"users": Directory}, "is a class"),
        ({"users": Without()}, "has no get, hold, password_hash, roles, disabled"),
        ({"users": Async()}, "get is an async function"),
        ({"users": Directory(), "parts": {"accounts", "files"}}, "the part 'files' needs accounts"),
        ({"users": Directory(), "parts": {"acounts"}}, "there is no part 'acounts'"),
    ],
)
def test_what_cannot_work_stops_the_start_before_anything_is_written(
    tmp_path: Path, chosen: Any, said: str
) -> None:
    app = Flask("shop", instance_path=str(tmp_path / "instance"))
    with pytest.raises(SetupError, match=said):
        TigerTally(app, **chosen)
    assert not (tmp_path / "instance").exists()
