"""Administration: acts on accounts and on live sessions of anybody."""

from datetime import datetime
from typing import Any

from tigertally.errors import NotFound
from tigertally.flows.edit_users import EditUsers
from tigertally.flows.manage_users import ManageUsers
from tigertally.secret import Secret
from tigertally.web.admin_answers import admin_user_json
from tigertally.web.call import Call
from tigertally.web.values import Answer, json_answer


def admin_create_user(call: Call) -> Answer:
    """Create an account with a one-time password."""
    edit = EditUsers(call.services.context, call.actor)
    user, password = edit.create(
        call.body["username"],
        email=call.body.get("email"),
        display_name=call.body.get("display_name"),
    )
    return _told(call, user.id, password, ended=0, status=201)


def admin_edit_user(call: Call, id: str) -> Answer:  # noqa: A002 - the contract calls it that
    """Change an account, only where a member was sent."""
    known = ("username", "display_name", "email", "locale")
    values = {name: call.body[name] for name in known if name in call.body}
    EditUsers(call.services.context, call.actor).edit(id, values)
    return _changed(call, id)


def admin_disable_user(call: Call, id: str) -> Answer:  # noqa: A002 - as in the contract
    """Disable an account."""
    until = call.body.get("until")
    ended = _manage(call).disable(
        id,
        reason=call.body["reason"],
        until=None if until is None else datetime.fromisoformat(until),
    )
    return _changed(call, id, ended)


def admin_enable_user(call: Call, id: str) -> Answer:  # noqa: A002 - as in the contract
    """Let an account sign in again."""
    _manage(call).enable(id)
    return _changed(call, id)


def admin_unlock_user(call: Call, id: str) -> Answer:  # noqa: A002 - as in the contract
    """Allow password attempts again."""
    _manage(call).unlock(id)
    return _changed(call, id)


def admin_reset_password(call: Call, id: str) -> Answer:  # noqa: A002 - as in the contract
    """Give an account a one-time password."""
    password, ended = _manage(call).give_one_time_password(id)
    return _told(call, id, password, ended=ended)


def admin_sign_out_user(call: Call, id: str) -> Answer:  # noqa: A002 - as in the contract
    """End all sessions of a user."""
    return _changed(call, id, _manage(call).sign_out(id))


def admin_delete_user(call: Call, id: str) -> Answer:  # noqa: A002 - as in the contract
    """Delete an account, with time to restore it."""
    _, ended = _manage(call).delete(id)
    return _changed(call, id, ended)


def admin_restore_user(call: Call, id: str) -> Answer:  # noqa: A002 - as in the contract
    """Cancel a deletion."""
    _manage(call).restore(id)
    return _changed(call, id)


def admin_end_session(call: Call, id: str) -> Answer:  # noqa: A002 - as in the contract
    """End one session of anybody."""
    _manage(call).end_session(id)
    return json_answer({"message": call.notice()})


def _user(call: Call, user_id: str) -> dict[str, Any]:
    """Return an account as it is after an act: also to an actor who is signed out by it."""
    context = call.services.context
    now = context.clock.now()
    with context.store.reading() as tx:
        found = tx.directory.user(user_id, now)
    if found is None:
        raise NotFound
    return admin_user_json(found, now)


def _manage(call: Call) -> ManageUsers:
    return ManageUsers(call.services.context, call.actor)


def _changed(call: Call, user_id: str, ended: int = 0) -> Answer:
    return json_answer({"message": call.notice(), "user": _user(call, user_id), "ended": ended})


def _told(call: Call, user_id: str, password: Secret, *, ended: int, status: int = 200) -> Answer:
    return json_answer(
        {
            "message": call.notice(),
            "user": _user(call, user_id),
            "password": password.reveal(),
            "ended": ended,
        },
        status=status,
    )
