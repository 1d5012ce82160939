"""Where messages go while an application is developed: a mail server and an SMS gateway.

For tests, and for ``tigertally dev mail`` and ``tigertally dev sms``. Each keeps what it got, and
shows it on a page. Nothing is passed on to anybody.
"""

from tigertally.testing.messages.gateway import SmsGateway
from tigertally.testing.messages.mail_server import MailServer

__all__ = ["MailServer", "SmsGateway"]
