"""Callers that ask again and again, and note when each request began and what it was answered."""

import http.client
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from math import inf
from typing import Self

from tests.integration.service import Line
from tests.waiting import PATIENCE, wait_until


@dataclass(frozen=True, slots=True)
class Seen:
    """A request that was answered."""

    began: float
    finished: float
    status: int
    code: str | None


class Callers:
    """Threads that ask with one token, each over a connection that it keeps."""

    def __init__(self, port: int, token: str, *, count: int = 1) -> None:
        self._port = port
        self._token = token
        self._seen: list[Seen] = []
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._ask) for _ in range(count)]

    def wait_for(self, *statuses: int, since: float = -inf) -> None:
        """Wait until a request that began after a moment was answered; any answer will do, or one
        of these.
        """
        wait_until(
            lambda: any(
                one.began > since and (not statuses or one.status in statuses)
                for one in list(self._seen)
            ),
            f"{statuses or 'an answer'}; the last were {self._seen[-3:]}",
        )

    def let_in(self, *, since: float, until: float = inf) -> list[Seen]:
        """Return who was let in, of those that began after a moment and finished before another."""
        asked = [one for one in self._seen if one.began > since and one.finished < until]
        assert asked, "nobody asked meanwhile"
        return [one for one in asked if one.status == 200]

    def codes(self) -> set[str | None]:
        """Return the codes of all who were answered 401."""
        return {one.code for one in self._seen if one.status == 401}

    def __enter__(self) -> Self:
        """Begin to ask."""
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop, once all that was asked is answered."""
        self._over.set()
        for thread in self._threads:
            thread.join(PATIENCE)
            assert not thread.is_alive()

    def _ask(self) -> None:
        while not self._over.is_set():
            # A server may close a connection that was kept: then there is another one.
            with suppress(OSError, http.client.HTTPException), Line(self._port) as line:
                while not self._over.wait(0.002):
                    began = time.monotonic()
                    answer = line.call("GET", "/", token=self._token)
                    finished = time.monotonic()
                    self._seen.append(Seen(began, finished, answer.status, answer.code))
