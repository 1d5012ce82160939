"""Random acts on accounts, roles and grants: there is an administrator after each of them.

``STATEFUL_ACTS=10000`` in the environment makes as many acts, others each time; by default there
are two thousand, the same each time.
"""

import os
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from tests.conftest import Compose

from tigertally.core.roles import Role
from tigertally.core.sessions import Device
from tigertally.core.tokens import AccessClaims
from tigertally.core.users import User
from tigertally.errors import Conflict, NotAllowed, NotAuthenticated, NotFound
from tigertally.flows.administer import Administer
from tigertally.flows.context import Actor, Context
from tigertally.flows.delete_account import DeleteAccount
from tigertally.flows.manage_roles import ManageRoles, RoleChange
from tigertally.flows.open_session import OpenSession
from tigertally.flows.proofs.vouched import vouch
from tigertally.storage.sql.store import SqlStore
from tigertally.testing import MovableClock
from tigertally.testing.samples import sample_user

DEEP = int(os.environ.get("STATEFUL_ACTS", "0"))
STEPS = 100

PEOPLE = ("ada", "bo", "cy", "di")
ROLES = ("admin", "root", "security", "auditor")
people, roles = st.sampled_from(PEOPLE), st.sampled_from(ROLES)
given = st.lists(roles, unique=True)

REFUSALS = (Conflict, NotAllowed, NotAuthenticated, NotFound)


class Administrators(RuleBasedStateMachine):
    """An installation whose people do what they can to each other."""

    context: Context
    clock: MovableClock
    store: SqlStore
    accounts: ClassVar[Mapping[str, User]] = {name: sample_user(name) for name in PEOPLE}
    acts = 0
    refused = 0

    @initialize()
    def begin(self) -> None:
        """Make everybody what they were: nobody is anything but Ada, who is administrator."""
        with self.store.writing() as tx:
            for name, user in self.accounts.items():
                if tx.users.get(user.id) is None:
                    tx.users.add(user)
                tx.users.replace(user)
                tx.roles.set_grants(self.accounts[name].id, [], self.clock.now())
            root = Role(id="root", key="root", name="Root", permissions=("*",))
            tx.roles.put(root, self.clock.now())
        ManageRoles(self.context).grant("ada", "admin")

    def user(self, name: str) -> User:
        with self.store.reading() as tx:
            user = tx.users.get(self.accounts[name].id)
        assert user is not None
        return user

    def actor(self, name: str) -> Actor:
        """Sign somebody in, which also takes back a deletion, and return who acts."""
        claims = self.signed_in(name)
        return Actor(
            claims.user_id,
            claims.session_id,
            Device(),
            generation=claims.generation,
            proof=claims.proof,
            roles=claims.roles,
        )

    def signed_in(self, name: str) -> AccessClaims:
        proof = vouch(self.context, self.accounts[name].id, device=Device())
        return OpenSession(self.context)(proof, nonce=None).access.claims

    def attempt(self, act: Callable[[], object]) -> None:
        Administrators.acts += 1
        try:
            act()
        except REFUSALS:
            Administrators.refused += 1

    @rule(who=people, whom=people, roles=given)
    def set_roles(self, who: str, whom: str, roles: list[str]) -> None:
        def act() -> None:
            manage = ManageRoles(self.context, self.actor(who))
            manage.set_roles(self.accounts[whom].id, roles)

        self.attempt(act)

    @rule(whom=people, role=roles, days=st.none() | st.integers(1, 3))
    def grant(self, whom: str, role: str, days: int | None) -> None:
        until = None if days is None else self.clock.now() + timedelta(days=days)
        self.attempt(lambda: ManageRoles(self.context).grant(whom, role, until=until))

    @rule(whom=people)
    def revoke(self, whom: str) -> None:
        for role in self.user(whom).roles:
            self.attempt(
                lambda role=role: ManageRoles(self.context).set_roles(  # type: ignore[misc]
                    self.accounts[whom].id, set(self.user(whom).roles) - {role}
                )
            )

    @rule(who=people, permissions=st.sampled_from([(), ("*",), ("tally:*",)]))
    def change_role(self, who: str, permissions: tuple[str, ...]) -> None:
        def act() -> None:
            change = RoleChange(permissions=permissions)
            ManageRoles(self.context, self.actor(who)).change("root", change)

        self.attempt(act)

    @rule(whom=people, days=st.none() | st.integers(1, 3))
    def disable(self, whom: str, days: int | None) -> None:
        until = None if days is None else self.clock.now() + timedelta(days=days)
        administer = Administer(self.context)
        self.attempt(lambda: administer.disable(whom, reason=None, until=until))

    @rule(whom=people)
    def enable(self, whom: str) -> None:
        self.attempt(lambda: Administer(self.context).enable(whom))

    @rule(who=people)
    def delete_account(self, who: str) -> None:
        self.attempt(lambda: DeleteAccount(self.context)(self.actor(who)))

    @rule(hours=st.integers(1, 48))
    def wait(self, hours: int) -> None:
        self.clock.move(hours=hours)

    @invariant()
    def somebody_is_an_administrator(self) -> None:
        with self.store.reading() as tx:
            assert tx.roles.has_administrator(self.clock.now())


@pytest.mark.timeout(0 if DEEP else 1200)
def test_no_acts_leave_an_installation_without_an_administrator(
    compose_with: Compose, clock: MovableClock
) -> None:
    composition = compose_with(rate_limits="off")
    Administrators.context = composition.context
    Administrators.store = composition.store
    Administrators.clock = clock
    Administrators.acts = Administrators.refused = 0
    run_state_machine_as_test(
        Administrators,
        settings=settings(
            max_examples=max(1, (DEEP or 2000) // STEPS),
            stateful_step_count=STEPS,
            deadline=None,
            derandomize=not DEEP,
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert Administrators.acts > Administrators.refused > 0
