"""Operations for other services, and for operators."""

from contextlib import suppress

from flask import Response, jsonify

from tigertally.errors import NotFound, Unavailable
from tigertally.flask.call import Call
from tigertally.flask.callers import network_caller, require_audience


def read_keys(call: Call) -> Response:
    """Publish the public keys that verify access tokens (RFC 7517)."""
    # If the database cannot be asked, the known keys are better than no keys.
    with suppress(Unavailable):
        call.services.verifier.follow()
    response = jsonify(call.services.context.access.ring.jwks)
    # Shorter than the time before a next key signs, so that no verifier meets an unknown key.
    response.headers["Cache-Control"] = "public, max-age=300"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


def read_health(call: Call) -> Response:
    """Answer that the process is alive."""
    del call
    return jsonify({"status": "ok"})


def read_readiness(call: Call) -> Response:
    """Return whether all dependencies work, to callers that the operator allows."""
    require_audience(call.services.readiness_for)
    checks = dict(call.services.readiness())
    ready = all(result == "ok" for result in checks.values())
    response = jsonify({"status": "ready" if ready else "unready", "checks": checks})
    response.status_code = 200 if ready else 503
    return response


def read_metrics(call: Call) -> Response:
    """Return metrics to callers that the operator allows."""
    allowed = call.services.metrics_for
    if allowed == "nobody" or (allowed == "local" and not network_caller().local):
        raise NotFound
    figures, content_type = call.services.metrics.exposition()
    return Response(figures, content_type=content_type)
