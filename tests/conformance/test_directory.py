"""The lists of administrators: each engine finds what looking at every row finds."""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine, event
from tests.conformance.rows import keep

from tigertally.core.contacts import Contact, phone_target
from tigertally.core.directory import (
    FoundUser,
    SessionFilter,
    UserFilter,
    UserState,
    search_key,
)
from tigertally.core.identifiers import new_id
from tigertally.core.lockouts import Lockout
from tigertally.core.pages import Place, WordPlace
from tigertally.core.sessions import Device, DeviceType, Ending, EndReason, Session
from tigertally.core.throttle import Act, Subject
from tigertally.core.users import User
from tigertally.errors import InvalidRequest
from tigertally.storage.sql import directory
from tigertally.storage.sql.store import SqlStore
from tigertally.testing.samples import START, sample_session, sample_user

NOW = START + timedelta(hours=1)
HOUR = timedelta(hours=1)


@contextmanager
def statements(engine: Engine) -> Iterator[list[str]]:
    """Collect what is executed."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        seen.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)


def users_of(store: SqlStore, wanted: UserFilter, *, limit: int) -> list[FoundUser]:
    """Turn pages until there is no next one."""
    found: list[FoundUser] = []
    after: Place | WordPlace | None = None
    while True:
        with store.reading() as tx, statements(store.engine) as executed:
            page = tx.directory.users(wanted, NOW, after=after, limit=limit)
        assert len(executed) <= 3
        assert len(page.users) <= limit
        found += page.users
        if page.following is None:
            return found
        # As it comes back from a client.
        after = type(page.following).parse(str(page.following))


def written(store: SqlStore, chance: random.Random, count: int) -> list[User]:
    """Write accounts in all states, some of one moment and with words that begin alike."""
    states: list[Callable[[User], User]] = [
        lambda user: user,
        lambda user: user,
        lambda user: replace(user, disabled_at=START),
        lambda user: replace(user, disabled_at=START, disabled_until=NOW + HOUR),
        lambda user: replace(user, disabled_at=START, disabled_until=NOW),
        lambda user: replace(user, deleted_at=START, purge_at=NOW + HOUR),
    ]
    made = []
    for number in range(count):
        user = replace(
            sample_user(f"{chance.choice(['Li', 'li-na', '李', 'ß', 'Ω'])}{number}"),
            email=chance.choice([None, f"li{number}@example.com", f"{number}@li.example"]),
            display_name=chance.choice([None, "Li Na", "虎符", "100%", "li_na", "\U0001f42f"]),
            created_at=START + timedelta(seconds=chance.randrange(5)),
        )
        made.append(chance.choice(states)(user))
    with store.writing() as tx:
        tx.users.add_all(made)
        for user in chance.sample(made, count // 5):
            tx.lockouts.begin(
                Lockout(
                    Subject(Act.PASSWORD_FOR_ACCOUNT, new_id()),
                    user.id,
                    START,
                    NOW + chance.choice([-HOUR, HOUR, 2 * HOUR]),
                )
            )
    return made


def in_state(user: User, state: UserState | None, locked: set[str]) -> bool:
    """Say the same in plain Python."""
    match state:
        case UserState.ACTIVE:
            return not user.is_disabled(NOW) and user.deleted_at is None
        case UserState.DISABLED:
            return user.is_disabled(NOW)
        case UserState.DELETED:
            return user.deleted_at is not None
        case UserState.LOCKED:
            return user.id in locked
    return True


@pytest.mark.parametrize("state", [None, *UserState])
@pytest.mark.parametrize(
    "words", [None, "LI", "li-", "李", "ss", "100%", "li_", "虎", "\U0001f42f"]
)
def test_every_filter_finds_each_match_once(
    store: SqlStore, state: UserState | None, words: str | None
) -> None:
    chance = random.Random(20261127)
    made = written(store, chance, 60)
    with store.reading() as tx:
        everybody = {one.user.id: one for user in made if (one := tx.directory.user(user.id, NOW))}
    locked = {user_id for user_id, one in everybody.items() if one.locked_until}
    assert 0 < len(locked) < 60 // 5
    expected = {
        user.id
        for user in made
        if in_state(user, state, locked)
        and (
            words is None
            or any(
                search_key(text).startswith(search_key(words))
                for text in (user.username, user.email, user.display_name)
                if text
            )
        )
    }
    for limit in (1, 7, 200):
        found = users_of(store, UserFilter(words=words, state=state), limit=limit)
        ids = [one.user.id for one in found]
        assert len(ids) == len(set(ids))
        assert set(ids) == expected
        assert all(one == everybody[one.user.id] for one in found)
        if words is None and state in {None, UserState.ACTIVE}:
            assert found == sorted(
                found, key=lambda one: (one.user.created_at, one.user.id), reverse=True
            )


def test_a_narrowed_search_goes_on_behind_what_it_looked_at(
    store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many accounts have a fitting word, one page looks at a few of them only."""
    monkeypatch.setattr(directory, "SCANNED", 4)
    users = [sample_user(f"li{number:02}") for number in range(20)]
    users[17] = replace(users[17], disabled_at=START)
    with store.writing() as tx:
        tx.users.add_all(users)
    found = users_of(store, UserFilter(words="li", state=UserState.DISABLED), limit=3)
    assert [one.user.id for one in found] == [users[17].id]


