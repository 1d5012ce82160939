"""Whoever is out is out of every protected call."""

import pytest
from tests.http.accounts.owner import NEW
from tests.http.callers import PASSWORD, Caller, Service, code_of, ended_of

from tigertally.contract.http import load_contract

pytestmark = pytest.mark.crossed

PROTECTED = [
    ("POST", "/api/auth/logout_all"),
    ("GET", "/api/auth/sessions"),
    ("DELETE", "/api/auth/sessions/x"),
    ("DELETE", "/api/auth/sessions?scope=others"),
    ("GET", "/api/auth/identities"),
    ("POST", "/api/auth/identities"),
    ("DELETE", "/api/auth/identities/x"),
    ("GET", "/api/auth/events"),
    ("POST", "/api/auth/reauthenticate"),
    ("POST", "/api/auth/reauthenticate/code"),
    ("POST", "/api/auth/reauthenticate/{provider}"),
    ("PUT", "/api/auth/password"),
    ("GET", "/api/me"),
    ("PATCH", "/api/me"),
    ("POST", "/api/me"),
    ("DELETE", "/api/me"),
    ("GET", "/api/me/contacts"),
    ("POST", "/api/me/contacts"),
    ("DELETE", "/api/me/contacts/x"),
    ("POST", "/api/me/contacts/x/verify"),
    ("POST", "/api/me/phone"),
    ("POST", "/api/me/phone/verify"),
    ("GET", "/api/files"),
    ("POST", "/api/files"),
    ("GET", "/api/files/x/content"),
    ("DELETE", "/api/files/x"),
]


def test_the_list_of_protected_calls_is_the_contracts() -> None:
    """What asks for a permission besides is tried in tests/http/admin."""
    protected = {
        (one.method, one.path)
        for one in load_contract().operations.values()
        if one.protection in {"access", "fresh"} and one.permission is None
    }
    listed = {(method, path.replace("/x", "/{id}").partition("?")[0]) for method, path in PROTECTED}
    assert protected == listed


@pytest.mark.parametrize(("method", "path"), PROTECTED)
def test_every_protected_call_authenticates_before_it_reads_input(
    service: Service, method: str, path: str
) -> None:
    client = service.client()
    assert code_of(client.open(path, method=method)) == (401, "token_missing")
    assert code_of(client.open(path, method=method, data=b"{" * 100_000)) == (401, "token_missing")
    headers = {"Authorization": "Bearer x"}
    assert code_of(client.open(path, method=method, headers=headers)) == (401, "token_invalid")


@pytest.mark.parametrize(("method", "path"), PROTECTED)
def test_every_protected_call_refuses_an_ended_session(
    user: Caller, service: Service, method: str, path: str
) -> None:
    kept = user.copy()
    user.logout()
    assert ended_of(kept.send(method, path, {}))["reason"] == "logged_out"
    if user.carrier == "bearer":
        service.clock.move(seconds=900)
        assert code_of(kept.send(method, path, {})) == (401, "token_expired")


# An upload is looked at before its session is: test_files_of_others.py sends a picture.
ASK_MORE_OF_THEIR_BODY = {
    ("POST", "/api/auth/reauthenticate/code"),
    ("POST", "/api/auth/reauthenticate/{provider}"),
    ("POST", "/api/files"),
    ("POST", "/api/auth/identities"),
    ("POST", "/api/me/phone"),
    ("POST", "/api/me/phone/verify"),
    ("POST", "/api/me/contacts"),
    ("POST", "/api/me/contacts/x/verify"),
}
"""Tested beside what they need: a picture, a code, or a provider that is set up."""


@pytest.mark.parametrize(
    ("method", "path"), [call for call in PROTECTED if call not in ASK_MORE_OF_THEIR_BODY]
)
def test_every_protected_call_refuses_a_session_whose_row_is_gone(
    user: Caller, service: Service, method: str, path: str
) -> None:
    with service.composition.store.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM tally_sessions")
    body = {"password": PASSWORD, "current_password": PASSWORD, "new_password": NEW}
    assert code_of(user.send(method, path, body)) == (401, "session_unknown")


def test_a_new_service_has_no_account(service: Service) -> None:
    with service.composition.store.reading() as tx:
        assert tx.users.page(after=None, limit=10) == []
    for name in ("admin", "root", "sa", "tigertally", "hufu", "test", "guest"):
        for password in (name, "password", "admin", "changeme", PASSWORD):
            body = {"username": name, "password": password}
            answer = service.client().post("/api/auth/login", json=body)
            assert answer.status_code in {401, 429}
