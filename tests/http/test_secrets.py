"""What lies on the disk gives nobody a way in: no password, no token, no nonce, no code."""

import re
from pathlib import Path

import pytest
from tests.http.callers import PASSWORD, Caller, Service

NONCES = [f"nonce-that-is-secret-{n:04}" for n in range(3)]


def files_of(service: Service) -> dict[str, bytes]:
    """Return all that is kept, but the master secret, which is to be kept elsewhere."""
    folder = Path(service.composition.settings.data_dir)
    return {
        path.name: path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name != "secret"
    }


@pytest.fixture
def busy(caller: Caller, service: Service) -> list[str]:
    """Do all that can be done, and return every secret that went over the wire."""
    secrets = [PASSWORD, "wrong half of it", "three halves make more", *NONCES]

    def keep() -> None:
        secrets.extend([caller.access, caller.renewal, caller.csrf])

    caller.login(password="wrong half of it")
    caller.send("POST", "/api/auth/login", {"username": PASSWORD, "password": "wrong half of it"})
    caller.login(nonce=NONCES[0], device={"name": "Desk"})
    keep()
    for nonce in NONCES[1:]:
        caller.refresh(nonce)
        keep()
    caller.reauthenticate()
    keep()
    body = {"current_password": PASSWORD, "new_password": "three halves make more"}
    assert caller.send("PUT", "/api/auth/password", body).status_code == 200
    caller.send("GET", f"/api/me?token={caller.access}")
    caller.send("GET", "/api/me", token="garbage-that-may-be-a-token")
    caller.copy().refresh("nonce-of-a-thief-0000")
    caller.logout()
    secrets += ["garbage-that-may-be-a-token", "nonce-of-a-thief-0000"]
    service.write_presence()
    return [secret for secret in secrets if secret]


def test_no_secret_is_in_any_file(busy: list[str], service: Service) -> None:
    master = (Path(service.composition.settings.data_dir) / "secret").read_text().strip()
    for name, content in files_of(service).items():
        for secret in {*busy, master}:
            # A token's signature alone would already be a way in.
            for part in {secret, secret.rpartition(".")[2]}:
                assert len(part) > 10
                assert part.encode() not in content, f"{part[:12]}… is in {name}"


def test_no_line_of_the_log_holds_what_could_be_a_secret(busy: list[str], service: Service) -> None:
    with service.composition.store.engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT * FROM tally_events").all()
    assert len(rows) >= 7
    text = "\n".join(str(value) for row in rows for value in row)
    assert "$argon2" not in text
    assert "eyJ" not in text
    # What somebody tried as a user name may have been a password.
    assert not re.search("half|halves|nonce|garbage", text)
    assert not re.search(r"\b[0-9a-f]{32,}\b", text)


def test_nothing_that_is_kept_about_a_session_is_a_token(busy: list[str], service: Service) -> None:
    with service.composition.store.engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT * FROM tally_sessions").mappings().all()
    for row in rows:
        for value in row.values():
            for path in ("/api/me", "/api/auth/sessions"):
                headers = {"Authorization": f"Bearer {value}"}
                answer = service.client().get(path, headers=headers)
                assert answer.status_code == 401


def test_the_files_are_for_their_owner_only(busy: list[str], service: Service) -> None:
    folder = Path(service.composition.settings.data_dir)
    assert (folder / "secret").stat().st_mode & 0o077 == 0


def test_the_history_shows_no_secret_to_its_owner_either(
    busy: list[str], service: Service, caller: Caller
) -> None:
    caller.login(password="three halves make more")
    page = caller.send("GET", "/api/auth/events?limit=100")
    for secret in busy:
        assert secret not in page.text
