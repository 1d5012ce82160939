"""A mail server for one machine: it takes every letter, keeps it, and shows it on a page.

SMTP as far as a sender without TLS and without a password speaks it (RFC 5321).
"""

import html
import re
import socketserver
from collections.abc import Callable
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Final

from tigertally.testing.listening import HttpServer, Listening, Server
from tigertally.testing.messages.pages import Pages, listing

_LINE_MAX: Final = 2048
_LETTER_MAX: Final = 1_048_576
_LETTER: Final = re.compile(r"/letters/([0-9]{1,6})")


class _Smtp(Server, socketserver.TCPServer):
    allow_reuse_address = True


class MailServer(Listening):
    """A mail server on this machine, at free ports unless some are given."""

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        page_port: int = 0,
        told: Callable[[EmailMessage], None] | None = None,
    ) -> None:
        self.letters: list[EmailMessage] = []
        """What arrived, the oldest first."""
        server = self

        class Dialogue(_Dialogue):
            def arrived(self, letter: EmailMessage) -> None:
                server.letters.append(letter)
                if told is not None:
                    told(letter)

        class Handler(Pages):
            def do_GET(self) -> None:  # noqa: N802 - its name upstream
                letters = server.letters
                asked = _LETTER.fullmatch(self.path)
                if asked and int(asked[1]) < len(letters):
                    self.send_page(200, _html_of(letters[int(asked[1])]), further="; sandbox")
                elif self.path == "/":
                    self.send_page(200, server.page())
                else:
                    self.send_page(404, "")

        self._smtp = _Smtp((host, port), Dialogue)
        self._http = HttpServer((host, page_port), Handler)
        super().__init__(self._smtp, self._http)

    @property
    def url(self) -> str:
        """For ``TALLY_SMTP_URL``."""
        host, port = self._smtp.server_address[:2]
        return f"smtp://{host!s}:{port}"

    @property
    def address(self) -> str:
        """The page that shows what arrived."""
        host, port = self._http.server_address[:2]
        return f"http://{host!s}:{port}"

    def page(self) -> str:
        """Return the page that shows what arrived."""
        rows = [
            [
                html.escape(str(letter["To"])),
                f'<a href="/letters/{number}">{html.escape(str(letter["Subject"]))}</a>',
                f"<pre>{html.escape(text_of(letter))}</pre>",
            ]
            for number, letter in enumerate(self.letters)
        ]
        return listing("E-mail", rows)


def text_of(letter: EmailMessage) -> str:
    """Return the plain text of a letter."""
    return _content_of(letter, "plain").strip()


def _html_of(letter: EmailMessage) -> str:
    return _content_of(letter, "html") or f"<pre>{html.escape(text_of(letter))}</pre>"


def _content_of(letter: EmailMessage, kind: str) -> str:
    """Return a part, or nothing if there is none, or none that can be read."""
    part = letter.get_body((kind,))
    try:
        return str(part.get_content()) if part is not None else ""
    except LookupError:
        # An unknown encoding. Nothing may keep the page from showing the other letters.
        return ""


class _Dialogue(socketserver.StreamRequestHandler):
    """One connection of a sender."""

    timeout = 60

    def arrived(self, letter: EmailMessage) -> None:
        """Keep a letter."""
        raise NotImplementedError

    def handle(self) -> None:
        """Answer each command until the sender goes."""
        self._say("220 localhost Tiger Tally's mail server for development")
        while line := self.rfile.readline(_LINE_MAX):
            verb = line[:4].upper().rstrip()
            if verb == b"QUIT":
                self._say("221 Bye")
                return
            if verb == b"EHLO":
                self._say("250-localhost", "250-8BITMIME", "250 SMTPUTF8")
            elif verb == b"DATA":
                self._say("354 End it with a line that is a point")
                self._take()
            elif verb in {b"HELO", b"MAIL", b"RCPT", b"RSET", b"NOOP"}:
                self._say("250 OK")
            else:
                self._say("502 Not known here")

    def _take(self) -> None:
        content, size = bytearray(), 0
        while (line := self.rfile.readline(_LINE_MAX)) not in {b".\r\n", b".\n", b""}:
            size += len(line)
            # RFC 5321, 4.5.2: a point at the beginning was doubled.
            content += line.removeprefix(b".") if size <= _LETTER_MAX else b""
        if size > _LETTER_MAX:
            self._say("552 Too long")
            return
        letter = message_from_bytes(bytes(content), policy=policy.default)
        if isinstance(letter, EmailMessage):
            self.arrived(letter)
        self._say("250 Kept")

    def _say(self, *lines: str) -> None:
        self.wfile.write("".join(f"{line}\r\n" for line in lines).encode())
