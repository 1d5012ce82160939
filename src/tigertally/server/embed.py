"""One line in an application of yours: ``TigerTally(app)``."""

import atexit
import logging
from collections.abc import Callable
from pathlib import Path
from typing import ParamSpec, TypeVar

from flask import Flask

from tigertally.alembic import keep_away
from tigertally.clock import Clock
from tigertally.core.tokens import AccessClaims
from tigertally.errors import SetupError
from tigertally.flask import current_claims, install, signed_in
from tigertally.flask.adapter import EXTENSION
from tigertally.server.compose import Composition, compose
from tigertally.server.data_dir import holds_data
from tigertally.server.logs import log_apart
from tigertally.server.proxies import BehindProxies, TrustedProxies
from tigertally.settings import Settings, load_settings
from tigertally.settings.values import PREFIX

P = ParamSpec("P")
R = TypeVar("R")

logger: logging.Logger = logging.getLogger("tigertally")


class TigerTally:
    """Adds sign-in to a Flask application.

    Settings come from the environment (``TALLY_…``) and, on top, from ``app.config`` under the same
    names; the data directory is the application's instance folder by default. Raises SetupError
    with a remedy. With the application-factory pattern, create it without an application and
    call :meth:`init_app`.
    """

    def __init__(self, app: Flask | None = None, *, clock: Clock | None = None) -> None:
        self._clock = clock
        if app is not None:
            self.init_app(app)

    def init_app(self, app: Flask) -> Composition:
        """Compose everything for this application, and add the routes.

        Raises SetupError, also if that was done already.
        """
        if EXTENSION in app.extensions:
            raise SetupError(
                f"the application {app.name} has Tiger Tally on it already",
                remedy="call TigerTally(app) once; with a factory, make TigerTally() without the "
                "application, and call init_app(app) in the factory only",
            )
        settings = settings_of(app)
        if "log_format" in settings.model_fields_set:
            log_apart(settings.log_format)
        composition = compose(settings, clock=self._clock)
        install(app, composition.services)
        keep_away()
        believe_proxies(app, composition.settings)
        composition.background.start()
        atexit.register(composition.close)
        return composition

    def signed_in(
        self, *misused: object, role: str | None = None, fresh: bool = False, strict: bool = False
    ) -> Callable[[Callable[P, R]], Callable[P, R]]:
        """Protect a view; see :func:`tigertally.flask.signed_in`."""
        return signed_in(*misused, role=role, fresh=fresh, strict=strict)

    @property
    def claims(self) -> AccessClaims:
        """Who is signed in, within a protected view."""
        return current_claims()


def believe_proxies(app: Flask, settings: Settings) -> None:
    """Resolve callers for the whole application, if trusted proxies are set.

    Otherwise the application's own handling stays: werkzeug's ProxyFix, or nothing.
    """
    if settings.trusted_proxies:
        proxies = TrustedProxies(settings.trusted_proxies, headers=settings.proxy_headers)
        app.wsgi_app = BehindProxies(app.wsgi_app, proxies)  # type: ignore[method-assign]


def settings_of(app: Flask) -> Settings:
    """Return the settings of an application: its configuration, then the environment."""
    configured = {name: value for name, value in app.config.items() if name.startswith(PREFIX)}
    settings = load_settings(
        {name.removeprefix(PREFIX).lower(): value for name, value in configured.items()}
    )
    if "data_dir" in settings.model_fields_set:
        return settings
    return settings.model_copy(update={"data_dir": _data_dir_of(app, settings.data_dir)})


def _data_dir_of(app: Flask, former: Path) -> Path:
    """Return the instance folder: no command depends on the folder in which it is typed.

    Earlier versions kept everything in ``tally-data`` there. If that contains data, it stays in
    use.
    """
    instance = Path(app.instance_path)
    if holds_data(instance):
        return instance
    for found in (instance.parent / former, former.absolute()):
        if holds_data(found):
            logger.warning(
                "the data lies in %s; to go on without this line, set TALLY_DATA_DIR to it, or "
                "stop everything and move its content to %s",
                found,
                instance,
            )
            return found
    return instance
