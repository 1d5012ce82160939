"""Accounts, from the command line."""

import csv
import json
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any, Final, TextIO

import click

from tigertally.cli.composition import composed, composed_anew, composed_aside
from tigertally.cli.options import WHEN, location_options
from tigertally.cli.phrases import sessions_ended
from tigertally.cli.progress import importing
from tigertally.cli.tables import print_table
from tigertally.clock import rfc3339
from tigertally.core.passwords import PASSWORD_MAX
from tigertally.core.throttle import Act
from tigertally.errors import SetupError
from tigertally.flows.administer import Administer
from tigertally.flows.import_users import COLUMNS, ImportReport, ImportUsers
from tigertally.flows.manage_roles import ManageRoles
from tigertally.flows.register import Registration
from tigertally.flows.show_user import FoundUser, ShowUser
from tigertally.secret import Secret

BATCH: Final = 1000
SHOWN_REFUSALS: Final = 20
REASON_MAX: Final = 200
LOCKS: Final = {
    Act.PASSWORD_FOR_ACCOUNT: "signing in from networks that are new to it",
    Act.PASSWORD_FROM_NETWORK: "signing in from one network",
    Act.PASSWORD_IN_SESSION: "entering the password in one of its sessions",
}

_password_option = click.option(
    "--password-stdin", is_flag=True, help="Read the password from standard input."
)


@click.group()
def users() -> None:
    """Accounts: create, import, list and show them; set a password or roles."""


@users.command()
@click.argument("username")
@click.option("--email")
@_password_option
@location_options
def create(username: str, email: str | None, password_stdin: bool, **options: Any) -> None:
    """Create an account."""
    with composed_anew(**options) as composition:
        registration = Registration(username, _ask_password(password_stdin), email)
        user = Administer(composition.context).create_user(registration)
        click.echo(f"Created {user.username} (id {user.id}).")


@users.command("list")
@click.option("--limit", default=100, show_default=True, type=click.IntRange(1, 10_000))
@click.option("--after", help="Continue after this id.")
@location_options
def list_users(limit: int, after: str | None, **options: Any) -> None:
    """List accounts in the order of their ids."""
    with composed(**options) as composition, composition.context.store.reading() as tx:
        page = tx.users.page(after=after, limit=limit)
    print_table(
        ("id", "user name", "e-mail", "roles", "created"),
        (
            (
                one.id,
                one.username,
                one.email or "",
                ", ".join(one.roles),
                rfc3339(one.created_at) if one.created_at else "",
            )
            for one in page
        ),
    )


@users.command("show")
@click.argument("user", required=False)
@click.option("--openid", help="Find the account by its openid at a provider, instead of USER.")
@click.option("--provider", default="wechat-mini", show_default=True, help="With --openid.")
@click.option("--app-id", help="With --openid. Default: the first configured app.")
@location_options
def show_user(
    user: str | None, openid: str | None, provider: str, app_id: str | None, **options: Any
) -> None:
    """Show USER (user name, verified address or id), and how they sign in."""
    if (user is None) == (openid is None):
        raise click.UsageError("give either USER or --openid")
    with composed(**options) as composition:
        show = ShowUser(composition.context, composition.services.outside.providers)
        found = show(user) if user else show.at(provider, app_id, openid or "")
    _print_user(found)


@users.command("make-admin")
@click.argument("user")
@location_options
def make_admin(user: str, **options: Any) -> None:
    """Give USER the role `admin`. Their devices have it at the next refresh."""
    with composed(**options) as composition:
        promoted = Administer(composition.context).make_admin(user)
        click.echo(f"{promoted.username} is now an administrator.")


@users.command()
@click.argument("user")
@click.argument("role")
@click.option("--days", type=click.IntRange(1, 36_500), help="For how long. Default: no limit.")
@location_options
def grant(user: str, role: str, days: int | None, **options: Any) -> None:
    """Give USER one more ROLE. It counts from the next request on, and signs nobody out."""
    with composed(**options) as composition:
        now = composition.context.clock.now()
        until = None if days is None else now + timedelta(days=days)
        found = ManageRoles(composition.context).grant(user, role, until=until)
    click.echo(f"{found.username} has: {', '.join(found.roles)}.")


