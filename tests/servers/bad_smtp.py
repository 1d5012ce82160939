"""A mail server that goes wrong in a given way, or wants a name and a password."""

import base64
import socket
import ssl
import threading
from collections.abc import Mapping
from contextlib import suppress
from types import TracebackType
from typing import Self

HANG_UP = "hang up"
SILENCE = "silence"
DRIP = "drip"
"""A byte now and then, of a line that never ends."""
ENDLESS = "endless"
"""A line now and then, of an answer that never ends."""

_GOOD = {
    "greeting": "220 bad.example",
    "starttls": "220 go on",
    "data": "354 go on",
    "quit": "221 bye",
}
_DROPS = {DRIP: b"2", ENDLESS: b"220-wait\r\n"}


class BadSmtp:
    """Answers each command as told, by its first word; all else as a good server would."""

    def __init__(
        self,
        answers: Mapping[str, str] | None = None,
        *,
        login: tuple[str, str] | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.answers = dict(answers or {})
        self.login = login
        self.tls = tls
        """For STARTTLS."""
        self.taken: list[str] = []
        """The letters that were taken."""
        self._over = threading.Event()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def let_go(self) -> None:
        """Hang up on everybody who was kept in silence."""
        self._over.set()

    @property
    def port(self) -> int:
        """Where it listens."""
        port: int = self._socket.getsockname()[1]
        return port

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        self._socket.close()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._socket.accept()
                threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        with connection, suppress(OSError, ConnectionError):
            self._converse(connection, "greeting")

    def _converse(self, connection: socket.socket, command: str = "") -> None:
        lines = connection.makefile("rb")
        command = command or lines.readline().decode().strip()
        while command and self._answer(connection, command, lines.readline):
            command = lines.readline().decode().strip()

    def _answer(self, connection: socket.socket, command: str, read: object) -> bool:
        word = command.partition(" ")[0].lower()
        answer = self.answers.get(word) or self._good(word, command)
        if answer == HANG_UP:
            return False
        if answer == SILENCE:
            self._over.wait()
            return False
        if answer in _DROPS:
            while not self._over.wait(0.05):
                connection.sendall(_DROPS[answer])
            return False
        connection.sendall(f"{answer}\r\n".encode())
        if word == "starttls":
            assert self.tls
            with self.tls.wrap_socket(connection, server_side=True) as inner:
                self._converse(inner)
            return False
        if word == "data" and answer.startswith("354"):
            letter = b""
            assert callable(read)
            while (line := read()) not in {b".\r\n", b""}:
                letter += line
            return self._end_of_data(connection, letter.decode())
        return True

    def _end_of_data(self, connection: socket.socket, letter: str) -> bool:
        answer = self.answers.get("end-of-data", "250 taken")
        if answer == HANG_UP:
            return False
        if answer.startswith("250"):
            self.taken.append(letter)
        connection.sendall(f"{answer}\r\n".encode())
        return True

    def _good(self, word: str, command: str) -> str:
        if word == "ehlo":
            return "250-bad.example\r\n250 AUTH PLAIN" if self.login else "250 bad.example"
        if word == "auth":
            assert self.login
            plain = "\0" + "\0".join(self.login)
            right = command.split()[2] == base64.b64encode(plain.encode()).decode()
            return "235 welcome" if right else "535 no"
        return _GOOD.get(word, "250 ok")
