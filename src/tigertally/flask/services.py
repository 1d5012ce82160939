"""The dependencies of the edge, set by the composition root."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from flask import Flask, current_app

from tigertally.core.verifier import Verifier
from tigertally.errors import SetupError
from tigertally.flask.cookies import CookieRules
from tigertally.flask.csrf import CsrfGuard
from tigertally.flask.event_ids import EventIds
from tigertally.flask.login_state import LoginStates
from tigertally.flask.metrics import Metrics
from tigertally.flask.place import root
from tigertally.flows.context import Context, Outside

EXTENSION = "tigertally"

Audience = Literal["on", "local", "off"]
"""Who may read a page: anyone, callers on this machine, nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """The dependencies of the edge."""

    context: Context
    outside: Outside
    verifier: Verifier
    cookies: CookieRules
    csrf: CsrfGuard
    event_ids: EventIds
    login_states: LoginStates
    return_url: str | None
    """Return address for a provider's page; ``None`` for a page of this host."""
    public_url: str | None
    """The application's public address, if the operator set it."""
    public_path: str
    """Path of that address, without a trailing slash; empty at the top."""
    cors_origins: tuple[str, ...]
    cors_headers: tuple[str, ...]
    """Headers that pages of those origins may send, besides ours."""
    https: bool
    """Whether the public address is on https, whatever the scheme of a single request."""
    hsts: str
    """Value of ``Strict-Transport-Security`` for sites on https."""
    metrics: Metrics
    metrics_for: Literal["local", "anyone", "nobody"]
    """Who may read the figures; `local` are callers on this machine."""
    docs_for: Audience
    readiness_for: Audience
    readiness: Callable[[], Mapping[str, str]]
    """Returns name → ``ok`` or the fault, for ``/readyz``."""

    @property
    def root(self) -> str:
        """Path below which all addresses of the present application lie; empty at the top."""
        return root(self.public_path)


def services() -> Services:
    """Return the services of the application that handles the present request."""
    return services_of(current_app)


def services_of(app: Flask) -> Services:
    """Return the services of an application. Raises SetupError before ``install``."""
    found = app.extensions.get(EXTENSION)
    if found is None:
        raise SetupError(
            f"the application {app.name} has no Tiger Tally on it",
            remedy="call TigerTally(app), or init_app(app), where the application is made",
        )
    if not isinstance(found, Services):
        raise TypeError("app.extensions['tigertally'] was overwritten")
    return found
