"""What `tigertally doctor` says of the ways to send codes, without sending any."""

from pathlib import Path

import pytest
from tests.integration.command_line import Cli
from tests.servers.bad_smtp import HANG_UP, BadSmtp
from tests.servers.places import free_port


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    """Return the commands over a service that has been used."""
    cli = Cli(tmp_path / "data")
    made = cli.here("users", "create", "hufu", "--password-stdin", stdin="correct horse battery\n")
    assert made.code == 0, made
    return cli


def mail_to(port: int, user: str = "") -> dict[str, str]:
    """Return the settings for a mail server on this machine."""
    return {
        "TALLY_SMTP_URL": f"smtp://{user}127.0.0.1:{port}",
        "TALLY_MAIL_FROM": "tally@example.com",
    }


def test_a_mail_server_that_lets_us_in_is_well_and_gets_no_letter(cli: Cli) -> None:
    with BadSmtp(login=("tally", "s3cret")) as server:
        found = cli.here("doctor", **mail_to(server.port, "tally:s3cret@"))
        assert server.taken == []
        assert f"email: 127.0.0.1:{server.port} lets us in" in found.out
    assert "messages waiting: 0" in found.out
    assert "s3cret" not in found.said


def test_a_mail_server_that_refuses_the_password_is_named(cli: Cli) -> None:
    with BadSmtp(login=("tally", "s3cret")) as server:
        found = cli.here("doctor", **mail_to(server.port, "tally:wr0ng@"))
    assert found.code == 1
    assert "refuses us" in found.out
    assert "TALLY_SMTP_URL" in found.out
    assert "wr0ng" not in found.said


def test_a_mail_server_that_is_away_is_named(cli: Cli) -> None:
    found = cli.here("doctor", **mail_to(free_port()))
    assert found.code == 1
    assert "cannot be used now" in found.out
    with BadSmtp({"greeting": HANG_UP}) as server:
        found = cli.here("doctor", **mail_to(server.port))
    assert "cannot be used now" in found.out


def test_where_nothing_is_sent_or_all_goes_to_the_log_it_says_so(cli: Cli) -> None:
    assert "codes: none are sent" in cli.here("doctor").out
    told = cli.here("doctor", TALLY_MAIL="log", TALLY_SMS="log").out
    assert "codes: written into the log" in told
