"""Users of mini programs from the command line: brought along, found, and signed in afterwards."""

import csv
import json
from pathlib import Path

import pytest
from tests.conftest import Compose
from tests.integration.command_line import Cli

from tigertally.server.app import make_app
from tigertally.testing.wechat import Person, StandIn

APP, OTHER = "wx00000000000a11ce", "wx0000000000000b0b"
SETTINGS = {
    "TALLY_WECHAT_MINI_APP_ID": APP,
    "TALLY_WECHAT_MINI_APP_SECRET": "a",
    "TALLY_WECHAT_MINI_APPS": f"{OTHER}:b",
}
COLUMNS = ["username", "display_name", "provider", "app_id", "openid", "unionid"]


def line(person: Person, app_id: str = APP, username: str = "") -> dict[str, str]:
    """Return what another system knows of somebody."""
    return {
        "username": username,
        "display_name": person.name,
        "provider": "wechat-mini",
        "app_id": app_id,
        "openid": person.openid(app_id),
        "unionid": person.unionid or "",
    }


def import_(cli: Cli, rows: list[dict[str, str]], *options: str) -> tuple[int, str, str]:
    """Import rows; return the code and what was said."""
    file = cli.data_dir.parent / "people.csv"
    with file.open("w", encoding="utf-8", newline="") as target:
        writer = csv.DictWriter(target, COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
    outcome = cli.here("users", "import", *options, str(file), **SETTINGS)
    assert "Traceback" not in outcome.err
    return outcome.code, outcome.out, outcome.err


def shown(cli: Cli, *arguments: str) -> dict[str, str]:
    """Show a user."""
    outcome = cli.here("users", "show", *arguments, **SETTINGS)
    assert outcome.code == 0, outcome
    head, *rows = (text.split("\t", 1) for text in outcome.out.splitlines())
    assert head == ["what", "value"]
    return dict(rows)


def test_an_imported_user_signs_in_to_the_created_account(cli: Cli, compose_with: Compose) -> None:
    people = [Person(f"person {number}") for number in range(1200)]
    rows = [line(person) for person in people]
    assert import_(cli, rows, "--dry-run")[1] == "1200 would be imported, 0 already there.\n"
    assert import_(cli, rows)[:2] == (0, "1200 imported, 0 already there.\n")
    assert import_(cli, rows)[:2] == (0, "0 imported, 1200 already there.\n")
    with StandIn() as wechat:
        app_id = wechat.app_ids[0]
        assert app_id == APP
        composition = compose_with(
            data_dir=cli.data_dir,
            wechat_base_url=wechat.url,
            wechat_mini_app_id=app_id,
            wechat_mini_app_secret=wechat.secret(app_id),
        )
        client = make_app(composition).test_client()
        body = {"code": wechat.issue_code(app_id, people[1111])}
        answer = client.post("/api/auth/login/wechat-mini", json=body).get_json()
    assert answer["created"] is False
    assert answer["user"]["display_name"] == "person 1111"


def test_the_same_person_twice_is_one_account(cli: Cli) -> None:
    """By the openid, by the union id through another app, and by the name; in one run or in two."""
    ada, bo = Person("ada"), Person("bo", has_union=False)
    rows = [line(ada), line(ada), line(ada, OTHER), line(bo, username="bo"), line(bo, OTHER, "Bo")]
    for dry_run in (["--dry-run"], []):
        code, out, _ = import_(cli, rows, *dry_run)
        assert (code, out.split()[0], out.split()[-3]) == (0, "2", "3")
    assert import_(cli, rows)[1] == "0 imported, 5 already there.\n"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"openid": ""}, "openid: required"),
        ({"provider": ""}, "provider: required"),
        ({"provider": "wechat-web"}, "provider: not set up"),
        ({"app_id": "wx-of-nobody"}, "app_id: choice"),
        ({"openid": "o" * 129}, "openid: pattern"),
        ({"openid": "with blank"}, "openid: pattern"),
        ({"openid": "中文"}, "openid: pattern"),
        ({"unionid": " "}, "unionid: pattern"),
    ],
)
def test_an_incomplete_identity_is_refused_without_naming_it(
    cli: Cli, change: dict[str, str], says: str
) -> None:
    code, out, err = import_(cli, [line(Person("ada")) | change, line(Person("bo"))])
    assert (code, out) == (1, "1 imported, 0 already there.\n")
    assert f"line 2 refused: {says}" in err
    assert not change.get("openid") or change["openid"] not in err


def test_lines_of_json_carry_identities_too(cli: Cli, tmp_path: Path) -> None:
    rows = [line(Person("ada")), {"openid": 5}, {"provider": "wechat-mini", "openid": "o1"}]
    file = tmp_path / "people.jsonl"
    file.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    outcome = cli.here("users", "import", str(file), **SETTINGS)
    assert outcome.out == "2 imported, 0 already there.\n"
    assert "line 2 refused: openid: type" in outcome.err


def test_an_account_is_found_by_each_of_its_names(cli: Cli) -> None:
    ada = Person("ada")
    import_(cli, [line(ada, username="ada")])
    by_name = shown(cli, "ada")
    assert by_name["password"] == "no"
    assert by_name["live sessions"] == "0"
    assert by_name["wechat-mini"].startswith(f"{APP} …{ada.openid(APP)[-4:]}, since ")
    assert shown(cli, by_name["id"]) == by_name
    assert shown(cli, "--openid", ada.openid(APP)) == by_name
    assert shown(cli, "--openid", ada.openid(APP), "--app-id", APP) == by_name


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["nobody"], "no such user"),
        (["--openid", "nobody"], "no such user"),
        (["--openid", "o1", "--app-id", "wx-of-nobody"], "app_id"),
        (["--openid", "o1", "--provider", "myspace"], "the provider myspace is not set up"),
        (["--openid", "a blank"], "openid"),
        ([], "give either"),
        (["ada", "--openid", "o1"], "give either"),
    ],
)
def test_a_missing_identity_is_reported(cli: Cli, arguments: list[str], says: str) -> None:
    typed = "correct horse battery\n"
    assert cli.here("users", "create", "ada", "--password-stdin", stdin=typed).code == 0
    outcome = cli.here("users", "show", *arguments, **SETTINGS)
    assert outcome.code == 2, outcome
    assert says in outcome.err
    assert "Traceback" not in outcome.err
