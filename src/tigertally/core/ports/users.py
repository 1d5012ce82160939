"""Accounts."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from tigertally.core.users import User


class Users(Protocol):
    """The accounts.

    User names, verified addresses and verified numbers are login names, in one space: each belongs
    to one account at most. An unverified address is none, and several accounts may have the same.
    """

    def add(self, user: User) -> None:
        """Add an account, without roles. Raises UsernameTaken or EmailTaken."""
        ...

    def add_all(self, users: Sequence[User]) -> None:
        """Add many accounts, of whose names :meth:`owners` found none."""
        ...

    def owners(self, names: Iterable[str]) -> Mapping[str, str]:
        """Return whose login names these are: ids by :func:`~tigertally.core.users.name_key`.

        Names that nobody has are left out.
        """
        ...

    def find(self, login: str) -> User | None:
        """Return the account with this login name, without regard to case."""
        ...

    def get(self, user_id: str) -> User | None:
        """Return the account, also a deleted one until it is purged."""
        ...

    def hold(self, user_id: str) -> User | None:
        """Return the account, and keep others from holding it until the transaction ends.

        Whatever changes an account or opens a session of it holds it first, before any session:
        so such acts happen one after another, and never wait for each other in a circle.
        """
        ...

    def replace(self, user: User) -> None:
        """Write an account but its hash and roles. Raises EmailTaken or UsernameTaken."""
        ...

    def release_name(self, user_id: str, name: str, *, instead: str) -> bool:
        """Take a login name from an account that has not verified it; tell whether it was taken.

        Only an account that verifies the address or number may get it. If it is the user name, the
        account gets another one ``instead``. Hold the account first.
        """
        ...

    def set_password_hash(
        self, user_id: str, new: str, *, expected: str | None, must_change: bool = False
    ) -> bool:
        """Exchange the hash if it is still the expected one; tell whether it was.

        ``must_change``: whether the new password opens no session before it is replaced.
        """
        ...

    def page(self, *, after: str | None, limit: int) -> Sequence[User]:
        """Return accounts in the order of their ids, beginning after one."""
        ...

    def purge(self, now: datetime, limit: int) -> Sequence[str]:
        """Scrub accounts whose time to come back is over; return their ids, which stay."""
        ...
