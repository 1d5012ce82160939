"""Empty stores of bytes: a folder, and a bucket of a server that speaks like S3."""

import logging
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from moto.server import ThreadedMotoServer

from tigertally.core.identifiers import new_id
from tigertally.core.ports.files import Blobs
from tigertally.storage.blobs import LocalBlobs
from tigertally.storage.s3 import Bucket, S3Blobs


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
