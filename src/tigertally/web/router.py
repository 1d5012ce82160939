"""Answers one operation of the contract: its request is held against it, every error answered.

The contract has address, method and protection of each operation, so no route can lack one.
"""

import time
from collections.abc import Callable

from werkzeug.exceptions import HTTPException

from tigertally.contract.http import Operation
from tigertally.errors import TallyError
from tigertally.web.call import understand
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
    path: dict[str, str],
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
