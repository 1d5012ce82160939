"""The contract: valid, closed and whole."""

import json
import re
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate
from tests.departures import operation_at
from tests.unit.contract.reading import (
    CATALOGUE,
    CONTRACT,
    DOCUMENT,
    OPERATIONS,
    WITH_BODY,
    raw,
    schemas,
    walk,
)

from tigertally.contract.files import read_contract_file
from tigertally.contract.http import _operation
from tigertally.core.passwords import PASSWORD_MAX, PASSWORD_MIN
from tigertally.core.users import DISPLAY_NAME_MAX, EMAIL_MAX, USERNAME_MAX


def test_the_document_is_valid_openapi_3_1() -> None:
    validate(DOCUMENT)


def test_forms_use_the_limits_of_the_rules() -> None:
    """The lengths that pages check before they ask are made from these members."""
    schemas_ = DOCUMENT["components"]["schemas"]
    assert schemas_["UsernameSent"]["x-name-limit"] == USERNAME_MAX
    assert schemas_["UsernameSent"]["maxLength"] == schemas_["EmailSent"]["maxLength"] == EMAIL_MAX
    assert schemas_["NewPassword"]["minLength"] == PASSWORD_MIN
    assert schemas_["NewPassword"]["maxLength"] == PASSWORD_MAX
    display_name = schemas_["ProfileRequest"]["properties"]["display_name"]
    assert display_name["maxLength"] == DISPLAY_NAME_MAX


def test_the_document_is_json() -> None:
    assert json.loads(json.dumps(DOCUMENT)) == DOCUMENT


def test_the_contract_has_exactly_these_operations() -> None:
    assert {f"{each.method} {each.path}" for each in OPERATIONS} == {
        "POST /api/auth/register",
        "POST /api/auth/login",
        "POST /api/auth/refresh",
        "DELETE /api/auth/logout",
        "POST /api/auth/logout",
        "DELETE /api/auth/logout_refresh",
        "POST /api/auth/logout_refresh",
        "POST /api/auth/logout_all",
        "GET /api/auth/sessions",
        "DELETE /api/auth/sessions",
        "DELETE /api/auth/sessions/{id}",
        "GET /api/auth/events",
        "POST /api/auth/reauthenticate",
        "POST /api/auth/reauthenticate/code",
        "POST /api/auth/reauthenticate/{provider}",
        "PUT /api/auth/password",
        "GET /api/auth/providers",
        "POST /api/auth/login/{provider}",
        "POST /api/auth/login/{provider}/start",
        "GET /api/auth/identities",
        "POST /api/auth/identities",
        "DELETE /api/auth/identities/{id}",
        "GET /api/admin/roles",
        "POST /api/admin/roles",
        "GET /api/admin/roles/{key}",
        "PATCH /api/admin/roles/{key}",
        "DELETE /api/admin/roles/{key}",
        "PUT /api/admin/users/{id}/roles",
        "POST /api/auth/codes",
        "POST /api/auth/login/code",
        "POST /api/auth/password/reset",
        "GET /api/me/contacts",
        "POST /api/me/contacts",
        "DELETE /api/me/contacts/{id}",
        "POST /api/me/contacts/{id}/verify",
        "POST /api/me/phone",
        "POST /api/me/phone/verify",
        "GET /api/push/{provider}/{app_id}",
        "POST /api/push/{provider}/{app_id}",
        "GET /api/me",
        "PATCH /api/me",
        "POST /api/me",
        "DELETE /api/me",
        "GET /api/files",
        "POST /api/files",
        "GET /api/files/{id}/content",
        "DELETE /api/files/{id}",
        "GET /api/admin/users",
        "GET /api/admin/users/{id}",
        "GET /api/admin/sessions",
        "GET /api/admin/events",
        "POST /api/admin/users",
        "PATCH /api/admin/users/{id}",
        "DELETE /api/admin/users/{id}",
        "POST /api/admin/users/{id}/disable",
        "POST /api/admin/users/{id}/enable",
        "POST /api/admin/users/{id}/unlock",
        "POST /api/admin/users/{id}/password",
        "POST /api/admin/users/{id}/sign_out",
        "POST /api/admin/users/{id}/restore",
        "DELETE /api/admin/sessions/{id}",
        "GET /api/admin/settings",
        "GET /api/admin/stats",
        "GET /api/feed",
        "GET /api/feed/roles",
        "GET /.well-known/jwks.json",
        "GET /api/auth/client.js",
        "GET /api/openapi.json",
        "GET /api/docs",
        "GET /healthz",
        "GET /readyz",
        "GET /metrics",
    }


