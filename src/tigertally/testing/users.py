"""What every adapter for an application's users must keep: subclass :class:`UsersConformance`.

pytest collects the subclass; it is handed a fixture of yours, ``table``::

    class TestMyUsers(UsersConformance):
        @pytest.fixture
        def table(self):
            with app.app_context():
                yield MyTable()

``MyTable`` implements :class:`Table`: the adapter, and how your application changes its users.
"""

from collections.abc import Iterable
from typing import Any, Final, Protocol

from tigertally.core.passwords import Passwords
from tigertally.core.people import Users, id_text, role_names
from tigertally.secret import Secret

_PASSWORDS: Final = Passwords(time_cost=1, memory_kib=8)
_FIRST, _SECOND = Secret("two halves make one"), Secret("one half and another")
_NOBODY: Final = ("nobody", "0", "-1", "9" * 40, "x" * 64, "%", "虎符", "' OR ''='")


class Table(Protocol):
    """The users of your application, and what it does to them. Each change is committed."""

    @property
    def users(self) -> Users[Any]:
        """The adapter, always the same one."""
        ...

    def add(self, login: str, password_hash: str | None, roles: Iterable[str]) -> str | int:
        """Add a user who may sign in, and return the id."""
        ...

    def set_password_hash(self, user_id: str | int, new: str | None) -> None:
        """Change the hash as another process would: not through what this one has read."""
        ...

    def disable(self, user_id: str | int) -> None:
        """Disable a user, in the same way."""
        ...

    def remove(self, user_id: str | int) -> None:
        """Delete a user, in the same way."""
        ...


class UsersConformance:
    """The suite."""

    def test_a_user_is_found_by_login_and_by_id(self, table: Table) -> None:
        """Both are the same user, with the hash and the roles that were stored."""
        users, stored = table.users, _PASSWORDS.hash(_FIRST)
        user_id = id_text(table.add("lina", stored, ["editor"]))
        table.add("another", None, [])
        for found in (users.find("lina"), users.get(user_id), users.hold(user_id)):
            assert found is not None
            assert id_text(users.id_of(found)) == user_id
            assert users.username(found)
            assert users.password_hash(found) == stored
            assert users.disabled(found) is False
        held = users.hold(user_id)
        assert held is not None
        assert role_names(users.roles(held)) == ("editor",)

    def test_nobody_else_is_found(self, table: Table) -> None:
        """Whatever is asked for, without an error."""
        users = table.users
        table.add("lina", None, [])
        for text in _NOBODY:
            assert users.find(text) is None
            assert users.get(text) is None
            assert users.hold(text) is None

    def test_a_user_without_a_password_has_no_hash(self, table: Table) -> None:
        """``None``, and not an empty text."""
        table.add("lina", None, [])
        found = table.users.find("lina")
        assert found is not None
        assert table.users.password_hash(found) is None

    def test_hold_sees_what_was_changed_since_the_user_was_found(self, table: Table) -> None:
        """Or a sign-in with the former password would overtake its change."""
        users, former, new = table.users, _PASSWORDS.hash(_FIRST), _PASSWORDS.hash(_SECOND)
        user_id = table.add("lina", former, [])
        found = users.find("lina")
        assert found is not None
        assert users.password_hash(found) == former
        table.set_password_hash(user_id, new)
        held = users.hold(id_text(user_id))
        assert held is not None
        assert users.password_hash(held) == new
        table.disable(user_id)
        held = users.hold(id_text(user_id))
        assert held is not None
        assert users.disabled(held) is True
        table.remove(user_id)
        assert users.hold(id_text(user_id)) is None

    def test_a_hash_is_replaced_only_if_it_is_the_expected_one(self, table: Table) -> None:
        """Where the adapter replaces hashes. Of two changes at once, one counts."""
        replace = getattr(table.users, "set_password_hash", None)
        if replace is None:
            return
        former, new = _PASSWORDS.hash(_FIRST), _PASSWORDS.hash(_SECOND)
        user_id = id_text(table.add("lina", former, []))
        assert replace(user_id, new, expected=new) is False
        assert replace(user_id, new, expected=former) is True
        assert replace(user_id, former, expected=former) is False
        held = table.users.hold(user_id)
        assert held is not None
        assert table.users.password_hash(held) == new
