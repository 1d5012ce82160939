"""One request that was understood: held against the contract, its caller known where it must be."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any, Final, NoReturn

from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.formparser import FormDataParser

from tigertally.contract.http import FORM, Operation, Proof, load_contract
from tigertally.contract.languages import Language
from tigertally.contract.texts import load_catalogue
from tigertally.core.addresses import address_of
from tigertally.core.files import UPLOAD_MAX
from tigertally.core.sessions import Device, DeviceType
from tigertally.core.texts import without_hidden
from tigertally.core.tokens import AccessClaims
from tigertally.errors import (
    Forbidden,
    FreshTokenRequired,
    InvalidRequest,
    MalformedJson,
    PayloadTooLarge,
    UnsupportedMediaType,
)
from tigertally.flows.context import Actor
from tigertally.web.carriers import Carrier
from tigertally.web.cookies import Cookies
from tigertally.web.credentials import access_token
from tigertally.web.services import Services
from tigertally.web.values import Request

BODY_MAX: Final = 64 * 1024
"""Bytes of a JSON body; a longer one is answered `payload_too_large`."""

FORM_MAX: Final = UPLOAD_MAX + BODY_MAX
"""Bytes of a form with a file in it: the file, and what stands around it."""

FORM_PARTS_MAX: Final = 16

FORM_TEXT_MAX: Final = 512 * 1024
"""Bytes of a field, and of what the parser holds at a time: more than two of its reads (64 kB)."""

_JSON_FAULTS: Final = (
    "Expecting value", "Expecting ',' delimiter", "Expecting ':' delimiter",
    "Expecting property name enclosed in double quotes", "Extra data", "Unterminated string",
    "Invalid control character", "Invalid \\escape", "Invalid \\uXXXX escape",
    "Illegal trailing comma",
)  # fmt: skip
_SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True)
class Call:
    """What a route needs to know of the request."""

    services: Services
    operation: Operation
    request: Request
    """What was not held against the contract: headers that it does not name, and the body of a
    message that is not JSON."""
    body: Mapping[str, Any] = field(repr=False)
    """Never in a repr: it holds passwords and codes."""
    files: Mapping[str, FileStorage]
    """The files of a form, unread; empty where a body is JSON."""
    query: Mapping[str, Any]
    claims: AccessClaims | None
    carrier: Carrier | None
    """How the access token was sent; ``None`` if none is needed."""

    @property
    def cookies(self) -> Cookies:
        """The cookies of the request, and of its answer."""
        return self.services.cookies.of(self.request)

    @property
    def api(self) -> str:
        """Path of the API, as browsers see it; without a slash at its end."""
        return self.services.root(self.request) + self.services.addresses.api

    @property
    def language(self) -> Language:
        """The language to answer in."""
        return self.request.language

    @property
    def signed_in(self) -> AccessClaims:
        """The verified access token of a protected operation."""
        if self.claims is None:
            raise TypeError(f"{self.operation.operation_id} is open to anyone")
        return self.claims

    @property
    def device(self) -> Device:
        """From where the request comes."""
        sent = self.body.get("device") or {}
        return seen_device(self.request, DeviceType(sent.get("type", "web")), sent.get("name"))

    @property
    def actor(self) -> Actor:
        """Who acts, in a protected operation."""
        token = self.signed_in
        return Actor(
            token.user_id,
            token.session_id,
            self.device,
            generation=token.generation,
            proof=token.proof,
            roles=token.roles,
        )

    def notice(self, name: str | None = None) -> str:
        """Return the operation's success message, or another one where there is more to say."""
        name = name or self.operation.notice
        if name is None:
            raise TypeError(f"{self.operation.operation_id} says nothing")
        return load_catalogue().text("notices", name, self.language)


def understand(services: Services, operation: Operation, request: Request) -> Call:
    """Hold a request against the contract, its caller first.

    Raises what the contract lists for the operation; never anything else.
    """
    claims, carrier = None, None
    if operation.protection in {"access", "fresh"}:
        claims, carrier = authenticate(services, request, proof=operation.proof)
        if operation.part == "admin":
            require_network(services, request)
        # First: a missing permission must show before anybody enters a password.
        if operation.permission is not None:
            require_permission(services, claims, operation.permission)
        if operation.protection == "fresh":
            require_fresh(services, claims)
    elif operation.protection != "service" and "verifier_unavailable" in operation.error_codes:
        # As verifying does: what is signed now must not be signed with a key that was withdrawn.
        services.verifier.follow()
    files = _read_files(operation, request)
    body = _read_body(operation, request) if files is None else dict.fromkeys(files, "")
    contract = load_contract()
    problems = contract.problems_of_body(operation.operation_id, body)
    in_query = contract.problems_of_query(operation.operation_id, request.args)
    in_headers = contract.problems_of_headers(operation.operation_id, request.headers)
    if problems or in_query or in_headers:
        refusal = InvalidRequest(problems | in_query | in_headers)
        raise refusal.advise(_places_hint(problems, in_query, in_headers))
    values = contract.values_of_body(operation.operation_id, body)
    if operation.proof == "origin" and values.get("delivery") == Carrier.COOKIE:
        # A foreign page must not sign its visitor in to somebody else's account.
        services.csrf.check_origin(request)
    return Call(
        services=services,
        operation=operation,
        request=request,
        body=values,
        files=files or {},
        query=contract.values_of_query(operation.operation_id, request.args),
        claims=claims,
        carrier=carrier,
    )


