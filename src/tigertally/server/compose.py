"""Turns settings into objects. Every other module gets its dependencies from here."""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from sqlalchemy import Engine

from tigertally.clock import Clock, SystemClock
from tigertally.core.addresses import network_of
from tigertally.core.common_passwords import site_words
from tigertally.core.messages import Fate, MessageKind
from tigertally.core.passwords import Passwords
from tigertally.core.people import People
from tigertally.core.ports.limits import Throttle
from tigertally.core.presence import Presence
from tigertally.core.reserved import ReservedNames
from tigertally.core.services import ServiceKeys
from tigertally.core.sessions import SessionTimes
from tigertally.core.throttle import Act
from tigertally.core.tickets import SignOutTickets
from tigertally.core.tokens import AccessTokens, RefreshTokens, TokenRules
from tigertally.core.verifier import Verifier
from tigertally.flows.context import Context, Outside, Rules
from tigertally.flows.keep_house import KeepHouse
from tigertally.flows.rotate_keys import RotateKeys
from tigertally.loading import LOADING
from tigertally.secret import Seal, Secret, SteadySeal, derive_key
from tigertally.server.background import Background
from tigertally.server.data_dir import (
    database_url,
    master_secret,
    prepare_data_dir,
    previous_secret,
)
from tigertally.server.feed_process import FeedSupervisor
from tigertally.server.figures import open_board
from tigertally.server.file_store import open_blobs
from tigertally.server.forks import ForkCare, Forked, survive_forks
from tigertally.server.gauges import disk_gauge, make_gauges
from tigertally.server.hashing import make_passwords
from tigertally.server.parts import operations_without
from tigertally.server.providers import make_providers, return_urls
from tigertally.server.senders import Wake, make_outgoing, senders_of
from tigertally.server.stores import open_store
from tigertally.server.throttle import make_throttle
from tigertally.settings import Settings
from tigertally.settings.accounts import Registration
from tigertally.settings.web import MetricsFor
from tigertally.storage.pictures.processes import PictureProcesses
from tigertally.storage.sql.dialects import open_engine
from tigertally.storage.sql.feed import SqlFeed
from tigertally.storage.sql.published_feed import SqlPublishedFeed
from tigertally.storage.sql.sources import StoredKeys, StoredRoles
from tigertally.storage.sql.store import SqlStore
from tigertally.storage.throttle import NoThrottle, SharedThrottle
from tigertally.web.addresses import PARTS, Addresses
from tigertally.web.callers import Audience
from tigertally.web.cookies import CookieRules
from tigertally.web.csrf import CsrfGuard
from tigertally.web.event_ids import EventIds
from tigertally.web.login_state import LoginStates
from tigertally.web.metrics import LOCKS_BEGUN, MESSAGES, Metrics
from tigertally.web.services import Services

if TYPE_CHECKING:
    from tigertally.web.shown_settings import ShownSetting

logger: logging.Logger = logging.getLogger("tigertally")

_AUDIENCES: Final[Mapping[MetricsFor, Audience]] = {
    MetricsFor.LOCAL: "local",
    MetricsFor.ANYONE: "on",
    MetricsFor.NOBODY: "off",
}


@dataclass(frozen=True, slots=True)
class Host:
    """What an application that embeds the product decides in Python."""

    parts: frozenset[str] = PARTS
    people: People | None = None
    """Its own users; ``None`` for accounts of ours."""
    load_roles: Callable[[str], Iterable[str]] | None = None
    """Returns the roles of a user by id; ``None`` for those of the account."""
    has_sign_in_page: bool = False
    """Whether it renders pages, and leads visitors of them to its sign-in page."""
    load_claims: Callable[[str], Mapping[str, object]] | None = None
    """Returns further claims of a user by id, for access tokens."""

    def addresses(self, api: str) -> Addresses:
        """Return the operations of the application, below this path."""
        without = operations_without(self.people) if self.people is not None else frozenset()
        if self.load_roles is not None:
            # Ours would count for nothing.
            without |= {"set_user_roles"}
        return Addresses(api, self.parts, without, continues=self.has_sign_in_page)


