"""One line in an application of yours: ``TigerTally(app)``."""

import atexit
import logging
import weakref
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Final, ParamSpec, TypeVar

from flask import Flask, current_app, has_app_context

from tigertally.alembic import keep_away
from tigertally.clock import Clock
from tigertally.contract.http import load_contract
from tigertally.core.people import People, Person, Users, Vouched
from tigertally.core.tokens import AccessClaims
from tigertally.errors import SetupError
from tigertally.flask import current_claims, signed_in
from tigertally.flask.adapter import EXTENSION, LOGIN_VIEW, services, services_of
from tigertally.flask.calls import Calls
from tigertally.flask.collisions import refuse_collisions
from tigertally.flask.extension import add_routes
from tigertally.flask.first_request import FirstRequest
from tigertally.flask.pages import PageCalls
from tigertally.flask.rules import BLUEPRINT
from tigertally.server.compose import Composition, Host, compose
from tigertally.server.data_dir import holds_data
from tigertally.server.parts import OF_ACCOUNTS, Part, chosen_parts, find_pages
from tigertally.settings import Settings, load_settings
from tigertally.settings.values import PREFIX
from tigertally.web.addresses import PAGES, Addresses
from tigertally.web.services import Services

_HOST: Final = "tigertally_host"
_IN_MEMORY: Final = frozenset({"sqlite://", "sqlite:///", "sqlite:///:memory:"})

P = ParamSpec("P")
R = TypeVar("R")

logger: logging.Logger = logging.getLogger("tigertally")


