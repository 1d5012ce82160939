"""Names and texts over HTTP: reserved ones, what devices call themselves, and what logs repeat."""

import logging
from collections.abc import Iterator

import pytest
from tests.http.callers import PASSWORD, Caller, Serve, Service

from tigertally.flows.administer import Administer
from tigertally.flows.register import Registration
from tigertally.secret import Secret


def refusal(service: Service, name: str, email: str | None = None) -> list[str]:
    """Register; return the fields that are refused."""
    answer = service.caller("bearer").register(name, email)
    return list(answer.get_json().get("fields", {}))


def test_a_reserved_name_cannot_be_registered_but_made_by_the_operator(service: Service) -> None:
    for name in ("admin", "Adm1n", "客服", "=cmd|'/c calc'!A0", "+1", "-lina"):
        assert refusal(service, name) == ["username"], name
    assert refusal(service, "lina", "=a@b.example") == ["email"]
    operator = Administer(service.composition.context)
    for name in ("admin", "-lina"):
        operator.create_user(Registration(name, Secret(PASSWORD)))
        assert service.caller("bearer").login(name).status_code == 200


def test_the_operator_decides_which_names_are_reserved(serve: Serve) -> None:
    service = serve(reserved_names="none,Boss")
    assert refusal(service, "b0ss") == ["username"]
    assert refusal(service, "support") == []


def test_no_address_becomes_a_formula_later(user: Caller) -> None:
    answer = user.send("PATCH", "/api/me", {"email": "+1@b.example"})
    assert list(answer.get_json()["fields"]) == ["email"]


def test_a_device_name_reorders_nothing(caller: Caller) -> None:
    caller.agent = "evil\xad browser"
    assert caller.login(device={"name": "a\u202egnp.exe\u2066 👩\u200d💻\u200b"}).status_code == 200
    (session,) = caller.send("GET", "/api/auth/sessions").get_json()["sessions"]
    assert session["device_name"] == "agnp.exe 👩\u200d💻"
    assert session["user_agent"] == "evil browser"


class Everything(logging.Handler):
    """Keeps whatever any logger says."""

    def __init__(self) -> None:
        super().__init__(logging.NOTSET)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record) + repr(record.args))


@pytest.fixture
def heard() -> Iterator[list[str]]:
    """Set every logger to DEBUG, before the service is made: SQLAlchemy looks when it connects."""
    handler, root = Everything(), logging.getLogger()
    loggers = [root, logging.getLogger("sqlalchemy"), logging.getLogger("sqlalchemy.engine")]
    before = [logger.level for logger in loggers]
    root.addHandler(handler)
    for logger in loggers:
        logger.setLevel(logging.DEBUG)
    yield handler.lines
    root.removeHandler(handler)
    for logger, level in zip(loggers, before, strict=True):
        logger.setLevel(level)


def test_no_logger_at_debug_writes_a_hash_a_key_a_token_or_a_password(
    heard: list[str], service: Service
) -> None:
    lina = service.caller("bearer")
    assert lina.register("lina", "lina@b.example").status_code == 201
    lina.login("lina", "wrong half of it")
    secrets = [PASSWORD, "wrong half of it", "three halves make more"]
    lina.login("lina")
    secrets += [lina.access, lina.renewal]
    lina.refresh()
    secrets += [lina.access, lina.renewal]
    lina.reauthenticate()
    body = {"current_password": PASSWORD, "new_password": "three halves make more"}
    assert lina.send("PUT", "/api/auth/password", body).status_code == 200
    assert lina.logout().status_code == 200
    service.composition.keys.ensure()
    with service.composition.store.engine.connect() as connection:
        kept = [*connection.exec_driver_sql("SELECT * FROM tally_signing_keys")]
        kept += connection.exec_driver_sql("SELECT password_hash FROM tally_users")
    secrets += [str(value) for row in kept for value in row if len(str(value)) > 40]
    text = "\n".join(heard)
    assert "Row (hidden)" in text, "what the database answered was listened to"
    assert "$argon2" not in text
    for secret in secrets:
        assert secret not in text