ALONE: Final = Host()
"""Nobody embeds it."""


@dataclass(frozen=True, slots=True)
class Composition:
    """All objects of one process."""

    settings: Settings
    store: SqlStore
    engines: tuple[Engine, ...]
    context: Context
    services: Services
    background: Background
    keys: RotateKeys
    throttle: SharedThrottle | NoThrottle
    forks: ForkCare

    def close(self) -> None:
        """Write the remaining notes, and free threads, files and connections.

        It may be done again, and also at the end of the process.
        """
        self.background.stop()
        self.forks.end()
        self.context.passwords.close()
        self.store.close()
        for engine in self.engines:
            engine.dispose()


def compose(settings: Settings, *, clock: Clock | None = None, host: Host = ALONE) -> Composition:
    """Build everything for this process. Raises SetupError.

    ``host`` is what an application that embeds the product decides besides the settings.
    """
    clock = clock or SystemClock()
    store = open_store(settings, clock=clock, people=host.people)
    try:
        return _compose_over(store, settings, clock, host)
    except BaseException:
        store.engine.dispose()
        raise


def _compose_over(store: SqlStore, settings: Settings, clock: Clock, host: Host) -> Composition:
    addresses = host.addresses(settings.api_prefix)
    master, previous = master_secret(settings), previous_secret(settings)
    keys = RotateKeys(store, clock, master, settings.token_algorithm, previous)

    def locked(act: Act) -> None:
        metrics.count(LOCKS_BEGUN, act)

    throttle = make_throttle(settings, store, locked=locked)
    stored_keys = StoredKeys(store, master, previous)
    sets_hashes = host.people is None or host.people.sets_hashes
    context = replace(
        _context(
            settings,
            store,
            keys,
            clock,
            stored_keys=stored_keys,
            throttle=throttle,
            passwords=make_passwords(settings, imitates=not sets_hashes),
        ),
        load_roles=host.load_roles,
        load_claims=host.load_claims,
        sets_hashes=sets_hashes,
    )
    feed_engine = _feed_engine(settings, store)
    feed, supervisor = _feed(settings, store, feed_engine)
    engines = (store.engine,) if feed_engine is store.engine else (store.engine, feed_engine)
    presence = Presence()
    wake = Wake()

    def counted(kind: MessageKind, fate: Fate) -> None:
        metrics.count(MESSAGES, kind, fate)

    outgoing = make_outgoing(settings, clock, master, previous, wake, counted)
    verifier = Verifier(
        tokens=context.access,
        feed=feed,
        keys=stored_keys,
        roles=StoredRoles(store),
        sessions=store,
        presence=presence,
        clock=clock,
    )
    published_feed = SqlPublishedFeed(feed_engine, clock, stored_keys)
    board = open_board()
    gauges = make_gauges(store, feed, context, throttle)
    gauges |= {"tally_disk_free_bytes": disk_gauge(settings.data_dir.absolute())}
    metrics = Metrics(gauges, board=board)
    providers = make_providers(settings)
    services = Services(
        context=context,
        outside=Outside(
            providers=providers,
            code_key=derive_key(master, "provider-code/v1"),
            token_seal=Seal(master, "app-token/v1"),
        ),
        outgoing=outgoing,
        verifier=verifier,
        presence=presence,
        published_feed=published_feed,
        service_keys=ServiceKeys(master, previous),
        cookies=CookieRules(
            https=settings.https, public_path=settings.public_path, api=addresses.api
        ),
        csrf=CsrfGuard(
            derive_key(master, "csrf/v1"),
            frozenset({*settings.cors_origins, *filter(None, [settings.public_origin])}),
            previous_key=derive_key(previous, "csrf/v1") if previous else None,
        ),
        event_ids=EventIds(
            SteadySeal(master, "event-id/v1"),
            SteadySeal(previous, "event-id/v1") if previous else None,
        ),
        login_states=LoginStates(derive_key(master, "login-state/v1")),
        return_urls=return_urls(settings, providers),
        addresses=addresses,
        public_url=settings.public_url,
        public_path=settings.public_path,
        cors_origins=settings.cors_origins,
        cors_headers=settings.cors_headers,
        https=settings.https,
        hsts=settings.hsts,
        settings=lambda: _shown(settings),
        admin_networks=tuple(map(network_of, settings.admin_networks)),
        metrics=metrics,
        metrics_for=_AUDIENCES[settings.metrics],
        docs_for=settings.docs.value,
        readiness_for=settings.readiness.value,
        readiness=lambda: _readiness(store, feed),
    )
    background = Background(
        KeepHouse(context, presence),
        supervisor,
        follow=verifier.follow,
        publish=metrics.publish,
        senders=senders_of(context, outgoing),
        wake=wake,
    )
    forked: list[Forked] = [
        store,
        feed,
        published_feed,
        verifier,
        presence,
        context.passwords,
        metrics,
    ]
    forked += [wake, context.pictures, context.waiting, context.folds, throttle]
    forked += [board] if board else []
    forks = survive_forks((store, feed), forked, background)
    return Composition(
        settings, store, engines, context, services, background, keys, throttle, forks
    )


