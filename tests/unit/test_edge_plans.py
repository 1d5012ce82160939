"""Which lane a request takes, and how long it may be."""

from typing import Any

import pytest

from tigertally.contract.http import load_contract
from tigertally.server.edge.lanes import WIDTHS
from tigertally.server.edge.plans import OTHER, Plan, Plans
from tigertally.web.call import BODY_MAX, FORM_MAX

OPERATIONS = load_contract().operations
PLANS = Plans(OPERATIONS.values())


def test_every_lane_of_the_contract_has_threads_but_the_loop() -> None:
    assert {each.lane for each in OPERATIONS.values()} <= {*WIDTHS, "loop"}


def test_operations_with_a_password_use_the_password_lane() -> None:
    """Read from the contract, whether sent or told: whoever adds such an operation is reminded."""
    contract = load_contract()
    for operation in OPERATIONS.values():
        paths: Any = contract.document["paths"]
        item = paths[operation.path][operation.method.lower()]
        whole: Any = contract.inlined(item)
        sent = [name for name in _members(whole.get("requestBody", {})) if "password" in name]
        told = [name for each in whole["responses"].values() for name in _members(each)]
        has_one = bool(sent) or "password" in told
        assert (operation.lane == "password") == has_one, operation.operation_id


def _members(message: Any) -> list[str]:
    schemas = [each["schema"] for each in message.get("content", {}).values()]
    return [name for each in schemas for name in each.get("properties", ())]


def test_operations_with_a_provider_code_use_the_provider_lane() -> None:
    for operation in OPERATIONS.values():
        asks = "provider_code_invalid" in operation.error_codes
        assert (operation.lane == "provider") == asks, operation.operation_id


def test_uploads_use_the_pictures_lane_and_may_be_long() -> None:
    assert PLANS.find("POST", "/api/files") == Plan("pictures", FORM_MAX)
    for operation in OPERATIONS.values():
        form = operation.body_type == "multipart/form-data"
        assert (operation.lane == "pictures") == form, operation.operation_id


def test_operations_that_read_files_use_the_files_lane() -> None:
    for operation in OPERATIONS.values():
        by_id = operation.path.startswith("/api/files/{")
        exports = operation.operation_id == "admin_list_events"
        assert (operation.lane == "files") == (by_id or exports), operation.operation_id


@pytest.mark.parametrize(
    ("method", "path", "lane"),
    [
        ("GET", "/healthz", "loop"),
        ("HEAD", "/healthz", "loop"),
        ("POST", "/healthz", "common"),
        ("GET", "/some/healthz", "common"),
        ("POST", "/api/auth/login", "password"),
        ("GET", "/api/auth/login", "common"),
        ("POST", "/api/auth/login/wechat-mini", "provider"),
        ("POST", "/api/auth/login/a/b", "common"),
        ("POST", "/below/api/auth/login", "password"),
        ("POST", "/api/files/", "common"),
        ("GET", "/", "common"),
    ],
)
def test_lanes_are_found_by_method_and_path(method: str, path: str, lane: str) -> None:
    assert PLANS.find(method, path).lane == lane


def test_below_a_path_the_same_operations_are_found_with_and_without_it() -> None:
    plans = Plans(OPERATIONS.values(), "/auth")
    for path in ("/auth/healthz", "/healthz"):
        assert plans.find("GET", path).lane == "loop"
    for path in ("/auth/api/files", "/api/files", "/x/api/files"):
        assert plans.find("POST", path).body_max == FORM_MAX
    assert plans.find("GET", "/author/healthz") == OTHER


def test_other_addresses_have_the_limit_of_json() -> None:
    assert PLANS.find("POST", "/nothing").body_max == BODY_MAX
