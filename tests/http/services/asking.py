"""A verifier's questions over HTTP, by hand."""

import hashlib
import hmac
import json
import secrets
from base64 import urlsafe_b64encode
from typing import Any

from tests.http.callers import Service
from werkzeug.test import TestResponse

from tigertally.flows.manage_services import ManageServices


def managing(service: Service) -> ManageServices:
    """Return what an operator works with."""
    composition = service.composition
    return ManageServices(composition.context, composition.services.service_keys)


def add(service: Service, name: str = "orders", *, silence: float = 0.25) -> str:
    """Add a service; return its key."""
    return managing(service).add(name, silence=silence).reveal()


def ask(
    service: Service, key: str | None, nonce: str | None = None, **query: object
) -> TestResponse:
    """Ask for the feed."""
    headers = {"Tally-Feed-Nonce": nonce or secrets.token_urlsafe(16)}
    if key is not None:
        headers["Authorization"] = f"Bearer {key}"
    return service.client().get("/api/feed", headers=headers, query_string=query)


def read(service: Service, key: str, **query: object) -> dict[str, Any]:
    """Ask, and check the proof as the documentation describes it."""
    nonce = secrets.token_urlsafe(16)
    answer = ask(service, key, nonce, **query)
    assert answer.status_code == 200, answer.text
    digest = hashlib.sha256(answer.data).hexdigest()
    message = f"feed/v1\n{nonce}\n{digest}".encode()
    made = hmac.digest(key.rpartition("_")[2].encode(), message, "sha256")
    proof = f"v1={urlsafe_b64encode(made).rstrip(b'=').decode()}"
    assert answer.headers["Tally-Feed-Proof"] == proof
    return dict(json.loads(answer.data))
