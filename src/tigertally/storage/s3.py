"""The bytes of files in a bucket of S3 or a compatible server (MinIO, R2, OSS, …).

Needs ``pip install "tigertally[s3]"``. boto3 finds the credentials: in the environment, in a
profile, or by the machine's role.
"""

import os
import re
import threading
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from tigertally.core.files import Piece, Rendition
from tigertally.errors import StoreUnavailable

if TYPE_CHECKING:
    from types_boto3_s3.client import S3Client


_PART: Final = re.compile(r"bytes ([0-9]{1,15})-[0-9]{1,15}/([0-9]{1,15})")


@dataclass(frozen=True, slots=True)
class Bucket:
    """A bucket, the prefix of names in it, and the server's address if it is not Amazon's."""

    name: str
    prefix: str = ""
    endpoint: str | None = None
    region: str | None = None


class S3Blobs:
    """Implements :class:`tigertally.core.ports.files.Blobs`."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket
        self._prefix = f"{bucket.prefix}/" if bucket.prefix else ""
        self._made: tuple[int, S3Client] | None = None
        self._making = threading.Lock()

    def put(self, file_id: str, rendition: Rendition, content: bytes) -> None:
        """Store the bytes of a file. S3 answers once they are durable."""
        with _translated_errors():
            self._client().put_object(
                Bucket=self._bucket.name, Key=self._key(file_id, rendition), Body=content
            )

    def require_room(self, size: int) -> None:
        """Do nothing: a bucket has no size limit."""

    def read(self, file_id: str, rendition: Rendition, *, start: int, length: int) -> Piece | None:
        """Return at most so many bytes from there on, or ``None``.

        Each piece is a request of its own (RFC 9110 §14.2): no connection waits for slow readers.
        """
        with _translated_errors():
            client = self._client()
            try:
                found = client.get_object(
                    Bucket=self._bucket.name,
                    Key=self._key(file_id, rendition),
                    Range=f"bytes={start}-{start + length - 1}",
                )
            except client.exceptions.NoSuchKey:
                return None
            except ClientError as error:
                if error.response["Error"]["Code"] == "InvalidRange":
                    return Piece(b"", 0)  # behind the end, or in an empty file
                raise
            with closing(found["Body"]) as body:
                part = _PART.fullmatch(found.get("ContentRange", ""))
                if part is None or int(part[1]) != start:
                    raise StoreUnavailable("the bucket of files does not answer in parts")
                return Piece(body.read(length), int(part[2]))

    def remove(self, file_ids: Iterable[str]) -> None:
        """Remove everything stored under these ids.

        One by one: the call that removes many needs a checksum that some servers do not support.
        """
        with _translated_errors():
            for file_id in file_ids:
                for rendition in Rendition:
                    self._client().delete_object(
                        Bucket=self._bucket.name, Key=self._key(file_id, rendition)
                    )

    def written_before(self, instant: datetime) -> Iterator[str]:
        """Yield ids of files written before."""
        with _translated_errors():
            pages = self._client().get_paginator("list_objects_v2")
            for page in pages.paginate(Bucket=self._bucket.name, Prefix=self._prefix):
                for each in page.get("Contents", ()):
                    name = each["Key"].removeprefix(self._prefix)
                    file_id, _, rendition = name.partition(".")
                    # The bucket may hold objects that are not ours.
                    if rendition in set(Rendition) and each["LastModified"] < instant:
                        yield file_id

    def _key(self, file_id: str, rendition: Rendition) -> str:
        return f"{self._prefix}{file_id}.{rendition}"

    def _client(self) -> "S3Client":
        # Connections must not be shared across a fork: each process makes a client of its own.
        with self._making:
            if self._made is None or self._made[0] != os.getpid():
                self._made = (os.getpid(), _connect(self._bucket))
            return self._made[1]


def _connect(bucket: Bucket) -> "S3Client":
    return boto3.client(
        "s3",
        endpoint_url=bucket.endpoint,
        region_name=bucket.region,
        config=Config(
            connect_timeout=5,
            read_timeout=20,
            retries={"mode": "standard", "max_attempts": 3},
            # Some compatible servers refuse the newer checksums.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        ),
    )


@contextmanager
def _translated_errors() -> Iterator[None]:
    try:
        yield
    except (BotoCoreError, ClientError) as error:
        raise StoreUnavailable(f"the bucket of files failed: {type(error).__name__}") from error
