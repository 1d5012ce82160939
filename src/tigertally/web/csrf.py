"""CSRF protection: browsers send cookies with any site's request, so cookies prove no intent.

Each state-changing request with cookies needs two independent proofs: the origin that the browser
states (``Origin``, ``Sec-Fetch-Site``), and a token that only our own pages can read, bound to the
session by HMAC.
"""

import hashlib
import hmac
import logging
import re
from dataclasses import dataclass, field
from typing import Final

from tigertally.core.origins import canonical_origin
from tigertally.core.sessions import Session
from tigertally.errors import CsrfFailed
from tigertally.web.once import Once
from tigertally.web.values import Request

HEADER = "X-CSRF-Token"
FIELD: Final = "csrf_token"
"""Name of a form's field, and of the member in answers."""

TOKEN_HINT: Final = (
    "Send the `csrf_token` of the sign-in's answer, or of the readable cookie, in the header "
    "`X-CSRF-Token`."
)
_ORIGIN_HINT: Final = (
    "The page's origin is not the one that the service was called at: set TALLY_PUBLIC_URL, list "
    "it in TALLY_CORS_ORIGINS, or let proxies hand on the host (TALLY_TRUSTED_PROXIES; "
    "`changeOrigin: false` in development)."
)

logger: logging.Logger = logging.getLogger("tigertally")


@dataclass(frozen=True, slots=True)
class CsrfGuard:
    """Makes and checks CSRF tokens: ``<session id>.<generation>.<mac>``.

    The generation is a hint for clients in cookie mode, which cannot read the refresh token; only
    the session is under the MAC, so that a refresh in one tab does not fail requests of another.
    """

    key: bytes = field(repr=False)
    trusted_origins: frozenset[str]
    """Our origins besides the one that the request was sent to."""
    previous_key: bytes | None = field(default=None, repr=False)
    """Also accepted, during an exchange of the master secret."""
    told: Once = field(default_factory=Once, compare=False, repr=False)
    """Pairs of origins that were logged."""

    def token(self, session: Session) -> str:
        """Return the token of a session."""
        return f"{session.id}.{session.generation}.{_mac(self.key, session.id)}"

    def check_token(self, request: Request, session_id: str) -> None:
        """Refuse a request without this session's token in its header or form (CsrfFailed)."""
        if self.fits(request, session_id):
            return
        if not any(self.is_token(sent, session_id) for sent in request.form_tokens()):
            raise CsrfFailed().advise(TOKEN_HINT)

    def fits(self, request: Request, session_id: str) -> bool:
        """Tell whether the header has the token of this session."""
        return self.is_token(request.headers.get(HEADER, ""), session_id)

    def is_token(self, sent: str, session_id: str) -> bool:
        """Tell whether a text is the token of this session."""
        named, _, rest = sent.partition(".")
        mac = rest.rpartition(".")[2]
        keys = (self.key, self.previous_key) if self.previous_key else (self.key,)
        same = [
            hmac.compare_digest(mac.encode("utf-8", "replace"), _mac(key, session_id).encode())
            for key in keys
        ]
        return named == session_id and any(same)

    def check_origin(self, request: Request) -> None:
        """Refuse a request that another site made, according to the browser (CsrfFailed).

        Other programs send neither header, and they send cookies only on purpose.
        """
        origin = request.headers.get("Origin")
        if origin is not None:
            seen, ours = canonical_origin(origin), own_origins(request)
            if seen not in self.trusted_origins | ours:
                self._tell(seen or "null", min(ours, default="no origin"))
                raise CsrfFailed().advise(_ORIGIN_HINT)
        elif request.headers.get("Sec-Fetch-Site") not in {None, "same-origin", "none"}:
            raise CsrfFailed().advise(_ORIGIN_HINT)

    def _tell(self, seen: str, expected: str) -> None:
        """Log the origins that differ. The usual reason is a proxy that hides ours."""
        if self.told.is_new((seen, expected)):
            logger.warning(
                "csrf_failed: a page of %s called, and %s was expected. If that page is yours: "
                "behind a proxy set TALLY_PUBLIC_URL, or let it hand on the host "
                "(X-Forwarded-Host, -Proto, -Port) and name it in TALLY_TRUSTED_PROXIES; a "
                "development proxy needs `changeOrigin: false`; a page of another origin belongs "
                "into TALLY_CORS_ORIGINS.",
                seen,
                expected,
            )


def _mac(key: bytes, session_id: str) -> str:
    return hmac.new(key, session_id.encode(), hashlib.sha256).hexdigest()[:32]


def own_origins(request: Request) -> frozenset[str]:
    """Return the origin that the request was sent to; two, if a proxy names another port than Host.

    Some proxies pass the host on without its port, and send the port separately.
    """
    # Not `host_url`: it raises for a host such as "[:1]", and writes "xn--…" in Unicode.
    here, port = canonical_origin(f"{request.scheme}://{request.host}"), request.caller.port
    if here is None:
        return frozenset()
    if port is None or re.search(r":\d+\Z", here):
        return frozenset({here})
    return frozenset({here, canonical_origin(f"{here}:{port}") or here})
