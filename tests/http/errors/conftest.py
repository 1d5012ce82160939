"""A caller that remembers nothing."""

import pytest
from flask.testing import FlaskClient
from tests.http.callers import NAME, Caller, Service

from tigertally.core.roles import ADMIN, Grant


@pytest.fixture
def client(service: Service) -> FlaskClient:
    return service.client()


@pytest.fixture
def boss(service: Service, caller: Caller) -> Caller:
    """An administrator who is signed in: nothing is refused for a missing permission."""
    now = service.clock.now()
    with service.composition.context.store.writing() as tx:
        found = tx.users.find(NAME)
        assert found is not None
        tx.roles.set_grants(found.id, [Grant(role=ADMIN, granted_at=now)], now)
    assert caller.login().status_code == 200
    return caller
