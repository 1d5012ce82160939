"""Messages as the queue would send them."""

from email.headerregistry import Address

from tigertally.clock import SystemClock
from tigertally.core.contacts import email_target, phone_target
from tigertally.core.identifiers import new_id
from tigertally.core.senders import Letter, Message
from tigertally.providers.mail.smtp import Encryption, SmtpSender, SmtpServer
from tigertally.secret import Secret

CODE = "314159"


def mail(to: str = "lina@example.com", letter: Letter = Letter.LOGIN_CODE) -> Message:
    """Return a letter with a code."""
    return Message(
        id=new_id(),
        to=email_target(to),
        letter=letter,
        locale="zh-CN",
        code=Secret(CODE),
        minutes=5,
    )


def sms(to: str = "13800138000") -> Message:
    """Return an SMS with a code."""
    return Message(
        id=new_id(),
        to=phone_target(to, regions=["+852"]),
        letter=Letter.LOGIN_CODE,
        locale="zh-CN",
        code=Secret(CODE),
        minutes=5,
    )


def smtp(
    port: int,
    encryption: Encryption = Encryption.NONE,
    *,
    host: str = "localhost",
    login: tuple[str, str] | None = None,
    limit: float = 60,
) -> SmtpSender:
    """Return a sender through a server on this machine."""
    user, password = login or ("", "")
    return SmtpSender(
        SmtpServer(host, port, encryption, user, Secret(password) if login else None, limit=limit),
        sender=Address("Tiger Tally", addr_spec="tally@example.com"),
        site="example.com",
        clock=SystemClock(),
    )
