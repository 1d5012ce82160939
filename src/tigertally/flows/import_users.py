"""Bring existing users along, with their password hashes: in batches, resumable, tried out first.

Running the same file again is safe: whoever is there already is counted and left alone. So a run
that was interrupted is resumed by starting it again.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from tigertally.core.events import Event, EventName
from tigertally.core.identifiers import new_id
from tigertally.core.passwords import is_importable
from tigertally.core.users import User, clean_display_name, clean_email, clean_username
from tigertally.errors import EmailTaken, InvalidRequest, UsernameTaken
from tigertally.flows.context import Context

COLUMNS: Final = ("username", "password_hash", "email", "display_name")


@dataclass(frozen=True, slots=True)
class Refused:
    """A line that cannot be imported, and why; without the values that stand in it."""

    line: int
    why: str


@dataclass(slots=True)
class ImportReport:
    """What became of the lines so far."""

    imported: int = 0
    already_there: int = 0
    refused: list[Refused] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class ImportUsers:
    """Takes rows of named columns, as a CSV or JSON-lines reader gives them."""

    context: Context
    dry_run: bool = False

    def __call__(
        self, rows: Iterable[tuple[int, Mapping[str, object]]], report: ImportReport
    ) -> None:
        """Import one batch, in one transaction, and add to the report. Rows carry line numbers."""
        checked = []
        for line, row in rows:
            try:
                checked.append((line, self._check(row)))
            except InvalidRequest as error:
                problems = [
                    f"{name}: {problem.kind}"
                    for name, all_ in error.fields.items()
                    for problem in all_
                ]
                report.refused.append(Refused(line, ", ".join(problems)))
        if self.dry_run:
            self._try(checked, report)
        else:
            self._write(checked, report)

    def _check(self, row: Mapping[str, object]) -> User:
        values = {name: row.get(name) for name in COLUMNS}
        for name, value in values.items():
            if value is not None and not isinstance(value, str):
                raise InvalidRequest.at(name, "type", expected="string")
        texts = {name: str(value) for name, value in values.items() if value}
        password_hash = texts.get("password_hash")
        if password_hash is not None and not is_importable(password_hash):
            raise InvalidRequest.at("password_hash", "pattern")
        email, display_name = texts.get("email"), texts.get("display_name")
        return User(
            id=new_id(),
            username=clean_username(texts.get("username", "")),
            email=clean_email(email) if email else None,
            display_name=clean_display_name(display_name) if display_name else None,
            locale=None,
            roles=(),
            password_hash=password_hash,
            created_at=self.context.clock.now(),
        )

    def _try(self, checked: list[tuple[int, User]], report: ImportReport) -> None:
        with self.context.store.reading() as tx:
            for _, user in checked:
                if tx.users.find(user.username) is not None:
                    report.already_there += 1
                else:
                    report.imported += 1

    def _write(self, checked: list[tuple[int, User]], report: ImportReport) -> None:
        imported, there, refused = 0, 0, []
        with self.context.store.writing() as tx:
            for line, user in checked:
                if tx.users.find(user.username) is not None:
                    there += 1
                    continue
                try:
                    tx.users.add(user)
                except (UsernameTaken, EmailTaken) as taken:
                    refused.append(Refused(line, taken.code))
                    continue
                tx.events.append(
                    Event(name=EventName.CLI_USER_IMPORTED, at=user.created_at, user_id=user.id)
                )
                imported += 1
        # Counted only now: what was not committed was not imported.
        report.imported += imported
        report.already_there += there
        report.refused += refused
