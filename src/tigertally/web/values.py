"""A request and an answer as plain values, over ``werkzeug.sansio``: no server, no framework.

An adapter makes a :class:`Request` of what its framework received, and sends the :class:`Answer`.
"""

import json
import re
import secrets
from collections.abc import Callable, Iterable, Sequence
from typing import IO, Any, Final, Protocol, Self

from werkzeug.datastructures import Headers, MultiDict
from werkzeug.exceptions import BadRequest
from werkzeug.http import remove_entity_headers
from werkzeug.sansio.request import Request as SansioRequest
from werkzeug.sansio.response import Response as SansioResponse
from werkzeug.utils import cached_property

from tigertally.contract.languages import Language, negotiate
from tigertally.web.callers import NetworkCaller

_REQUEST_ID: Final = re.compile(r"[A-Za-z0-9_.-]{8,64}")


class Body(Protocol):
    """The body of a request, not yet read. It can be read once."""

    def read(self, limit: int) -> bytes:
        """Return the whole body. Raises RequestEntityTooLarge if it is known to be longer."""
        ...

    def open(self, limit: int | None) -> IO[bytes]:
        """Return the body as a stream. Raises RequestEntityTooLarge, as its ``read`` does."""
        ...


class Request(SansioRequest):
    """A request: its head as values, its body unread."""

    def __init__(  # noqa: PLR0913 - those of werkzeug, and two of ours
        self,
        *,
        method: str,
        scheme: str,
        server: tuple[str, int | None] | None,
        root_path: str,
        path: str,
        query_string: bytes,
        headers: Headers,
        remote_addr: str | None,
        caller: NetworkCaller,
        body: Body,
    ) -> None:
        super().__init__(
            method, scheme, server, root_path, path, query_string, headers, remote_addr
        )
        self.caller = caller
        """The source of the request, proxies taken into account."""
        self.body = body
        self.proven: tuple[str | None, str | None] = (None, None)
        """User and session of its access token, once that is verified."""
        self.form_tokens: Callable[[], Sequence[str]] = tuple
        """Returns the CSRF tokens in the form. Only views of an application take forms."""

    @cached_property
    def args(self) -> MultiDict[str, str]:
        """Return the query.

        Raises BadRequest for bytes that no address may have (RFC 3986 §2.1).
        """
        try:
            return super().args
        except UnicodeDecodeError:
            raise BadRequest from None

    @cached_property
    def language(self) -> Language:
        """Return the language to answer in."""
        return negotiate(self.headers.get("Accept-Language"))

    @cached_property
    def id(self) -> str:
        """Return the id of the request: the one from a trusted proxy, or a new one.

        Other callers cannot choose it: their requests could look like somebody else's in the log.
        """
        sent = self.headers.get("X-Request-Id", "") if self.caller.vouched else ""
        return sent if _REQUEST_ID.fullmatch(sent) else secrets.token_hex(8)


class Answer(SansioResponse):
    """An answer: status, headers, and a body as bytes, or as pieces to be sent as they come."""

    def __init__(
        self,
        body: bytes | Iterable[bytes] = b"",
        *,
        status: int = 200,
        mimetype: str | None = None,
        content_type: str | None = None,
    ) -> None:
        super().__init__(status, mimetype=mimetype, content_type=content_type)
        self.body = body

    def unless_known(self, request: Request) -> Self:
        """Return this answer, or that nothing changed, if the caller has it under our ETag.

        RFC 9110 §13.1.2.
        """
        if request.if_none_match.contains_weak(self.get_etag()[0] or ""):
            self.status_code = 304
            self.body = b""
            remove_entity_headers(self.headers)
        return self


def json_answer(content: Any, *, status: int = 200) -> Answer:
    """Return an answer in JSON, in UTF-8, so that Chinese text is readable."""
    return Answer(json_bytes(content), status=status, mimetype="application/json")


def json_bytes(content: Any) -> bytes:
    """Return JSON as our answers have it."""
    return f"{json.dumps(content, ensure_ascii=False, separators=(',', ':'))}\n".encode()
