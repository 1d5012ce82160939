"""Sessions that are bound to nonces."""

import pytest
from tests.http.callers import Caller, Service
from tests.http.refreshing.nonces import NONCES


@pytest.fixture
def bound(caller: Caller) -> Caller:
    """Somebody whose sign-in carried a nonce."""
    assert caller.login(nonce=NONCES[0]).status_code == 200
    return caller


@pytest.fixture
def bound_browser(service: Service) -> Caller:
    """Somebody in a browser, whose sign-in carried a nonce."""
    browser = service.caller("cookie")
    browser.register()
    assert browser.login(nonce=NONCES[0]).status_code == 200
    return browser
