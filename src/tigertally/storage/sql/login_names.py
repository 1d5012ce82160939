"""What accounts sign in with in SQL: user names, verified addresses and numbers, as keys."""

from collections.abc import Collection, Iterable, Mapping

from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from tigertally.core.contacts import ContactKind, Target
from tigertally.core.users import User, name_key
from tigertally.errors import EmailTaken, UsernameTaken
from tigertally.storage.sql.tables import contacts, login_names, users


class LoginNames:
    """The login names, within one transaction.

    Each key belongs to one account. A verified one stays its owner's; another is given up to
    whoever verifies the address (:meth:`release`).
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def owners(self, names: Iterable[str]) -> Mapping[str, str]:
        """Return the owners of these names, by key."""
        query = select(login_names.c.name_key, login_names.c.user_id).where(
            login_names.c.name_key.in_({name_key(name) for name in names})
        )
        return {row.name_key: row.user_id for row in self._connection.execute(query)}

    def add(self, *accounts: User) -> None:
        """Write the names of new accounts. Raises UsernameTaken or EmailTaken."""
        rows = {
            name_key(user.username): {"user_id": user.id, "verified": False} for user in accounts
        }
        for user in accounts:
            if user.email is not None and user.email_verified:
                rows[name_key(user.email)] = {"user_id": user.id, "verified": True}
        try:
            with self._connection.begin_nested():
                self._connection.execute(
                    insert(login_names), [{"name_key": key, **rows[key]} for key in sorted(rows)]
                )
        except IntegrityError:
            # Somebody else took one of them since we looked.
            for user in accounts:
                self.refuse_taken(user)
            raise

    def refuse_taken(self, user: User) -> None:
        """Raise UsernameTaken or EmailTaken for a name that is another account's."""
        for name, taken in (
            (user.username, UsernameTaken),
            (user.email if user.email_verified else None, EmailTaken),
        ):
            if name is None:
                continue
            owner = self._connection.scalar(
                select(login_names.c.user_id).where(login_names.c.name_key == name_key(name))
            )
            if owner not in {None, user.id}:
                raise taken

    def settle(self, user_id: str) -> None:
        """Make the names of an account those that it has by now. Raises EmailTaken.

        An unverified address is none. One that signed in before migration 0010 does so until the
        account changes it, or until somebody verifies it.
        """
        account = self._connection.execute(
            select(users.c.username, users.c.email, users.c.email_verified_at).where(
                users.c.id == user_id
            )
        ).one()
        own, address = name_key(account.username), name_key(account.email or "")
        addresses, numbers = self._verified_contacts(user_id)
        verified = addresses | numbers
        if account.email_verified_at is not None and account.email is not None:
            verified |= {address}
        mine = login_names.c.user_id == user_id
        there: dict[str, bool] = {
            row.name_key: row.verified
            for row in self._connection.execute(
                select(login_names.c.name_key, login_names.c.verified).where(mine)
            )
        }
        # Only what differs is written: a row that is left alone locks out nobody.
        for key, was_verified in there.items():
            this = mine & (login_names.c.name_key == key)
            if key == own:
                if was_verified != (key in verified):
                    self._connection.execute(
                        update(login_names).where(this).values(verified=key in verified)
                    )
            elif key not in verified and (was_verified or key != address):
                self._connection.execute(delete(login_names).where(this))
            elif key in verified and not was_verified:
                self._connection.execute(update(login_names).where(this).values(verified=True))
        self._insert(user_id, {own, *(verified - numbers)} - there.keys(), verified)
        if missing := numbers - there.keys() - {own}:
            # Since before numbers were login names, one may be somebody else's user name.
            self._insert(user_id, missing - self.owners(missing).keys(), verified)

    def release(self, user_id: str, name: str, *, instead: str) -> bool:
        """Take a name from an account that has not verified it; tell whether that was done.

        If it is the user name, the account gets another one ``instead``.
        """
        key = name_key(name)
        released = self._connection.execute(
            delete(login_names).where(
                login_names.c.name_key == key,
                login_names.c.user_id == user_id,
                login_names.c.verified.is_(False),
            )
        )
        if released.rowcount == 0:
            return False
        here = users.c.id == user_id
        username = self._connection.scalar(select(users.c.username).where(here))
        if username is not None and name_key(username) == key:
            self._connection.execute(update(users).where(here).values(username=instead))
            self._insert(user_id, {name_key(instead)}, ())
        return True

    def _verified_contacts(self, user_id: str) -> tuple[set[str], set[str]]:
        """Return the keys of the addresses and of the numbers."""
        keys: dict[ContactKind, set[str]] = {kind: set() for kind in ContactKind}
        rows = self._connection.execute(
            select(contacts.c.kind, contacts.c.value).where(
                contacts.c.user_id == user_id, contacts.c.verified_at.is_not(None)
            )
        )
        for kind, value in rows:
            target = Target(ContactKind(kind), value)
            keys[target.kind].update(map(name_key, target.login_names))
        return keys[ContactKind.EMAIL], keys[ContactKind.PHONE]

    def _insert(self, user_id: str, keys: Collection[str], verified: Collection[str]) -> None:
        for key in sorted(keys):
            row = {"name_key": key, "user_id": user_id, "verified": key in verified}
            try:
                with self._connection.begin_nested():
                    self._connection.execute(insert(login_names).values(row))
            except IntegrityError:
                raise (EmailTaken if key in verified else UsernameTaken) from None
