"""Where a refresh token may come from, and where it opens nothing."""

import pytest
from tests.http.callers import Caller, Service, code_of


@pytest.fixture
def apart(service: Service) -> Caller:
    """Somebody signed in who carries the tokens by hand."""
    user = service.caller("bearer")
    user.register()
    user.login()
    return user


@pytest.mark.parametrize("name", ["refresh_token", "refreshToken"])
def test_the_refresh_token_may_come_in_the_body(apart: Caller, service: Service, name: str) -> None:
    answer = service.client().post("/api/auth/refresh", json={name: apart.renewal})
    assert answer.status_code == 200
    assert answer.get_json()["refresh_token"] != apart.renewal


def test_the_proper_name_wins_over_its_alias(apart: Caller, service: Service) -> None:
    body = {"refresh_token": apart.renewal, "refreshToken": "x"}
    assert service.client().post("/api/auth/refresh", json=body).status_code == 200


@pytest.mark.parametrize("token", ["access", "stale", "garbage"])
def test_a_refresh_token_in_the_body_is_found_beside_an_access_token_in_the_header(
    apart: Caller, service: Service, token: str
) -> None:
    """Front ends that add their access token to every request add it to this one as well."""
    service.clock.move(seconds=901 if token == "stale" else 0)
    sent = "garbage" if token == "garbage" else apart.access
    answer = service.client().post(
        "/api/auth/refresh",
        json={"refresh_token": apart.renewal},
        headers={"Authorization": f"Bearer {sent}"},
    )
    assert answer.status_code == 200


def test_a_header_is_never_passed_over_for_a_cookie(service: Service, apart: Caller) -> None:
    browser = service.caller("cookie")
    browser.login()
    headers = {"Authorization": f"Bearer {apart.access}", "X-CSRF-Token": browser.csrf}
    answer = browser.client.post("/api/auth/refresh", headers=headers)
    assert code_of(answer) == (401, "token_invalid")
    headers["Authorization"] = f"Bearer {apart.renewal}"
    answer = browser.client.post("/api/auth/refresh", headers=headers)
    assert answer.get_json()["session"]["id"] == apart.session_id
    assert "Set-Cookie" not in answer.headers


def test_a_refresh_token_in_the_query_is_not_looked_at(apart: Caller, service: Service) -> None:
    for name in ("refresh_token", "refreshToken", "token", "access_token"):
        answer = service.client().post(f"/api/auth/refresh?{name}={apart.renewal}")
        assert code_of(answer) == (401, "token_missing")
        answer = service.client().get(f"/api/me?{name}={apart.access}")
        assert code_of(answer) == (401, "token_missing")


def test_an_access_token_does_not_refresh(user: Caller) -> None:
    if user.carrier == "cookie":
        user.hold_cookies(user.access, user.access)
    assert code_of(user.refresh(token=user.access)) == (401, "token_invalid")


def test_a_refresh_token_does_not_open_anything(user: Caller) -> None:
    if user.carrier == "cookie":
        user.hold_cookies(user.renewal, user.renewal)
    assert code_of(user.send("GET", "/api/me", token=user.renewal)) == (401, "token_invalid")


def test_a_forbidden_member_of_a_body_is_ignored(user: Caller) -> None:
    for device in ("Study", 5, [1], {"type": "nonsense"}, {"name": 5}, {"type": ["web"]}):
        assert user.refresh(device=device).status_code == 200
