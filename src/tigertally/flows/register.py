"""Register: a new account, unless registration is closed or the name is taken."""

from dataclasses import dataclass

from tigertally.core.events import Event, EventName
from tigertally.core.identifiers import new_id
from tigertally.core.passwords import check_new_password
from tigertally.core.sessions import Device
from tigertally.core.throttle import Act, Subject
from tigertally.core.users import User, clean_email, clean_username
from tigertally.errors import InvalidRequest, RegistrationClosed
from tigertally.flows.context import Context
from tigertally.flows.scrub_accounts import scrub_accounts
from tigertally.secret import Secret


@dataclass(frozen=True, slots=True)
class Registration:
    """What a person enters."""

    username: str
    password: Secret
    email: str | None = None


@dataclass(frozen=True, slots=True)
class Register:
    """Makes accounts that people ask for themselves."""

    context: Context

    def __call__(self, registration: Registration, *, device: Device) -> User:
        """Return the new account.

        Raises RegistrationClosed, RateLimited, InvalidRequest, UsernameTaken or EmailTaken.
        """
        if not self.context.rules.registration_open:
            raise RegistrationClosed
        address = Subject(Act.REGISTRATION_FROM_ADDRESS, device.ip or "")
        self.context.throttle.require_open(address)
        if registration.username in self.context.rules.reserved_names:
            # Also one that is taken already: the operator's own `admin` is nobody's business.
            raise InvalidRequest.at("username", "username_reserved")
        user = add_user(self.context, registration, event=EventName.USER_REGISTERED, device=device)
        self.context.throttle.count(address)
        return user


def add_user(
    context: Context, registration: Registration, *, event: EventName, device: Device | None
) -> User:
    """Make an account; where it comes from is said by the event."""
    username = clean_username(registration.username)
    email = clean_email(registration.email) if registration.email else None
    check_new_password(
        registration.password, username=username, common=context.rules.common_passwords
    )
    password_hash = context.passwords.hash(registration.password)
    now = context.clock.now()
    user = User(
        id=new_id(),
        username=username,
        email=email,
        display_name=None,
        locale=None,
        roles=(),
        password_hash=password_hash,
        created_at=now,
    )
    with context.store.writing() as tx:
        # A deleted account whose time is over still holds its name until the next clean-up.
        scrub_accounts(tx, now, limit=100)
        tx.users.add(user)
        tx.events.append(Event(name=event, at=now, user_id=user.id, device=device))
    return user
