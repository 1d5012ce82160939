"""What every store of files promises: bytes in a folder and in a bucket, rows in SQL."""

import logging
import socket
import stat
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from threading import Barrier, Thread
from typing import Final

import boto3
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from moto.server import ThreadedMotoServer
from PIL import Image
from sqlalchemy import inspect, text
from tests.conftest import Compose
from tests.http.callers import Caller
from tests.waiting import PATIENCE

from tigertally.core.files import PIECE_MAX, File, PictureKind, Piece, Rendition
from tigertally.core.identifiers import new_id
from tigertally.core.pages import Place
from tigertally.core.ports.files import Blobs
from tigertally.errors import QuotaExceeded, SetupError, StoreUnavailable
from tigertally.server.app import make_app
from tigertally.server.compose import Composition
from tigertally.server.file_store import open_blobs
from tigertally.settings import load_settings
from tigertally.storage.blobs import LocalBlobs
from tigertally.storage.s3 import Bucket, S3Blobs
from tigertally.storage.sql.dialects import open_engine
from tigertally.storage.sql.schema import VERSION_TABLE, downgrade_schema, upgrade_schema
from tigertally.storage.sql.tables import metadata
from tigertally.testing.samples import START, sample_user

NOW: Final = datetime.now(UTC)
LATER: Final = NOW + timedelta(hours=2)
EARLIER: Final = NOW - timedelta(hours=2)


@pytest.fixture(scope="module")
def s3_server() -> Iterator[str]:
    """A server that speaks like S3, on this machine."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """What boto3 finds in the environment of a machine of yours."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "nobody")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "nothing")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.fixture
def bucket(s3_server: str, credentials: None) -> Bucket:
    """An empty bucket."""
    name = f"tally-{new_id()}"
    client = boto3.client("s3", endpoint_url=s3_server, region_name="us-east-1")
    client.create_bucket(Bucket=name)
    return Bucket(name, prefix="of/ours", endpoint=s3_server, region="us-east-1")


@pytest.fixture(params=["folder", "bucket"])
def blobs(request: pytest.FixtureRequest, tmp_path: Path) -> Blobs:
    """An empty store of bytes."""
    if request.param == "folder":
        return LocalBlobs(tmp_path / "files")
    return S3Blobs(request.getfixturevalue("bucket"))


# Bytes


def whole(blobs: Blobs, file_id: str, rendition: Rendition) -> bytes | None:
    """Everything that is kept, read as the service reads it."""
    found = b""
    while piece := blobs.read(file_id, rendition, start=len(found), length=PIECE_MAX):
        assert len(piece.data) <= PIECE_MAX
        if not piece.data:
            return found
        found += piece.data
    return None


@pytest.mark.parametrize("content", [b"", b"x", bytes(range(256)) * 40_960])
def test_what_was_put_is_read_back_in_each_rendition(blobs: Blobs, content: bytes) -> None:
    file_id = new_id()
    blobs.put(file_id, Rendition.FULL, content)
    blobs.put(file_id, Rendition.THUMB, b"small")
    assert whole(blobs, file_id, Rendition.FULL) == content
    assert whole(blobs, file_id, Rendition.THUMB) == b"small"


def test_what_was_never_put_is_not_there(blobs: Blobs) -> None:
    file_id = new_id()
    assert whole(blobs, file_id, Rendition.FULL) is None
    blobs.put(file_id, Rendition.FULL, b"x")
    assert whole(blobs, file_id, Rendition.THUMB) is None
    assert whole(blobs, new_id(), Rendition.FULL) is None


def test_a_piece_is_read_from_anywhere_and_never_longer_than_asked(blobs: Blobs) -> None:
    file_id = new_id()
    blobs.put(file_id, Rendition.FULL, b"0123456789")
    for start, length, data in ((0, 4, b"0123"), (4, 4, b"4567"), (8, 4, b"89"), (9, 1, b"9")):
        assert blobs.read(file_id, Rendition.FULL, start=start, length=length) == Piece(data, 10)
    for start in (10, 11, 1000):
        behind = blobs.read(file_id, Rendition.FULL, start=start, length=4)
        assert behind is not None
        assert behind.data == b""


def test_all_renditions_of_an_id_are_removed_and_no_other_id(blobs: Blobs) -> None:
    gone, other = new_id(), new_id()
    for file_id in (gone, other):
        for rendition in Rendition:
            blobs.put(file_id, rendition, b"x")
    blobs.remove([gone, new_id()])
    blobs.remove([gone])
    blobs.remove([])
    assert all(whole(blobs, gone, rendition) is None for rendition in Rendition)
    assert all(whole(blobs, other, rendition) == b"x" for rendition in Rendition)


def test_what_was_written_before_an_instant_is_found(blobs: Blobs) -> None:
    assert list(blobs.written_before(LATER)) == []
    ids = {new_id() for _ in range(5)}
    for file_id in ids:
        blobs.put(file_id, Rendition.THUMB, b"x")
    assert set(blobs.written_before(LATER)) == ids
    assert list(blobs.written_before(EARLIER)) == []


def test_writers_of_one_id_never_mix_their_bytes(blobs: Blobs) -> None:
    file_id, start = new_id(), Barrier(4)
    contents = [bytes([number]) * 300_000 for number in range(4)]

    def write(content: bytes) -> None:
        start.wait(PATIENCE)
        blobs.put(file_id, Rendition.FULL, content)

    threads = [Thread(target=write, args=(content,)) for content in contents]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert whole(blobs, file_id, Rendition.FULL) in contents


# Bytes in a folder