def authenticate(
    services: Services, request: Request, *, proof: Proof
) -> tuple[AccessClaims, Carrier]:
    """Return the verified access token of the request, its cookies proven to be meant.

    Raises TokenMissing, CsrfFailed, and what the verifier raises.
    """
    carried = access_token(services.cookies.of(request))
    claims = services.verifier.verify(carried.token)
    # Whose history it belongs to, should the rest be refused.
    request.proven = (claims.user_id, claims.session_id)
    if carried.carrier is Carrier.COOKIE and proof == "token":
        services.csrf.check_origin(request)
        services.csrf.check_token(request, claims.session_id)
    return claims, carried.carrier


def require_fresh(services: Services, claims: AccessClaims) -> None:
    """Refuse a token that is not fresh (FreshTokenRequired)."""
    if not claims.is_fresh(services.context.clock.unix()):
        raise FreshTokenRequired


def require_network(services: Services, request: Request) -> None:
    """Refuse an administrator's call from outside the operator's networks (Forbidden).

    A caller whose address is unknown is outside.
    """
    allowed = services.admin_networks
    if not allowed:
        return
    address = address_of(request.caller.address or "")
    if address is None or not any(address in network for network in allowed):
        raise Forbidden


def require_permission(services: Services, claims: AccessClaims, permission: str) -> None:
    """Refuse a caller whose roles do not give a permission (Forbidden)."""
    if not services.verifier.allows(claims, permission):
        raise Forbidden


def proof_of(method: str) -> Proof:
    """Return what a browser must show for a method of a view that no contract describes.

    Safe methods change nothing (RFC 9110 §9.2.1).
    """
    return "none" if method in _SAFE_METHODS else "token"


def seen_device(request: Request, device_type: DeviceType, name: str | None) -> Device:
    """Return the device of the request as far as we can see it, in texts that hide nothing."""
    agent = without_hidden(request.headers.get("User-Agent", "")[:1000])[:400].strip()
    shown = without_hidden(name or "")[:64].strip()
    return Device(device_type, shown or None, agent or None, request.caller.address)


def _read_files(operation: Operation, request: Request) -> Mapping[str, FileStorage] | None:
    """Return the files of a form, or none where the operation takes no form."""
    if operation.body_type != FORM:
        return None
    if request.mimetype != FORM:
        raise UnsupportedMediaType().advise(
            "Send a form, with `Content-Type: multipart/form-data` and its boundary; `fetch` and "
            "axios write both for a FormData."
        )
    # Held against the length that is announced, and counted while a body without one is read.
    stream = request.body.open(FORM_MAX)
    parser = FormDataParser(
        # In memory, which the limit bounds: nobody's pictures pass through a folder for all.
        stream_factory=lambda *_, **__: BytesIO(),
        max_form_memory_size=FORM_TEXT_MAX,
        max_form_parts=FORM_PARTS_MAX,
    )
    length, options = request.content_length, request.mimetype_params
    _, _, files = parser.parse(stream, request.mimetype, length, options)
    return files.to_dict()


def _read_body(operation: Operation, request: Request) -> object:
    if not operation.takes_body:
        return None
    try:
        # One more than is allowed: werkzeug cuts a body in chunks at its limit without a word.
        data = request.body.read(BODY_MAX + 1)
    except RequestEntityTooLarge:
        raise PayloadTooLarge from None
    if len(data) > BODY_MAX:
        raise PayloadTooLarge
    if not data:
        return None
    if not (request.mimetype == "application/json" or request.mimetype.endswith("+json")):
        raise UnsupportedMediaType().advise(
            "Send the body as JSON, with `Content-Type: application/json`."
        )
    try:
        return json.loads(data.decode("utf-8"), parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise MalformedJson().advise(_fault(error, data)) from None


def _places_hint(*problems: Mapping[str, object]) -> str:
    """Say where the fields are that do not fit; their names are the contract's."""
    places = ("the body", "the query string", "the headers")
    found = [place for place, wrong in zip(places, problems, strict=True) if wrong]
    return f"`fields` names what does not fit in {' and in '.join(found)}; see /api/docs."


def _fault(error: ValueError | RecursionError, data: bytes) -> str:
    """Say what is wrong with a JSON body and at which byte, and nothing of what stands there."""
    if isinstance(error, UnicodeDecodeError):
        return f"The body must be JSON in UTF-8; byte {error.start} begins no letter."
    if isinstance(error, json.JSONDecodeError):
        # Only words that the library always says alike: some of its messages repeat the body.
        said = next((each for each in _JSON_FAULTS if error.msg.startswith(each)), "no JSON")
        at = len(error.doc[: error.pos].encode())
        where = f"byte {at} of {len(data)} (line {error.lineno}, column {error.colno})"
        return f"The body must be JSON; at {where}: {said}."
    if isinstance(error, RecursionError):
        return "The body is nested too deeply."
    return "The body must be JSON: `NaN` and `Infinity` are not."


def _refuse_constant(name: str) -> NoReturn:
    # `NaN` and `Infinity` are Python's, not JSON's (RFC 8259 §6).
    raise ValueError(name)
