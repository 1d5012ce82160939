"""What a bucket of bytes promises beyond that, and how it is named."""

import socket
from io import BytesIO
from pathlib import Path

import boto3
import pytest
from PIL import Image
from tests.conformance.files.stored import LATER, whole
from tests.conftest import Compose
from tests.http.callers import Caller

from tigertally.core.files import Rendition
from tigertally.core.identifiers import new_id
from tigertally.errors import SetupError, StoreUnavailable
from tigertally.server.app import make_app
from tigertally.server.file_store import open_blobs
from tigertally.settings import load_settings
from tigertally.storage.blobs import LocalBlobs
from tigertally.storage.s3 import Bucket, S3Blobs


def test_foreign_objects_in_the_bucket_are_left_alone(bucket: Bucket) -> None:
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
def test_an_invalid_bucket_address_is_refused_at_the_start(url: str) -> None:
    with pytest.raises(SetupError) as caught:
        load_settings({"files_url": url}, environ={})
    assert "TALLY_FILES_URL" in str(caught.value)
    assert "secret@" not in str(caught.value)
