"""From a request to the answer of its operation. The contract has the addresses and protections.

An adapter whose framework has a router of its own calls :func:`perform` for one operation; another
one calls :meth:`Router.answer` for any request.
"""

import time
from collections.abc import Callable, Mapping

from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, RequestRedirect, Rule

from tigertally.contract.http import Operation, load_contract
from tigertally.errors import TallyError
from tigertally.web.call import understand
from tigertally.web.cors import share
from tigertally.web.docs import FILES_PATH, answer_docs
from tigertally.web.docs import OPERATIONS as DOCS_OPERATIONS
from tigertally.web.headers import secure
from tigertally.web.problems import answer_error, answer_fault, answer_http_error
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

    ``path`` has the parameters in its address by name.
    """
    began_at, outcome = time.perf_counter(), "internal_error"
    try:
        answer = handler(understand(services, operation, request), **path)
        outcome = "ok"
    except TallyError as error:
        outcome = error.code
        answer = answer_error(services, request, error)
    except HTTPException as error:
        answer = answer_http_error(request, error)
    except Exception as error:  # noqa: BLE001 - nothing stays without an answer
        answer = answer_fault(request, error)
    services.metrics.answered(operation.operation_id, outcome, began_at)
    return secure(services, request, answer)


def rule_of(operation: Operation) -> str:
    """Return werkzeug's spelling of a path: ``/sessions/{id}`` is ``/sessions/<id>``."""
    return operation.path.replace("{", "<").replace("}", ">")


class Router:
    """Answers every request, with one handler for each operation of the contract."""

    def __init__(self, services: Services, handlers: Mapping[str, Handler]) -> None:
        """Hold a handler against each operation. Raises KeyError for a missing one."""
        self._services = services
        self._routes: dict[str, tuple[Operation, Handler]] = {}
        rules = [Rule(f"{FILES_PATH}<path:name>", endpoint="docs", methods=["GET"])]
        for operation in load_contract().operations.values():
            endpoint = operation.operation_id
            if endpoint in DOCS_OPERATIONS:
                endpoint = "docs"
            else:
                self._routes[endpoint] = (operation, handlers[endpoint])
            rules.append(Rule(rule_of(operation), endpoint=endpoint, methods=[operation.method]))
        self._map = Map([*rules, Rule("/", endpoint="home", methods=["GET"])])

    def answer(self, request: Request) -> Answer:
        """Return the answer to a request. Raises nothing."""
        try:
            answer = self._dispatch(request)
        except RequestRedirect as found:
            answer = _redirect(found.code, found.new_url)
        except TallyError as error:
            answer = answer_error(self._services, request, error)
        except HTTPException as error:
            answer = answer_http_error(request, error)
        except Exception as error:  # noqa: BLE001 - nothing stays without an answer
            answer = answer_fault(request, error)
        return share(self._services, request, secure(self._services, request, answer))

    def _dispatch(self, request: Request) -> Answer:
        routes = self._map.bind(
            request.host,
            script_name=request.root_path or "/",
            url_scheme=request.scheme,
            query_args=request.query_string.decode("latin-1"),
        )
        if request.method == "OPTIONS" and (methods := routes.allowed_methods(request.path)):
            answer = Answer(mimetype="text/html")
            answer.allow.update([*methods, "OPTIONS"])
            return answer
        endpoint, path = routes.match(request.path, request.method)
        if endpoint == "home":
            return _redirect(302, f"{self._services.root(request)}/api/docs")
        if endpoint == "docs":
            return answer_docs(self._services, request, request.path)
        operation, handler = self._routes[endpoint]
        return perform(self._services, operation, handler, request, path)


def _redirect(status: int, address: str) -> Answer:
    answer = Answer(status=status, mimetype="text/plain")
    answer.headers["Location"] = address
    return answer
