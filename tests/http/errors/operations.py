"""Every operation of the contract, for tests that hold for all of them."""

from collections.abc import Iterator

import pytest

from tigertally.contract.http import Operation, load_contract


def every_operation() -> Iterator[Operation]:
    yield from load_contract().operations.values()


OPERATIONS = pytest.mark.parametrize(
    "operation", [pytest.param(one, id=one.operation_id) for one in every_operation()]
)


def every_operation_with_body() -> Iterator[Operation]:
    return (one for one in every_operation() if one.body_type == "application/json")
