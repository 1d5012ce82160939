"""Deleting the account: until when it can be undone, and what is left."""

import pytest
from tests.http.accounts.owner import names
from tests.http.callers import NAME, Caller, Service, code_of, ended_of

from tigertally.core.presence import Presence
from tigertally.flows.keep_house import KeepHouse


def test_deleting_the_account_ends_all_sessions_and_says_until_when_it_can_be_undone(
    user: Caller, phone: Caller, service: Service
) -> None:
    kept = user.copy()
    answer = user.send("DELETE", "/api/me")
    purge_at = answer.get_json()["purge_at"]
    service.clock.move(days=14)
    assert purge_at.startswith(service.clock.now().strftime("%Y-%m-%dT%H:%M:%S"))
    service.clock.move(days=-14)
    for caller in (kept, phone):
        assert ended_of(caller.me())["reason"] == "user_deleted"
        assert ended_of(caller.refresh())["reason"] == "user_deleted"


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_signing_in_during_the_cool_off_cancels_the_deletion(
    user: Caller, service: Service, language: str
) -> None:
    user.send("DELETE", "/api/me")
    service.clock.move(days=13)
    again = user.copy()
    answer = again.login(headers={"Accept-Language": language})
    assert answer.status_code == 200
    said = {
        "en": "Welcome back. Your account will not be deleted.",
        "zh-CN": "欢迎回来，账号注销已取消。",
    }
    assert answer.get_json()["message"] == said[language]
    assert names(again)[1] == "account:deletion:cancelled"
    service.clock.move(days=30)
    assert again.login().get_json()["message"] == "You are signed in."


def test_during_the_cool_off_the_name_is_still_taken(user: Caller) -> None:
    user.send("DELETE", "/api/me")
    assert code_of(user.copy().register()) == (409, "username_taken")


def test_a_wrong_password_cancels_no_deletion(user: Caller, service: Service) -> None:
    user.send("DELETE", "/api/me")
    user.copy().login(password="wrong half")
    service.clock.move(days=14)
    assert code_of(user.copy().login()) == (401, "invalid_credentials")


@pytest.mark.parametrize("cleaned", [True, False])
def test_after_the_cool_off_the_name_is_free_and_the_new_owner_inherits_nothing(
    user: Caller, service: Service, cleaned: bool
) -> None:
    user.send("PATCH", "/api/me", {"email": "a@b.example", "display_name": "Hu Fu"})
    old_id = user.me().get_json()["user"]["id"]
    kept = user.copy()
    user.send("DELETE", "/api/me")
    service.clock.move(days=14)
    if cleaned:
        KeepHouse(service.composition.context, Presence()).purge()
    newcomer = service.caller(user.carrier)
    assert newcomer.register(NAME, "a@b.example").status_code == 201
    with service.composition.context.store.reading() as tx:
        assert tx.events.page(old_id, before=None, limit=1).events[0].name == "system:user:purged"
    newcomer.login()
    found = newcomer.me().get_json()["user"]
    assert found["id"] != old_id
    assert found["display_name"] is None
    assert names(newcomer) == ["account:session:opened", "account:user:registered"]
    assert len(newcomer.send("GET", "/api/auth/sessions").get_json()["sessions"]) == 1
    assert kept.me().status_code == 401
    assert kept.refresh().status_code == 401


def test_deleting_needs_a_fresh_token_and_says_so_before_anything_happens(
    user: Caller, service: Service
) -> None:
    service.clock.move(seconds=300)
    assert code_of(user.send("DELETE", "/api/me")) == (403, "fresh_token_required")
    assert user.me().status_code == 200
