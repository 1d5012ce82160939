"""What every answer is held against, whichever test receives it."""

import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from flask.testing import FlaskClient
from tests.departures import problems_of_error, problems_of_response
from werkzeug import Request
from werkzeug.test import TestResponse

from tigertally.contract.http import Operation, load_contract
from tigertally.contract.languages import negotiate

CHINESE = re.compile(r"[\u4e00-\u9fff]")

SECURITY_HEADERS = (
    "Cache-Control",
    "Content-Security-Policy",
    "Referrer-Policy",
    "X-Content-Type-Options",
)


class HeldClient(FlaskClient):
    """A client that fails the test which receives an answer the contract does not have."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        answer = super().open(*args, **kwargs)
        found = departures(answer)
        asked = f"{answer.request.method} {answer.request.path!r}"
        assert not found, f"{asked} → {answer.status_code} {answer.text[:300]}: {found}"
        return answer


def departures(answer: TestResponse) -> list[str]:
    """Return how an answer departs from the contract and from what all answers promise."""
    return [
        *_of_headers(answer),
        *_of_cookies(answer),
        *(_of_body(answer) if answer.request.method != "HEAD" else ()),
    ]


def operation_of(method: str, path: str) -> Operation | None:
    """Return the operation that a request is for."""
    method = "GET" if method == "HEAD" else method
    return next(
        (one for rule, one in _rules() if one.method == method and rule.fullmatch(path)), None
    )


@cache
def _rules() -> tuple[tuple[re.Pattern[str], Operation], ...]:
    operations = load_contract().operations.values()
    return tuple((re.compile(re.sub(r"\{\w+\}", "[^/]+", one.path)), one) for one in operations)


def _of_headers(answer: TestResponse) -> Iterator[str]:
    headers = answer.headers
    yield from (f"no {name}" for name in SECURITY_HEADERS if name not in headers)
    if not re.fullmatch(r"[\w.-]{8,64}", headers.get("X-Request-Id", "")):
        yield "no X-Request-Id"
    if (answer.status_code == 401) != (headers.get("WWW-Authenticate") == "Bearer"):
        yield "WWW-Authenticate and 401 do not go together"
    if headers.get("Access-Control-Allow-Origin") == "*":
        yield "any origin is allowed"
    if not {"accept-language", "origin"} <= {name.lower() for name in answer.vary}:
        yield "Vary does not name what the answer depends on"


def _of_cookies(answer: TestResponse) -> Iterator[str]:
    for cookie in answer.headers.getlist("Set-Cookie"):
        name, _, rest = cookie.partition("=")
        value, *attributes = [part.strip() for part in rest.split(";")]
        if not value:
            continue  # cleared
        if "csrf" not in name and "HttpOnly" not in attributes:
            yield f"{name} can be read by scripts"
        if "SameSite=Lax" not in attributes:
            yield f"{name} goes along with requests of other sites"
        if any(attribute.startswith("Domain") for attribute in attributes):
            yield f"{name} is given to other hosts"
        if "csrf" not in name and len(value) > 20 and value in answer.text:
            yield f"{name} is in the body too"


def _names_a_host(request: Request) -> bool:
    """Tell whether the request gets as far as an operation: one to no host at all does not."""
    try:
        request.host.encode("idna")
    except UnicodeError:
        return False
    return True


def _of_body(answer: TestResponse) -> Iterator[str]:
    if b"Traceback (most recent call last)" in answer.data:
        yield "a trace"
    operation = operation_of(answer.request.method, answer.request.path)
    if answer.mimetype != "application/json":
        if answer.status_code >= 400:
            yield "an error that is not JSON"
        return
    body = json.loads(answer.text)
    if answer.status_code >= 400 and "code" in body:
        yield from problems_of_error(answer.status_code, body)
    if operation is not None and _names_a_host(answer.request):
        found = problems_of_response(operation.operation_id, answer.status_code, body)
        yield from found
    if "message" in body:
        wanted = negotiate(answer.request.headers.get("Accept-Language"))
        if (CHINESE.search(body["message"]) is not None) != (wanted == "zh-CN"):
            yield f"does not speak {wanted}"
