"""An administrator, and others who may do less."""

from collections.abc import Callable

import pytest
from tests.http.callers import Caller, Service

from tigertally.flows.manage_roles import ManageRoles

Person = Callable[..., Caller]


@pytest.fixture
def person(service: Service, carrier: str) -> Person:
    """Make an account with these roles, and sign it in."""

    def make(name: str, *roles: str) -> Caller:
        caller = service.caller(carrier)  # type: ignore[arg-type]
        assert caller.register(name).status_code == 201
        for role in roles:
            ManageRoles(service.composition.context).grant(name, role)
        assert caller.login(name).status_code == 200
        return caller

    return make


@pytest.fixture
def admin(person: Person) -> Caller:
    """Somebody who may do everything."""
    return person("ada", "admin")
