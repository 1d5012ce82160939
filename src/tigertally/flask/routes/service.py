"""For other services, and for those who run this one."""

from contextlib import suppress

from flask import Response, jsonify

from tigertally.errors import NotFound, Unavailable
from tigertally.flask.call import Call
from tigertally.flask.callers import network_caller, require_audience


def read_keys(call: Call) -> Response:
    """Publish the halves of the signing keys that verify (RFC 7517)."""
    # Where nobody can be asked, the keys known so far are better than none.
    with suppress(Unavailable):
        call.services.verifier.follow()
    response = jsonify(call.services.context.access.ring.jwks)
    # Shorter than a next key waits before it signs, so that no verifier meets an unknown key.
    response.headers["Cache-Control"] = "public, max-age=300"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


def read_health(call: Call) -> Response:
    """Say that the process is alive."""
    del call
    return jsonify({"status": "ok"})


def read_readiness(call: Call) -> Response:
    """Say whether all that the service depends on is there, to whom the operator allows."""
    require_audience(call.services.readiness_for)
    checks = dict(call.services.readiness())
    ready = all(result == "ok" for result in checks.values())
    response = jsonify({"status": "ready" if ready else "unready", "checks": checks})
    response.status_code = 200 if ready else 503
    return response


def read_metrics(call: Call) -> Response:
    """Tell the service's figures, to whom the operator allows."""
    allowed = call.services.metrics_for
    if allowed == "nobody" or (allowed == "local" and not network_caller().local):
        raise NotFound
    figures, content_type = call.services.metrics.exposition()
    return Response(figures, content_type=content_type)
