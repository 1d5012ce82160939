"""Operations for other services, and for operators."""

from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Final

from werkzeug.http import generate_etag

from tigertally.errors import NotFound, Unavailable
from tigertally.web.call import Call
from tigertally.web.callers import require_audience
from tigertally.web.values import Answer, json_answer

_CLIENT: Final = Path(__file__).parents[1] / "static" / "client.js"


def read_keys(call: Call) -> Answer:
    """Publish the public keys that verify access tokens (RFC 7517)."""
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
