"""Lists of all accounts and of all live sessions."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Protocol

from tigertally.core.directory import FoundUser, OnlinePage, SessionFilter, UserFilter, UserPage
from tigertally.core.pages import Place, WordPlace
from tigertally.core.users import User


class Directory(Protocol):
    """What administrators look through. Each page takes a few statements, however many rows."""

    def users(
        self, wanted: UserFilter, now: datetime, *, after: Place | WordPlace | None, limit: int
    ) -> UserPage:
        """Return accounts, the newest first; those that words found, in the order of the words.

        Those with a role come in the order of their ids, unless they are searched. A page may be
        shorter than the limit although more follow. Raises InvalidRequest (``cursor``) for the
        cursor of another list.
        """
        ...

    def user(self, user_id: str, now: datetime) -> FoundUser | None:
        """Return an account; ``None`` if it is unknown or was deleted for good."""
        ...

    def people(self, ids: Collection[str]) -> Mapping[str, User]:
        """Return accounts by their ids. Those that were deleted for good are left out."""
        ...

    def online(
        self, wanted: SessionFilter, now: datetime, *, after: Place | None, limit: int
    ) -> OnlinePage:
        """Return live sessions, the one that was opened last first.

        With a role that very many have, a page may be shorter than the limit although more follow.
        """
        ...
