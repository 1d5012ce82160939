"""Settings become objects. Every other module is handed what it needs; this one makes it."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Engine

from tigertally.clock import Clock, SystemClock
from tigertally.core.passwords import Passwords
from tigertally.core.presence import Presence
from tigertally.core.sessions import SessionTimes
from tigertally.core.tokens import AccessTokens, RefreshTokens, TokenRules
from tigertally.core.verifier import Verifier
from tigertally.errors import SetupError, StoreUnavailable, TallyError
from tigertally.flask.cookies import CookieRules
from tigertally.flask.csrf import CsrfGuard
from tigertally.flask.login_state import LoginStates
from tigertally.flask.services import Services
from tigertally.flows.context import Context, Outside, Rules
from tigertally.flows.keep_house import KeepHouse
from tigertally.flows.rotate_keys import RotateKeys
from tigertally.secret import Seal, Secret, derive_key
from tigertally.server.background import Background
from tigertally.server.data_dir import database_url, master_secret, prepare_data_dir
from tigertally.server.providers import make_providers
from tigertally.settings import Registration, Settings
from tigertally.storage.sql.feed import DoorbellFeed
from tigertally.storage.sql.schema import SchemaState, schema_state, upgrade_schema
from tigertally.storage.sql.store import SqlStore, StoredKeys, open_engine, translated_errors


@dataclass(frozen=True, slots=True)
class Composition:
    """Everything that belongs together in one process."""

    settings: Settings
    store: SqlStore
    context: Context
    services: Services
    background: Background
    keys: RotateKeys

    def close(self) -> None:
        """Write what is left, and let go of the database."""
        self.background.stop()
        self.store.engine.dispose()


def open_store(settings: Settings, *, clock: Clock) -> SqlStore:
    """Return the store, its schema made or upgraded. Raises SetupError."""
    prepare_data_dir(settings)
    engine = open_engine(database_url(settings))
    try:
        with translated_errors():
            if schema_state(engine) is not SchemaState.CURRENT:
                upgrade_schema(engine)
    except StoreUnavailable as error:
        raise SetupError(
            f"the database cannot be opened: {error}",
            remedy="see that its folder exists and this user may write to it",
        ) from error
    return SqlStore(engine, clock=clock, access_ttl=settings.seconds("access_ttl"))


def compose(settings: Settings, *, clock: Clock | None = None) -> Composition:
    """Build everything for this process. Raises SetupError."""
    clock = clock or SystemClock()
    store = open_store(settings, clock=clock)
    master = master_secret(settings)
    keys = RotateKeys(store, clock, master, settings.token_algorithm)
    context = _context(settings, store, keys, master, clock)
    feed, presence = store.feed(), Presence()
    verifier = Verifier(
        tokens=context.access,
        feed=feed,
        keys=StoredKeys(store, master),
        sessions=store,
        presence=presence,
        clock=clock,
    )
    services = Services(
        context=context,
        outside=Outside(
            providers=make_providers(settings),
            code_key=derive_key(master, "provider-code/v1"),
            token_seal=Seal(master, "app-token/v1"),
        ),
        verifier=verifier,
        cookies=CookieRules(https=settings.https),
        csrf=CsrfGuard(
            derive_key(master, "csrf/v1"),
            frozenset({*settings.cors_origins, *filter(None, [settings.public_url])}),
        ),
        login_states=LoginStates(derive_key(master, "login-state/v1")),
        return_url=_return_url(settings),
        cors_origins=settings.cors_origins,
        https=settings.https,
        readiness=lambda: _readiness(store.engine, feed),
    )
    background = Background(KeepHouse(context, presence))
    _survive_forks(store, background)
    return Composition(settings, store, context, services, background, keys)


def _context(
    settings: Settings, store: SqlStore, keys: RotateKeys, master: Secret, clock: Clock
) -> Context:
    rules = TokenRules(
        issuer=settings.issuer,
        audience=settings.audience,
        access_ttl=settings.seconds("access_ttl"),
        fresh_ttl=settings.seconds("fresh_ttl"),
    )
    return Context(
        store=store,
        access=AccessTokens(keys.ensure(), rules),
        refresh=RefreshTokens(master, issuer=settings.issuer),
        passwords=Passwords(),
        clock=clock,
        rules=Rules(
            times=SessionTimes(
                idle_ttl=settings.seconds("refresh_ttl"),
                absolute_ttl=settings.seconds("session_max_ttl"),
            ),
            policy=settings.policy,
            rotation=settings.refresh_rotation,
            registration_open=settings.registration is Registration.OPEN,
            deletion_cool_off=timedelta(seconds=settings.deletion_cool_off),
            events_kept=settings.seconds("events_ttl"),
        ),
    )


def _return_url(settings: Settings) -> str | None:
    if settings.wechat_web_return_url is not None or settings.public_url is None:
        return settings.wechat_web_return_url
    return f"{settings.public_url}/login/wechat-web"


def _readiness(engine: Engine, feed: DoorbellFeed) -> Mapping[str, str]:
    checks = {}
    for name, check in (("database", lambda: schema_state(engine)), ("revocations", feed.catch_up)):
        try:
            with translated_errors():
                check()
        except TallyError as error:
            checks[name] = error.code
        else:
            checks[name] = "ok"
    return checks


def _survive_forks(store: SqlStore, background: Background) -> None:
    """Make an application that was composed before a server forked work in its children too."""

    def in_child() -> None:
        # The parent's connections must not be used here, nor closed: they are the parent's.
        store.engine.dispose(close=False)
        if background.is_running:
            background.start()

    os.register_at_fork(after_in_child=in_child)
