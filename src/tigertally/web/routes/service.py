"""Operations for other services, and for operators."""

from contextlib import suppress

from tigertally.errors import Unavailable
from tigertally.web.call import Call
from tigertally.web.callers import require_audience
from tigertally.web.values import Answer, json_answer


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
