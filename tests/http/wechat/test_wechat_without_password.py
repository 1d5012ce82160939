"""An account that WeChat made has no password: proving again who it is, and getting a first one."""

import pytest
from flask.testing import FlaskClient
from tests.http.wechat.conftest import ADA, BO, Phone, Place, code_of, json_of
from werkzeug.test import TestResponse

from tigertally.testing.wechat import Person

PROVE = "/api/auth/reauthenticate/wechat-mini"
PASSWORD = "two halves make one"


@pytest.fixture
def stale(ada: Phone) -> Phone:
    """Ada, who signed in a while ago."""
    ada.login()
    ada.place.clock.move(seconds=301)
    assert code_of(ada.call("DELETE", "/api/me")) == (403, "fresh_token_required")
    return ada


def prove(phone: Phone, code: str | None = None, person: Person = ADA) -> TestResponse:
    """Prove again who it is, and take the fresh token."""
    code = code or phone.place.wechat.issue_code(phone.app_id, person)
    answer = phone.call("POST", PROVE, {"code": code, "app_id": phone.app_id})
    phone.access = json_of(answer).get("access_token", phone.access)
    return answer


def set_password(phone: Phone, **sent: str) -> TestResponse:
    """Give the account a password."""
    return phone.call("PUT", "/api/auth/password", {"new_password": PASSWORD} | sent)


def history(phone: Phone) -> list[tuple[str, str | None]]:
    """Return what the account's history says, newest first."""
    events = json_of(phone.call("GET", "/api/auth/events"))["events"]
    return [(one["name"], one["reason"]) for one in events]


def test_a_code_makes_the_token_fresh_in_the_same_session(stale: Phone) -> None:
    before = json_of(stale.call("GET", "/api/me"))["session"]["id"]
    assert prove(stale).status_code == 200
    assert json_of(stale.call("GET", "/api/me"))["session"]["id"] == before
    sessions = json_of(stale.call("GET", "/api/auth/sessions"))["sessions"]
    assert len(sessions) == 1, "under the policy `single`, a second one would have ended the first"
    assert history(stale)[0] == ("account:user:reauthenticated", None)
    assert stale.call("DELETE", "/api/me").status_code == 200


def test_the_same_code_again_proves_it_again(stale: Phone) -> None:
    """The first answer may have been lost on the way."""
    code = stale.code()
    assert [prove(stale, code).status_code for _ in range(2)] == [200, 200]
    assert stale.place.wechat.asked == ["/sns/jscode2session"] * 2


def test_nobody_elses_code_proves_anything(stale: Phone) -> None:
    for _ in range(2):
        code = stale.place.wechat.issue_code(stale.app_id, BO)
        assert code_of(prove(stale, code)) == (403, "identity_not_linked")
    assert code_of(stale.call("DELETE", "/api/me")) == (403, "fresh_token_required")
    assert history(stale)[0] == ("account:user:reauthentication_refused", "identity_not_linked")


def test_another_accounts_code_proves_nothing(stale: Phone) -> None:
    stale.place.phone(BO).login()
    assert code_of(prove(stale, person=BO)) == (403, "identity_not_linked")


def test_a_used_code_is_refused_and_logged(stale: Phone) -> None:
    assert code_of(prove(stale, "no-such-code")) == (401, "provider_code_invalid")
    assert history(stale)[0] == ("account:user:reauthentication_refused", "provider_code_invalid")
    assert stale.call("GET", "/api/me").status_code == 200


def test_a_proof_opens_no_session_and_a_sign_in_proves_nothing(stale: Phone) -> None:
    proof, sign_in = stale.code(), stale.code()
    prove(stale, proof)
    assert code_of(stale.place.phone().login(proof)) == (401, "provider_code_invalid")
    stale.place.phone().login(sign_in)
    assert code_of(prove(stale, sign_in)) == (401, "provider_code_invalid")


def test_a_session_whose_row_is_gone_proves_nothing_and_spends_no_code(stale: Phone) -> None:
    code = stale.code()
    with stale.place.composition.store.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM tally_sessions")
    assert code_of(prove(stale, code)) == (401, "session_unknown")
    assert stale.place.phone().login(code).status_code == 200


def test_on_websites_the_proof_is_bound_to_the_browser(place: Place) -> None:
    browser = place.app.test_client()

    def scan() -> dict[str, str]:
        begun = json_of(browser.post("/api/auth/login/wechat-web/start", json={}))
        code = place.wechat.issue_code(place.wechat.app_ids[1], ADA)
        return {"code": code, "state": begun["state"]}

    token = json_of(browser.post("/api/auth/login/wechat-web", json=scan()))["access_token"]

    def send(client: FlaskClient, body: dict[str, str]) -> TestResponse:
        headers = {"Authorization": f"Bearer {token}"}
        path = "/api/auth/reauthenticate/wechat-web"
        return client.post(path, json=body, headers=headers)

    assert code_of(send(place.app.test_client(), scan())) == (403, "csrf_failed")
    assert send(browser, scan()).status_code == 200


def test_a_first_password_signs_in_and_lets_wechat_be_unlinked(ada: Phone) -> None:
    name = json_of(ada.login())["user"]["username"]
    assert set_password(ada).status_code == 200
    ada.login()
    assert json_of(ada.call("GET", "/api/auth/identities"))["has_password"] is True
    (identity,) = json_of(ada.call("GET", "/api/auth/identities"))["identities"]
    assert ada.call("DELETE", f"/api/auth/identities/{identity['id']}").status_code == 200
    body = {"username": name, "password": PASSWORD}
    assert ada.client.post("/api/auth/login", json=body).status_code == 200
    assert ("account:password:changed", None) in history(ada)


def test_a_first_password_ends_all_other_sessions(ada: Phone) -> None:
    other = ada.place.phone()
    other.login()
    ada.login()
    assert json_of(set_password(ada))["ended"] == 1
    assert json_of(other.call("GET", "/api/me"))["reason"] == "password_changed"
    assert code_of(ada.call("GET", "/api/me")) == (401, "token_expired")


def test_a_first_password_wants_a_fresh_token(stale: Phone) -> None:
    assert code_of(set_password(stale)) == (403, "fresh_token_required")
    prove(stale)
    assert set_password(stale).status_code == 200


def test_the_second_password_wants_the_first(ada: Phone) -> None:
    ada.login()
    set_password(ada)
    ada.login()
    refused = ada.call("PUT", "/api/auth/password", {"new_password": "three halves make more"})
    assert code_of(refused) == (400, "invalid_request")
    assert set_password(ada, current_password="a guess").status_code == 401


def test_without_a_password_every_password_is_wrong(ada: Phone) -> None:
    ada.login()
    assert code_of(set_password(ada, current_password="a guess")) == (401, "invalid_credentials")
    answer = ada.call("POST", "/api/auth/reauthenticate", {"password": "a guess"})
    assert code_of(answer) == (401, "invalid_credentials")


@pytest.mark.parametrize("weak", ["short", "x" * 129])
def test_a_first_password_follows_the_rules_of_all(ada: Phone, weak: str) -> None:
    ada.login()
    assert code_of(set_password(ada, new_password=weak)) == (400, "invalid_request")
