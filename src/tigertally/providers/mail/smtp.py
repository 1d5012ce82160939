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
from tigertally.providers.mail.connection import Deadline, TimedSmtp, TimedSmtpOverTls
from tigertally.providers.mail.letters import address_of, make_letter
from tigertally.secret import Secret

LIMIT: Final = 45.0
"""Seconds for a letter, from the name of the server to the last answer: less than its claim lasts
(CLAIMED_FOR). Nobody waits for it but the thread that sends."""


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
    """Seconds for a letter."""


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

    def introduce(self, *, limit: float) -> None:
        """Connect, encrypt and sign in, and send nothing. Raises like :meth:`send`."""
        outcome = self._visit(limit)
        if outcome is None:
            return
        if outcome.ours:
            raise ProviderMisconfigured(f"SMTP: {outcome.detail}")
        raise ProviderUnavailable(f"SMTP: {outcome.detail}")

    def _visit(self, limit: float) -> _Trouble | None:
        context = ssl.create_default_context()
        try:
            with Deadline(limit) as deadline:
                smtp = self._connect(context, deadline)
                try:
                    self._introduce(smtp, context)
                finally:
                    smtp.close()
        except smtplib.SMTPException as error:
            found = _judged(error)
            return found if isinstance(found, _Trouble) else None
        except (OSError, ValueError, TypeError) as error:
            return _failed(error)
        return None

    def _send(self, message: Message) -> Sent | _Trouble:
        try:
            to = address_of(message.to.value)
        except ValueError:
            # No such address can be written into a letter.
            return Sent.REFUSED
        try:
            return self._deliver(
                make_letter(message, to=to, sender=self.sender, site=self.site, clock=self.clock),
                international=not to.username.isascii(),
            )
        except smtplib.SMTPException as error:
            return _judged(error)
        except (OSError, ValueError, TypeError) as error:
            return _failed(error)

    def _deliver(self, letter: EmailMessage, *, international: bool) -> Sent:
        context = ssl.create_default_context()
        with Deadline(self.server.limit) as deadline:
            smtp = self._connect(context, deadline)
            try:
                self._introduce(smtp, context)
                if international and not smtp.has_extn("smtputf8"):
                    # This server can write to no such address (RFC 6531).
                    outcome = Sent.REFUSED
                else:
                    smtp.send_message(letter)
                    outcome = Sent.DONE
            except BaseException:
                smtp.close()
                raise
            # A server that does not say goodbye takes nothing back.
            with suppress(smtplib.SMTPException, OSError):
                smtp.quit()
        return outcome

    def _introduce(self, smtp: smtplib.SMTP, context: ssl.SSLContext) -> None:
        if self.server.encryption is Encryption.STARTTLS:
            smtp.starttls(context=context)
        if self.server.password is not None:
            smtp.login(self.server.user, self.server.password.reveal())
        smtp.ehlo_or_helo_if_needed()

    def _connect(self, context: ssl.SSLContext, deadline: Deadline) -> smtplib.SMTP:
        server = self.server
        if server.encryption is Encryption.IMPLICIT:
            return TimedSmtpOverTls(server.host, server.port, deadline, context)
        return TimedSmtp(server.host, server.port, deadline)


def _failed(error: OSError | ValueError | TypeError) -> _Trouble:
    """Judge what went wrong apart from answers, by its type alone."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return _Trouble(f"certificate: {error.verify_message}", ours=True)
    # Other than OSError: what we were given cannot be written. Such an error holds it, and that
    # may be a password.
    return _Trouble(type(error).__name__, ours=not isinstance(error, OSError))


def _judged(error: smtplib.SMTPException) -> Sent | _Trouble:
    """Judge an answer: 4yz says later, 5yz says never (RFC 5321 §4.2.1). Repeats no word of it."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code = min((code for code, _ in error.recipients.values()), default=451)
        return Sent.REFUSED if code >= 500 else _Trouble(f"answered {code}", ours=False)
    if isinstance(error, smtplib.SMTPNotSupportedError):
        # No STARTTLS, no AUTH; or no SMTPUTF8 for a sender outside ASCII.
        return _Trouble("lacks an extension", ours=True)
    if not isinstance(error, smtplib.SMTPResponseException):
        return _Trouble(type(error).__name__, ours=False)
    kinds = (smtplib.SMTPAuthenticationError, smtplib.SMTPSenderRefused)
    ours = error.smtp_code >= 500 and isinstance(error, kinds)
    return _Trouble(f"{type(error).__name__} {error.smtp_code}", ours=ours)
