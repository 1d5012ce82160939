"""Any request at all: never a fault of ours, never an answer that the contract does not have."""

import json
import string
from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.http.callers import NAME, PASSWORD, Caller, Serve, Service

from tigertally.contract.http import load_contract

OPERATIONS = list(load_contract().operations.values())


def _dumped(value: object) -> bytes:
    return json.dumps(value).encode("utf-8", "surrogatepass")


latin = st.text(
    st.characters(min_codepoint=0x01, max_codepoint=0xFF, exclude_characters="\r\n"), max_size=40
)
texts = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        ["", NAME, PASSWORD, "null", "NaN", "\x00", "\ud800", "../..", "<script>", "a@b.example"]
    ),
)
numbers = st.one_of(
    st.integers(), st.integers(-(2**70), 2**70), st.floats(), st.sampled_from([0, -1, 2**31, 2**63])
)
values = st.recursive(
    st.one_of(st.none(), st.booleans(), numbers, texts),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)
members = st.sampled_from(
    sorted(
        {"username", "password", "email", "remember", "delivery", "device", "refresh_token"}
        | {"refreshToken", "generation", "access_token", "current_password", "new_password"}
        | {"display_name", "locale", "type", "name", "__proto__", "roles"}
    )
)
bodies = st.one_of(
    st.binary(max_size=200),
    values.map(_dumped),
    st.dictionaries(members, values, max_size=6).map(_dumped),
    st.fixed_dictionaries(
        {},
        optional={
            "username": st.just(NAME),
            "password": st.just(PASSWORD),
            "device": values,
            "delivery": st.sampled_from(["body", "cookie", "", 7]),
            "remember": values,
            "generation": numbers,
            "refresh_token": st.one_of(st.just("<refresh>"), texts),
            "current_password": st.just(PASSWORD),
            "new_password": texts,
            "display_name": values,
            "locale": values,
        },
    ).map(_dumped),
)
header_names = st.sampled_from(
    [
        "Authorization",
        "Cookie",
        "Accept-Language",
        "Accept",
        "Origin",
        "Sec-Fetch-Site",
        "Host",
        "X-CSRF-Token",
        "Tally-Nonce",
        "User-Agent",
        "X-Request-Id",
        "X-Forwarded-For",
        "X-Forwarded-Proto",
        "X-Forwarded-Host",
        "Forwarded",
        "Range",
        "If-None-Match",
        "Content-Encoding",
        "Transfer-Encoding",
        "Expect",
        "Access-Control-Request-Method",
        "X-HTTP-Method-Override",
    ]
)
header_values = st.one_of(
    latin,
    st.sampled_from(
        [
            "Bearer <access>",
            "Bearer <refresh>",
            "bearer   <access>",
            "Bearer <access> <access>",
            "tally_access=<access>; tally_refresh=<refresh>; tally_remember=1",
            'tally_access="\\377\\000"; tally_refresh="',
            "tally_refresh=<access>; tally_refresh=<refresh>",
            "zh-CN;q=0.5",
            "https://evil.example",
            "http://localhost",
            "null",
            "cross-site",
            "bytes=0-",
            "bytes=-1,5-2",
            "a-nonce-of-good-shape",
        ]
    ),
)
queries = st.one_of(
    st.text(string.printable, max_size=30),
    st.sampled_from(["scope=others", "limit=5", "cursor=9", "lang=en", "limit=%ff", "a=%zz&&=&="]),
)


def _filled(text: str, user: Caller) -> str:
    return text.replace("<access>", user.access).replace("<refresh>", user.renewal)


requests = st.fixed_dictionaries(
    {
        "operation": st.sampled_from(OPERATIONS),
        "segment": st.one_of(st.just("x"), st.text(min_size=1, max_size=10)),
        "query": queries,
        "headers": st.lists(st.tuples(header_names, header_values), max_size=5),
        "body": bodies,
        "content_type": st.one_of(
            st.just("application/json"), latin, st.sampled_from(["a/b+json", "text/plain", ""])
        ),
    }
)


def send(client: FlaskClient, user: Caller, request: dict[str, Any]) -> int:
    operation = request["operation"]
    environ = {
        f"HTTP_{name.upper().replace('-', '_')}": _filled(value, user)
        for name, value in request["headers"]
    }
    answer = client.open(
        operation.path.replace("{id}", "".join(_segment(request["segment"]))),
        method=operation.method,
        data=request["body"].replace(b"<refresh>", user.renewal.encode()),
        environ_overrides={
            "QUERY_STRING": request["query"].encode().decode("latin-1"),
            "CONTENT_TYPE": request["content_type"],
            **environ,
        },
    )
    answer.close()
    return answer.status_code


def _segment(text: str) -> Iterator[str]:
    for char in text:
        yield f"%{ord(char):02x}" if ord(char) < 0x80 and not char.isalnum() else char


@pytest.mark.slow
def test_any_request_gets_an_answer_that_the_contract_has(serve: Serve) -> None:
    service = serve(rate_limits="off")
    user = service.caller("bearer")
    user.register()
    user.login()
    client = service.client()

    @settings(
        max_examples=1_200,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(requests)
    def holds(request: dict[str, Any]) -> None:
        # The client holds each answer against the contract; here remains: no fault of ours.
        assert send(client, user, request) < 500

    holds()


@pytest.mark.slow
def test_any_request_of_a_browser_that_is_signed_in_gets_one_too(serve: Serve) -> None:
    service = serve(rate_limits="off")
    user = service.caller("cookie")
    user.register()
    user.login()
    keep = user.copy()

    @settings(
        max_examples=500,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(requests, st.booleans())
    def holds(request: dict[str, Any], proven: bool) -> None:
        browser = keep.copy()
        if proven:
            request = request | {"headers": [*request["headers"], ("X-CSRF-Token", keep.csrf)]}
        headers = [pair for pair in request["headers"] if pair[0] != "Cookie"]
        assert send(browser.client, browser, request | {"headers": headers}) < 500
        if browser.me().status_code != 200:
            keep.login()

    holds()


@pytest.mark.slow
def test_any_address_gets_an_answer_in_json(service: Service) -> None:
    client = service.client()
    paths = st.text(st.characters(exclude_categories=["Cs"]), max_size=40).map(
        lambda text: f"/{text}"
    )
    methods = st.sampled_from(["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "TRACE", "X-Y"])

    @settings(
        max_examples=400, deadline=None, database=None, suppress_health_check=list(HealthCheck)
    )
    @given(paths, methods)
    def holds(path: str, method: str) -> None:
        answer = client.open(
            "/", method=method, environ_overrides={"PATH_INFO": path.encode().decode("latin-1")}
        )
        answer.close()
        assert answer.status_code < 500

    holds()
