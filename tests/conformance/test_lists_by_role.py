"""Accounts and live sessions by role: each engine finds what looking at every row finds."""

import random
from datetime import timedelta

import pytest
from sqlalchemy import event

from tigertally.core.directory import SessionFilter, UserFilter, UserState
from tigertally.core.identifiers import new_id
from tigertally.core.pages import Place
from tigertally.core.roles import Grant, Role
from tigertally.core.sessions import DeviceType
from tigertally.core.users import User
from tigertally.storage.sql import directory
from tigertally.storage.sql.store import SqlStore
from tigertally.testing.samples import START, sample_session, sample_user

NOW = START + timedelta(hours=1)
ROLES = ("editor", "writer")


@pytest.fixture
def people(store: SqlStore) -> dict[str, set[str]]:
    """Forty accounts; return the ids of those who have each role now."""
    chance = random.Random(20261128)
    having: dict[str, set[str]] = {role: set() for role in (*ROLES, "nobody")}
    with store.writing() as tx:
        for role in ROLES:
            tx.roles.put(Role(id=new_id(), key=role, name=role), START)
        for number in range(40):
            user: User = sample_user(f"li{number}")
            tx.users.add(user)
            grants = []
            for role in ROLES:
                until = chance.choice([None, NOW + timedelta(days=1), NOW])
                if chance.random() < 0.6:
                    grants.append(Grant(role=role, granted_at=START, expires_at=until))
                    having[role] |= {user.id} if until != NOW else set()
            tx.roles.set_grants(user.id, grants, START)
            for _ in range(chance.randrange(3)):
                tx.sessions.add(sample_session(user_id=user.id))
    return having


def users_of(store: SqlStore, wanted: UserFilter, *, limit: int) -> list[str]:
    """Turn pages until there is no next one."""
    found: list[str] = []
    after = None
    while True:
        with store.reading() as tx:
            page = tx.directory.users(wanted, NOW, after=after, limit=limit)
        assert len(page.users) <= limit
        found += [one.user.id for one in page.users]
        if page.following is None:
            return found
        after = type(page.following).parse(str(page.following))


def sessions_of(store: SqlStore, wanted: SessionFilter, *, limit: int) -> list[tuple[str, str]]:
    """Turn pages until there is no next one. Returns sessions and their owners."""
    found: list[tuple[str, str]] = []
    after: Place | None = None
    executed: list[str] = []

    @event.listens_for(store.engine, "before_cursor_execute")
    def note(*args: object) -> None:
        executed.append(str(args[2]))

    try:
        while True:
            executed.clear()
            with store.reading() as tx:
                page = tx.directory.online(wanted, NOW, after=after, limit=limit)
            # One more reads the session of whoever asks.
            assert len(executed) <= 3, executed
            assert len(page.sessions) <= limit
            found += [(session.id, session.user_id) for session, _ in page.sessions]
            if page.following is None:
                return found
            after = Place.parse(str(page.following))
    finally:
        event.remove(store.engine, "before_cursor_execute", note)


@pytest.mark.parametrize("scanned", [3, 500])
@pytest.mark.parametrize("words", [None, "li1"])
def test_accounts_with_a_role_are_found_once(
    store: SqlStore,
    people: dict[str, set[str]],
    monkeypatch: pytest.MonkeyPatch,
    words: str | None,
    scanned: int,
) -> None:
    monkeypatch.setattr(directory, "SCANNED", scanned)
    fitting = set(users_of(store, UserFilter(words=words), limit=200))
    for role, having in people.items():
        for state in (None, UserState.ACTIVE):
            for limit in (1, 7, 200):
                wanted = UserFilter(role=role, state=state, words=words)
                found = users_of(store, wanted, limit=limit)
                assert len(found) == len(set(found))
                assert set(found) == having & fitting, (role, state, limit)
        for state in (UserState.DISABLED, UserState.LOCKED):
            assert users_of(store, UserFilter(role=role, state=state), limit=7) == []


@pytest.mark.parametrize("scanned", [3, 500])
def test_sessions_of_a_role_are_found_once_newest_first(
    store: SqlStore, people: dict[str, set[str]], monkeypatch: pytest.MonkeyPatch, scanned: int
) -> None:
    monkeypatch.setattr(directory, "SCANNED", scanned)
    everybody = sessions_of(store, SessionFilter(), limit=200)
    assert len(everybody) > 20
    for role, having in people.items():
        expected = [one for one in everybody if one[1] in having]
        for limit in (1, 7, 200):
            assert sessions_of(store, SessionFilter(role=role), limit=limit) == expected
        web = SessionFilter(role=role, device_type=DeviceType.WEB)
        assert set(sessions_of(store, web, limit=7)) <= set(expected)
        for user_id in sorted(having)[:3]:
            own = SessionFilter(role=role, user_id=user_id)
            theirs = [one for one in expected if one[1] == user_id]
            assert sessions_of(store, own, limit=7) == theirs
