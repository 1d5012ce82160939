"""Find an account by what an operator typed, a step of everything that shows one."""

from tigertally.core.contacts import login_spellings
from tigertally.core.ports.store import Transaction
from tigertally.core.users import User


def find_user(tx: Transaction, typed: str) -> User | None:
    """Return the account with this id or login name.

    Ids come first: anybody may register a name that is another account's id.
    """
    return tx.users.get(typed) or find_by_login(tx, typed)


def find_by_login(tx: Transaction, typed: str) -> User | None:
    """Return the account with this user name, verified address or verified number.

    All spellings are looked up whatever is found, so that the time tells nothing.
    """
    found = [tx.users.find(name) for name in login_spellings(typed)]
    return next((user for user in found if user is not None), None)
