"""People who administer, over HTTP."""

from collections.abc import Callable

import pytest
from tests.http.callers import Caller, Service

from tigertally.core.roles import Grant

MakePerson = Callable[..., Caller]


@pytest.fixture
def person(service: Service) -> MakePerson:
    """Make somebody with roles who is signed in."""

    def make(name: str, *roles: str, carrier: str = "bearer", address: str = "127.0.0.1") -> Caller:
        caller = service.caller(carrier, address=address)  # type: ignore[arg-type]
        assert caller.register(name).status_code == 201
        now = service.clock.now()
        with service.composition.context.store.writing() as tx:
            user = tx.users.find(name)
            assert user is not None
            grants = [Grant(role=role, granted_at=now) for role in roles]
            tx.roles.set_grants(user.id, grants, now)
        assert caller.login(name).status_code == 200
        return caller

    return make


@pytest.fixture
def boss(person: MakePerson) -> Caller:
    """An administrator, who is signed in."""
    return person("boss", "admin")
