"""Roles: what they give, and who has them. For administrators."""

from tigertally.flows.manage_roles import CountedRole, ManageRoles, RoleChange
from tigertally.web.answers import Json
from tigertally.web.call import Call
from tigertally.web.values import Answer, json_answer


def list_roles(call: Call) -> Answer:
    """Return all roles."""
    return json_answer({"roles": [_role_json(one) for one in _manage(call).list()]})


def read_role(call: Call, key: str) -> Answer:
    """Return one role."""
    return json_answer(_role_json(_manage(call).find(key)))


def create_role(call: Call) -> Answer:
    """Create a role."""
    created = _manage(call).create(call.body["key"], _change(call))
    return json_answer({"message": call.notice(), "role": _role_json(created)}, status=201)


def update_role(call: Call, key: str) -> Answer:
    """Change what was sent of a role."""
    changed = _manage(call).change(key, _change(call))
    return json_answer({"message": call.notice(), "role": _role_json(changed)})


def delete_role(call: Call, key: str) -> Answer:
    """Delete a role that nobody has."""
    _manage(call).remove(key)
    return json_answer({"message": call.notice()})


def set_user_roles(call: Call, id: str) -> Answer:  # noqa: A002 - the contract's name
    """Give somebody these roles and no others."""
    user = _manage(call).set_roles(id, call.body["roles"])
    return json_answer({"message": call.notice(), "roles": list(user.roles)})


def _manage(call: Call) -> ManageRoles:
    return ManageRoles(call.services.context, call.actor)


def _change(call: Call) -> RoleChange:
    known = ("name", "description", "permissions")
    return RoleChange(**{name: call.body[name] for name in known if name in call.body})


def _role_json(counted: CountedRole) -> Json:
    role = counted.role
    return {
        "key": role.key,
        "name": role.name,
        "description": role.description,
        "permissions": list(role.permissions),
        "builtin": role.builtin,
        "users": counted.users,
    }
