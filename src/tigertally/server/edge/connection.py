"""One caller's connection: reads requests, gets them answered one after the other, and ends."""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from tigertally.server.edge.admission import Admission
from tigertally.server.edge.answering import Answering, Part
from tigertally.server.edge.environ import make_environ
from tigertally.server.edge.gateway import Gateway, Outcome
from tigertally.server.edge.lanes import Lane
from tigertally.server.edge.limits import MIB
from tigertally.server.edge.reading import Incoming, RequestReader
from tigertally.server.edge.sending import Outgoing
from tigertally.server.edge.words import Said

_CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"

_DISCARDED_MAX: Final = 16 * MIB
"""Bytes of a refused request that are discarded, so that its caller reads the answer."""


class Connection(asyncio.Protocol):
    """One connection. All of it runs on the loop."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._limits = gateway.limits
        self._reader = RequestReader(gateway.plans, gateway.limits)
        self._admission = Admission(gateway, self)
        self._caller = ""
        self._server = ("localhost", "80")
        self._used = False
        self._since = gateway.loop.time()
        """When it began to wait, to discard a request, or to end."""
        self._later: list[bytes] = []
        """Bytes that arrived while a request was answered."""
        self._ended_by_caller = False
        # The request that is being answered.
        self._request: Incoming | None = None
        self._answering: Answering | None = None
        self._in_thread = False
        self._began_at = 0.0
        # The part of the answer that is to be sent.
        self._last = True
        self._sent = 0
        # How it ends.
        self._discarding = self._closing = self._lost = False
        self._discarded = 0

    # Called by the loop.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self._transport: asyncio.Transport = transport  # type: ignore[assignment]
        self._out = Outgoing(self._transport, self._gateway, self)
        peer, own = (transport.get_extra_info(name) for name in ("peername", "sockname"))
        if isinstance(peer, tuple):
            self._caller = str(peer[0])
        if isinstance(own, tuple):
            self._server = (str(own[0]), str(own[1]))
        self._gateway.lines.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Release all resources."""
        del exc
        self._lost = True
        self._gateway.forget(self)
        self._out.clear()
        if not self._in_thread:
            self._abandon()

    def data_received(self, data: bytes) -> None:
        """Read on."""
        if self._closing:
            self._discarded += len(data)
            if self._discarded > _DISCARDED_MAX:
                self._transport.abort()
        elif self._request is not None or self._out.stalled_at is not None:
            self._later.append(data)
            self._transport.pause_reading()
            if not self._gateway.ahead.take(self, sum(map(len, self._later))):
                self._transport.abort()
        else:
            self._reader.feed(data)
            self._proceed()

    def eof_received(self) -> bool:
        """Go on answering a caller who has closed the sending side."""
        self._ended_by_caller = True
        if self._closing:
            return False
        if self._request is None:
            self._proceed()
        return not self._closing

    def pause_writing(self) -> None:
        """Wait for the caller to read."""
        self._out.stall()

    def resume_writing(self) -> None:
        """Go on sending."""
        self._out.stalled_at = None
        if self._request is not None:
            if not self._in_thread:
                self._send()
        elif not self._closing:
            self._proceed()

    # Called by the gateway.

    @property
    def waits_since(self) -> float | None:
        """Since when it is idle; ``None`` while a request is answered."""
        return None if self._request is not None else self._since

    @property
    def stalls_since(self) -> float | None:
        """Since when its caller has not read the answer; ``None`` if it reads."""
        return self._out.stalled_at

    def check(self, now: float) -> None:
        """Act on expired time limits."""
        limits, coming = self._limits, self._reader.current
        if self._closing or self._out.stalled_at is not None:
            self._check_reader(now)
        elif self._request is not None:
            return
        elif coming is not None:
            if code := self._admission.complaint(coming, now):
                self._refuse(code)
        elif self._reader.amid_head:
            if now - self._since > limits.head_seconds:
                self._refuse("invalid_request")
        elif now - self._since > (limits.idle_seconds if self._used else limits.head_seconds):
            self._close()

    def _check_reader(self, now: float) -> None:
        """Cut off a caller who does not read the answer."""
        limits = self._limits
        patience = limits.linger_seconds if self._discarding else limits.stall_seconds
        began = self._since if self._closing else self._out.stalled_at or now
        if now - began > patience:
            self._transport.abort()

    def end(self) -> None:
        """Close after the present request."""
        if self._request is None and self._reader.current is None:
            self._close()

    def drop(self) -> None:
        """Close now."""
        self._transport.abort()

    # Reading.

    def _proceed(self) -> None:
        """Start the next step, unless one is running."""
        reader = self._reader
        while self._request is None and self._out.stalled_at is None and not self._closing:
            if reader.ready:
                self._answer(reader.ready.popleft())
            elif reader.fault is not None:
                self._refuse(reader.fault)
                return
            elif reader.closed:
                self._close()
            elif self._later:
                data = b"".join(self._later)
                self._later.clear()
                self._gateway.ahead.take(self, 0)
                reader.feed(data)
            else:
                self._wait()
                return

    def _wait(self) -> None:
        """Wait for the caller to send more."""
        coming = self._reader.current
        if self._ended_by_caller or self._gateway.ending:
            unfinished = coming is not None or self._reader.amid_head
            if unfinished and self._ended_by_caller:
                self._refuse("invalid_request")
                return
            if coming is None:
                self._close()
                return
        small = coming is None or not self._admission.needs_room(coming)
        if not self._gateway.unfinished.take(self, self._reader.held if small else 0):
            self._refuse("busy")
        elif coming is not None and not coming.asked_at:
            self._ask_for_room(coming)
        elif coming is None or self._admission.is_admitted(coming):
            self._transport.resume_reading()

    def _ask_for_room(self, coming: Incoming) -> None:
        self._transport.pause_reading()
        if code := self._admission.ask(coming, self._invite):
            self._refuse(code)

    def _invite(self) -> None:
        """Let the caller send the body."""
        coming = self._reader.current
        if coming is None or self._closing:
            return
        coming.asked_at = self._gateway.loop.time()
        if coming.waits_to_send:
            self._transport.write(_CONTINUE)
        self._transport.resume_reading()

    # Answering.

    def _answer(self, request: Incoming) -> None:
        gateway = self._gateway
        gateway.unfinished.take(self, 0)
        self._request, self._began_at, self._used = request, time.perf_counter(), True
        self._sent = 0
        if request.plan.lane == "loop":
            self._say(gateway.words.healthy(request))
            return
        if gateway.lanes[request.plan.lane].is_full:
            gateway.refused("busy")
            self._say(gateway.words.refuse("busy", request, close=not request.keep_alive))
            return
        self._answering = Answering(
            app=gateway.app,
            environ=make_environ(request, server=self._server, caller=self._caller),
            request=request,
            keep_alive=request.keep_alive and not gateway.ending,
            refuse=lambda code: gateway.words.refuse(code, request, close=True).data,
        )
        self._submit(self._answering.begin)

    def _say(self, said: Said) -> None:
        """Send an answer of the edge's own."""
        self._log(said.status, said.request_id, len(said.data))
        self._transport.write(said.data)
        self._over(keep_alive=self._request is not None and self._request.keep_alive)

    def _submit(self, work: Callable[[], Part]) -> None:
        """Let a thread fetch a part of the answer."""
        loop, came = self._gateway.loop, self._came

        def job() -> None:
            part = work()
            with suppress(RuntimeError):  # the worker has ended, and its loop is closed
                loop.call_soon_threadsafe(came, part)

        self._in_thread = True
        self._lane.submit(job)

    @property
    def _lane(self) -> Lane:
        name = self._request.plan.lane if self._request is not None else "common"
        return self._gateway.lanes[name]

    def _came(self, part: Part) -> None:
        """Take a part of the answer."""
        self._in_thread = False
        self._lane.done()
        self._last = part.last
        if self._lost:
            self._abandon()
        elif part.broken:
            self._transport.abort()
        else:
            self._sent += len(part.data)
            self._out.put(part.data)
            self._send()

    def _send(self) -> None:
        """Send the part as fast as it is read, then let a thread fetch the next one."""
        answering = self._answering
        if self._lost or not self._out.flush() or answering is None:
            return
        if self._last:
            self._log(answering.status, answering.request_id, self._sent)
            self._over(keep_alive=answering.keep_alive)
            self._proceed()
        elif self._out.stalled_at is None:
            self._submit(answering.go_on)

    def _over(self, *, keep_alive: bool) -> None:
        """Finish a request."""
        self._gateway.room.leave(self)
        self._request = self._answering = None
        self._since = self._gateway.loop.time()
        if not keep_alive or self._gateway.ending:
            self._close()

    def _abandon(self) -> None:
        """Drop an answer whose caller is gone."""
        self._gateway.room.leave(self)
        if self._answering is not None and not self._last:
            answering, lane = self._answering, self._lane
            loop = self._gateway.loop

            def job() -> None:
                answering.abandon()
                with suppress(RuntimeError):
                    loop.call_soon_threadsafe(lane.done)

            lane.submit(job)
        self._answering = None

    # Ending.

    def _refuse(self, code: str) -> None:
        """Answer an unfinished request, and read no more of it."""
        self._gateway.refused(code)
        said = self._gateway.words.refuse(code, self._reader.current, close=True)
        self._log(said.status, said.request_id, len(said.data))
        self._gateway.room.leave(self)
        self._since = self._gateway.loop.time()
        self._discarding = self._closing = True
        self._transport.write(said.data)
        self._part()

    def _close(self) -> None:
        """Close when everything is sent; :meth:`check` cuts off callers who never read it."""
        self._since = self._gateway.loop.time()
        self._discarding, self._closing = bool(self._later), True
        if self._discarding:
            self._part()
        else:
            self._transport.close()

    def _part(self) -> None:
        """Close the sending side, and discard everything that still arrives.

        If it were not read, the system would reset the connection before the caller reads the
        answer.
        """
        if self._ended_by_caller:
            self._transport.close()
            return
        if self._transport.can_write_eof():
            self._transport.write_eof()
        self._transport.resume_reading()

    def _log(self, status: int, request_id: str, size: int) -> None:
        request = self._request or self._reader.current
        caller = self._caller
        if self._answering is not None:
            # Behind a proxy, only the application knows the caller.
            caller = self._answering.environ.get("REMOTE_ADDR", caller)
        began_at = self._began_at if self._request is not None else 0.0
        self._gateway.log(request, caller, Outcome(status, request_id, size, began_at))