def test_every_component_is_used_and_every_reference_leads_somewhere() -> None:
    used = {node for path, node in walk(DOCUMENT) if path.endswith("/$ref")}
    there = {
        f"#/components/{kind}/{name}"
        for kind, table in DOCUMENT["components"].items()
        for name in table
        if kind != "securitySchemes"
    }
    assert used == there


def test_every_security_scheme_is_used() -> None:
    used = {
        name
        for operation in OPERATIONS
        for way in raw(operation.operation_id)["security"]
        for name in way
    }
    assert used == set(DOCUMENT["components"]["securitySchemes"])


def test_every_text_stands_in_both_languages() -> None:
    for path, node in walk(DOCUMENT):
        if not isinstance(node, dict) or path.endswith("/properties"):
            continue
        for word in ("title", "summary", "description"):
            here = f"{path} {word}"
            assert (word in node) == (f"x-{word}-zh" in node), here
            if word in node and path != "/info":
                assert re.search(r"[\u4e00-\u9fff]", node[f"x-{word}-zh"]), here
                assert not re.search(r"[\u3000-\u9fff\uff00-\uffef]", node[word]), here


def test_no_line_break_of_the_file_became_a_space_within_chinese() -> None:
    chinese = r"[\u3000-\u9fff\uff00-\uffef]"
    for path, node in walk([DOCUMENT, read_contract_file("errors.yaml")]):
        assert not (isinstance(node, str) and re.search(f"{chinese} +{chinese}", node)), path


def test_every_member_of_every_schema_is_described() -> None:
    for path, node in schemas():
        for name, member in node.get("properties", {}).items():
            inlined = CONTRACT.inlined(member)
            assert inlined.get("description") or inlined.get("title"), f"{path}/{name}"


def test_every_schema_of_a_request_has_limits() -> None:
    for operation_id in WITH_BODY:
        body = raw(operation_id)["requestBody"]["content"]
        for path, node in walk(body, operation_id):
            if isinstance(node, dict) and "string" in node.get("type", ()):
                most = 10 * 1024 * 1024 if node.get("format") == "binary" else 65_536
                assert node["maxLength"] <= most, path
            if isinstance(node, dict) and "integer" in node.get("type", ()):
                assert "maximum" in node, path


def test_every_parameter_has_limits() -> None:
    for operation in OPERATIONS:
        for parameter in raw(operation.operation_id).get("parameters", ()):
            schema = parameter["schema"]
            assert "maximum" in schema if schema["type"] == "integer" else "maxLength" in schema


def test_requests_are_open_and_answers_are_closed() -> None:
    for operation in OPERATIONS:
        whole = raw(operation.operation_id)
        for path, _ in walk(whole.get("requestBody", {})):
            assert not path.endswith(("/additionalProperties", "/unevaluatedProperties")), path
        for path, node in walk(whole["responses"], operation.operation_id):
            if isinstance(node, dict) and "properties" in node and "/allOf/" not in path:
                closed = {"additionalProperties", "unevaluatedProperties"} & node.keys()
                assert closed, path
                assert node[closed.pop()] is False, path


def test_patterns_are_anchored_at_both_ends() -> None:
    patterns = [node for path, node in walk(DOCUMENT) if path.endswith("/pattern")]
    assert patterns
    for pattern in patterns:
        assert re.match(r"\^[^|]*\$$", pattern)


def test_the_statuses_of_an_operation_are_those_of_its_codes() -> None:
    for operation in OPERATIONS:
        expected = {CATALOGUE.error(code).status for code in operation.error_codes}
        declared = {status for status in operation.statuses if status >= 400}
        if operation.operation_id != "read_readiness":
            assert declared == expected, operation.operation_id


