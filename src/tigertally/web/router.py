"""From a request to the answer of its operation. The contract has the addresses and protections.

An adapter whose framework has a router of its own calls :func:`perform` for one operation; another
one asks a :class:`Router` about any request.
"""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache, partial

from werkzeug.routing import Map, RequestRedirect, Rule

from tigertally.contract.http import FORM, Lane, Operation, load_contract
from tigertally.errors import TallyError
from tigertally.web.addresses import API, Addresses
from tigertally.web.call import BODY_MAX, FORM_MAX, understand
from tigertally.web.cors import share
from tigertally.web.docs import FILES, answer_docs
from tigertally.web.docs import OPERATIONS as DOCS_OPERATIONS
from tigertally.web.headers import secure
from tigertally.web.problems import answer_exception
from tigertally.web.services import Services
from tigertally.web.values import Answer, Request

Handler = Callable[..., Answer]


def perform(
    services: Services,
    operation: Operation,
    handler: Handler,
    request: Request,
    path: Mapping[str, str],
) -> Answer:
    """Return the answer to a request for an operation. Raises nothing.

    ``path`` has the parameters in its address by name. The caller adds the headers of all our
    answers (:func:`~.headers.secure`).
    """
    began_at, outcome = time.perf_counter(), "internal_error"
    try:
        answer = handler(understand(services, operation, request), **path)
        outcome = "ok"
    except Exception as error:  # noqa: BLE001 - nothing stays without an answer
        outcome = error.code if isinstance(error, TallyError) else outcome
        answer = answer_exception(services, request, error)
    services.metrics.answered(operation.operation_id, outcome, began_at)
    return answer


@dataclass(frozen=True, slots=True)
class Route:
    """Where a request goes: the threads that may work on it, the longest body, and the work."""

    act: Callable[[Request], Answer]
    lane: Lane = "common"
    body_max: int = BODY_MAX
    """Bytes."""


class Router:
    """Answers every request, with one handler for each operation of the contract."""

    def __init__(self, services: Services, handlers: Mapping[str, Handler]) -> None:
        """Hold a handler against each operation. Raises KeyError for a missing one."""
        self._services = services
        self._operations = {
            name: (operation, handlers[name])
            for name, operation in load_contract().operations.items()
            if name not in DOCS_OPERATIONS
        }
        self._map = _map_of(services.addresses)

    def route(self, request: Request) -> Route:
        """Return where a request goes. Its body is not needed. Raises nothing."""
        try:
            return self._find(request)
        except RequestRedirect as found:
            return Route(partial(_redirect, found.code, found.new_url))
        except Exception as error:  # noqa: BLE001 - nothing stays without an answer
            return Route(partial(_raise, error))

    def answer(self, request: Request, route: Route) -> Answer:
        """Return the answer to a request. Raises nothing."""
        try:
            answer = route.act(request)
        except Exception as error:  # noqa: BLE001 - nothing stays without an answer
            answer = answer_exception(self._services, request, error)
        return share(self._services, request, secure(self._services, request, answer))

    def _find(self, request: Request) -> Route:
        routes = self._map.bind(
            request.host,
            script_name=request.root_path or "/",
            url_scheme=request.scheme,
            query_args=request.query_string.decode("latin-1"),
        )
        if request.method == "OPTIONS" and (methods := routes.allowed_methods(request.path)):
            return Route(partial(_options, sorted({*methods, "OPTIONS"})))
        endpoint, path = routes.match(request.path, request.method)
        if endpoint == "home":
            return Route(partial(_redirect, 302, f"{self._services.root(request)}/api/docs"))
        if endpoint == "docs":
            return Route(lambda asked: answer_docs(self._services, asked, asked.path))
        operation, handler = self._operations[endpoint]
        return Route(
            lambda asked: perform(self._services, operation, handler, asked, path),
            lane=operation.lane,
            body_max=FORM_MAX if operation.body_type == FORM else BODY_MAX,
        )


@cache
def _map_of(addresses: Addresses) -> Map:
    """Return werkzeug's map of them. To compile it takes as long as to open a database."""
    rules = [
        Rule("/", endpoint="home", methods=["GET"]),
        Rule(f"{API}{FILES}<path:name>", endpoint="docs", methods=["GET"]),
    ]
    for name, operation in load_contract().operations.items():
        endpoint = "docs" if name in DOCS_OPERATIONS else name
        rule = addresses.rule(operation)
        rules.append(Rule(rule, endpoint=endpoint, methods=[operation.method]))
    found = Map(rules)
    found.update()  # now: the first request would hold a lock meanwhile, which a fork may copy
    return found


def _redirect(status: int, address: str, request: Request) -> Answer:
    del request
    answer = Answer(status=status, mimetype="text/plain")
    answer.headers["Location"] = address
    return answer


def _options(methods: Iterable[str], request: Request) -> Answer:
    del request
    answer = Answer(mimetype="text/html")
    answer.allow.update(methods)
    return answer


def _raise(error: Exception, request: Request) -> Answer:
    del request
    raise error
