"""Find an account by what an operator typed, a step of everything that shows one."""

from tigertally.core.ports.store import Transaction
from tigertally.core.users import User


def find_user(tx: Transaction, typed: str) -> User | None:
    """Return the account with this id, user name or verified address.

    Ids come first: anybody may register a name that is another account's id.
    """
    return tx.users.get(typed) or tx.users.find(typed)
