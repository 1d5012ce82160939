"""What is fine by itself, but does not fit what is already there."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from tigertally.errors.root import FieldProblem, TallyError


class Conflict(TallyError):
    """The request is fine, but does not fit what is already there."""


class NameTaken(Conflict):
    """Another account has the name in one of the fields."""

    field: ClassVar[str]

    @property
    def fields(self) -> Mapping[str, Sequence[FieldProblem]]:
        """What is wrong, as :class:`InvalidRequest` has it."""
        return {self.field: (FieldProblem("taken"),)}


class UsernameTaken(NameTaken):
    """Another account has this user name."""

    code = "username_taken"
    field = "username"


class EmailTaken(NameTaken):
    """Another account has this e-mail address."""

    code = "email_taken"
    field = "email"


class RefreshStale(Conflict):
    """An honest client sent an old token. It must read its store again. Nothing was ended."""

    code = "refresh_stale"


class TooManySessions(Conflict):
    """The policy refuses one more session."""

    code = "too_many_sessions"


class QuotaExceeded(Conflict):
    """The user has no storage left for this file."""

    code = "quota_exceeded"


class IdentityTaken(Conflict):
    """The identity signs in to another account."""

    code = "identity_taken"


class LastWayToSignIn(Conflict):
    """Without it, nobody could sign in to the account again."""

    code = "last_way_to_sign_in"


class LastAdministrator(Conflict):
    """Nobody would be an administrator any more."""

    code = "last_administrator"


class RoleFixed(Conflict):
    """The role belongs to the product, and cannot be changed like this."""

    code = "role_fixed"


class RoleInUse(Conflict):
    """People still have the role."""

    code = "role_in_use"


class FeedChanged(Conflict):
    """The feed is another one than the caller knows; its first page has everything again."""

    code = "feed_changed"
