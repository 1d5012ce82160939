"""No request checks the signature of a token twice: what was opened goes on as a typed value."""

from collections import Counter
from collections.abc import Mapping

import pytest
from tests.http.callers import Caller, Service

from tigertally.core.jws import Checker

Opened = Counter[str]
"""How often the signature of each token was checked."""


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Opened:
    """Count what is checked; it goes on to be checked."""
    found: Opened = Counter()
    check = Checker.open

    def counted(checker: Checker, token: str) -> Mapping[str, object]:
        found[token] += 1
        return check(checker, token)

    monkeypatch.setattr(Checker, "open", counted)
    return found


def test_a_refresh_opens_the_refresh_token_once(user: Caller, opened: Opened) -> None:
    access, renewal = user.access, user.renewal
    assert user.refresh().status_code == 200
    # A browser proves by its access cookie that the refresh cookie was not planted.
    proof = [access] if user.carrier == "cookie" else []
    assert opened == Counter([renewal, *proof])


def test_a_refused_refresh_opens_it_once_too(user: Caller, opened: Opened) -> None:
    kept = user.copy()
    user.refresh()
    user.refresh()
    opened.clear()
    assert kept.refresh().status_code == 401
    assert opened[kept.renewal] == 1
    assert set(opened.values()) == {1}


@pytest.mark.parametrize("half", ["access", "refresh"])
def test_a_sign_out_opens_the_sent_token_once(service: Service, half: str, opened: Opened) -> None:
    user = service.caller("bearer")
    user.register()
    user.login()
    assert user.logout("access" if half == "access" else "refresh").status_code == 200
    assert opened == Counter([user.access if half == "access" else user.renewal])


def test_a_browser_that_signs_out_has_one_cookie_opened(browser: Caller, opened: Opened) -> None:
    assert browser.logout().status_code == 200
    assert opened == Counter([browser.access])


def test_a_sign_out_by_ticket_opens_no_token(service: Service, opened: Opened) -> None:
    user = service.caller("bearer")
    user.register()
    ticket = user.login().get_json()["sign_out_ticket"]
    answer = service.client().post("/api/auth/logout", json={"sign_out_ticket": ticket})
    assert answer.status_code == 200
    assert user.me().status_code == 401
    assert opened == Counter([user.access])  # by the last request, in vain


def test_a_protected_request_opens_a_new_token_once_and_a_known_one_not_at_all(
    user: Caller, opened: Opened
) -> None:
    for _ in range(3):
        assert user.me().status_code == 200
    assert user.send("PATCH", "/api/me", {"display_name": "Hu"}).status_code == 200
    assert opened == Counter([user.access])
