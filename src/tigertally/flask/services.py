"""What the edge is given by whoever composed the application."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from flask import Flask, current_app

from tigertally.core.verifier import Verifier
from tigertally.flask.cookies import CookieRules
from tigertally.flask.csrf import CsrfGuard
from tigertally.flask.login_state import LoginStates
from tigertally.flask.metrics import Metrics
from tigertally.flows.context import Context, Outside

EXTENSION = "tigertally"


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """The tools of the edge."""

    context: Context
    outside: Outside
    verifier: Verifier
    cookies: CookieRules
    csrf: CsrfGuard
    login_states: LoginStates
    return_url: str | None
    """Where a provider's page sends the browser back to; none for a page of this very host."""
    cors_origins: tuple[str, ...]
    https: bool
    """Whether the public address is on https, whatever a single request came by."""
    metrics: Metrics
    metrics_for: Literal["local", "anyone", "nobody"]
    """Who may read the figures; `local` are callers on this machine."""
    readiness: Callable[[], Mapping[str, str]]
    """Answers name → ``ok`` or what is wrong, for ``/readyz``."""


def services() -> Services:
    """Return the services of the application that handles the present request."""
    return services_of(current_app)


def services_of(app: Flask) -> Services:
    """Return the services of an application. Raises KeyError before ``install``."""
    found = app.extensions[EXTENSION]
    if not isinstance(found, Services):
        raise TypeError("app.extensions['tigertally'] was overwritten")
    return found
