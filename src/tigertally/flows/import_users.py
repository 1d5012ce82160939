"""Import existing users with their password hashes: in batches, resumable, with a dry run.

Running the same file again is safe: existing users are counted and left alone. To resume an
interrupted run, start it again.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from tigertally.core.events import Event, EventName
from tigertally.core.identifiers import new_id
from tigertally.core.identities import Identity, ProviderIdentity, Pseudonym, generated_username
from tigertally.core.passwords import is_importable
from tigertally.core.ports.store import Transaction
from tigertally.core.providers import Providers
from tigertally.core.users import User, clean_display_name, clean_email, clean_username, name_key
from tigertally.errors import EmailTaken, InvalidRequest, NotFound
from tigertally.flows.context import Context

IDENTITY_COLUMNS: Final = ("provider", "app_id", "openid", "unionid")
COLUMNS: Final = (
    "username",
    "password_hash",
    "email",
    "email_verified",
    "display_name",
    *IDENTITY_COLUMNS,
)
_TRUTHS: Final = {"true": True, "1": True, "false": False, "0": False, "": False}


@dataclass(frozen=True, slots=True)
class Refused:
    """A line that cannot be imported, and the reason, without the line's values."""

    line: int
    why: str


@dataclass(slots=True)
class ImportReport:
    """The result of the lines so far."""

    imported: int = 0
    already_there: int = 0
    refused: list[Refused] = field(default_factory=list)


@dataclass(slots=True)
class _Sorted:
    """One batch, sorted by the result of its lines."""

    new: list[User] = field(default_factory=list)
    identities: list[Identity] = field(default_factory=list)
    already_there: int = 0
    refused: list[Refused] = field(default_factory=list)

    def add_to(self, report: ImportReport) -> None:
        report.imported += len(self.new)
        report.already_there += self.already_there
        report.refused += self.refused


@dataclass(frozen=True, slots=True)
class _Person:
    """One line that can be imported: an account, and the identity that signs in to it, if any."""

    user: User
    who: ProviderIdentity | None

    @property
    def names(self) -> Sequence[str]:
        """The names that are taken in this run. No login name begins with a NUL."""
        if self.who is None:
            return ()
        union = self.who.union
        subject = f"\0{self.who.provider}\0{self.who.app_id}\0{self.who.subject.value}"
        return (subject, f"\0{self.who.platform}\0{union.value}") if union else (subject,)


@dataclass(frozen=True, slots=True)
class ImportUsers:
    """Takes rows of named columns, as a CSV or JSON-lines reader gives them.

    A row with an ``openid`` signs in through its provider, and needs neither name nor password.
    """

    context: Context
    providers: Providers
    dry_run: bool = False
    _seen: dict[str, str] = field(default_factory=dict, repr=False)
    """In a dry run: names of earlier batches, since they are not in the database."""

    def __call__(
        self, rows: Iterable[tuple[int, Mapping[str, object]]], report: ImportReport
    ) -> None:
        """Import one batch, in one transaction, and add to the report. Rows carry line numbers."""
        checked = []
        for line, row in rows:
            try:
                checked.append((line, self._check(row)))
            except NotFound:
                report.refused.append(Refused(line, "provider: not set up"))
            except InvalidRequest as error:
                problems = [
                    f"{name}: {problem.kind}"
                    for name, all_ in error.fields.items()
                    for problem in all_
                ]
                report.refused.append(Refused(line, ", ".join(problems)))
        if self.dry_run:
            with self.context.store.reading() as tx:
                self._sort(tx, checked, self._seen).add_to(report)
            return
        now = self.context.clock.now()
        with self.context.store.writing() as tx:
            sorted_ = self._sort(tx, checked, {})
            tx.users.add_all(sorted_.new)
            tx.identities.add_all(sorted_.identities)
            tx.events.append_all(
                Event(name=EventName.CLI_USER_IMPORTED, at=now, user_id=user.id)
                for user in sorted_.new
            )
        # Counted after the commit: nothing is imported before.
        sorted_.add_to(report)

    def _sort(
        self, tx: Transaction, checked: Sequence[tuple[int, _Person]], seen: dict[str, str]
    ) -> "_Sorted":
        """Separate new accounts from existing ones, and add the new names to ``seen``."""
        people = [person.user for _, person in checked]
        taken = tx.users.owners(name for user in people for name in _login_names(user))
        found, now = _Sorted(), self.context.clock.now()
        for line, person in checked:
            user, who = person.user, person.who
            username, *address = map(name_key, _login_names(user))
            known = who is not None and (tx.identities.find(who) or tx.identities.kin(who))
            if (
                known
                or username in taken
                or any(name in seen for name in (username, *person.names))
            ):
                found.already_there += 1
            elif any(name in taken or name in seen for name in address):
                found.refused.append(Refused(line, EmailTaken.code))
            else:
                seen |= dict.fromkeys((username, *address, *person.names), user.id)
                found.new.append(user)
                if who is not None:
                    found.identities.append(
                        Identity(id=new_id(), user_id=user.id, who=who, linked_at=now)
                    )
        return found

    def _check(self, row: Mapping[str, object]) -> _Person:
        values = {name: row.get(name) for name in COLUMNS}
        verified = _truth(values.pop("email_verified"))
        for name, value in values.items():
            if value is not None and not isinstance(value, str):
                raise InvalidRequest.at(name, "type", expected="string")
        texts = {name: str(value) for name, value in values.items() if value}
        password_hash = texts.get("password_hash")
        if password_hash is not None and not is_importable(password_hash):
            raise InvalidRequest.at("password_hash", "pattern")
        email, display_name = texts.get("email"), texts.get("display_name")
        who = self._check_identity(texts)
        now = self.context.clock.now()
        username = texts.get("username") or (generated_username(who.provider) if who else "")
        user = User(
            id=new_id(),
            username=clean_username(username),
            email=clean_email(email) if email else None,
            display_name=clean_display_name(display_name) if display_name else None,
            locale=None,
            roles=(),
            password_hash=password_hash,
            created_at=now,
            email_verified_at=now if email and verified else None,
        )
        return _Person(user, who)

    def _check_identity(self, texts: Mapping[str, str]) -> ProviderIdentity | None:
        """Return the row's identity. Raises InvalidRequest, or NotFound if it is not configured."""
        if not any(name in texts for name in IDENTITY_COLUMNS):
            return None
        for name in ("provider", "openid"):
            if name not in texts:
                raise InvalidRequest.at(name, "required")
        app_id = self.providers.app_id(texts["provider"], texts.get("app_id"))
        subject, union = Pseudonym.read(texts["openid"]), Pseudonym.read(texts.get("unionid"))
        if subject is None:
            raise InvalidRequest.at("openid", "pattern")
        if union is None and "unionid" in texts:
            raise InvalidRequest.at("unionid", "pattern")
        return ProviderIdentity(texts["provider"], app_id, subject, union)


def _login_names(user: User) -> Sequence[str]:
    """Return the user name, and the address if it is verified."""
    address = user.email if user.email_verified else None
    return (user.username, address) if address else (user.username,)


def _truth(value: object) -> bool:
    """Read a yes or no: a JSON boolean, or its text. Raises InvalidRequest (``email_verified``)."""
    text = str(value).strip().lower() if value is not None else ""
    if text not in _TRUTHS:
        raise InvalidRequest.at("email_verified", "choice")
    return _TRUTHS[text]
