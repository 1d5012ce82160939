"""The standalone API as an ASGI application: ``uvicorn --factory tigertally.server.asgi:create``.

It serves the contract, without the web application's pages.
"""

from typing import TYPE_CHECKING

from tigertally.asgi import AsgiAdapter
from tigertally.server.compose import Composition, compose
from tigertally.server.edge.lanes import WIDTHS
from tigertally.server.proxies import TrustedProxies, put_below
from tigertally.server.standalone import refuse_what_needs_a_host
from tigertally.settings import load_settings
from tigertally.web.router import Router
from tigertally.web.routes import HANDLERS

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment


def create() -> AsgiAdapter:
    """Return the application with the settings of the environment. Raises SetupError."""
    settings = load_settings()
    refuse_what_needs_a_host(settings)
    return make_asgi_app(compose(settings))


def make_asgi_app(composition: Composition) -> AsgiAdapter:
    """Return the API of a composition. The server's start and end are the composition's."""
    settings = composition.settings
    proxies = TrustedProxies(settings.trusted_proxies, headers=settings.proxy_headers)

    def arrive(environ: "WSGIEnvironment") -> None:
        proxies.resolve(environ)
        if settings.public_path:
            put_below(environ, settings.public_path)

    return AsgiAdapter(
        Router(composition.services, HANDLERS),
        arrive=arrive,
        threads={lane: width.threads for lane, width in WIDTHS.items()},
        start=composition.background.start,
        stop=composition.close,
    )
