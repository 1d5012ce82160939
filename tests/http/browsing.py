"""Callers who are browsers, and the cookies that they are given."""

from typing import Any

from tests.http.callers import (
    Caller,
    Service,
)


def signed_in(service: Service, *, base_url: str = "http://localhost", **more: Any) -> Caller:
    browser = service.caller("cookie", base_url=base_url)
    browser.register()
    assert browser.login(**more).status_code == 200
    return browser
