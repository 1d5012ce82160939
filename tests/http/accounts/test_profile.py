"""What a signed-in person changes of their profile."""

import pytest
from tests.http.callers import NAME, Caller, Service, code_of

from tigertally.errors import EmailTaken
from tigertally.flows.administer import Administer


def test_only_what_is_sent_is_changed(user: Caller) -> None:
    user.send("PATCH", "/api/me", {"display_name": "Hu Fu", "email": "a@b.example"})
    answer = user.send("PATCH", "/api/me", {"locale": "zh-CN"})
    found = answer.get_json()["user"]
    assert (found["display_name"], found["email"], found["locale"]) == (
        "Hu Fu",
        "a@b.example",
        "zh-CN",
    )
    assert user.me().get_json()["user"] == found


def test_a_client_without_patch_changes_the_profile_by_post(user: Caller) -> None:
    """Mini programs: WeChat's `wx.request` knows no PATCH."""
    user.send("PATCH", "/api/me", {"locale": "zh-CN"})
    answer = user.send("POST", "/api/me", {"display_name": "Hu Fu"})
    found = answer.get_json()["user"]
    assert (found["display_name"], found["locale"]) == ("Hu Fu", "zh-CN")
    assert code_of(user.send("POST", "/api/me", {"locale": "tlh"})) == (400, "invalid_request")


@pytest.mark.parametrize("name", ["display_name", "email", "locale"])
def test_null_clears_a_member(user: Caller, name: str) -> None:
    body = {"display_name": "Hu Fu", "email": "a@b.example", "locale": "en"}
    user.send("PATCH", "/api/me", body)
    found = user.send("PATCH", "/api/me", {name: None}).get_json()["user"]
    assert found[name] is None
    assert sum(found[key] is None for key in body) == 1


@pytest.mark.parametrize("name", ["", "   ", "\u3000"])
def test_a_display_name_with_nothing_in_it_clears_it(user: Caller, name: str) -> None:
    user.send("PATCH", "/api/me", {"display_name": "Hu Fu"})
    found = user.send("PATCH", "/api/me", {"display_name": name}).get_json()["user"]
    assert found["display_name"] is None


def test_an_address_is_changed_only_with_a_fresh_token(user: Caller, service: Service) -> None:
    change: dict[str, object] = {"email": "a@b.example"}
    assert user.send("PATCH", "/api/me", change).status_code == 200
    service.clock.move(minutes=6)
    for body in ({"email": "thief@b.example"}, {"email": None}, {"email": "A@b.example"}):
        for method in ("PATCH", "POST"):
            refused = user.send(method, "/api/me", body | {"display_name": "Hu Fu"})
            assert code_of(refused) == (403, "fresh_token_required"), body
            assert "/api/auth/reauthenticate" in refused.get_json()["hint"]
    found = user.me().get_json()["user"]
    assert (found["email"], found["display_name"]) == ("a@b.example", None)
    # What stays as it is changes nothing, and the rest of the profile asks for nothing.
    same = user.send("PATCH", "/api/me", change | {"display_name": "Hu Fu"})
    assert same.get_json()["user"]["display_name"] == "Hu Fu"
    user.reauthenticate()
    changed = user.send("PATCH", "/api/me", {"email": "new@b.example"})
    assert changed.get_json()["user"]["email"] == "new@b.example"


def test_an_address_is_unverified_until_the_operator_verifies_it(
    user: Caller, service: Service
) -> None:
    """Anybody can type any address; another one than before is not verified again."""
    other = service.caller(user.carrier)
    registered = other.register("other", "other@b.example")
    changed = user.send("PATCH", "/api/me", {"email": "a@b.example"})
    for answer in (registered, changed, other.login("other"), user.me()):
        assert answer.get_json()["user"]["email_verified"] is False
    Administer(service.composition.context).verify_email(NAME)
    assert user.me().get_json()["user"]["email_verified"] is True
    for email, verified in (("A@b.example", True), ("c@b.example", False), ("a@b.example", False)):
        found = user.send("PATCH", "/api/me", {"email": email}).get_json()["user"]
        assert (found["email"], found["email_verified"]) == (email, verified)


def test_a_released_address_is_free_again(user: Caller, service: Service) -> None:
    administer = Administer(service.composition.context)
    other = service.caller(user.carrier)
    other.register("other")
    other.login("other")
    for one in (user, other):
        assert one.send("PATCH", "/api/me", {"email": "a@b.example"}).status_code == 200
    administer.verify_email(NAME)
    with pytest.raises(EmailTaken):
        administer.verify_email("other")
    user.send("PATCH", "/api/me", {"email": None})
    administer.verify_email("other")
    assert user.copy().login("A@b.example").get_json()["user"]["username"] == "other"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"display_name": "x" * 65}, "display_name"),
        ({"display_name": "a\u202eb"}, "display_name"),
        ({"display_name": 7}, "display_name"),
        ({"email": "not an address"}, "email"),
        ({"email": "a@b"}, "email"),
        ({"email": ["a@b.example"]}, "email"),
        ({"locale": "tlh"}, "locale"),
        ({"locale": 1}, "locale"),
        ([], "body"),
        (7, "body"),
        ("x", "body"),
        (None, "body"),
    ],
)
def test_an_invalid_profile_is_refused(user: Caller, body: object, field: str) -> None:
    answer = user.send("PATCH", "/api/me", body)
    assert code_of(answer) == (400, "invalid_request")
    assert list(answer.get_json()["fields"]) == [field]


@pytest.mark.parametrize(
    "member", ["id", "username", "roles", "created_at", "password_hash", "disabled_at", "purge_at"]
)
def test_nobody_promotes_themselves(user: Caller, member: str) -> None:
    before = user.me().get_json()["user"]
    user.send("PATCH", "/api/me", {member: ["admin"]})
    assert user.me().get_json()["user"] == before