@users.command()
@click.argument("user")
@click.argument("role")
@location_options
def revoke(user: str, role: str, **options: Any) -> None:
    """Take ROLE away from USER. It counts from the next request on, and signs nobody out."""
    with composed(**options) as composition:
        found = ManageRoles(composition.context).revoke(user, role)
    click.echo(f"{found.username} has: {', '.join(found.roles) or 'no role'}.")


@users.command()
@click.argument("user")
@click.option("--days", type=click.IntRange(1, 36_500), help="For how long. Default: no limit.")
@click.option("--until", type=WHEN, help="Until when, in UTC, instead of --days.")
@click.option("--reason", help="Why, for other operators to read.")
@location_options
def disable(
    user: str, days: int | None, until: datetime | None, reason: str | None, **options: Any
) -> None:
    """Sign USER out everywhere, and refuse their sign-ins."""
    if days is not None and until is not None:
        raise click.UsageError("give either --days or --until")
    if reason is not None and len(reason) > REASON_MAX:
        raise click.UsageError(f"--reason may have at most {REASON_MAX} characters")
    with composed(**options) as composition:
        now = composition.context.clock.now()
        until = until.replace(tzinfo=UTC) if until else until
        until = until if days is None else now + timedelta(days=days)
        ended = Administer(composition.context).disable(user, reason=reason, until=until)
    lasts = f"until {rfc3339(until)}" if until else "until `tigertally users enable`"
    click.echo(f"Disabled {user} {lasts}. {sessions_ended(ended)}")


@users.command()
@click.argument("user")
@location_options
def enable(user: str, **options: Any) -> None:
    """Let USER sign in again, after `disable`."""
    with composed(**options) as composition:
        enabled = Administer(composition.context).enable(user)
        click.echo(f"Enabled {enabled.username}.")


@users.command()
@click.argument("user")
@location_options
def delete(user: str, **options: Any) -> None:
    """Delete USER after the cool-off. Until then `restore` keeps the account."""
    with composed(**options) as composition:
        purge_at = Administer(composition.context).delete(user)
    click.echo(f"Deleted {user}. The data go at {rfc3339(purge_at)}.")


@users.command()
@click.argument("user")
@location_options
def restore(user: str, **options: Any) -> None:
    """Keep USER after all, after `delete`."""
    with composed(**options) as composition:
        restored = Administer(composition.context).restore(user)
    click.echo(f"Restored {restored.username}.")


@users.command("verify-email")
@click.argument("user")
@location_options
def verify_email(user: str, **options: Any) -> None:
    """Mark the e-mail address of USER as verified. From then on it signs in, too."""
    with composed(**options) as composition:
        verified = Administer(composition.context).verify_email(user)
        click.echo(f"Verified {verified.email} of {verified.username}.")


@users.command("set-password")
@click.argument("user")
@_password_option
@location_options
def set_password(user: str, password_stdin: bool, **options: Any) -> None:
    """Give USER a new password, and sign them out everywhere."""
    with composed(**options) as composition:
        ended = Administer(composition.context).set_password(user, _ask_password(password_stdin))
        click.echo(f"Set the password. {sessions_ended(ended)}")


@users.command()
@click.argument("user")
@location_options
def unlock(user: str, **options: Any) -> None:
    """Allow USER to sign in again after too many wrong passwords."""
    with composed(**options) as composition:
        opened = Administer(composition.context).unlock(user)
    for lockout in opened:
        click.echo(f"Opened: {LOCKS[lockout.subject.act]}, until {rfc3339(lockout.until)}.")
    click.echo(f"{user} is unlocked." if opened else f"{user} was not locked.")


