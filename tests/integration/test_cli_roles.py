"""Roles from the command line."""

from tests.integration.command_line import Cli
from tests.integration.service import PASSWORD, Service


def test_roles_are_created_given_changed_and_deleted(service: Service, cli: Cli) -> None:
    service.register("hufu")
    assert "admin\tAdministrator\t0\t*" in cli.ok_here("roles", "list")
    said = cli.ok("roles", "create", "editor", "--name", "编辑", "--give", "news:*")
    assert said == "Created the role editor.\n"
    mine = service.login("hufu").body
    assert cli.ok_here("users", "grant", "hufu", "editor", "--days", "3") == "hufu has: editor.\n"
    old = service.call("GET", "/api/me", token=mine["access_token"])
    assert old.verdict == (401, "token_expired", None)
    mine = service.refresh(mine["refresh_token"]).body
    assert mine["user"]["permissions"] == ["news:*"]
    said = cli.ok_here("roles", "set", "editor", "--give", "shop:pay", "--take", "news:*")
    assert said == "The role editor of 1 people gives: shop:pay.\n"
    me = service.call("GET", "/api/me", token=mine["access_token"])
    assert me.body["permissions"] == ["shop:pay"]
    in_use = cli.here("roles", "delete", "editor")
    assert (in_use.code, "Traceback" in in_use.err) == (2, False)
    assert cli.ok_here("users", "revoke", "hufu", "editor") == "hufu has: no role.\n"
    assert cli.ok_here("roles", "delete", "editor") == "Deleted the role editor.\n"


def test_what_cannot_be_done_is_said_in_a_sentence(service: Service, cli: Cli) -> None:
    service.register("hufu")
    cli.ok_here("users", "grant", "hufu", "admin")
    for command, says in (
        (["users", "revoke", "hufu", "admin"], "last_administrator"),
        (["users", "disable", "hufu"], "last_administrator"),
        (["users", "revoke", "hufu", "auditor"], "does not have the role auditor"),
        (["users", "grant", "hufu", "nobody"], "roles"),
        (["users", "grant", "nobody", "admin"], "no such user"),
        (["roles", "create", "Editor"], "key"),
        (["roles", "create", "editor", "--give", "a b"], "permissions"),
        (["roles", "set", "admin", "--take", "*"], "role_fixed"),
        (["roles", "delete", "auditor"], "role_fixed"),
        (["roles", "delete", "nobody"], "there is no role nobody"),
    ):
        outcome = cli.here(*command, stdin=PASSWORD)
        assert outcome.code == 2, (command, outcome)
        assert says in outcome.err, (command, outcome)
        assert "Traceback" not in outcome.err
