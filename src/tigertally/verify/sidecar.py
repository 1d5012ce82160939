"""A verifier in a process of its own, for proxies that ask before they pass a request on.

nginx's ``auth_request``, Traefik's ForwardAuth, Caddy's ``forward_auth``, Envoy's HTTP ext_authz:
they send the head of a request. The answer is 204 with ``Tally-User``, ``Tally-Session`` and
``Tally-Roles``, or the refusal. The query of the address that they ask may demand more:
``/?role=editor&permission=orders:write&fresh=true``.
"""

import asyncio
import contextlib
from collections.abc import Iterator
from typing import Final
from urllib.parse import parse_qsl, quote, urlsplit

import h11

from tigertally.core.tokens import AccessClaims
from tigertally.errors import TallyError, VerifierUnavailable
from tigertally.verify.demands import NOTHING, Demands
from tigertally.verify.exchange import PIECE
from tigertally.verify.refusals import bearer, refusal
from tigertally.verify.tasks import AsyncVerifier

HEADERS_MAX: Final = 65_536
"""Bytes of a request's head: proxies pass on all that callers sent."""

IDLE: Final = 75.0
"""Seconds after which a connection without a request is closed, or one whose head is not whole."""

REFUSAL: Final = "tally-refusal"
"""With this header there is no yes: a proxy wants to know why there was none."""

_SAFE: Final = "-._~:@+/"


async def listen(verifier: AsyncVerifier, host: str, port: int) -> asyncio.Server:
    """Begin to answer proxies. Raises OSError where nobody can listen."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, h11.RemoteProtocolError, asyncio.IncompleteReadError):
            await _Connection(verifier, reader, writer).serve()
        writer.close()

    return await asyncio.start_server(serve, host, port, limit=PIECE)


class _Connection:
    """One connection of a proxy."""

    def __init__(
        self, verifier: AsyncVerifier, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._verifier = verifier
        self._reader = reader
        self._writer = writer
        self._http = h11.Connection(h11.SERVER, max_incomplete_event_size=HEADERS_MAX)

    async def serve(self) -> None:
        """Answer one request after the other."""
        while True:
            async with asyncio.timeout(IDLE):
                request = await self._request()
            if request is None:
                return
            await self._send(*await self._judge(request))
            if self._http.our_state is not h11.DONE or self._http.their_state is not h11.DONE:
                return  # a body may follow, which nobody reads
            self._http.start_next_cycle()

    async def _request(self) -> h11.Request | None:
        found: h11.Request | None = None
        while True:
            event = self._http.next_event()
            if event is h11.NEED_DATA:
                if found is not None:
                    return found  # its body is not for us
                self._http.receive_data(await self._reader.read(PIECE))
            elif isinstance(event, h11.Request):
                found = event
            elif isinstance(event, h11.EndOfMessage | h11.Data):
                return found
            else:
                return None

    async def _judge(self, request: h11.Request) -> tuple[int, dict[str, str], bytes]:
        headers = _headers(request)
        try:
            token = bearer(headers.get("authorization"))
            claims = None
            for demands in _demands(request.target.decode("latin-1")):
                claims = await self._verifier.verify(token, demands)
            if REFUSAL in headers:
                # nginx asks once more, for the words of a refusal.
                raise VerifierUnavailable("refused a moment ago")
        except TallyError as error:
            found = refusal(error, headers.get("accept-language"))
            return found.status, dict(found.headers), found.body
        return 204, _told(claims), b""

    async def _send(self, status: int, headers: dict[str, str], body: bytes) -> None:
        if status != 204:
            headers["Content-Length"] = str(len(body))
        answer = h11.Response(status_code=status, headers=list(headers.items()))
        for event in (answer, h11.Data(data=body), h11.EndOfMessage()):
            self._writer.write(self._http.send(event) or b"")
        await self._writer.drain()


def _headers(request: h11.Request) -> dict[str, str]:
    found: dict[str, str] = {}
    for raw_name, raw in request.headers:
        name, value = raw_name.decode("latin-1"), raw.decode("latin-1")
        # A header that comes twice is no token: which one counts is for nobody to guess.
        found[name] = f"{found[name]}, {value}" if name in found else value
    return found


def _demands(target: str) -> Iterator[Demands]:
    """Return what an address demands, one after the other; nothing for one without a query."""
    try:
        asked = parse_qsl(urlsplit(target).query, max_num_fields=32)
    except ValueError:
        asked = []
    found = [_demand(name, value) for name, value in asked]
    yield from [demand for demand in found if demand is not None] or [NOTHING]


def _demand(name: str, value: str) -> Demands | None:
    match name:
        case "role":
            return Demands(role=value)
        case "permission":
            return Demands(permission=value)
        case "fresh":
            return Demands(fresh=value != "false")
        case _:
            return None


def _told(claims: AccessClaims | None) -> dict[str, str]:
    if claims is None:
        raise TypeError("nobody was verified")
    return {
        "Tally-User": quote(claims.user_id, safe=_SAFE),
        "Tally-Session": quote(claims.session_id, safe=_SAFE),
        # Also where there are none: a caller's own header must have something to be replaced by.
        "Tally-Roles": ",".join(quote(role, safe=_SAFE) for role in claims.roles),
    }
