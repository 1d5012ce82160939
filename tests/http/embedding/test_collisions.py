"""No route of the host is shadowed by ours, and none of ours by the host's, without a word."""

import logging
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.routing import BaseConverter

from tigertally import TigerTally
from tigertally.contract.http import Operation, load_contract
from tigertally.errors import SetupError
from tigertally.flask.collisions import collisions
from tigertally.flask.rules import OwnRule, own_rules
from tigertally.web.addresses import PAGES, PARTS, Addresses

OPERATIONS = load_contract().operations
EVERYTHING = Addresses("/account/api", PARTS | {PAGES}, continues=True)


def host(*rules: str, method: str = "GET") -> Flask:
    """Return an application with routes of its own."""
    app = Flask("host", static_folder=None)
    for number, rule in enumerate(rules):
        app.add_url_rule(rule, f"own_{number}", lambda **_: "mine", methods=[method])
    return app


def found(app: Flask, addresses: Addresses | None = None) -> list[str]:
    return [one.own.endpoint for one in collisions(app, addresses or Addresses())]


@pytest.mark.parametrize("operation", [*OPERATIONS.values()], ids=lambda one: one.operation_id)
def test_a_route_of_the_host_at_any_address_of_ours_stops_the_start(
    tmp_path: Path, operation: Operation
) -> None:
    """Complete by construction: for every operation of the contract."""
    app = host(Addresses().rule(operation), method=operation.method)
    app.instance_path = str(tmp_path / "new")
    with pytest.raises(SetupError) as raised:
        TigerTally(app)
    assert "'own_0'" in raised.value.problem
    assert operation.operation_id in raised.value.problem
    assert "TALLY_API_PREFIX" in raised.value.remedy
    assert f"{operation.part!r}" in raised.value.remedy
    assert not (tmp_path / "new").exists()
    assert "tigertally" not in app.blueprints


@pytest.mark.parametrize("operation", [*OPERATIONS.values()], ids=lambda one: one.operation_id)
def test_the_same_route_is_welcome_where_the_part_is_left_out(operation: Operation) -> None:
    app = host(Addresses().rule(operation), method=operation.method)
    left = found(app, Addresses(parts=PARTS - {operation.part}))
    # Some take any provider's name, and `code` could be one.
    twins = {
        f"{act}_with_{by}" for act in ("login", "reauthenticate") for by in ("code", "provider")
    }
    assert {*left} <= {f"tigertally.{one}" for one in twins}
    assert f"tigertally.{operation.operation_id}" not in left


@pytest.mark.parametrize("own", [*own_rules(EVERYTHING)], ids=lambda one: one.path)
def test_every_rule_of_ours_is_known_to_collide_with_its_like(own: OwnRule) -> None:
    app = host(own.path.replace("<tally_page:", "<path:"), method=own.method)
    assert own.endpoint in found(app, EVERYTHING)


def test_our_rules_are_those_that_an_application_gets(tmp_path: Path) -> None:
    app = Flask("host", instance_path=str(tmp_path), static_folder=None)
    TigerTally().init_app(app).close()
    added = {(rule.rule, rule.endpoint) for rule in app.url_map.iter_rules()}
    assert added == {(own.path, own.endpoint) for own in own_rules(Addresses())}


@pytest.mark.parametrize(
    ("rule", "method", "ours"),
    [
        ("/api/me/", "GET", "read_me"),
        ("/api/<name>", "GET", "read_me"),
        ("/api/auth/<any(login, logout):what>", "POST", "login"),
        ("/api/files/<int:number>", "DELETE", "delete_file"),
        ("/api/<path:rest>", "GET", "read_me"),
        ("/<section>/auth/login", "POST", "login"),
        ("/api/auth/log<rest>", "POST", "login"),
        ("/<path:rest>/login", "POST", "login"),
        ("/api/docs/static/<name>", "GET", "static"),
        ("/<name>", "GET", "read_health"),
    ],
)
def test_rules_that_match_some_address_of_ours_collide(rule: str, method: str, ours: str) -> None:
    assert ours in [name.rpartition(".")[2] for name in found(host(rule, method=method))]


@pytest.mark.parametrize(
    ("rule", "method"),
    [
        ("/api/me", "PUT"),
        ("/api/auth/<int:number>", "POST"),
        ("/api/auth/<any(enter, leave):what>", "POST"),
        ("/api/mine", "GET"),
        ("/api", "GET"),
        ("/api/auth/login/one/more/step", "POST"),
        ("/api/auth/x<rest>", "POST"),
        # Whatever nobody else answers: the page of a web application, or its files.
        ("/<path:rest>", "GET"),
        ("/", "GET"),
    ],
)
def test_rules_that_answer_other_requests_do_not(rule: str, method: str) -> None:
    assert found(host(rule, method=method)) == []


def test_a_converter_of_the_hosts_own_is_asked() -> None:
    class Year(BaseConverter):
        regex = r"\d{4}"

    app = Flask("host", static_folder=None)
    app.url_map.converters["year"] = Year
    app.add_url_rule("/api/auth/<year:of>", "own", methods=["POST"])
    app.add_url_rule("/api/files/<year:of>", "other", methods=["DELETE"])
    assert found(app) == ["tigertally.delete_file"]


def test_another_sub_domain_is_another_address() -> None:
    app = Flask("host", static_folder=None, subdomain_matching=True)
    app.add_url_rule("/api/me", "own", subdomain="admin")
    assert found(app) == []


def add_late(app: Flask, rule: str) -> None:
    app.add_url_rule(rule, "late", lambda: "late")


def test_a_route_that_is_added_later_is_raised_while_the_host_is_tested(tmp_path: Path) -> None:
    app = host()
    app.instance_path, app.testing = str(tmp_path), True
    composition = TigerTally().init_app(app)
    try:
        add_late(app, "/api/me")
        for _ in range(2):
            with pytest.raises(SetupError, match="'late'"):
                app.test_client().get("/elsewhere")
    finally:
        composition.close()


def test_a_route_that_is_added_later_is_logged_once_where_the_host_serves(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    app = host("/own")
    app.instance_path = str(tmp_path)
    before = app.wsgi_app
    composition = TigerTally().init_app(app)
    try:
        add_late(app, "/api/me")
        with caplog.at_level(logging.ERROR, "tigertally"):
            for _ in range(3):
                assert app.test_client().get("/own").text == "mine"
        [line] = [one.getMessage() for one in caplog.records if "'late'" in one.getMessage()]
        assert line == (
            "GET /api/me of the endpoint 'late' and GET /api/me of the endpoint "
            "'tigertally.read_me' answer the same requests; move ours with TALLY_API_PREFIX or "
            "TigerTally(app, prefix=…), leave the part 'accounts' out with "
            "TigerTally(app, parts=…), or give the host's another address"
        )
        # Later requests do not pay for the look.
        assert app.wsgi_app == before
    finally:
        composition.close()
