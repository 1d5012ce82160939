"""Operations for other services, and for operators."""

from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Final

from werkzeug.http import generate_etag

from tigertally.core.jwks import fingerprint
from tigertally.core.permissions import number_of_roles
from tigertally.core.revocation import Kind, Revocation
from tigertally.core.services import ServiceKey
from tigertally.errors import (
    FeedChanged,
    NotFound,
    StoreUnavailable,
    Unavailable,
    VerifierUnavailable,
)
from tigertally.web.call import Call
from tigertally.web.callers import require_audience
from tigertally.web.presented import known_service, shown_key
from tigertally.web.values import Answer, json_answer, json_bytes

_CLIENT: Final = Path(__file__).parents[1] / "static" / "client.js"

PAGE: Final = 5_000
"""Entries in one answer."""


def read_keys(call: Call) -> Answer:
    """Publish the public keys that verify access tokens (RFC 7517)."""
    if "keys" in call.query:
        # A verifier was told of another set than it has. No cache and no older set may answer it.
        try:
            return json_answer(call.services.published_feed.look().key_set)
        except VerifierUnavailable as error:
            raise StoreUnavailable(str(error)) from None
    # If the database cannot be asked, the known keys are better than no keys.
    with suppress(Unavailable):
        call.services.verifier.follow()
    answer = json_answer(call.services.context.access.ring.jwks)
    # Shorter than the time before a next key signs, so that no verifier meets an unknown key.
    answer.headers["Cache-Control"] = "public, max-age=300"
    answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return answer


def read_client(call: Call) -> Answer:
    """Return the client as a module. Raises NotFound where it was not built."""
    module = _client(_CLIENT)
    answer = Answer(module, content_type="text/javascript; charset=utf-8")
    answer.cache_control.no_cache = True  # asks back with the ETag, so an upgrade shows at once
    answer.set_etag(generate_etag(module))
    return answer.unless_known(call.request)


@cache
def _client(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except FileNotFoundError:
        raise NotFound from None


def read_health(call: Call) -> Answer:
    """Answer that the process is alive."""
    del call
    return json_answer({"status": "ok"})


def read_readiness(call: Call) -> Answer:
    """Return whether all dependencies work, to callers that the operator allows."""
    require_audience(call.services.readiness_for, call.request.caller)
    checks = dict(call.services.readiness())
    ready = all(result == "ok" for result in checks.values())
    status = "ready" if ready else "unready"
    return json_answer({"status": status, "checks": checks}, status=200 if ready else 503)


def read_metrics(call: Call) -> Answer:
    """Return metrics to callers that the operator allows."""
    require_audience(call.services.metrics_for, call.request.caller)
    figures, content_type = call.services.metrics.exposition()
    return Answer(figures, content_type=content_type)


def read_feed(call: Call) -> Answer:
    """Answer what ended behind a position, as the database has it now."""
    services = call.services
    shown = shown_key(call)
    view = services.published_feed.look()
    service = known_service(call, view, shown)
    after, feed = call.query["after"], call.query.get("feed")
    if after > view.head or (feed is not None and feed != view.feed):
        raise FeedChanged
    entries, more = view.page(after, PAGE)
    now = services.context.clock.unix()
    services.presence.note_service(service.id, now)
    return _proven(
        call,
        shown,
        {
            "feed": view.feed,
            "head": view.head,
            "now": now,
            "more": more,
            "keys": fingerprint(view.key_set),
            "roles": number_of_roles(view.roles),
            "silence": service.silence,
            "access_ttl": int(services.context.access.rules.access_ttl.total_seconds()),
            "entries": [_spelled(entry) for entry in entries],
        },
    )


def read_feed_roles(call: Call) -> Answer:
    """Answer what each role gives, as the database has it now."""
    shown = shown_key(call)
    view = call.services.published_feed.look()
    known_service(call, view, shown)
    return _proven(call, shown, {"roles": view.roles})


def _spelled(entry: Revocation) -> list[str | int]:
    """Return an entry as it is sent: position, kind, and what the kind needs."""
    told: list[str | int] = [entry.position, entry.kind.value]
    forget_at = int(entry.forget_at) + 1
    match entry.kind:
        case Kind.ENDED:
            told += [entry.session_id or "", entry.reason or "", forget_at]
        case Kind.PROVED:
            told += [entry.session_id or "", entry.proof or 0, forget_at]
        case Kind.USER:
            told += [entry.user_id or "", entry.number or 0, forget_at]
        case Kind.ALL:
            told += [entry.number or 0]
    return told


def _proven(call: Call, shown: ServiceKey, content: Mapping[str, object]) -> Answer:
    body = json_bytes(content)
    answer = Answer(body, mimetype="application/json")
    nonce = call.request.headers["Tally-Feed-Nonce"]
    answer.headers["Tally-Feed-Proof"] = shown.prove(nonce, body)
    return answer