class TigerTally(Calls, PageCalls):
    """Adds sign-in to a Flask application.

    Settings come from the environment (``TALLY_…``) and, on top, from ``app.config`` under the same
    names; the data directory is the application's instance folder by default. Raises SetupError
    with a remedy. With the application-factory pattern, create it without an application and
    call :meth:`init_app`.

    ``prefix`` is where the API lies, instead of ``/api``; the setting ``TALLY_API_PREFIX`` says the
    same. ``parts`` are the parts of it that the application has; by default all but ``pages``.
    Without ``accounts``, ``providers``, ``files`` and ``admin`` the users are the application's
    own: :meth:`sign_in` takes its word for every id, and nothing but sessions is kept. ``users``
    gives the application's own users to our sign-in; see :class:`tigertally.Users`. ``roles``
    returns the roles of a user by id, and ``claims`` further claims for access tokens; both are
    asked for whenever tokens are made. After a change, call :meth:`claims_changed`. ``login_view``
    is the endpoint of your sign-in page: pages that need a session lead there, and back.
    """

    def __init__(  # noqa: PLR0913 - what an application decides, each by name
        self,
        app: Flask | None = None,
        *,
        prefix: str | None = None,
        parts: Iterable[Part] | None = None,
        users: Users[Person] | None = None,
        roles: Callable[[str], Iterable[str]] | None = None,
        claims: Callable[[str], Mapping[str, object]] | None = None,
        login_view: str | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._clock = clock
        self._prefix = prefix
        self._parts = chosen_parts(parts, adapted=users is not None)
        self._people = _people(self._parts, users)
        for name, given in (("roles", roles), ("claims", claims)):
            if given is not None and not callable(given):
                raise SetupError(
                    f"{name}={given!r} cannot be called",
                    remedy=f"give a function that returns the {name} of a user by id",
                )
        self._roles = roles
        self._load_claims = claims
        self._login_view = login_view
        self._opened: list[tuple[Composition, ExitStack, weakref.ref[Flask]]] = []
        if app is not None:
            self.init_app(app)

    def init_app(self, app: Flask) -> Composition:
        """Compose everything for this application, and add the routes.

        Raises SetupError, also if that was done already, and if a route of the application's own
        answers the same requests as one of ours. Then nothing was written yet.
        """
        if EXTENSION in app.extensions:
            raise SetupError(
                f"the application {app.name} has Tiger Tally on it already",
                remedy="call TigerTally(app) once; with a factory, make TigerTally() without the "
                "application, and call init_app(app) in the factory only",
            )
        if BLUEPRINT in app.blueprints:
            raise SetupError(
                f"the Tiger Tally on the application {app.name} was closed",
                remedy="make another application, and call TigerTally(app) for that",
            )
        settings = self._settings_for(app)
        with ExitStack() as closing:
            if settings.database_url in _IN_MEMORY:
                from tigertally.server.memory import in_memory  # noqa: PLC0415 - for tests

                settings = closing.enter_context(in_memory(settings, testing=app.testing))
            return self._add_to(app, settings, closing)

    def _add_to(self, app: Flask, settings: Settings, closing: ExitStack) -> Composition:
        host = Host(
            self._parts,
            people=self._people,
            load_roles=self._roles,
            has_sign_in_page=self._login_view is not None,
            load_claims=self._load_claims,
        )
        addresses = host.addresses(settings.api_prefix)
        webui = find_pages(addresses) if PAGES in self._parts else None
        refuse_collisions(app, addresses)
        if "log_format" in settings.model_fields_set:
            # What few applications use is loaded here, and in the places below.
            from tigertally.server.logs import log_apart  # noqa: PLC0415

            log_apart(settings.log_format)
        composition = compose(settings, clock=self._clock, host=host)
        add_routes(app, composition.services)
        app.extensions[_HOST] = host
        app.extensions[LOGIN_VIEW] = self._login_view
        # First, so that any of the application's own goes before. Its environment for templates is
        # not made yet: options that it sets later still count.
        app.template_context_processors[None].insert(0, self._in_templates)
        if addresses.without and "accounts" in self._parts:
            _tell_what_is_missing(app, addresses)
        if webui is not None:
            from tigertally.server.webui import webui_blueprint  # noqa: PLC0415

            app.register_blueprint(webui_blueprint(webui, addresses))
        FirstRequest(app, addresses)
        keep_away()
        believe_proxies(app, composition.settings)
        composition.background.start()
        closing.callback(composition.close)
        kept = closing.pop_all()
        atexit.register(kept.close)
        self._opened.append((composition, kept, weakref.ref(app)))
        return composition

    def _in_templates(self) -> dict[str, object]:
        return {} if "tally" in current_app.jinja_env.globals else {"tally": self}

    def defaults_for(self, app: Flask) -> Mapping[str, object]:
        """Return settings that count unless they are set otherwise; a bridge knows some."""
        del app
        return {}

    def _settings_for(self, app: Flask) -> Settings:
        said = settings_of(app).model_fields_set
        defaults = {name: one for name, one in self.defaults_for(app).items() if name not in said}
        return settings_of(app, **{**defaults, "api_prefix": self._prefix})

    def close(self) -> None:
        """Free all threads, files and connections. The applications cannot be used afterwards."""
        while self._opened:
            _, kept, app = self._opened.pop()
            atexit.unregister(kept.close)
            kept.close()
            if (found := app()) is not None:
                found.extensions.pop(EXTENSION, None)
                found.extensions.pop(_HOST, None)

    @property
    def services(self) -> Services:
        """The services of the present application, or of the only one there is.

        Raises RuntimeError where it is not clear which application is meant.
        """
        if has_app_context():
            return services()
        if len(self._opened) != 1:
            raise RuntimeError(
                f"this TigerTally is on {len(self._opened)} applications, and none of them is at "
                "work here: do it within `with app.app_context():`"
            )
        return self._opened[0][0].services

    def required(
        self,
        *misused: object,
        role: str | None = None,
        any_role: Collection[str] | None = None,
        permission: str | None = None,
        any_permission: Collection[str] | None = None,
        fresh: bool = False,
        strict: bool = False,
        optional: bool = False,
    ) -> Callable[[Callable[P, R]], Callable[P, R]]:
        """Protect a view; see :func:`tigertally.flask.signed_in`."""
        return signed_in(
            *misused,
            role=role,
            any_role=any_role,
            permission=permission,
            any_permission=any_permission,
            fresh=fresh,
            strict=strict,
            optional=optional,
        )

    signed_in = required

    @property
    def claims(self) -> AccessClaims:
        """Who is signed in, within a protected view."""
        return current_claims()


def host_of(app: Flask) -> Host:
    """Return what an application with the product decided. Raises SetupError without it."""
    services_of(app)
    found = app.extensions[_HOST]
    if not isinstance(found, Host):
        raise TypeError(f"app.extensions[{_HOST!r}] was overwritten")
    return found


def _tell_what_is_missing(app: Flask, addresses: Addresses) -> None:
    operations = load_contract().operations
    missing = sorted(
        f"{addresses.of(one)} ({one.method})"
        for one in operations.values()
        if one.operation_id in addresses.without
    )
    logger.warning(
        "the application %s keeps its users itself (users=), so these have no address, and it may "
        "answer them itself: %s",
        app.name,
        ", ".join(missing),
    )


def _people(parts: frozenset[str], users: Users[Person] | None) -> People | None:
    """Return the users of the application, or ``None`` if its parts need accounts of ours."""
    if users is not None:
        from tigertally.server.people import AdaptedPeople  # noqa: PLC0415 - few have them

        return AdaptedPeople(users)
    return None if parts & OF_ACCOUNTS else Vouched()


def believe_proxies(app: Flask, settings: Settings) -> None:
    """Resolve callers for the whole application, if trusted proxies are set.

    Otherwise the application's own handling stays: werkzeug's ProxyFix, or nothing.
    """
    if settings.trusted_proxies:
        from tigertally.server.proxies import BehindProxies, TrustedProxies  # noqa: PLC0415

        proxies = TrustedProxies(settings.trusted_proxies, headers=settings.proxy_headers)
        app.wsgi_app = BehindProxies(app.wsgi_app, proxies)  # type: ignore[method-assign]


def settings_of(app: Flask, **given: object) -> Settings:
    """Return the settings of an application: those given, its configuration, the environment."""
    configured = {name: value for name, value in app.config.items() if name.startswith(PREFIX)}
    settings = load_settings(
        {name.removeprefix(PREFIX).lower(): value for name, value in configured.items()}
        | {name: value for name, value in given.items() if value is not None}
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
