"""Moving to another database: sessions survive, and nothing is left half-done."""

import itertools
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import select
from tests.databases import empty_database
from tests.servers.mariadb import MariaDb
from tests.servers.postgres import Postgres
from tests.servers.server import Database
from tests.waiting import PATIENCE

from tigertally.cli import main
from tigertally.core.identifiers import new_id
from tigertally.core.identities import Identity, Opened, ProviderIdentity, Pseudonym
from tigertally.core.ports.identities import StoredAppToken
from tigertally.core.ports.store import Transaction
from tigertally.core.sessions import EndReason
from tigertally.errors import SessionEnded, SetupError, StoreUnavailable
from tigertally.flows.administer import Administer
from tigertally.flows.context import Context, Tally
from tigertally.server.compose import Composition, compose
from tigertally.settings import load_settings
from tigertally.storage.sql import copying
from tigertally.storage.sql.copying import copy_database
from tigertally.storage.sql.dialects import open_engine
from tigertally.storage.sql.schema import downgrade_schema, upgrade_schema
from tigertally.storage.sql.tables import meta, metadata
from tigertally.testing import MovableClock
from tigertally.testing.conformance.tools import (
    MASTER,
    NAME,
    refresh,
    register,
    sign_in,
    sign_out,
)

ENGINES = ("sqlite", "postgres", "mariadb")
LATER = datetime(2040, 1, 2, 3, 4, 5, 678_901, tzinfo=UTC)
ADA = ProviderIdentity("wechat-mini", "wx1", Pseudonym("oAda"), Pseudonym("uAda"))
TOKEN = StoredAppToken(b"\x00\xffsealed", LATER)


def said_nothing(_table: str, _done: int, _expected: int) -> None:
    """Take progress without a word."""


class Places:
    """Databases and the services over them."""

    def __init__(
        self, servers: dict[str, Database | None], folder: Path, clock: MovableClock
    ) -> None:
        self._servers = servers
        self._folder = folder
        self._clock = clock
        self._open: list[Composition] = []
        self._numbers = itertools.count()

    def empty(self, engine: str) -> str:
        """Return the address of an empty database."""
        folder = self._folder / f"database-{next(self._numbers)}"
        folder.mkdir()
        return empty_database(self._servers[engine], folder)

    def serve(self, url: str) -> Composition:
        """Return the service over a database."""
        settings = load_settings(
            {
                "database_url": url,
                "data_dir": self._folder / f"data-{next(self._numbers)}",
                "secret": MASTER.reveal(),
            },
            environ={},
        )
        self._open.append(compose(settings, clock=self._clock))
        return self._open[-1]

    def close(self) -> None:
        """Close all services."""
        for composition in self._open:
            composition.close()


@pytest.fixture
def places(
    postgres: Postgres, mariadb: MariaDb, tmp_path: Path, clock: MovableClock
) -> Iterator[Places]:
    """All three engines."""
    places = Places({"sqlite": None, "postgres": postgres, "mariadb": mariadb}, tmp_path, clock)
    yield places
    places.close()


def claim(tx: Transaction) -> object:
    """Claim a provider's code."""
    until = LATER + timedelta(minutes=1)
    return tx.sign_in_codes.claim("c", "one", LATER, held_until=until, until=until)


def link(context: Context, tally: Tally) -> Identity:
    """Let somebody sign in through a provider too, with all that this leaves behind."""
    identity = Identity(id=new_id(), user_id=tally.user.id, who=ADA, linked_at=LATER)
    with context.store.writing() as tx:
        tx.identities.add(identity)
        claim(tx)
        tx.sign_in_codes.finish("c", "one", Opened(tally.session.id, True, ["a", "b"]))
        tx.app_tokens.claim("wx1", "one", LATER, held_until=LATER)
        tx.app_tokens.put("wx1", "one", TOKEN)
    return identity


@pytest.mark.parametrize(("source", "target"), list(itertools.permutations(ENGINES, 2)))
def test_sessions_survive_a_move(source: str, target: str, places: Places) -> None:
    """Whoever was signed in still is, whoever was not is not, and the counters go on."""
    old_url, new_url = places.empty(source), places.empty(target)
    old = places.serve(old_url)
    register(old.context, "someone", "虎@例子.公司")
    Administer(old.context).verify_email("someone")
    for number in range(3):
        register(old.context, f"{NAME}{number}")
    bound = sign_in(old.context, f"{NAME}1", nonce="n" * 43)
    ended = sign_in(old.context, f"{NAME}1")
    sign_out(old.context, ended)
    identity = link(old.context, bound)
    copied = copy_database(old_url, new_url, said_nothing)
    assert copied["tally_users"] == 4
    assert copied["tally_sessions"] == 2
    new = places.serve(new_url)
    assert new.services.verifier.verify(bound.access.text).session_id == bound.session.id
    with pytest.raises(SessionEnded) as caught:
        new.services.verifier.verify(ended.access.text)
    assert caught.value.reason == EndReason.LOGGED_OUT
    renewed = refresh(new.context, bound, nonce="m" * 43)
    again = refresh(new.context, bound, nonce="m" * 43)
    assert renewed.refresh == again.refresh
    # Events are counted on: this one must not want a number that is taken.
    sign_in(new.context, "虎@例子.公司")
    with new.context.store.reading() as tx:
        assert len(tx.events.page(bound.user.id, before=None, limit=50).events) >= 3
        assert tx.identities.find(ADA) == identity
        assert tx.app_tokens.get("wx1") == TOKEN
    with new.context.store.writing() as tx:
        assert claim(tx) == Opened(bound.session.id, True, ["a", "b"])


