"""What the rows of files promise, and that their schema goes up and down."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text

from tigertally.core.files import File, PictureKind
from tigertally.core.identifiers import new_id
from tigertally.core.pages import Place
from tigertally.errors import QuotaExceeded
from tigertally.server.compose import Composition
from tigertally.storage.sql.dialects import open_engine
from tigertally.storage.sql.schema import VERSION_TABLE, downgrade_schema, upgrade_schema
from tigertally.storage.sql.tables import metadata
from tigertally.testing.samples import START, sample_user


def file_of(user_id: str, *, size: int = 10, at: datetime = START) -> File:
    return File(
        id=new_id(),
        user_id=user_id,
        name="tiger.jpg",
        kind=PictureKind.JPEG,
        size=size,
        width=3,
        height=2,
        created_at=at,
    )


@pytest.fixture
def users(composition: Composition) -> tuple[str, str]:
    """Two accounts."""
    made = (sample_user("hufu"), sample_user("baihu"))
    with composition.store.writing() as tx:
        for user in made:
            tx.users.add(user)
    return made[0].id, made[1].id


def test_a_row_is_read_back_as_it_was_by_its_owner_alone(
    composition: Composition, users: tuple[str, str]
) -> None:
    file = file_of(users[0])
    with composition.store.writing() as tx:
        tx.files.add(file, quota=100)
    with composition.store.reading() as tx:
        assert tx.files.get(users[0], file.id) == file
        assert tx.files.get(users[1], file.id) is None
        assert tx.files.get(users[0], new_id()) is None


def test_a_file_that_does_not_fit_is_not_added(
    composition: Composition, users: tuple[str, str]
) -> None:
    with composition.store.writing() as tx:
        tx.files.add(file_of(users[0], size=60), quota=100)
    for size, user_id, fits in ((41, users[0], False), (40, users[0], True), (100, users[1], True)):
        with composition.store.writing() as tx:
            if fits:
                tx.files.add(file_of(user_id, size=size), quota=100)
            else:
                with pytest.raises(QuotaExceeded):
                    tx.files.add(file_of(user_id, size=size), quota=100)
    with composition.store.reading() as tx:
        assert (tx.files.usage(users[0]).files, tx.files.usage(users[0]).used) == (2, 100)


def test_a_thumbnail_counts_as_soon_as_it_is_measured(
    composition: Composition, users: tuple[str, str]
) -> None:
    old, new = file_of(users[0]), replace(file_of(users[0]), thumbnail_size=30)
    with composition.store.writing() as tx:
        tx.files.add(old, quota=100)
        tx.files.add(new, quota=50)
        assert tx.files.unmeasured(10) == [old.id]
        with pytest.raises(QuotaExceeded):
            tx.files.add(replace(file_of(users[0]), thumbnail_size=41), quota=100)
        tx.files.measure(old.id, 20)
        tx.files.measure(new.id, 999)  # known already
        assert tx.files.unmeasured(10) == []
        assert tx.files.usage(users[0]).used == 10 + 20 + 10 + 30


def test_pages_are_cut_between_files_of_the_same_microsecond(
    composition: Composition, users: tuple[str, str]
) -> None:
    moments = [START, START, START, START + timedelta(microseconds=1)]
    files = [file_of(users[0], at=at) for at in moments] + [file_of(users[1])]
    with composition.store.writing() as tx:
        for file in files:
            tx.files.add(file, quota=1000)
    expected = sorted(files[:4], key=lambda file: (file.created_at, file.id), reverse=True)
    seen: list[File] = []
    after: Place | None = None
    with composition.store.reading() as tx:
        while True:
            page = tx.files.page(users[0], after=after, limit=1)
            seen += page.files
            if (after := page.following) is None:
                break
    assert seen == expected


def test_only_ones_own_file_is_removed_and_an_avatar_with_it(
    composition: Composition, users: tuple[str, str]
) -> None:
    file = file_of(users[0])
    with composition.store.writing() as tx:
        tx.files.add(file, quota=100)
        for user_id in users:
            user = tx.users.get(user_id)
            assert user is not None
            tx.users.replace(replace(user, avatar_file_id=file.id))
    with composition.store.writing() as tx:
        assert not tx.files.remove(users[1], file.id)
        assert tx.files.known([file.id, new_id()]) == {file.id}
        assert tx.files.remove(users[0], file.id)
        assert not tx.files.remove(users[0], file.id)
        assert tx.files.known([file.id]) == set()
        owner, other = (tx.users.get(user_id) for user_id in users)
    assert owner is not None
    assert owner.avatar_file_id is None
    assert other is not None
    assert other.avatar_file_id == file.id


# The schema


def test_the_schema_goes_up_and_down_and_users_stay(tmp_path: Path) -> None:
    engine, dialect = open_engine(f"sqlite:///{tmp_path / 'tally.db'}")
    upgrade_schema(engine, dialect)
    downgrade_schema(engine, dialect, "0001")
    assert "tally_files" not in inspect(engine).get_table_names()
    columns = {column["name"] for column in inspect(engine).get_columns("tally_users")}
    assert "avatar_file_id" not in columns
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO tally_users (id, username, roles, created_at) "
                "VALUES ('u', 'hufu', '[]', 0)"
            )
        )
    upgrade_schema(engine, dialect)
    with engine.connect() as connection:
        found = connection.execute(text("SELECT username, avatar_file_id FROM tally_users")).all()
        assert [tuple(row) for row in found] == [("hufu", None)]
        context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
        differences = compare_metadata(context, metadata)
    engine.dispose()
    assert differences == []
