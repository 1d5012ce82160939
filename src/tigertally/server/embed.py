"""One line in an application of yours: ``TigerTally(app)``."""

import atexit
from collections.abc import Callable
from typing import Any

from flask import Flask

import tigertally.alembic  # noqa: F401 - keeps the application's Alembic away from our tables
from tigertally.clock import Clock
from tigertally.core.tokens import AccessClaims
from tigertally.flask import current_claims, install, signed_in
from tigertally.server.compose import Composition, compose
from tigertally.server.proxies import TrustedProxies
from tigertally.settings import PREFIX, Settings, load_settings


class TigerTally:
    """Adds sign-in to a Flask application.

    Settings come from the environment (``TALLY_…``) and, on top, from ``app.config`` under the same
    names. Raises SetupError that says what to do. With the application-factory pattern, make it
    without an application and call :meth:`init_app`.
    """

    def __init__(self, app: Flask | None = None, *, clock: Clock | None = None) -> None:
        self._clock = clock
        if app is not None:
            self.init_app(app)

    def init_app(self, app: Flask) -> Composition:
        """Compose everything for this application, and put the routes on it."""
        composition = compose(settings_of(app), clock=self._clock)
        install(app, composition.services)
        believe_proxies(app, composition.settings)
        composition.background.start()
        atexit.register(composition.close)
        return composition

    def signed_in(self, **demands: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Protect a view; see :func:`tigertally.flask.signed_in`."""
        return signed_in(**demands)

    @property
    def claims(self) -> AccessClaims:
        """Who is signed in, within a protected view."""
        return current_claims()


def believe_proxies(app: Flask, settings: Settings) -> None:
    """Resolve callers for the whole application, where trusted proxies are named.

    Otherwise the application's own arrangement stays as it is: none, or werkzeug's ProxyFix.
    """
    if settings.trusted_proxies:
        app.wsgi_app = TrustedProxies(  # type: ignore[method-assign]
            app.wsgi_app, settings.trusted_proxies, headers=settings.proxy_headers
        )


def settings_of(app: Flask) -> Settings:
    """Return the settings of an application: the environment, and its configuration on top."""
    configured = {name: value for name, value in app.config.items() if name.startswith(PREFIX)}
    return load_settings(
        {name.removeprefix(PREFIX).lower(): value for name, value in configured.items()}
    )
