"""Explains a database's error to the operator: the cause in one sentence, and a remedy.

Drivers report errors in three ways: SQLSTATE, error numbers and errno, and, for a refused
connection to PostgreSQL, words alone. No sentence repeats an address or a password.
"""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """The cause of an error, and its remedy."""

    problem: str
    remedy: str


_PASSWORD: Final = Diagnosis(
    "the database refuses the user or the password",
    "check user and password in the database URL (in a password, write @ as %40, / as %2F and % as "
    "%25), and whether the server demands TLS or lets this user in from this machine",
)
_NO_USER: Final = Diagnosis(
    "the database does not know the user",
    "create it, or name another in the database URL",
)
_NO_DATABASE: Final = Diagnosis(
    "there is no database of that name",
    "create it (`createdb`, `CREATE DATABASE`), or name another in the database URL",
)
_CLOSED: Final = Diagnosis(
    "nobody listens at the database's address",
    "see that the server runs and listens there, and that host and port in the database URL are "
    "right",
)
_NO_HOST: Final = Diagnosis(
    "the database's host name is not known",
    "check the host in the database URL, and the name service of this machine",
)
_SILENT: Final = Diagnosis(
    "the database did not answer in time",
    "see whether the server is overloaded or stopped, and whether a firewall drops what is sent to "
    "it",
)
_LOST: Final = Diagnosis(
    "the connection to the database was lost", "see whether the server was restarted, and its log"
)
_TLS_DEMANDED: Final = Diagnosis(
    "the database does not let this machine in, or only over TLS",
    "PostgreSQL: see pg_hba.conf, or add ?sslmode=require to the database URL; MariaDB and MySQL: "
    "add ?ssl_ca=/path/to/ca.pem",
)
_TLS_REFUSED: Final = Diagnosis(
    "the database does not speak TLS, and the database URL demands it",
    "switch TLS on at the server, or demand less (PostgreSQL: sslmode=prefer)",
)
_CERTIFICATE: Final = Diagnosis(
    "the database's certificate is not trusted",
    "name the authority that signed it (PostgreSQL: sslrootcert=…; MariaDB, MySQL: ssl_ca=…), and "
    "the host as the certificate does",
)
_PRIVILEGE: Final = Diagnosis(
    "the database user lacks a privilege",
    "make it the owner of the database, or grant it: PostgreSQL CONNECT, and USAGE and CREATE on "
    "the schema; MariaDB, MySQL: ALL on the database",
)
_FULL_HOUSE: Final = Diagnosis(
    "the database has no connection left",
    "each worker needs up to 16, each machine's feed one: raise the server's limit, start fewer "
    "workers, or put a pooler before it",
)
_NOT_READY: Final = Diagnosis(
    "the database is starting up or shutting down", "wait until it runs, and see its log"
)
_BUSY: Final = Diagnosis(
    "the database was too slow, or somebody else holds what is needed",
    "try again; where it goes on, look for long transactions and for load",
)
_DISK: Final = Diagnosis("the database's disk is full", "make room on the disk of the database")
_READ_ONLY: Final = Diagnosis(
    "the database takes no writes",
    "let the database URL lead to the primary, or take the server out of read-only mode",
)
_SCHEMA: Final = Diagnosis(
    "the database's tables are not those of this version",
    "run `tigertally db status`, and `tigertally db upgrade`",
)
_PARAMETER: Final = Diagnosis(
    "the database URL has a parameter that its driver does not know",
    "remove what stands behind the question mark, or spell it as the driver does (PostgreSQL: "
    "sslmode, sslrootcert; MariaDB, MySQL: ssl_ca, unix_socket)",
)
_NO_FILE_RIGHTS: Final = Diagnosis(
    "the database's file cannot be written", "let this user write to the file and to its folder"
)
_NOT_SQLITE: Final = Diagnosis(
    "the database's file is not a SQLite database, or is encrypted",
    "name another file, or move this one away",
)
_CORRUPT: Final = Diagnosis(
    "the database's file is damaged",
    "stop the service and restore a backup (docs/operations.md); keep the damaged file",
)
_LOCKED: Final = Diagnosis(
    "another program keeps the database's file locked",
    "end what holds it (a shell of sqlite3, a backup), and never keep it on a network drive",
)
_UNREADABLE_DISK: Final = Diagnosis(
    "the disk fails to read or write the database's file", "see the system's log; restore a backup"
)
_FOLDER: Final = Diagnosis(
    "the database's file cannot be opened",
    "see that its folder exists and this user may write to it",
)
_OTHER: Final = Diagnosis("the database failed", "look into the database's log for the cause")

_BY_SQLSTATE: Final = {
    "28P01": _PASSWORD,
    "28000": _TLS_DEMANDED,
    "3D000": _NO_DATABASE,
    "42501": _PRIVILEGE,
    "53300": _FULL_HOUSE,
    "53100": _DISK,
    "25006": _READ_ONLY,
    "57P01": _LOST,
    "57P02": _LOST,
    "57P03": _NOT_READY,
    "57014": _BUSY,
    "55P03": _BUSY,
    "40P01": _BUSY,
    "42P01": _SCHEMA,
    "42703": _SCHEMA,
}

