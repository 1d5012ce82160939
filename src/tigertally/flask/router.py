"""Registers routes by their name in the contract, which has address, method and protection.

A route cannot lack a protection, because the contract has one for each operation. No route can be
missing, because ``mount`` needs a handler for every operation.
"""

import time
from collections.abc import Callable, Mapping

from flask import Blueprint, Response
from flask.typing import ResponseReturnValue

from tigertally.contract.http import Operation, load_contract
from tigertally.errors import TallyError
from tigertally.flask.call import understand
from tigertally.flask.docs import OPERATIONS as DOCS_OPERATIONS
from tigertally.flask.services import services

Handler = Callable[..., Response]


def mount(blueprint: Blueprint, handlers: Mapping[str, Handler]) -> None:
    """Register a handler for each operation of the contract except those of the docs.

    Raises KeyError for a missing one.
    """
    for operation in load_contract().operations.values():
        if operation.operation_id in DOCS_OPERATIONS:
            continue
        blueprint.add_url_rule(
            _rule(operation.path),
            endpoint=operation.operation_id,
            view_func=_view(operation, handlers[operation.operation_id]),
            methods=[operation.method],
        )


def _view(operation: Operation, handler: Handler) -> Callable[..., ResponseReturnValue]:
    def view(**path: str) -> Response:
        began_at, outcome, found = time.perf_counter(), "internal_error", services()
        try:
            response = handler(understand(found, operation), **path)
            outcome = "ok"
        except TallyError as error:
            outcome = error.code
            raise
        finally:
            found.metrics.answered(operation.operation_id, outcome, began_at)
        return response

    return view


def _rule(path: str) -> str:
    """Return Flask's spelling of a path: ``/sessions/{id}`` is ``/sessions/<id>``."""
    return path.replace("{", "<").replace("}", ">")
