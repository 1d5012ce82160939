"""The data directory of one machine, created with its master secret at the first start."""

import logging
import os
import re
import secrets
import shlex
import stat
from contextlib import suppress
from pathlib import Path
from typing import Final

from sqlalchemy import URL

from tigertally.errors import SetupError
from tigertally.secret import MASTER_SECRET_BYTES, Secret
from tigertally.settings import Settings
from tigertally.settings.secrets import SECRET_MIN, is_weak
from tigertally.settings.values import plain

logger: logging.Logger = logging.getLogger("tigertally")

_told: set[Path] = set()
"""Files about which the log has warned that others may read them."""

_OURS: Final = re.compile(
    r"secret|\.secret-.*|tally\.db.*|files|metrics|figures.*|feed\.(?:lock|doorbell.*)|\.gitignore"
)
"""Names of the files in a data directory."""

SECRET_FILE = "secret"
DATABASE_FILE = "tally.db"


def prepare_data_dir(settings: Settings) -> Path:
    """Return the directory. Create it if it is missing, for its owner only. Raises SetupError."""
    path = settings.data_dir.absolute()
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise SetupError(
            f"the data directory {path} cannot be made: {error.strerror}",
            remedy="name one that this user may write to with --data-dir or TALLY_DATA_DIR",
        ) from None
    if not os.access(path, os.W_OK | os.X_OK):
        raise SetupError(
            f"the data directory {path} cannot be written to",
            remedy="change its owner, or name another with --data-dir or TALLY_DATA_DIR",
        )
    _keep_from_others(path)
    _keep_out_of_git(path)
    return path


def holds_data(path: Path) -> bool:
    """Tell whether this directory contains a service's secret or database."""
    return any((path / name).exists() for name in (SECRET_FILE, DATABASE_FILE))


def _keep_from_others(path: Path) -> None:
    """Close a directory of ours that every user of the machine may read.

    Never one with other content, like `/tmp` or somebody's home.
    """
    with suppress(OSError):
        mode = stat.S_IMODE(path.stat().st_mode)
        if mode & 0o007 and not mode & stat.S_ISVTX and holds_only_data(path):
            path.chmod(0o700)


def holds_only_data(path: Path) -> bool:
    """Tell whether we made everything in a directory."""
    return all(_OURS.fullmatch(one.name) for one in path.iterdir())


def _keep_out_of_git(path: Path) -> None:
    """Ensure that `git add -A` around the directory stages no secret."""
    ignore = path / ".gitignore"
    # Not in the root of somebody's work tree: this would hide all of it.
    if ignore.exists() or (path / ".git").exists():
        return
    with suppress(OSError):
        ignore.write_text("*\n", "utf-8")


def database_url(settings: Settings) -> str:
    """Return the database's URL from the settings, or that of a file in the data directory."""
    if settings.database_url is not None:
        return settings.database_url
    # Quoted: `%`, `?` and `#` have a meaning in a URL, and may be in the name of a folder.
    file = settings.data_dir.absolute() / DATABASE_FILE
    return URL.create("sqlite", database=str(file)).render_as_string(hide_password=False)


def master_secret(settings: Settings) -> Secret:
    """Return the master secret. Generate it once if it is not set. Raises SetupError."""
    if settings.secret is not None and settings.secret_file is not None:
        raise SetupError(
            "both TALLY_SECRET and TALLY_SECRET_FILE are set", remedy="set only one of the two"
        )
    if settings.secret is not None:
        return Secret(settings.secret.get_secret_value())
    if settings.secret_file is not None:
        return _read(settings.secret_file)
    path = prepare_data_dir(settings) / SECRET_FILE
    if not path.exists():
        if settings.several_machines:
            raise SetupError(
                "machines that share a database must share the master secret, and none is set",
                remedy="give all of them the same TALLY_SECRET or TALLY_SECRET_FILE, for example "
                "from `openssl rand -base64 32`",
            )
        _generate(path)
    return _read(path)


def previous_secret(settings: Settings) -> Secret | None:
    """Return the previous master secret, accepted during an exchange. Raises SetupError."""
    if settings.secret_previous is not None and settings.secret_previous_file is not None:
        raise SetupError(
            "both TALLY_SECRET_PREVIOUS and TALLY_SECRET_PREVIOUS_FILE are set",
            remedy="set only one of the two",
        )
    if settings.secret_previous is not None:
        return Secret(settings.secret_previous.get_secret_value())
    if settings.secret_previous_file is not None:
        return _read(settings.secret_previous_file)
    return None


def _generate(path: Path) -> None:
    # Written aside and linked into place: of two processes that start together, one wins, and
    # nobody ever reads half a secret.
    aside = path.with_name(f".{path.name}-{secrets.token_hex(4)}")
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.write(descriptor, secrets.token_urlsafe(MASTER_SECRET_BYTES).encode())
        os.fsync(descriptor)
        os.link(aside, path)
    except FileExistsError:
        pass
    finally:
        os.close(descriptor)
        aside.unlink()


def _can_protect(path: Path, mode: int) -> bool:
    """Tell whether this user could close the file to others.

    Kubernetes and Docker provide secrets on read-only mounts, or as files of root.
    """
    try:
        # To its present mode: the system tells whether it may be changed.
        path.chmod(mode)
    except OSError:
        return False
    return True


def _read(path: Path) -> Secret:
    try:
        text = plain(path.read_text("utf-8"))
        # Windows shows no such rights, and closes a user's folders to others by itself.
        mode = stat.S_IMODE(path.stat().st_mode) if os.name == "posix" else 0o600
    except (OSError, UnicodeDecodeError) as error:
        raise SetupError(
            f"the master secret cannot be read from {path}: {type(error).__name__}",
            remedy="make the file readable for this user, or name another one",
        ) from None
    if mode & 0o077 and _can_protect(path, mode):
        raise SetupError(
            f"the master secret in {path} can be read by others (mode {mode:o})",
            remedy=f"run: chmod 600 {shlex.quote(str(path))}",
        )
    if mode & 0o077 and path not in _told:
        _told.add(path)
        logger.warning(
            "the master secret in %s has mode %o, which this user cannot change: see that nobody "
            "else is on this machine, or in this container",
            path,
            mode,
        )
    if is_weak(text):
        raise SetupError(
            f"the master secret in {path} is too weak",
            remedy=f"it needs at least {SECRET_MIN} random characters",
        )
    return Secret(text)
