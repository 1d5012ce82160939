"""Chooses the store of files' bytes: a folder beside the database, or a bucket."""

from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from tigertally.core.ports.files import Blobs
from tigertally.server.extras import require_extra
from tigertally.settings import Settings
from tigertally.storage.blobs import LocalBlobs

FILES_FOLDER = "files"


def open_blobs(settings: Settings, data_dir: Path) -> Blobs:
    """Return the store from the settings. Raises SetupError."""
    if settings.files_url is None:
        return LocalBlobs(data_dir / FILES_FOLDER)
    require_extra("s3", what="a bucket (TALLY_FILES_URL)")
    # An extra: the SDK is not needed for files in a folder.
    from tigertally.storage.s3 import Bucket, S3Blobs  # noqa: PLC0415 - see above

    parts = urlsplit(settings.files_url)
    query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    return S3Blobs(
        Bucket(
            parts.netloc,
            prefix=unquote(parts.path).strip("/"),
            endpoint=query.get("endpoint"),
            region=query.get("region"),
        )
    )