@pytest.mark.parametrize(
    "name", ["", "..", "../../etc/passwd", "a" * 25, "A" * 26, "a" * 25 + "/", "a" * 26 + "\n"]
)
def test_only_an_id_of_ours_becomes_part_of_a_path(tmp_path: Path, name: str) -> None:
    store = LocalBlobs(tmp_path / "files")
    with pytest.raises(ValueError, match="id"):
        store.put(name, Rendition.FULL, b"x")
    with pytest.raises(ValueError, match="id"):
        whole(store, name, Rendition.FULL)
    with pytest.raises(ValueError, match="id"):
        store.remove([name])


def test_a_folder_of_files_is_for_its_owner_only(tmp_path: Path) -> None:
    LocalBlobs(tmp_path / "files").put(new_id(), Rendition.FULL, b"x")
    made = [tmp_path / "files", *(tmp_path / "files").rglob("*")]
    assert [stat.S_IMODE(path.stat().st_mode) for path in made] == [0o700, 0o700, 0o600]


def test_what_a_crash_left_half_written_is_found_and_removed(tmp_path: Path) -> None:
    store, file_id = LocalBlobs(tmp_path / "files"), new_id()
    store.put(file_id, Rendition.FULL, b"x")
    (kept,) = (tmp_path / "files").rglob("*.full")
    half = kept.rename(kept.with_name(f"{kept.name}.0123abcd"))
    assert whole(store, file_id, Rendition.FULL) is None
    assert list(store.written_before(LATER)) == [file_id]
    store.remove([file_id])
    assert not half.exists()


def test_what_others_put_into_the_folder_is_left_alone(tmp_path: Path) -> None:
    store = LocalBlobs(tmp_path / "files")
    store.put(new_id(), Rendition.FULL, b"x")
    (tmp_path / "files" / "README").mkdir()
    (tmp_path / "files" / "README" / "notes.txt").write_text("mine")
    assert len(list(store.written_before(LATER))) == 1


def test_a_folder_that_cannot_be_written_to_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "files").write_text("no folder")
    store = LocalBlobs(tmp_path / "files")
    with pytest.raises(StoreUnavailable):
        store.put(new_id(), Rendition.FULL, b"x")
    with pytest.raises(StoreUnavailable):
        whole(store, new_id(), Rendition.FULL)


# Bytes in a bucket


def test_what_others_keep_in_the_bucket_is_left_alone(bucket: Bucket) -> None:
    store, file_id = S3Blobs(bucket), new_id()
    store.put(file_id, Rendition.FULL, b"x")
    client = boto3.client("s3", endpoint_url=bucket.endpoint, region_name="us-east-1")
    for key in (f"{new_id()}.full", "of/ours/notes.txt", f"of/oursome/{new_id()}.full"):
        client.put_object(Bucket=bucket.name, Key=key, Body=b"theirs")
    assert list(store.written_before(LATER)) == [file_id]


def test_a_bucket_that_does_not_answer_is_unavailable(credentials: None) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # nobody listens there
        endpoint = f"http://127.0.0.1:{taken.getsockname()[1]}"
        store = S3Blobs(Bucket("tally", endpoint=endpoint, region="us-east-1"))
        with pytest.raises(StoreUnavailable):
            whole(store, new_id(), Rendition.FULL)


def test_a_bucket_that_is_not_there_is_unavailable(bucket: Bucket) -> None:
    missing = Bucket("tally-missing", endpoint=bucket.endpoint, region="us-east-1")
    store = S3Blobs(missing)
    with pytest.raises(StoreUnavailable):
        store.put(new_id(), Rendition.FULL, b"x")
    with pytest.raises(StoreUnavailable):
        whole(store, new_id(), Rendition.FULL)
    with pytest.raises(StoreUnavailable):
        list(store.written_before(LATER))


def test_the_service_keeps_its_files_in_the_bucket_that_is_set(
    bucket: Bucket, compose_with: Compose, tmp_path: Path
) -> None:
    url = f"s3://{bucket.name}/of/ours?endpoint={bucket.endpoint}&region=us-east-1"
    composition = compose_with(files_url=url)
    user = Caller(make_app(composition), "bearer")
    user.register()
    user.login()
    content = BytesIO()
    Image.new("RGB", (600, 400), "red").save(content, "JPEG")
    answer = user.client.post(
        "/api/files",
        data={"file": (BytesIO(content.getvalue()), "tiger.jpg")},
        headers={"Authorization": f"Bearer {user.access}"},
    )
    file = answer.get_json()["file"]
    assert len(user.send("GET", file["content_url"]).data) == file["size"]
    assert not (tmp_path / "data" / "files").exists()
    store = S3Blobs(bucket)
    assert set(store.written_before(LATER)) == {file["id"]}
    assert user.send("DELETE", f"/api/files/{file['id']}").status_code == 200
    assert list(store.written_before(LATER)) == []


def test_a_bucket_is_opened_as_its_address_says(tmp_path: Path) -> None:
    url = "s3://my-bucket/a/b/?endpoint=https://s3.example.com&region=eu-1"
    settings = load_settings({"files_url": url}, environ={})
    assert isinstance(open_blobs(settings, tmp_path), S3Blobs)
    plain = load_settings({}, environ={})
    assert isinstance(open_blobs(plain, tmp_path), LocalBlobs)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "s3://",
        "s3:///prefix",
        "https://bucket/prefix",
        "s3://Bucket/prefix",
        "s3://key:secret@bucket/prefix",
        "s3://bucket/prefix?secret=x",
        "s3://bucket/prefix?endpoint=",
        "s3://bucket/prefix?endpoint=s3.example.com",
        "/var/lib/files",
    ],
)
def test_an_address_that_is_no_bucket_is_refused_at_the_start(url: str) -> None:
    with pytest.raises(SetupError) as caught:
        load_settings({"files_url": url}, environ={})
    assert "TALLY_FILES_URL" in str(caught.value)
    assert "secret@" not in str(caught.value)


# Rows


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
