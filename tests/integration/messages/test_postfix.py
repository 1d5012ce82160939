"""Letters through Postfix, with TLS, into a mailbox."""

from collections.abc import Iterator

import pytest
from tests.integration.messages.letters import CODE, mail, smtp
from tests.servers.postfix import Postfix
from tests.waiting import wait_until

from tigertally.core.senders import Sent
from tigertally.errors import ProviderMisconfigured
from tigertally.providers.mail.smtp import Encryption


@pytest.fixture(scope="module")
def postfix() -> Iterator[Postfix]:
    """A mail server for these tests."""
    server = Postfix()
    try:
        server.start()
        yield server
    finally:
        server.remove()


@pytest.fixture
def trusted(postfix: Postfix, monkeypatch: pytest.MonkeyPatch) -> Postfix:
    """The same, with its certificate among the machine's authorities."""
    monkeypatch.setenv("SSL_CERT_FILE", str(postfix.certificate))
    return postfix


@pytest.mark.parametrize("encryption", [Encryption.STARTTLS, Encryption.IMPLICIT])
def test_a_letter_arrives_whole_over_tls(trusted: Postfix, encryption: Encryption) -> None:
    port = trusted.port if encryption is Encryption.STARTTLS else trusted.tls_port
    message = mail()
    assert smtp(port, encryption).send(message) is Sent.DONE
    wanted = f"<{message.id}@example.com>"
    wait_until(
        lambda: any(letter["Message-ID"] == wanted for letter in trusted.letters()),
        "the letter arrives",
    )
    letter = next(one for one in trusted.letters() if one["Message-ID"] == wanted)
    assert letter["To"] == "lina@example.com"
    assert letter["From"] == "Tiger Tally <tally@example.com>"
    assert letter["Subject"] == "登录验证码 · example.com"
    assert letter["Auto-Submitted"] == "auto-generated"
    assert "ESMTPS" in letter["Received"]
    for kind in ("plain", "html"):
        body = letter.get_body((kind,))
        assert body is not None
        content = body.get_content()
        assert CODE in content
        assert "5 分钟内有效" in content


def test_an_unknown_address_is_refused_for_good(trusted: Postfix) -> None:
    sender = smtp(trusted.port, Encryption.STARTTLS)
    assert sender.send(mail("nobody@example.com")) is Sent.REFUSED
    assert sender.send(mail("例子@example.com")) is Sent.REFUSED


@pytest.mark.parametrize("encryption", [Encryption.STARTTLS, Encryption.IMPLICIT])
def test_no_letter_goes_to_a_server_that_cannot_prove_its_name(
    postfix: Postfix, encryption: Encryption
) -> None:
    port = postfix.port if encryption is Encryption.STARTTLS else postfix.tls_port
    with pytest.raises(ProviderMisconfigured, match="certificate"):
        smtp(port, encryption).send(mail())


def test_the_certificate_is_held_against_the_name_in_the_settings(trusted: Postfix) -> None:
    with pytest.raises(ProviderMisconfigured, match="certificate"):
        smtp(trusted.port, Encryption.STARTTLS, host="127.0.0.1").send(mail())


def test_no_letter_goes_out_in_clear_where_starttls_is_missing() -> None:
    server = Postfix(starttls=False)
    try:
        server.start()
        with pytest.raises(ProviderMisconfigured, match="extension"):
            smtp(server.port, Encryption.STARTTLS).send(mail())
    finally:
        server.remove()
