"""One function per operation of the contract, named as the contract names it.

The contract itself is published by :mod:`tigertally.flask.docs`.
"""

from functools import cache
from importlib import import_module

from tigertally.loading import LOADING
from tigertally.web.call import Call
from tigertally.web.router import Handler
from tigertally.web.routes import account, profile, service, sessions
from tigertally.web.values import Answer


def _later(module: str, name: str) -> Handler:
    """Return a handler whose module is loaded when it is first asked: few processes ever are."""

    @cache
    def found() -> Handler:
        with LOADING:
            handler: Handler = getattr(import_module(f"{__name__}.{module}"), name)
        return handler

    def handle(call: Call, **path: str) -> Answer:
        return found()(call, **path)

    return handle


HANDLERS: dict[str, Handler] = {
    "register": account.register,
    "login": account.login,
    "reauthenticate": account.reauthenticate,
    "change_password": account.change_password,
    "refresh": sessions.refresh,
    "logout": sessions.logout,
    "logout_post": sessions.logout,
    "logout_refresh": sessions.logout_refresh,
    "logout_refresh_post": sessions.logout_refresh,
    "logout_all": sessions.logout_all,
    "list_sessions": sessions.list_sessions,
    "end_session": sessions.end_session,
    "end_other_sessions": sessions.end_other_sessions,
    "list_events": sessions.list_events,
    "ask_for_code": _later("codes", "ask_for_code"),
    "login_with_code": _later("codes", "login_with_code"),
    "reauthenticate_with_code": _later("codes", "reauthenticate_with_code"),
    "reset_password": _later("codes", "reset_password"),
    "list_contacts": _later("codes", "list_contacts"),
    "add_contact": _later("codes", "add_contact"),
    "verify_contact": _later("codes", "verify_contact"),
    "remove_contact": _later("codes", "remove_contact"),
    "list_providers": _later("identities", "list_providers"),
    "login_with_provider": _later("identities", "login_with_provider"),
    "start_provider_login": _later("identities", "start_provider_login"),
    "reauthenticate_with_provider": _later("identities", "reauthenticate_with_provider"),
    "list_identities": _later("identities", "list_identities"),
    "link_identity": _later("identities", "link_identity"),
    "unlink_identity": _later("identities", "unlink_identity"),
    "read_phone": _later("identities", "read_phone"),
    "verify_phone": _later("identities", "verify_phone"),
    "verify_push": _later("push", "verify_push"),
    "receive_push": _later("push", "receive_push"),
    "read_me": profile.read_me,
    "update_me": profile.update_me,
    "update_me_post": profile.update_me,
    "delete_me": profile.delete_me,
    "list_roles": _later("roles", "list_roles"),
    "create_role": _later("roles", "create_role"),
    "read_role": _later("roles", "read_role"),
    "update_role": _later("roles", "update_role"),
    "delete_role": _later("roles", "delete_role"),
    "set_user_roles": _later("roles", "set_user_roles"),
    "list_files": _later("files", "list_files"),
    "add_file": _later("files", "add_file"),
    "read_file": _later("files", "read_file"),
    "delete_file": _later("files", "delete_file"),
    "read_client": service.read_client,
    "admin_list_users": _later("admin", "admin_list_users"),
    "admin_read_user": _later("admin", "admin_read_user"),
    "admin_list_sessions": _later("admin", "admin_list_sessions"),
    "admin_read_statistics": _later("admin_statistics", "admin_read_statistics"),
    "admin_read_settings": _later("admin", "admin_read_settings"),
    "admin_list_events": _later("admin", "admin_list_events"),
    "admin_create_user": _later("admin_acts", "admin_create_user"),
    "admin_edit_user": _later("admin_acts", "admin_edit_user"),
    "admin_delete_user": _later("admin_acts", "admin_delete_user"),
    "admin_disable_user": _later("admin_acts", "admin_disable_user"),
    "admin_enable_user": _later("admin_acts", "admin_enable_user"),
    "admin_unlock_user": _later("admin_acts", "admin_unlock_user"),
    "admin_reset_password": _later("admin_acts", "admin_reset_password"),
    "admin_sign_out_user": _later("admin_acts", "admin_sign_out_user"),
    "admin_restore_user": _later("admin_acts", "admin_restore_user"),
    "admin_end_session": _later("admin_acts", "admin_end_session"),
    "read_feed": service.read_feed,
    "read_feed_roles": service.read_feed_roles,
    "read_keys": service.read_keys,
    "read_health": service.read_health,
    "read_metrics": service.read_metrics,
    "read_readiness": service.read_readiness,
}
