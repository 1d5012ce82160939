"""Check a password, as often as that is allowed: the step of all journeys that ask for one."""

from tigertally.core.sessions import Device
from tigertally.core.throttle import Act, Subject
from tigertally.core.users import name_key
from tigertally.flows.context import Context
from tigertally.secret import Secret


def check_password(
    context: Context, password_hash: str | None, password: Secret, *, account: str, device: Device
) -> bool:
    """Tell whether the password fits; raises RateLimited where too many did not.

    ``account`` is what is counted: the user's id, or the name that was tried where there is no such
    user, so that unknown names are locked just as known ones are.
    """
    by_account = Subject(Act.PASSWORD_FOR_ACCOUNT, name_key(account))
    by_address = Subject(Act.PASSWORD_FROM_ADDRESS, device.ip or "")

    def admit() -> None:
        context.throttle.require_open(by_account, by_address)

    admit()
    if not context.passwords.verify(password_hash, password, admit=admit):
        context.throttle.count(by_account, by_address)
        return False
    # Again: the right guess among many at once comes too late when the others have locked it.
    admit()
    context.throttle.forget(by_account)
    return True
