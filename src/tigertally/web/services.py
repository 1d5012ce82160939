"""What the edge works with, set by the composition root."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tigertally.core.addresses import Network
from tigertally.core.ports.sessions import PublishedFeed
from tigertally.core.presence import Presence
from tigertally.core.services import ServiceKeys
from tigertally.core.verifier import Verifier
from tigertally.flows.context import Context, Outside
from tigertally.flows.outgoing import Outgoing
from tigertally.web.addresses import Addresses
from tigertally.web.callers import Audience
from tigertally.web.cookies import CookieRules
from tigertally.web.csrf import CsrfGuard
from tigertally.web.event_ids import EventIds
from tigertally.web.login_state import LoginStates
from tigertally.web.metrics import Metrics
from tigertally.web.place import root
from tigertally.web.values import Request

if TYPE_CHECKING:
    from tigertally.web.shown_settings import ShownSetting


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """What the edge works with."""

    context: Context
    outside: Outside
    outgoing: Outgoing
    verifier: Verifier
    presence: Presence
    published_feed: PublishedFeed
    service_keys: ServiceKeys
    cookies: CookieRules
    csrf: CsrfGuard
    event_ids: EventIds
    login_states: LoginStates
    return_urls: Mapping[str, str]
    """Where each provider's page sends a browser back to; others send it to a page of this host."""
    addresses: Addresses
    """Which operations there are, and where."""
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
    settings: Callable[[], Sequence["ShownSetting"]]
    """Returns what administrators may read of the settings."""
    admin_networks: tuple[Network, ...]
    """Where administrators may call from; empty: anywhere."""
    metrics: Metrics
    metrics_for: Audience
    docs_for: Audience
    readiness_for: Audience
    readiness: Callable[[], Mapping[str, str]]
    """Returns name → ``ok`` or the fault, for ``/readyz``."""

    def root(self, request: Request) -> str:
        """Return the path below which all addresses of the application lie; empty at the top."""
        return root(request, self.public_path)
