"""Linking and unlinking: who may sign in to which account, and never nobody."""

import pytest
from tests.conftest import Compose
from tests.http.wechat.conftest import ADA, BO, Phone, Place, code_of, json_of, make_place

from tigertally.testing.wechat import Person, StandIn

PASSWORD = "two halves make one"


class Desk:
    """Somebody at a computer, with a password."""

    def __init__(self, place: Place, name: str = "hufu") -> None:
        self.place = place
        self.client = place.app.test_client()
        body = {"username": name, "password": PASSWORD}
        assert self.client.post("/api/auth/register", json=body).status_code == 201
        self.user = json_of(self.client.post("/api/auth/login", json=body))
        self.headers = {"Authorization": f"Bearer {self.user['access_token']}"}

    def link(self, person: Person = ADA, app: int = 0, code: str | None = None) -> tuple[int, str]:
        """Link what `wx.login` gives; return the status and the identity or the error's code."""
        app_id = self.place.wechat.app_ids[app]
        code = code or self.place.wechat.issue_code(app_id, person)
        body = {"provider": "wechat-mini", "code": code, "app_id": app_id}
        answer = self.client.post("/api/auth/identities", json=body, headers=self.headers)
        found = json_of(answer)
        return answer.status_code, found.get("code") or found["identity"]["id"]

    def unlink(self, identity_id: str) -> tuple[int, str]:
        """Unlink; return the status and the error's code."""
        path = f"/api/auth/identities/{identity_id}"
        answer = self.client.delete(path, headers=self.headers)
        return answer.status_code, json_of(answer).get("code", "")

    def linked(self) -> list[str]:
        """Return the ids of what is linked."""
        found = json_of(self.client.get("/api/auth/identities", headers=self.headers))
        return [one["id"] for one in found["identities"]]


@pytest.fixture
def desk(place: Place) -> Desk:
    return Desk(place)


def test_a_linked_identity_signs_in_to_the_account(desk: Desk, ada: Phone) -> None:
    assert desk.link()[0] == 200
    answer = json_of(ada.login())
    assert answer["created"] is False
    assert answer["user"]["username"] == "hufu"


def test_the_list_shows_the_end_of_a_name_and_no_more(desk: Desk, ada: Phone) -> None:
    desk.link()
    answer = desk.client.get("/api/auth/identities", headers=desk.headers)
    (identity,) = json_of(answer)["identities"]
    assert json_of(answer)["has_password"] is True
    assert identity["tail"] == ADA.openid(ada.app_id)[-4:]
    assert ADA.openid(ada.app_id)[:-4] not in answer.text


def test_the_same_code_again_links_once(desk: Desk) -> None:
    code = desk.place.wechat.issue_code(desk.place.wechat.app_ids[0], ADA)
    assert desk.link(code=code) == desk.link(code=code)
    assert len(desk.linked()) == 1


def test_a_code_for_linking_opens_no_session_of_somebody_else(desk: Desk, ada: Phone) -> None:
    code = ada.code()
    desk.link(code=code)
    assert code_of(ada.login(code)) == (401, "provider_code_invalid")


def test_an_identity_of_another_account_is_not_taken_over(desk: Desk, ada: Phone) -> None:
    ada.login()
    code = ada.code()
    for _ in range(2):
        assert desk.link(code=code) == (409, "identity_taken")
    assert desk.linked() == []
    assert ada.call("GET", "/api/me").status_code == 200


def test_an_identity_is_not_taken_over_through_another_app(desk: Desk, ada: Phone) -> None:
    ada.login()
    assert desk.link(ADA, app=1) == (409, "identity_taken")


def test_an_identity_of_a_purged_account_is_free(desk: Desk, ada: Phone) -> None:
    ada.login()
    ada.call("DELETE", "/api/me")
    assert desk.link() == (409, "identity_taken"), "its owner may still come back"
    ada.place.clock.move(days=15)
    body = {"username": "hufu", "password": PASSWORD}
    again = json_of(desk.client.post("/api/auth/login", json=body))
    desk.headers = {"Authorization": f"Bearer {again['access_token']}"}
    assert desk.link()[0] == 200


