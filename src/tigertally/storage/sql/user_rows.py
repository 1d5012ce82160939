"""Accounts as rows."""

import json
from collections.abc import Mapping
from typing import Any

from tigertally.core.users import User


def user_row(user: User) -> dict[str, object]:
    """Return the columns that may change, without the hash and the roles."""
    return {
        "username": user.username,
        "email": user.email,
        "email_verified_at": user.email_verified_at,
        "display_name": user.display_name,
        "locale": user.locale,
        "avatar_file_id": user.avatar_file_id,
        "disabled_at": user.disabled_at,
        "disabled_until": user.disabled_until,
        "disabled_reason": user.disabled_reason,
        "deleted_at": user.deleted_at,
        "purge_at": user.purge_at,
    }


def user_of_row(row: Mapping[Any, Any]) -> User:
    """Return the account of a row."""
    columns = dict(row)
    return User(**{**columns, "roles": tuple(json.loads(str(columns["roles"])))})
