"""A request to each operation of the contract."""

import re
from typing import Any, Final

from tests.http.callers import NAME, PASSWORD

from tigertally.contract.http import Operation, load_contract

OPERATIONS: Final = sorted(load_contract().operations.values(), key=lambda one: one.operation_id)


def request_for(operation: Operation) -> tuple[str, dict[str, Any]]:
    """Return an address, and what to send there, that comes as far as the operation itself."""
    path = re.sub(r"\{provider\}", "wechat-web", operation.path)
    path = re.sub(r"\{\w+\}", "x", path)
    bodies = {
        "login": {"username": NAME, "password": PASSWORD, "delivery": "cookie", "remember": True},
        "register": {"username": "another", "password": PASSWORD},
        "reauthenticate": {"password": PASSWORD},
    }
    body = bodies.get(operation.operation_id, {} if operation.takes_body else None)
    return path, {} if body is None else {"json": body}
