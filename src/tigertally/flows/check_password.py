"""Check a password, as often as that is allowed: the step of all journeys that ask for one."""

from tigertally.core.sessions import Device
from tigertally.core.throttle import Act, Subject
from tigertally.core.users import name_key
from tigertally.flows.attempt import attempt
from tigertally.flows.context import Context
from tigertally.secret import Secret


def check_password(
    context: Context, password_hash: str | None, password: Secret, *, account: str, device: Device
) -> bool:
    """Tell whether the password fits; raises RateLimited where too many did not.

    ``account`` is what is counted: the user's id, or the name that was tried where there is no such
    user, so that unknown names are locked just as known ones are.
    """
    subject = Subject(Act.PASSWORD_FOR_ACCOUNT, name_key(account))
    from_address = Act.PASSWORD_FROM_ADDRESS
    with attempt(context, subject, by_address=from_address, device=device) as guess:
        matches = context.passwords.verify(password_hash, password)
        if not matches:
            guess.count()
    return matches
