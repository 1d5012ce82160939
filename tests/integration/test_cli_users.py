"""Accounts from the command line: one at a time, and by the thousand out of another system."""

import contextlib
import csv
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import bcrypt
import pytest
from argon2 import PasswordHasher
from tests.integration.command_line import TALLY, Cli, clean_environment
from tests.integration.service import PASSWORD, Service
from tests.integration.services import Services
from tests.waiting import PATIENCE, wait_until
from werkzeug.security import generate_password_hash

COLUMNS = ["username", "password_hash", "email", "email_verified", "display_name"]
HASHES = {
    "werkzeug": generate_password_hash(PASSWORD, method="scrypt:1024:8:1"),
    "pbkdf2": generate_password_hash(PASSWORD, method="pbkdf2:sha256:1000"),
    "bcrypt": bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode(),
    "argon2": PasswordHasher(time_cost=1, memory_cost=64, parallelism=1).hash(PASSWORD),
}
KINDS = list(HASHES)


def username(number: int) -> str:
    return f"用户{number}" if number % 3 == 0 else f"user{number}"


def row(number: int) -> dict[str, str]:
    return {
        "username": username(number),
        "password_hash": HASHES[KINDS[number % len(KINDS)]],
        "email": f"person{number}@example.com" if number % 2 else "",
        "email_verified": "true" if number % 2 else "",
        "display_name": f"第 {number} 位, “引号” 与 ,逗号",
    }


def write_csv(path: Path, rows: list[dict[str, str]], *, encoding: str = "utf-8-sig") -> Path:
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
    return path


