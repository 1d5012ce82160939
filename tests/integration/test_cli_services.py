"""The operator adds other services, exchanges their keys and ends them."""

import pytest
from tests.integration.command_line import Cli


def test_a_service_is_added_listed_given_another_key_and_ended(cli: Cli) -> None:
    key = cli.ok_here("services", "add", "orders", "--silence", "0.5").strip()
    assert key.startswith("svc_")
    _, service_id, secret = key.split("_")
    listed = cli.ok_here("services", "list")
    assert service_id in listed
    assert "\torders\t0.5\t" in listed
    assert secret not in listed, "a key is shown once"
    other = cli.ok_here("services", "rotate", "orders").strip()
    assert other != key
    assert other.startswith(f"svc_{service_id}_")
    assert cli.ok_here("services", "end", "orders") == (
        "orders is ended: its verifiers let nobody in any more.\n"
    )
    assert not cli.ok_here("services", "list").splitlines()[1].endswith("\t")
    again = cli.ok_here("services", "add", "orders").strip()
    assert again.startswith(f"svc_{service_id}_")
    assert again not in {key, other}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("add", "Orders"), "is no name for a service"),
        (("add", "orders", "--silence", "0"), "a silence of 0 s is not possible"),
        (("add", "orders", "--silence", "nan"), "a silence of nan s is not possible"),
        (("add", "orders", "--silence", "61"), "a silence of 61 s is not possible"),
        (("rotate", "nobody"), "there is no service nobody"),
        (("end", "nobody"), "there is no service nobody"),
    ],
)
def test_what_is_not_possible_is_said(cli: Cli, arguments: tuple[str, ...], said: str) -> None:
    cli.ok_here("services", "add", "known")
    found = cli.here("services", *arguments)
    assert found.code == 2
    assert said in found.err
    assert "Traceback" not in found.said


def test_a_name_is_given_once(cli: Cli) -> None:
    cli.ok("services", "add", "orders")
    found = cli("services", "add", "orders")
    assert found.code == 2
    assert "tigertally services rotate orders" in found.err
