"""The words that find an account, beside it: its names, addresses and numbers."""

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, delete, insert, select

from tigertally.core.contacts import ContactKind
from tigertally.core.directory import number_words, search_key
from tigertally.core.users import User
from tigertally.storage.sql.tables import contacts, search_words, users


class SearchWords:
    """The words of accounts, within one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, accounts: Sequence[User]) -> None:
        """Write the words of new accounts."""
        self._insert(
            (user.id, word)
            for user in accounts
            for word in _of_profile(user.username, user.email, user.display_name)
        )

    def settle(self, user_id: str) -> None:
        """Make the words of an account those that it has by now."""
        profile = self._connection.execute(
            select(users.c.username, users.c.email, users.c.display_name).where(
                users.c.id == user_id
            )
        ).one()
        found = _of_profile(profile.username, profile.email, profile.display_name)
        for row in self._connection.execute(
            select(contacts.c.kind, contacts.c.value).where(contacts.c.user_id == user_id)
        ):
            is_number = row.kind == ContactKind.PHONE.value
            found |= number_words(row.value) if is_number else {search_key(row.value)}
        mine = search_words.c.user_id == user_id
        there = set(self._connection.scalars(select(search_words.c.word).where(mine)))
        if gone := there - found:
            gone_words = search_words.c.word.in_(sorted(gone))
            self._connection.execute(delete(search_words).where(mine, gone_words))
        self._insert((user_id, word) for word in found - there)

    def _insert(self, pairs: Iterable[tuple[str, str]]) -> None:
        rows = [{"word": word, "user_id": user_id} for user_id, word in sorted(pairs)]
        if rows:
            self._connection.execute(insert(search_words), rows)


def _of_profile(*texts: str | None) -> set[str]:
    return {key for text in texts if text and (key := search_key(text))}