def write_jsonl(path: Path, rows: list[dict[str, str]]) -> Path:
    lines = [json.dumps(one, ensure_ascii=number % 2 == 0) for number, one in enumerate(rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


WRITERS: dict[str, Callable[[Path, list[dict[str, str]]], Path]] = {
    "csv": write_csv,
    "jsonl": write_jsonl,
}


def count(cli: Cli, question: str = "SELECT count(*) FROM tally_users") -> int:
    with contextlib.closing(sqlite3.connect(cli.data_dir / "tally.db")) as connection:
        return int(connection.execute(question).fetchone()[0])


def hash_of(cli: Cli, name: str) -> str:
    with contextlib.closing(sqlite3.connect(cli.data_dir / "tally.db")) as connection:
        found = connection.execute(
            "SELECT password_hash FROM tally_users WHERE username = ?", (name,)
        ).fetchone()
        return str(found[0])


def test_an_account_is_made_listed_and_refused_with_a_reason(cli: Cli) -> None:
    assert (
        "Created hufu (id "
        in cli.here("users", "create", "hufu", "--password-stdin", stdin=f"{PASSWORD}\n").out
    )
    assert (
        "Created 虎符 (id "
        in cli.here(
            "users",
            "create",
            "虎符",
            "--email",
            "hu@example.com",
            "--password-stdin",
            stdin=f"{PASSWORD}\n",
        ).out
    )
    listed = cli.here("users", "list").out.splitlines()
    assert listed[0].split("\t") == ["id", "user name", "e-mail", "roles", "created"]
    ids = [line.split("\t")[0] for line in listed[1:]]
    assert [len(one) for one in ids] == [26, 26]
    rest = cli.here("users", "list", "--after", ids[0]).out.splitlines()
    assert [line.split("\t")[0] for line in rest[1:]] == ids[1:]
    for arguments, password, says in (
        (["HUFU"], PASSWORD, "taken"),
        (["short"], "1234567", "password"),
        (["empty"], "", "password"),
        ([""], PASSWORD, "username"),
        (["a\tb"], PASSWORD, "username"),
    ):
        outcome = cli.here("users", "create", *arguments, "--password-stdin", stdin=f"{password}\n")
        assert outcome.code == 2, outcome
        assert says in outcome.err, (arguments, outcome)
        assert "Traceback" not in outcome.err
    for command in (
        ["make-admin", "nobody"],
        ["disable", "nobody"],
        ["enable", "nobody"],
        ["set-password", "nobody", "--password-stdin"],
    ):
        outcome = cli.here("users", *command, stdin=f"{PASSWORD}\n")
        assert (outcome.code, "no such user" in outcome.err) == (2, True), outcome


def test_an_operator_verifies_an_address(service: Service, cli: Cli) -> None:
    body = {"username": "hufu", "password": PASSWORD, "email": "hu@example.com"}
    assert service.call("POST", "/api/auth/register", body).status == 201
    assert service.register("plain").status == 201
    assert "e-mail verified\tno" in cli.ok_here("users", "show", "hufu")
    said = cli.ok_here("users", "verify-email", "hufu")
    assert said == "Verified hu@example.com of hufu.\n"
    shown = cli.ok_here("users", "show", "hufu").splitlines()
    (since,) = [line.split("\t")[1] for line in shown if line.startswith("e-mail verified")]
    assert since.endswith("Z")
    # Said twice, it stays as it was.
    cli.ok_here("users", "verify-email", "hufu")
    assert f"e-mail verified\t{since}" in cli.ok_here("users", "show", "hufu")
    assert service.login("hufu").body["user"]["email_verified"] is True
    # It signs in, and names the account here; it is nobody else's.
    assert service.login("hu@example.com").body["user"]["username"] == "hufu"
    assert "hu@example.com" in cli.ok_here("users", "show", "HU@example.com")
    assert service.call("POST", "/api/auth/register", {**body, "username": "hu2"}).status == 201
    refused = cli.here("users", "verify-email", "hu2")
    assert (refused.code, "taken" in refused.err) == (2, True), refused
    for name, says in (("plain", "email"), ("nobody", "no such user")):
        refused = cli.here("users", "verify-email", name)
        assert (refused.code, says in refused.err) == (2, True), refused


def test_a_name_that_looks_like_markup_is_listed_as_it_is_also_on_a_terminal(cli: Cli) -> None:
    for name in ("[bold]hufu", "[/nothing]"):
        outcome = cli.here("users", "create", name, "--password-stdin", stdin=f"{PASSWORD}\n")
        assert outcome.code == 0, outcome
    ids = [line.split("\t")[0] for line in cli.here("users", "list").out.splitlines()[1:]]
    # `script` gives the command a terminal of eighty columns.
    shown = subprocess.run(
        [
            sys.executable,
            "-c",
            "import pty, sys; sys.exit(pty.spawn(sys.argv[1:]) >> 8)",
            TALLY,
            "users",
            "list",
        ],
        capture_output=True,
        check=True,
        timeout=PATIENCE,
        stdin=subprocess.DEVNULL,
        env=clean_environment(
            TALLY_DATA_DIR=str(cli.data_dir), COLUMNS="80", TERM="dumb", LC_ALL="C.UTF-8"
        ),
    ).stdout.decode()
    assert [one for one in ids if one not in shown] == []
    assert "[bold]" in shown
    assert "[/nothi" in shown


@pytest.mark.slow
@pytest.mark.parametrize("kind", WRITERS)
def test_twenty_thousand_people_are_imported_and_a_second_run_changes_nothing(
    services: Services, cli: Cli, tmp_path: Path, kind: str
) -> None:
    rows = [row(number) for number in range(20_000)]
    broken: dict[int, dict[str, str]] = {
        5: {**row(5), "username": ""},
        1_000: {**row(1_000), "password_hash": "md5:no"},
        1_001: {**row(1_001), "email": "no address"},
        1_999: {**row(1_999), "username": "user\u200b1999"},
        15_000: {**row(1), "username": "somebody"},
        15_002: {**row(15_002), "email_verified": "perhaps"},
    }
    for number, one in broken.items():
        rows[number] = one
    rows[19_998] = {**row(2), "username": "USER2"}
    file = WRITERS[kind](tmp_path / f"people.{kind}", rows)

    dry = cli("users", "import", str(file), "--dry-run")
    assert dry.code == 1
    assert dry.out == "19993 would be imported, 1 already there.\n"
    assert not cli.data_dir.exists()

    began_at = time.monotonic()
    done = cli("users", "import", str(file))
    sys.stdout.write(f"{kind}: 20,000 lines in {time.monotonic() - began_at:.1f} s\n")
    assert done.out == "19993 imported, 1 already there.\n"
    assert done.code == 1
    assert "6 lines refused in all" in done.err
    first_line = 2 if kind == "csv" else 1
    reasons = ("username", "password_hash", "email", "username", "email", "email_verified")
    for number, why in zip(broken, reasons, strict=True):
        assert f"line {number + first_line} refused: {why}" in done.err, done.err
    assert "md5:no" not in done.said
    again = cli("users", "import", str(file))
    assert again.out == "0 imported, 19994 already there.\n"
    assert count(cli) == 19_993

    service = services.serve(workers=2, TALLY_PASSWORD_COST="safe")
    for number in range(20, 20 + len(KINDS)):
        name, old = username(number), hash_of(cli, username(number))
        answer = service.login(name)
        assert answer.status == 200, (KINDS[number % len(KINDS)], answer)
        assert answer.body["user"]["display_name"] == row(number)["display_name"]
        new = hash_of(cli, name)
        assert new != old
        assert new.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
        assert service.login(name).status == 200
        assert service.login(name, "another password").status == 401
        assert hash_of(cli, name) == new


@pytest.mark.slow
def test_an_import_that_is_killed_again_and_again_ends_with_everybody_there_once(
    cli: Cli, tmp_path: Path
) -> None:
    total = 20_000
    file = write_csv(tmp_path / "people.csv", [row(number) for number in range(total)])
    cli.ok("db", "upgrade")
    killed = 0
    while killed < 3:
        before = count(cli)
        process = subprocess.Popen(
            [TALLY, "users", "import", str(file)],
            env=clean_environment(TALLY_DATA_DIR=str(cli.data_dir)),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        wait_until(
            lambda before=before: count(cli) > before,  # type: ignore[misc]
            "more people are there",
        )
        process.send_signal(signal.SIGKILL)
        process.wait(PATIENCE)
        killed += 1
        # Whole batches only, each with its names and its events.
        there = count(cli)
        assert there % 1000 == 0
        assert count(cli, "SELECT count(DISTINCT user_id) FROM tally_login_names") == there
        assert count(cli, "SELECT count(*) FROM tally_events") == there
    assert 0 < there < total
    said = cli.ok("users", "import", str(file))
    assert said == f"{total - there} imported, {there} already there.\n"
    assert count(cli) == total
    assert count(cli, "SELECT count(*) FROM tally_login_names") == total + total // 2
    assert count(cli, "SELECT count(*) FROM tally_events") == total


@pytest.mark.parametrize(
    ("content", "says", "remedy"),
    [
        ("username,display_name\nhufu,虎符\n".encode("gb18030"), "not in UTF-8", "iconv"),
        (b"name,hash\nhufu,x\n", "no column `username`", "username,password_hash"),
        (b"", "no column `username`", "username,password_hash"),
        (
            b'username,display_name\nhufu,"' + b"never closed " * 20_000,
            "is not valid CSV",
            "quotation mark",
        ),
    ],
    ids=["gbk", "other columns", "empty", "open quote"],
)
def test_a_file_that_cannot_be_read_is_explained(
    cli: Cli, tmp_path: Path, content: bytes, says: str, remedy: str
) -> None:
    file = tmp_path / "people.csv"
    file.write_bytes(content)
    outcome = cli.here("users", "import", str(file))
    assert outcome.code == 2, outcome
    assert "Traceback" not in outcome.err
    assert says in outcome.err
    assert remedy in outcome.err


def test_lines_of_any_kind_are_refused_one_by_one_and_never_stop_an_import(
    cli: Cli, tmp_path: Path
) -> None:
    file = tmp_path / "people.jsonl"
    lines = [
        '{"username": "one"}',
        "",
        "not json",
        "[1, 2]",
        '{"username": 5}',
        '{"username": "two", "password_hash": ["x"]}',
        '{"username": "three", "email": null, "unknown": {"a": 1}}',
        '{"username": "\\ud800"}',
        "[" * 100_000,
        '{"username": "four", "password_hash": "$argon2id$v=19$m=9999999,t=9,p=1$c2FsdA$aGFzaA"}',
    ]
    file.write_text("\n".join(lines), encoding="utf-8")
    outcome = cli.here("users", "import", str(file))
    assert outcome.out == "2 imported, 0 already there.\n"
    assert outcome.code == 1
    assert "8 lines refused in all" in outcome.err
    assert "Traceback" not in outcome.err


@pytest.mark.slow
def test_sign_outs_do_not_wait_long_for_an_import_that_runs_beside_the_service(
    service: Service, cli: Cli, tmp_path: Path
) -> None:
    service.register("hufu")
    file = write_csv(tmp_path / "people.csv", [row(number) for number in range(20_000)])
    importing = subprocess.Popen(
        [TALLY, "users", "import", str(file)],
        env=clean_environment(TALLY_DATA_DIR=str(cli.data_dir)),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    waits = []
    while importing.poll() is None:
        mine = service.login("hufu").body["access_token"]
        began_at = time.monotonic()
        assert service.logout(mine).status == 200
        waits.append(time.monotonic() - began_at)
    assert importing.returncode == 0
    waits.sort()
    sys.stdout.write(
        f"{len(waits)} sign-outs beside an import, {os.cpu_count()} processors: "
        f"median {waits[len(waits) // 2]:.3f} s, longest {waits[-1]:.3f} s\n"
    )
    assert waits
