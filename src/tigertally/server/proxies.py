"""Trusted proxies: which headers about the caller's address, scheme and host count."""

import logging
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

from tigertally.core.addresses import Address, address_of, network_of
from tigertally.server.forwarded import Word, read_forwarded, read_x_forwarded
from tigertally.settings.addresses import UNIX, ProxyHeaders
from tigertally.web.callers import NetworkCaller
from tigertally.web.environ import CALLER, FORWARDING, peer_of
from tigertally.web.once import Once

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

PROXY_FIX: Final = "werkzeug.proxy_fix.orig"
"""The mark of werkzeug's ProxyFix: then the host application has already decided."""

_HIDDEN: Final = (
    "HTTP_FORWARDED",
    *(f"HTTP_X_FORWARDED_{name}" for name in ("FOR", "PROTO", "HOST", "PORT", "PREFIX")),
)

logger: logging.Logger = logging.getLogger("tigertally")


class TrustedProxies:
    """Trusts the headers of known proxies, and hides all others.

    The caller's address is the nearest hop that is not a trusted proxy: the caller may have
    written everything before it. If that hop is unreadable, the address is unknown. It never
    becomes the proxy's own, which all callers would share.
    """

    def __init__(
        self,
        trusted: Sequence[str],
        *,
        headers: ProxyHeaders = ProxyHeaders.X_FORWARDED,
    ) -> None:
        """``trusted`` comes from the settings, which have validated it."""
        self._networks = tuple(network_of(text) for text in trusted if text != UNIX)
        self._unix = UNIX in trusted
        self._read = read_forwarded if headers is ProxyHeaders.FORWARDED else read_x_forwarded
        self._told = Once()

    def resolve(self, environ: "WSGIEnvironment") -> None:
        """Write the resolved caller into an environment, unless somebody did before."""
        if CALLER in environ or PROXY_FIX in environ:
            return
        peer_text = str(environ.get("REMOTE_ADDR") or "")
        peer = address_of(peer_text)
        if not self._trusts(peer, peer_text):
            caller = peer_of(environ)
            self._warn_of_unlisted(peer, environ)
        else:
            word = self._read(environ)
            caller = self._caller(peer, word, direct=not any(map(environ.get, FORWARDING)))
            _rewrite(environ, word)
        for name in _HIDDEN:
            environ.pop(name, None)
        environ["REMOTE_ADDR"] = caller.address or ""
        environ[CALLER] = caller

    def _caller(self, peer: Address | None, word: Word, *, direct: bool) -> NetworkCaller:
        """Walk from the nearest hop to the first untrusted one."""
        address = peer
        on_machine = (peer is None or peer.is_loopback) and (direct or bool(word.hops))
        if not word.hops and not word.silent:
            # The proxy passed a caller on without an address.
            address = None
        for hop in word.hops:
            address = hop
            on_machine = on_machine and hop is not None and hop.is_loopback
            if hop is None or not self._trusts(hop):
                break
        if address is None:
            self._warn(str(peer or UNIX), "a trusted proxy at %s names no caller that can be read")
        return NetworkCaller(
            address=None if address is None else str(address),
            local=on_machine and address is not None,
            vouched=True,
            port=word.port,
        )

    def _trusts(self, address: Address | None, text: str = "") -> bool:
        if address is None:
            return self._unix and is_unix(text)
        return any(address in network for network in self._networks)

    def _warn_of_unlisted(self, peer: Address | None, environ: "WSGIEnvironment") -> None:
        # Only if it can be an operator's proxy: anybody may send the header.
        near = peer is None or peer.is_private
        if near and environ.get("HTTP_X_FORWARDED_FOR"):
            name = str(peer or UNIX)
            self._warn(
                name,
                "a proxy at %s passes callers on and is not listed in TALLY_TRUSTED_PROXIES: "
                "all of them count as one",
            )

    def _warn(self, name: str, text: str) -> None:
        if self._told.is_new((name, text)):
            logger.warning(text, name)


def is_unix(peer: str) -> bool:
    """Tell whether the peer is on a Unix socket: servers give no address then, or a path."""
    return peer == "" or peer.startswith(("unix:", "/"))


def _rewrite(environ: "WSGIEnvironment", word: Word) -> None:
    if word.scheme is not None:
        environ["wsgi.url_scheme"] = word.scheme
    if word.host is not None:
        environ["HTTP_HOST"] = word.host
    if word.prefix:
        put_below(environ, word.prefix)


class BehindProxies:
    """WSGI middleware for an application behind proxies."""

    def __init__(self, app: "WSGIApplication", proxies: TrustedProxies) -> None:
        self._app = app
        self._proxies = proxies

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Write the resolved caller into the environment, and call the application."""
        self._proxies.resolve(environ)
        return self._app(environ, start_response)


class Below:
    """WSGI middleware for an application below a path, whether the proxy removes it or not."""

    def __init__(self, app: "WSGIApplication", path: str) -> None:
        self._app = app
        self._path = path

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Write the path into the environment, and call the application."""
        put_below(environ, self._path)
        return self._app(environ, start_response)


def put_below(environ: "WSGIEnvironment", prefix: str) -> None:
    """Write the path of the application, whether the proxy removed it or not."""
    root, path = environ.get("SCRIPT_NAME", ""), environ.get("PATH_INFO", "")
    if root == prefix or root.startswith(f"{prefix}/"):
        return
    environ["SCRIPT_NAME"] = f"{prefix}{root}"
    if path == prefix or path.startswith(f"{prefix}/"):
        environ["PATH_INFO"] = path[len(prefix) :]
