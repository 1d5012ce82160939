"""Register: create an account, unless registration is closed or the name is taken."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from tigertally.core.events import Event, EventName
from tigertally.core.identifiers import new_id
from tigertally.core.passwords import check_new_password
from tigertally.core.ports.store import Transaction
from tigertally.core.reserved import refuse_formula
from tigertally.core.sessions import Device
from tigertally.core.throttle import Act
from tigertally.core.users import User, clean_email, clean_username
from tigertally.errors import RegistrationClosed, UsernameTaken
from tigertally.flows.context import Context
from tigertally.flows.steps.attempt import attempt
from tigertally.flows.steps.scrub_accounts import scrub_accounts
from tigertally.secret import Secret


@dataclass(frozen=True, slots=True)
class Registration:
    """What a person enters."""

    username: str
    password: Secret
    email: str | None = None


@dataclass(frozen=True, slots=True)
class Register:
    """Creates accounts for people who register themselves."""

    context: Context

    def __call__(self, registration: Registration, *, device: Device) -> User:
        """Return the new account.

        Its address is not verified, so whether another account has it shows in nothing. Raises
        RegistrationClosed, RateLimited, InvalidRequest or UsernameTaken.
        """
        if not self.context.rules.registration_open:
            raise RegistrationClosed
        from_address = Act.REGISTRATION_FROM_ADDRESS
        with attempt(self.context, by_address=from_address, device=device) as trying:
            trying.count()
            self._refuse_reserved(registration)
            with _counting_taken_names(self.context, device):
                registered = EventName.USER_REGISTERED
                return add_user(self.context, registration, event=registered, device=device)

    def _refuse_reserved(self, registration: Registration) -> None:
        """Raise InvalidRequest for names that only the operator may give."""
        username = clean_username(registration.username)
        refuse_formula(username, "username")
        self.context.rules.reserved_names.refuse(username)
        if registration.email:
            refuse_formula(clean_email(registration.email), "email")


@contextmanager
def _counting_taken_names(context: Context, device: Device) -> Iterator[None]:
    """Count taken names that are reported within this context.

    Each such answer reveals an account, so an address that gets many of them has to wait.
    """
    with attempt(context, by_address=Act.TAKEN_NAME_FROM_ADDRESS, device=device) as asking:
        try:
            yield
        except UsernameTaken:
            asking.count()
            raise


def add_user(
    context: Context, registration: Registration, *, event: EventName, device: Device | None
) -> User:
    """Create an account, and log it as ``event``. Raises like :class:`Register`."""
    user = make_user(context, registration)
    now = context.clock.now()
    with context.store.writing() as tx:
        insert_user(tx, user, now)
        tx.events.append(Event(name=event, at=now, user_id=user.id, device=device))
    return user


def insert_user(tx: Transaction, user: User, now: datetime) -> None:
    """Write an account. Raises UsernameTaken."""
    # A deleted account keeps its name until the next clean-up, even after its cool-off.
    scrub_accounts(tx, now, limit=100)
    tx.users.add(user)


def make_user(context: Context, registration: Registration) -> User:
    """Return a new account that is not written yet. Raises InvalidRequest or UsernameTaken."""
    username = clean_username(registration.username)
    email = clean_email(registration.email) if registration.email else None
    check_new_password(registration.password, username=username, site=context.rules.site_words)
    _require_free(context, username)
    password_hash = context.passwords.hash(registration.password)
    return User(
        id=new_id(),
        username=username,
        email=email,
        display_name=None,
        locale=None,
        roles=(),
        password_hash=password_hash,
        created_at=context.clock.now(),
    )


def _require_free(context: Context, username: str) -> None:
    """Raise UsernameTaken, before anything is hashed."""
    now = context.clock.now()
    with context.store.reading() as tx:
        owner = tx.users.find(username)
    if owner is not None and not owner.is_gone(now):
        raise UsernameTaken