@users.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Only show what would happen.")
@location_options
def import_users(file: Path, dry_run: bool, **options: Any) -> None:
    """Import accounts with their password hashes from FILE.

    CSV with a header line, or JSON lines (.jsonl); columns: username, password_hash, email,
    email_verified, display_name. Hashes: Argon2id, bcrypt, and werkzeug's scrypt and pbkdf2. Run it
    again after an interruption: existing accounts are skipped. An address signs in if
    email_verified says `true`.

    Users of a mini program: provider (such as wechat-mini), app_id (default: the first one),
    openid, unionid. They need no username and no password_hash.
    """
    report = ImportReport()
    opened = composed_aside(**options) if dry_run else composed_anew(**options)
    with opened as composition, file.open(encoding="utf-8-sig", newline="") as source:
        providers = composition.services.outside.providers
        run = ImportUsers(composition.context, providers, dry_run=dry_run)
        rows = _read_rows(source, json_lines=file.suffix in {".jsonl", ".ndjson"})
        with importing(_count_lines(file)) as reached:
            while batch := list(islice(rows, BATCH)):
                run(batch, report)
                reached(batch[-1][0])
    _print_report(report, dry_run=dry_run)
    if report.refused:
        sys.exit(1)


def _print_user(found: FoundUser) -> None:
    user = found.user
    rows = {
        "id": user.id,
        "user name": user.username,
        "e-mail": user.email or "",
        "e-mail verified": rfc3339(user.email_verified_at) if user.email_verified_at else "no",
        "roles": ", ".join(user.roles),
        "created": rfc3339(user.created_at) if user.created_at else "",
        "disabled": _disabled(found),
        "deleted on": rfc3339(user.purge_at) if user.purge_at else "",
        "password": "no" if user.password_hash is None else "yes",
        "live sessions": str(found.live_sessions),
    }
    for one in found.identities:
        linked = f"{one.who.app_id} …{one.who.subject.tail}, since {rfc3339(one.linked_at)}"
        rows[one.who.provider] = "; ".join(filter(None, (rows.get(one.who.provider), linked)))
    print_table(("what", "value"), rows.items())


def _disabled(found: FoundUser) -> str:
    if not found.disabled:
        return "no"
    until, reason = found.user.disabled_until, found.user.disabled_reason
    lasts = f"until {rfc3339(until)}" if until else "for good"
    return f"yes, {lasts}: {reason}" if reason else f"yes, {lasts}"


def _ask_password(from_stdin: bool) -> Secret:
    if from_stdin:
        return Secret(sys.stdin.readline(PASSWORD_MAX + 2).rstrip("\r\n"))
    return Secret(click.prompt("Password", hide_input=True, confirmation_prompt=True))


def _read_rows(source: TextIO, *, json_lines: bool) -> Iterator[tuple[int, Mapping[str, object]]]:
    try:
        yield from _read_json_lines(source) if json_lines else _read_csv(source)
    except UnicodeDecodeError:
        raise SetupError(
            "the file is not in UTF-8",
            remedy="convert it, for example with `iconv -f gb18030 -t utf-8`, and import that; "
            "existing accounts are skipped",
        ) from None


def _read_json_lines(source: TextIO) -> Iterator[tuple[int, Mapping[str, object]]]:
    for number, line in enumerate(source, start=1):
        # An invalid line is refused like one without a user name.
        yield number, _read_object(line)


def _read_csv(source: TextIO) -> Iterator[tuple[int, Mapping[str, object]]]:
    reader = csv.DictReader(source)
    if "username" not in (reader.fieldnames or ()):
        raise SetupError(
            "the file has no column `username`",
            remedy=f"name the columns in its first line: {','.join(COLUMNS)}",
        )
    try:
        for row in reader:
            yield reader.line_num, row
    except csv.Error as error:
        raise SetupError(
            f"line {reader.line_num} is not valid CSV: {error}",
            remedy="look for a quotation mark that is not closed, fix it, and import again: "
            "existing accounts are skipped",
        ) from None


def _read_object(line: str) -> Mapping[str, object]:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _count_lines(file: Path) -> int:
    with file.open("rb") as source:
        return sum(block.count(b"\n") for block in iter(lambda: source.read(1 << 20), b""))


def _print_report(report: ImportReport, *, dry_run: bool) -> None:
    verb = "would be imported" if dry_run else "imported"
    click.echo(f"{report.imported} {verb}, {report.already_there} already there.")
    for refused in report.refused[:SHOWN_REFUSALS]:
        click.echo(f"line {refused.line} refused: {refused.why}", err=True)
    if report.refused:
        click.echo(f"{len(report.refused)} lines refused in all.", err=True)