def test_a_copy_has_an_id_of_its_own(places: Places) -> None:
    """Processes and pages must not take it for the database that they knew."""
    old_url, new_url = places.empty("sqlite"), places.empty("postgres")
    places.serve(old_url)
    copy_database(old_url, new_url, said_nothing)
    ids = []
    for url in (old_url, new_url):
        engine, _ = open_engine(url)
        with engine.connect() as connection:
            ids.append(connection.scalar(select(meta.c.value).where(meta.c.name == "database_id")))
        engine.dispose()
    assert ids[0] != ids[1]


@pytest.mark.parametrize("source", ENGINES)
def test_no_sign_out_is_answered_by_a_database_that_was_copied(source: str, places: Places) -> None:
    """A service that nobody stopped refuses, until somebody decides to stay with it."""
    old_url, new_url = places.empty(source), places.empty("postgres")
    old = places.serve(old_url)
    register(old.context)
    tallies = [sign_in(old.context) for _ in range(3)]
    sign_out(old.context, tallies[0])
    copy_database(old_url, new_url, said_nothing)
    with pytest.raises(StoreUnavailable):
        sign_out(old.context, tallies[1])
    with pytest.raises(SetupError, match="copied to another"):
        copy_database(old_url, places.empty("mariadb"), said_nothing)
    done = CliRunner().invoke(main, ["--database-url", old_url, "db", "upgrade"])
    assert done.exit_code == 0, done.output
    sign_out(old.context, tallies[1])
    for tally in tallies[:2]:
        with pytest.raises(SessionEnded):
            old.services.verifier.verify(tally.access.text)


@pytest.mark.parametrize("source", ENGINES)
def test_a_sign_out_that_comes_during_a_copy_is_refused(source: str, places: Places) -> None:
    """Somebody forgot to stop the service: what the copy does not know of is not answered."""
    old_url, new_url = places.empty(source), places.empty("postgres")
    old = places.serve(old_url)
    register(old.context)
    tallies = [sign_in(old.context) for _ in range(4)]
    answers: list[bool] = []

    def sign_all_out() -> None:
        for tally in tallies:
            try:
                sign_out(old.context, tally)
                answers.append(True)
            except StoreUnavailable:
                answers.append(False)

    signing_out = threading.Thread(target=sign_all_out)

    def during(_table: str, _done: int, _expected: int) -> None:
        if signing_out.ident is None:
            signing_out.start()
            # Long enough for the first of them to ask for what the copy holds.
            signing_out.join(timeout=0.3)

    copy_database(old_url, new_url, during)
    signing_out.join(timeout=PATIENCE)
    assert answers == [False] * 4
    new = places.serve(new_url)
    for tally in tallies:
        new.services.verifier.verify(tally.access.text)


@pytest.mark.parametrize("target", ENGINES)
def test_a_database_that_holds_something_is_not_copied_to(target: str, places: Places) -> None:
    """Nor is anything in it changed."""
    old_url, new_url = places.empty("sqlite"), places.empty(target)
    register(places.serve(old_url).context)
    register(places.serve(new_url).context, "another")
    with pytest.raises(SetupError, match="not empty"):
        copy_database(old_url, new_url, said_nothing)
    with places.serve(new_url).context.store.reading() as tx:
        assert tx.users.find("another") is not None
        assert tx.users.find(NAME) is None


@pytest.mark.parametrize("target", ENGINES)
def test_a_copy_that_breaks_off_leaves_an_empty_database(
    target: str, places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It can simply be started again."""
    monkeypatch.setattr(copying, "BATCH", 10)
    old_url, new_url = places.empty("sqlite"), places.empty(target)
    context = places.serve(old_url).context
    for number in range(25):
        register(context, f"{NAME}{number}")

    def break_off(table: str, done: int, _expected: int) -> None:
        if table == "tally_users" and done >= 20:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        copy_database(old_url, new_url, break_off)
    said: list[tuple[str, int, int]] = []
    copy_database(old_url, new_url, lambda *progress: said.append(progress))
    assert [one for one in said if one[0] == "tally_users"] == [
        ("tally_users", 10, 25),
        ("tally_users", 20, 25),
        ("tally_users", 25, 25),
    ]


def test_an_older_schema_is_not_copied(places: Places) -> None:
    """Its rows mean what its version says."""
    old_url, new_url = places.empty("sqlite"), places.empty("sqlite")
    engine, dialect = open_engine(old_url)
    upgrade_schema(engine, dialect)
    downgrade_schema(engine, dialect, "-1")
    engine.dispose()
    with pytest.raises(SetupError, match="schema"):
        copy_database(old_url, new_url, said_nothing)


def test_all_tables_are_copied(places: Places) -> None:
    """Also those that are added to this product later."""
    old_url, new_url = places.empty("sqlite"), places.empty("sqlite")
    places.serve(old_url)
    assert set(copy_database(old_url, new_url, said_nothing)) == set(metadata.tables)


def test_the_command_copies_and_keeps_passwords_off_the_command_line(
    places: Places, tmp_path: Path
) -> None:
    """Addresses may stand in files."""
    old_url, new_url = places.empty("sqlite"), places.empty("postgres")
    register(places.serve(old_url).context)
    (tmp_path / "target").write_text(f"{new_url}\n")
    done = CliRunner().invoke(
        main, ["db", "copy", "--from", old_url, "--to", f"@{tmp_path / 'target'}"]
    )
    assert done.exit_code == 0, done.output
    assert "tally_users: 1 rows, as many in both" in done.output
    again = CliRunner().invoke(
        main, ["db", "copy", "--from", old_url, "--to", f"@{tmp_path / 'target'}"]
    )
    assert again.exit_code == 2
    assert "copied to another one already" in again.output