def test_no_code_is_named_twice() -> None:
    for operation in OPERATIONS:
        named = raw(operation.operation_id)["x-error-codes"]
        assert len(named) == len(set(named)), operation.operation_id


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: each.operation_id)
def test_an_operation_can_refuse_what_it_requires(operation: Any) -> None:
    codes = operation.error_codes
    guarded = {"token_missing", "token_invalid"}
    if operation.protection == "service":
        guarded = {"token_missing", "service_unknown", "verifier_unavailable"}
    elif operation.protection in {"access", "fresh"}:
        guarded |= {"token_expired", "session_ended", "session_unknown", "verifier_unavailable"}
    assert guarded <= codes if operation.protection != "open" else not guarded & codes
    # Of a profile, only another address asks for it.
    some_of_it = operation.operation_id in {"update_me", "update_me_post"}
    assert ("fresh_token_required" in codes) == (operation.protection == "fresh" or some_of_it)
    body_codes = {"payload_too_large", "unsupported_media_type"}
    assert body_codes <= codes if operation.takes_body else not body_codes & codes
    assert ("malformed_json" in codes) == (operation.body_type == "application/json")
    assert ("csrf_failed" in codes) == (operation.proof != "none")
    if operation.protection != "open":
        assert ("forbidden" in codes) == (operation.permission is not None)


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: each.operation_id)
def test_an_operation_that_changes_something_wants_the_csrf_token_with_a_cookie(
    operation: Any,
) -> None:
    for way in raw(operation.operation_id)["security"]:
        with_cookie = {"access_cookie", "refresh_cookie"} & way.keys()
        assert ("csrf" in way) == bool(with_cookie and operation.proof == "token")


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: each.operation_id)
def test_an_answer_with_a_message_names_its_notice(operation: Any) -> None:
    answers = raw(operation.operation_id)["responses"]
    success = json.dumps([answer for status, answer in answers.items() if status < "400"])
    assert ('"message"' in success) == (operation.notice is not None)
    assert operation.notice is None or operation.notice in CATALOGUE.notices


def test_every_notice_is_spoken() -> None:
    spoken_notices = {each.notice for each in OPERATIONS if each.notice}
    assert set(CATALOGUE.notices) - spoken_notices == {"login_deletion_cancelled"}


def test_examples_and_defaults_obey_their_own_schema() -> None:
    for path, node in schemas():
        schema = CONTRACT.inlined(node)
        for value in [*node.get("examples", ()), *([node["default"]] if "default" in node else [])]:
            assert Draft202012Validator(schema).is_valid(value), path


def test_operations_are_found_by_method_and_path() -> None:
    found = operation_at("delete", "/api/auth/sessions/{id}")
    assert found.operation_id == "end_session"
    with pytest.raises(KeyError):
        operation_at("GET", "/api/auth/login")


@pytest.mark.parametrize("name", ["x-lane", "x-protection", "x-proof"])
def test_an_operation_without_a_required_extension_is_refused(name: str) -> None:
    whole = raw("login")
    for wrong in ({key: each for key, each in whole.items() if key != name}, whole | {name: "?"}):
        with pytest.raises(ValueError, match=name):
            _operation("POST", "/api/auth/login", wrong)


@pytest.mark.parametrize(
    ("operation_id", "method", "less"),
    [
        ("login", "POST", "none"),
        ("login_with_provider", "POST", "none"),
        ("refresh", "POST", "origin"),
        ("logout", "DELETE", "none"),
        ("end_session", "DELETE", "none"),
        ("change_password", "PUT", "origin"),
        ("update_me", "PATCH", "none"),
    ],
)
def test_an_operation_with_too_little_proof_is_refused(
    operation_id: str, method: str, less: str
) -> None:
    with pytest.raises(ValueError, match="x-proof"):
        _operation(method, "/api", raw(operation_id) | {"x-proof": less})


def test_reading_wants_no_proof() -> None:
    with pytest.raises(ValueError, match="x-proof"):
        _operation("GET", "/api/me", raw("read_me") | {"x-proof": "token"})


@pytest.mark.parametrize("operation_id", ["login", "refresh"])
def test_a_permission_needs_a_caller_whose_roles_are_known(operation_id: str) -> None:
    with pytest.raises(ValueError, match="x-permission"):
        _operation("POST", "/api", raw(operation_id) | {"x-permission": "system:user:list"})
    found = _operation("GET", "/api/me", raw("read_me") | {"x-permission": "system:user:list"})
    assert found.permission == "system:user:list"