def test_linking_wants_a_fresh_token(desk: Desk) -> None:
    desk.place.clock.move(seconds=301)
    assert desk.link() == (403, "fresh_token_required")
    assert desk.unlink("anything") == (403, "fresh_token_required")
    assert desk.place.wechat.asked == []


def test_a_session_whose_row_is_gone_links_nothing_and_spends_no_code(
    desk: Desk, ada: Phone
) -> None:
    code = ada.code()
    with desk.place.composition.store.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM tally_sessions")
    assert desk.link(code=code) == (401, "session_unknown")
    assert json_of(ada.login(code))["created"] is True


def test_unlinked_it_signs_in_to_an_account_of_its_own(desk: Desk, ada: Phone) -> None:
    _, identity_id = desk.link()
    assert desk.unlink(identity_id)[0] == 200
    assert desk.linked() == []
    assert json_of(ada.login())["created"] is True


def test_sessions_live_on_when_their_identity_is_unlinked(desk: Desk, ada: Phone) -> None:
    _, identity_id = desk.link()
    ada.login()
    desk.unlink(identity_id)
    assert ada.call("GET", "/api/me").status_code == 200


def test_the_last_way_to_sign_in_stays(ada: Phone) -> None:
    ada.login()
    (identity,) = json_of(ada.call("GET", "/api/auth/identities"))["identities"]
    refused = ada.call("DELETE", f"/api/auth/identities/{identity['id']}")
    assert code_of(refused) == (409, "last_way_to_sign_in")
    assert json_of(ada.login())["created"] is False


def test_two_apps_of_one_person_are_one_way_to_sign_in(place: Place) -> None:
    """By their union id, either would link the other again: they go together, or not at all."""
    first, second = place.phone(ADA, app=0), place.phone(ADA, app=1)
    first.login()
    second.login()
    listed = json_of(first.call("GET", "/api/auth/identities"))["identities"]
    assert len(listed) == 2
    refused = first.call("DELETE", f"/api/auth/identities/{listed[0]['id']}")
    assert code_of(refused) == (409, "last_way_to_sign_in")


def test_identities_of_one_person_are_unlinked_together(desk: Desk, place: Place) -> None:
    _, identity_id = desk.link(ADA, app=0)
    desk.link(ADA, app=1)
    desk.link(BO)
    assert desk.unlink(identity_id)[0] == 200
    assert len(desk.linked()) == 1
    assert json_of(place.phone(ADA, app=1).login())["created"] is True


def test_an_unconfigured_provider_is_not_a_way_to_sign_in(
    compose_with: Compose, settings: dict[str, object], wechat: StandIn
) -> None:
    place = make_place(compose_with, settings, wechat)
    ada = place.phone()
    ada.login()
    code = wechat.issue_code(ada.app_id, ADA)
    douyin = {"provider": "douyin-mini", "code": code, "app_id": ada.app_id}
    assert ada.call("POST", "/api/auth/identities", douyin).status_code == 200
    without = {name: value for name, value in settings.items() if "douyin_mini" not in name}
    later = make_place(compose_with, without, wechat).phone()
    later.login()
    listed = json_of(later.call("GET", "/api/auth/identities"))["identities"]
    mine = next(one["id"] for one in listed if one["provider"] == "wechat-mini")
    refused = later.call("DELETE", f"/api/auth/identities/{mine}")
    assert code_of(refused) == (409, "last_way_to_sign_in")
    assert ada.call("DELETE", f"/api/auth/identities/{mine}").status_code == 200


def test_nobody_unlinks_another_users_identity(desk: Desk, ada: Phone) -> None:
    ada.login()
    (identity,) = json_of(ada.call("GET", "/api/auth/identities"))["identities"]
    assert desk.unlink(identity["id"]) == (404, "not_found")
    assert json_of(ada.login())["created"] is False


def test_linking_and_unlinking_stand_in_the_history(desk: Desk, place: Place) -> None:
    place.phone(BO).login()
    _, identity_id = desk.link()
    desk.link(BO)
    desk.unlink(identity_id)
    events = json_of(desk.client.get("/api/auth/events", headers=desk.headers))["events"]
    names = [(one["name"], one["reason"]) for one in events if "identity" in one["name"]]
    assert names == [
        ("account:identity:unlinked", None),
        ("account:identity:link_refused", "identity_taken"),
        ("account:identity:linked", None),
    ]
