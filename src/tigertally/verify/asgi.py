"""Any ASGI application, such as Starlette and Litestar: a middleware before all of it.

``scope["tally"]`` has the claims. Framework and server are not imported.
"""

from collections.abc import Awaitable, Callable, Collection, MutableMapping
from typing import Any

from tigertally.errors import TallyError
from tigertally.verify.demands import Demands
from tigertally.verify.paths import Paths
from tigertally.verify.refusals import Refusal, bearer, refusal
from tigertally.verify.tasks import AsyncVerifier

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


class SignedInMiddleware:
    """Lets only signed-in callers through.

    ``open_paths`` are for anybody: a path as it is, or all below one that ends with a slash.
    Without the rest, any living session will do; see :class:`Demands`.
    """

    def __init__(
        self,
        app: App,
        verifier: AsyncVerifier,
        *,
        open_paths: Collection[str] = (),
        role: str | None = None,
        permission: str | None = None,
        fresh: bool = False,
    ) -> None:
        self._app = app
        self._verify = verifier.verify
        self._open = Paths(open_paths)
        self._demands = Demands(role, permission, fresh)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request."""
        if scope["type"] not in {"http", "websocket"} or self._open.have(scope["path"]):
            await self._app(scope, receive, send)
            return
        headers = _headers(scope)
        try:
            token = bearer(headers.get(b"authorization"))
            scope["tally"] = await self._verify(token, self._demands)
        except TallyError as error:
            found = refusal(error, headers.get(b"accept-language"))
            await _refuse(scope, receive, send, found)
            return
        await self._app(scope, receive, send)


def _headers(scope: Scope) -> dict[bytes, str]:
    # A header that comes twice is no token: which one counts is for nobody to guess.
    found: dict[bytes, str] = {}
    for name, value in scope["headers"]:
        known = found.get(name)
        found[name] = value.decode("latin-1") if known is None else f"{known}, {value!r}"
    return found


async def _refuse(scope: Scope, receive: Receive, send: Send, found: Refusal) -> None:
    if scope["type"] == "websocket":
        await receive()  # what asks to connect
        await send({"type": "websocket.close", "code": 1008, "reason": str(found.content["code"])})
        return
    headers = [(name.lower().encode(), text.encode()) for name, text in found.headers.items()]
    headers.append((b"content-length", str(len(found.body)).encode()))
    await send({"type": "http.response.start", "status": found.status, "headers": headers})
    await send({"type": "http.response.body", "body": found.body})
