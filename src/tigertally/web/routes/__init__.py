"""One function per operation of the contract, named as the contract names it.

The contract itself is published by :mod:`tigertally.flask.docs`.
"""

from tigertally.web.router import Handler
from tigertally.web.routes import (
    account,
    files,
    identities,
    profile,
    push,
    service,
    sessions,
)

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
    "list_providers": identities.list_providers,
    "login_with_provider": identities.login_with_provider,
    "start_provider_login": identities.start_provider_login,
    "reauthenticate_with_provider": identities.reauthenticate_with_provider,
    "list_identities": identities.list_identities,
    "link_identity": identities.link_identity,
    "unlink_identity": identities.unlink_identity,
    "read_phone": identities.read_phone,
    "verify_push": push.verify_push,
    "receive_push": push.receive_push,
    "read_me": profile.read_me,
    "update_me": profile.update_me,
    "update_me_post": profile.update_me,
    "delete_me": profile.delete_me,
    "list_files": files.list_files,
    "add_file": files.add_file,
    "read_file": files.read_file,
    "delete_file": files.delete_file,
    "read_keys": service.read_keys,
    "read_health": service.read_health,
    "read_metrics": service.read_metrics,
    "read_readiness": service.read_readiness,
}
