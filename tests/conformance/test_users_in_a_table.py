"""Users in a table of the application's own, in the database that it shares with us."""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy import Boolean, Engine, Integer, String, create_engine, func, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from tigertally import TigerTally
from tigertally.contrib.sqlalchemy import ModelUsers
from tigertally.core.passwords import Passwords
from tigertally.core.people import Users
from tigertally.secret import Secret
from tigertally.storage.sql.tables import users as our_users
from tigertally.testing import MovableClock
from tigertally.testing.users import UsersConformance

PASSWORD = "two halves make one"
AT_ONCE = 8


class Base(DeclarativeBase):
    pass


class Member(Base):
    __tablename__ = "member"
    __table_args__ = ({"mysql_charset": "utf8mb4"},)

    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    email: Mapped[str] = mapped_column(String(200))
    hash: Mapped[str | None] = mapped_column(String(500))
    roles: Mapped[str] = mapped_column(String(200))
    active: Mapped[bool] = mapped_column(Boolean, default=True)


class MemberUsers(ModelUsers[Member]):
    """Replaces hashes, too, as an application may add."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(
            engine,
            Member,
            login=lambda typed: Member.email == typed.lower(),
            password_hash="hash",
            username="email",
            roles=lambda member: member.roles.split(),
            disabled=lambda member: not member.active,
        )
        self.engine = engine

    def set_password_hash(self, user_id: str, new: str, *, expected: str | None) -> bool:
        with Session(self.engine) as session, session.begin():
            member = session.get(Member, int(user_id), with_for_update=True)
            same = member is not None and member.hash == expected
            if member is not None and same:
                member.hash = new
            return same


class Members:
    """Implements :class:`tigertally.testing.users.Table`."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.users: Users[object] = MemberUsers(engine)  # type: ignore[assignment]

    def add(self, login: str, password_hash: str | None, roles: Iterable[str]) -> int:
        member = Member(email=login, hash=password_hash, roles=" ".join(roles))
        with Session(self.engine) as session, session.begin():
            session.add(member)
            session.flush()
            return member.number

    def set_password_hash(self, user_id: str | int, new: str | None) -> None:
        self._change(user_id, hash=new)

    def disable(self, user_id: str | int) -> None:
        self._change(user_id, active=False)

    def remove(self, user_id: str | int) -> None:
        with Session(self.engine) as session, session.begin():
            session.delete(session.get_one(Member, int(user_id)))

    def _change(self, user_id: str | int, **values: object) -> None:
        with Session(self.engine) as session, session.begin():
            member = session.get_one(Member, int(user_id))
            for name, value in values.items():
                setattr(member, name, value)


@pytest.fixture
def table(database_url: str) -> Iterator[Members]:
    engine = create_engine(database_url.replace("mysql://", "mysql+pymysql://"))
    Base.metadata.create_all(engine)
    yield Members(engine)
    engine.dispose()


class TestUsersInATable(UsersConformance):
    """The public suite, on each engine."""


@pytest.fixture
def processes(
    database_url: str, table: Members, tmp_path: Path, clock: MovableClock
) -> Iterator[list[tuple[Flask, TigerTally]]]:
    made = []
    for number in range(2):
        app = Flask("shop")
        app.config.update(
            TALLY_DATA_DIR=tmp_path / str(number if "sqlite" not in database_url else 0),
            TALLY_DATABASE_URL=database_url,
            TALLY_SECRET="q8Zr0cW1xN5vB7mK2jH4gF6dS9aP3oLt",
            TALLY_SESSION_POLICY="single",
            TALLY_PASSWORD_COST="testing",
        )
        made.append((app, TigerTally(app, users=MemberUsers(table.engine), clock=clock)))
    yield made
    for _, tally in made:
        tally.close()


def test_one_database_serves_both_and_no_row_of_theirs_is_ours(
    processes: list[tuple[Flask, TigerTally]], table: Members
) -> None:
    stored = Passwords(time_cost=1, memory_kib=8).hash(Secret(PASSWORD))
    user_id = table.add("lina@example.com", stored, ["editor"])
    start = Barrier(AT_ONCE)
    body = {"username": "Lina@Example.com", "password": PASSWORD}

    def sign_in(number: int) -> int:
        client = processes[number % 2][0].test_client()
        start.wait()
        return client.post("/api/auth/login", json=body).status_code

    with ThreadPoolExecutor(AT_ONCE) as threads:
        assert set(threads.map(sign_in, range(AT_ONCE))) == {200}
    assert len(processes[0][1].sessions(user_id)) == 1
    with table.engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(our_users)) == 0