# PostgreSQL's client gives no SQLSTATE for a failed connection.
_BY_WORDS: Final = (
    ("password authentication failed", _PASSWORD),
    ("no password supplied", _PASSWORD),
    ("sasl authentication failed", _PASSWORD),
    ("no such user", _PASSWORD),
    ("no such database", _NO_DATABASE),
    ("permission denied for database", _PRIVILEGE),
    ("pg_hba.conf", _TLS_DEMANDED),
    ("does not support ssl", _TLS_REFUSED),
    ("certificate", _CERTIFICATE),
    ("invalid connection option", _PARAMETER),
    ("invalid sslmode", _PARAMETER),
    ("connection slots", _FULL_HOUSE),
    ("too many clients", _FULL_HOUSE),
    ("too many connections", _FULL_HOUSE),
    ("no more connections allowed", _FULL_HOUSE),
    ("starting up", _NOT_READY),
    ("shutting down", _NOT_READY),
    ("not accepting connections", _NOT_READY),
    ("failed to resolve host", _NO_HOST),
    ("could not translate host name", _NO_HOST),
    ("name or service not known", _NO_HOST),
    ("connection refused", _CLOSED),
    ("no route to host", _CLOSED),
    ("network is unreachable", _CLOSED),
    ("no such file or directory", _CLOSED),
    ("timeout expired", _SILENT),
    ("timed out", _SILENT),
    ("did not answer in time", _SILENT),
    ("read-only", _READ_ONLY),
    ("server closed the connection", _LOST),
    ("connection reset", _LOST),
    ("consuming input failed", _LOST),
)

_BY_NUMBER: Final = {
    1045: _PASSWORD,
    1698: _PASSWORD,
    1049: _NO_DATABASE,
    1044: _PRIVILEGE,
    1142: _PRIVILEGE,
    1143: _PRIVILEGE,
    1227: _PRIVILEGE,
    1370: _PRIVILEGE,
    1130: _TLS_DEMANDED,
    3159: _TLS_DEMANDED,
    2026: _TLS_REFUSED,
    1040: _FULL_HOUSE,
    1203: _FULL_HOUSE,
    1226: _FULL_HOUSE,
    1053: _NOT_READY,
    2006: _LOST,
    2013: _LOST,
    1205: _BUSY,
    1213: _BUSY,
    1969: _BUSY,
    3024: _BUSY,
    1021: _DISK,
    1114: _DISK,
    1290: _READ_ONLY,
    1792: _READ_ONLY,
    1836: _READ_ONLY,
    1047: _READ_ONLY,
    1146: _SCHEMA,
    1054: _SCHEMA,
}

_BY_SQLITE: Final = {
    sqlite3.SQLITE_NOTADB: _NOT_SQLITE,
    sqlite3.SQLITE_CORRUPT: _CORRUPT,
    sqlite3.SQLITE_READONLY: _NO_FILE_RIGHTS,
    sqlite3.SQLITE_PERM: _NO_FILE_RIGHTS,
    sqlite3.SQLITE_BUSY: _LOCKED,
    sqlite3.SQLITE_LOCKED: _LOCKED,
    sqlite3.SQLITE_FULL: _DISK,
    sqlite3.SQLITE_IOERR: _UNREADABLE_DISK,
    sqlite3.SQLITE_CANTOPEN: _FOLDER,
}


def diagnose(error: BaseException, *, file: Path | None = None) -> Diagnosis:
    """Return the meaning of a driver's error, also one wrapped by SQLAlchemy.

    ``file`` is the expected path of a SQLite database.
    """
    for one in _chain(error):
        if isinstance(one, sqlite3.Error):
            code = getattr(one, "sqlite_errorcode", None)
            found = _BY_SQLITE.get(code & 0xFF) if code is not None else None
            if found is _FOLDER and file is not None:
                return _unopened(file)
            if found is None and "no such" in str(one):
                found = _SCHEMA
        elif one.args and isinstance(one.args[0], int):
            # Numbers from 2000 on are the driver's own. Its words say more, as for a time-out.
            number = one.args[0]
            found = (_by_words(str(one)) if number >= 2000 else None) or _BY_NUMBER.get(number)
        elif state := getattr(one, "sqlstate", None):
            found = _BY_SQLSTATE.get(state)
        elif isinstance(one, TypeError):
            found = _PARAMETER
        else:
            found = _by_words(str(one))
        if found is not None:
            return found
    return _OTHER


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Yield the error beneath SQLAlchemy's, and its causes."""
    seen: BaseException | None = getattr(error, "orig", None) or error
    while seen is not None:
        yield seen
        seen = seen.__cause__


def _by_words(text: str) -> Diagnosis | None:
    said = text.lower()
    if "does not exist" in said:
        return _NO_USER if 'role "' in said else _NO_DATABASE
    return next((found for words, found in _BY_WORDS if words in said), None)


def _unopened(file: Path) -> Diagnosis:
    """Return why a file cannot be opened."""
    if not file.parent.exists():
        return Diagnosis(
            f"the folder {file.parent} of the database does not exist",
            "make it, or name another file (an absolute path has four slashes: sqlite:////var/…)",
        )
    if file.is_dir():
        return Diagnosis(
            f"the database {file} is a folder", "name a file in it, such as …/tally.db"
        )
    if not file.parent.is_dir():
        return Diagnosis(f"{file.parent} is not a folder", "name another file for the database")
    return Diagnosis(f"the database {file} cannot be opened", _FOLDER.remedy)