def _feed_engine(settings: Settings, store: SqlStore) -> Engine:
    if not store.dialect.networked:
        return store.engine
    # An engine of its own with short time-outs: checks must not wait as long as a sign-in may. It
    # has as long to connect, though, or a slow way to the database would refuse all checks.
    return open_engine(database_url(settings), patience=1)[0]


def _feed(
    settings: Settings, store: SqlStore, engine: Engine
) -> tuple[SqlFeed, FeedSupervisor | None]:
    if not store.dialect.networked:
        return store.feed(), None
    supervisor = FeedSupervisor(
        store.bell,
        prepare_data_dir(settings),
        database_url=Secret(database_url(settings)),
        redis_url=(Secret(settings.redis_url.get_secret_value()) if settings.redis_url else None),
        max_silence=settings.feed_max_silence,
    )
    return store.feed(engine, max_silence=settings.feed_max_silence), supervisor


def _context(
    settings: Settings,
    store: SqlStore,
    keys: RotateKeys,
    clock: Clock,
    *,
    stored_keys: StoredKeys,
    throttle: Throttle,
    passwords: Passwords,
) -> Context:
    rules = TokenRules(
        issuer=settings.issuer,
        audience=settings.audience,
        access_ttl=timedelta(seconds=settings.access_ttl),
        fresh_ttl=timedelta(seconds=settings.fresh_ttl),
    )
    keys.ensure()
    ring = stored_keys.load_ring()
    return Context(
        store=store,
        access=AccessTokens(ring, rules),
        refresh=RefreshTokens(keys.master, issuer=settings.issuer, previous=keys.previous),
        tickets=SignOutTickets(keys.master, previous=keys.previous),
        passwords=passwords,
        throttle=throttle,
        pictures=PictureProcesses(),
        blobs=open_blobs(settings, prepare_data_dir(settings)),
        clock=clock,
        rules=Rules(
            times=SessionTimes(
                idle_ttl=timedelta(seconds=settings.refresh_ttl),
                absolute_ttl=timedelta(seconds=settings.session_max_ttl),
            ),
            policy=settings.policy,
            rotation=settings.refresh_rotation,
            registration_open=settings.registration is Registration.OPEN,
            deletion_cool_off=timedelta(seconds=settings.deletion_cool_off),
            events_kept=timedelta(seconds=settings.events_ttl),
            files_quota=settings.files_quota,
            reserved_names=ReservedNames.of(settings.reserved_names),
            site_words=site_words(urlsplit(settings.public_origin or "").hostname),
        ),
    )


def _shown(settings: Settings) -> Sequence["ShownSetting"]:
    with LOADING:
        # Not at the top: most processes are never asked for them.
        from tigertally.server.shown_settings import shown_settings  # noqa: PLC0415

    return shown_settings(settings)


def _readiness(store: SqlStore, feed: SqlFeed) -> Mapping[str, str]:
    with LOADING:
        from tigertally.server.readiness import readiness  # noqa: PLC0415

    return readiness(store, feed)
