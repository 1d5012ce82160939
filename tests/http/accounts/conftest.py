"""The devices of one person."""

import pytest
from tests.http.callers import Caller, Service


@pytest.fixture
def phone(user: Caller, service: Service) -> Caller:
    """The same person on a second device."""
    phone = service.caller(user.carrier, address="192.0.2.5", agent="phone")
    assert phone.login(device={"type": "app", "name": "Phone"}).status_code == 200
    return phone
