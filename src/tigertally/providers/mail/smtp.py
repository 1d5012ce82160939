"""E-mail over SMTP (RFC 5321): TLS from the first byte, or by STARTTLS (RFC 3207)."""

import smtplib
import ssl
from contextlib import suppress
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from enum import StrEnum
from typing import Final

from tigertally.clock import Clock
from tigertally.core.senders import Message, Sent
from tigertally.errors import ProviderMisconfigured, ProviderUnavailable
from tigertally.providers.mail.letters import make_letter
from tigertally.secret import Secret

LIMIT: Final = 15.0
"""Seconds for each step. Nobody waits for it but the thread that sends."""


class Encryption(StrEnum):
    """How the connection is encrypted."""

    IMPLICIT = "implicit"
    """From the first byte (RFC 8314)."""
    STARTTLS = "starttls"
    """Demanded, or the code would travel in clear."""
    NONE = "none"
    """For a mail server on this machine."""


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """A mail server that takes our letters."""

    host: str
    port: int
    encryption: Encryption
    user: str = ""
    password: Secret | None = None
    limit: float = LIMIT


@dataclass(frozen=True, slots=True)
class _Trouble:
    """Why a letter was not taken."""

    detail: str
    ours: bool
    """Whether the operator has to do something about it."""


@dataclass(frozen=True, slots=True)
class SmtpSender:
    """Implements :class:`tigertally.core.senders.Sender`. Each letter has its own connection."""

    server: SmtpServer
    sender: Address
    site: str
    clock: Clock

    def send(self, message: Message) -> Sent:
        """Hand a letter to the mail server."""
        outcome = self._send(message)
        # Raised here, where nothing of the letter is among the locals in clear.
        if isinstance(outcome, Sent):
            return outcome
        if outcome.ours:
            raise ProviderMisconfigured(f"SMTP: {outcome.detail}")
        raise ProviderUnavailable(f"SMTP: {outcome.detail}")

    def _send(self, message: Message) -> Sent | _Trouble:
        try:
            letter = make_letter(message, sender=self.sender, site=self.site, clock=self.clock)
        except ValueError:
            # No such address can be written into a letter.
            return Sent.REFUSED
        try:
            return self._deliver(letter)
        except smtplib.SMTPNotSupportedError:
            # No STARTTLS, no AUTH; or no SMTPUTF8 for an address outside ASCII.
            international = not message.to.value.rpartition("@")[0].isascii()
            return Sent.REFUSED if international else _Trouble("lacks an extension", ours=True)
        except smtplib.SMTPException as error:
            return _judged(error)
        except ssl.SSLCertVerificationError as error:
            return _Trouble(f"certificate: {error.verify_message}", ours=True)
        except OSError as error:
            return _Trouble(type(error).__name__, ours=False)

    def _deliver(self, letter: EmailMessage) -> Sent:
        context = ssl.create_default_context()
        server, smtp = self.server, self._connect(context)
        try:
            if server.encryption is Encryption.STARTTLS:
                smtp.starttls(context=context)
            if server.password is not None:
                smtp.login(server.user, server.password.reveal())
            smtp.send_message(letter)
        except BaseException:
            smtp.close()
            raise
        # The letter is taken. A server that does not say goodbye takes nothing back.
        with suppress(smtplib.SMTPException, OSError):
            smtp.quit()
        return Sent.DONE

    def _connect(self, context: ssl.SSLContext) -> smtplib.SMTP:
        server = self.server
        if server.encryption is Encryption.IMPLICIT:
            return smtplib.SMTP_SSL(server.host, server.port, timeout=server.limit, context=context)
        return smtplib.SMTP(server.host, server.port, timeout=server.limit)


def _judged(error: smtplib.SMTPException) -> Sent | _Trouble:
    """Judge an answer: 4yz says later, 5yz says never (RFC 5321 §4.2.1). Repeats no word of it."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code = min((code for code, _ in error.recipients.values()), default=451)
        return Sent.REFUSED if code >= 500 else _Trouble(f"answered {code}", ours=False)
    if not isinstance(error, smtplib.SMTPResponseException):
        return _Trouble(type(error).__name__, ours=False)
    kinds = (smtplib.SMTPAuthenticationError, smtplib.SMTPSenderRefused)
    ours = error.smtp_code >= 500 and isinstance(error, kinds)
    return _Trouble(f"{type(error).__name__} {error.smtp_code}", ours=ours)