def test_words_follow_the_account(store: SqlStore, lina: User) -> None:
    def finds(words: str) -> bool:
        found = users_of(store, UserFilter(words=words), limit=10)
        return [one.user.id for one in found] == [lina.id]

    assert finds("LINA@exa")
    assert finds(lina.id)
    number = phone_target("138 0013 8000")
    contact = Contact(id=new_id(), user_id=lina.id, target=number, added_at=START)
    with store.writing() as tx:
        tx.contacts.add(contact)
        tx.users.replace(replace(lina, display_name="丽娜").with_email("other@example.com"))
    assert finds("1380013")
    assert finds("+86138")
    assert finds("丽")
    assert finds("other@")
    assert not finds("lina@")
    with store.writing() as tx:
        tx.contacts.remove(contact.id)
        assert tx.users.release_name(lina.id, "Lina", instead="user-1")
    assert not finds("138")
    assert not finds("lina")
    assert finds("user-")
    with store.writing() as tx:
        tx.users.replace(replace(lina, username="user-1", deleted_at=START, purge_at=START))
        tx.users.purge(NOW, 10)
    assert users_of(store, UserFilter(), limit=10) == []
    assert users_of(store, UserFilter(words="user"), limit=10) == []
    assert users_of(store, UserFilter(words=lina.id), limit=10) == []


def test_the_cursor_of_another_list_is_refused(store: SqlStore) -> None:
    with store.reading() as tx:
        for wanted, after in (
            (UserFilter(words="a"), Place(NOW, new_id())),
            (UserFilter(), WordPlace("a", new_id())),
        ):
            with pytest.raises(InvalidRequest):
                tx.directory.users(wanted, NOW, after=after, limit=1)


def online(store: SqlStore, wanted: SessionFilter, *, limit: int) -> list[tuple[Session, bool]]:
    """Turn pages until there is no next one. Tell of each session whether its owner is known."""
    found: list[tuple[Session, bool]] = []
    after: Place | None = None
    while True:
        with store.reading() as tx, statements(store.engine) as executed:
            page = tx.directory.online(wanted, NOW, after=after, limit=limit)
        assert len(executed) <= 2
        found += [(session, owner is not None) for session, owner in page.sessions]
        if page.following is None:
            return found
        after = Place.parse(str(page.following))


def test_every_live_session_is_listed_once(store: SqlStore, lina: User) -> None:
    chance = random.Random(20261127)
    kept = []
    for _ in range(60):
        session = sample_session(
            user_id=chance.choice([lina.id, "b" * 26]),
            now=START + timedelta(seconds=chance.randrange(5)),
        )
        ending = Ending(EndReason.KICKED, START) if chance.random() < 0.2 else None
        idle = START if chance.random() < 0.1 else session.idle_expires_at
        kind = chance.choice(list(DeviceType))
        device = Device(kind, None, None, chance.choice(["192.0.2.1", "2001:db8::1", None]))
        kept.append(replace(session, ending=ending, idle_expires_at=idle, device=device))
    for session in kept:
        keep(store, session)
    live = sorted(
        (one for one in kept if one.ended(NOW) is None),
        key=lambda one: (one.created_at, one.id),
        reverse=True,
    )
    for wanted in (
        SessionFilter(),
        SessionFilter(user_id=lina.id),
        SessionFilter(address="2001:db8::1"),
        SessionFilter(device_type=DeviceType.APP),
        SessionFilter(user_id=lina.id, address="192.0.2.1", device_type=DeviceType.WEB),
    ):
        expected = [
            (one, one.user_id == lina.id)
            for one in live
            if wanted.user_id in {None, one.user_id}
            and wanted.address in {None, one.device.ip}
            and wanted.device_type in {None, one.device.type}
        ]
        for limit in (1, 7, 200):
            assert online(store, wanted, limit=limit) == expected
