"""The worker process: gunicorn starts, watches and ends it; one event loop does its work."""

import asyncio
import logging
import os
import signal
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, cast

from gunicorn.workers.base import Worker

from tigertally.contract.http import load_contract
from tigertally.server.edge.gateway import Gateway
from tigertally.server.edge.lanes import open_lanes
from tigertally.server.edge.limits import Limits
from tigertally.server.edge.listening import Listener
from tigertally.server.edge.open_files import spare_files
from tigertally.server.edge.plans import Plans
from tigertally.server.edge.words import Words

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

logger: logging.Logger = logging.getLogger("tigertally")

TICK: Final = 1.0  # seconds


class EdgeWorker(Worker):
    """Serves the application behind the edge."""

    words: Words = Words()
    logs_access = False
    root = ""

    def refused(self, code: str) -> None:
        """Note an answer that is not the application's."""

    def init_signals(self) -> None:
        """Leave signals to the loop, except those that must act even if it hangs."""
        super().init_signals()
        signal.set_wakeup_fd(-1)

    def run(self) -> None:
        """Serve until asked to end."""
        with asyncio.Runner(loop_factory=loop_factory()) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        loop = asyncio.get_running_loop()
        ended = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT):
            loop.add_signal_handler(number, ended.set)
        gateway = self._open_gateway(loop)
        listener = Listener(gateway, self.sockets)
        listener.open()
        # `alive` is unset by a signal that came before the loop ran.
        while self.alive and not ended.is_set() and os.getppid() == self.ppid:
            self.notify()
            gateway.check()
            try:
                await asyncio.wait_for(ended.wait(), TICK)
            except TimeoutError:
                continue
        listener.close()
        await self._finish(gateway)

    def _open_gateway(self, loop: asyncio.AbstractEventLoop) -> Gateway:
        return Gateway(
            app=cast("WSGIApplication", self.wsgi),
            loop=loop,
            lanes=open_lanes(),
            plans=Plans(load_contract().operations.values(), self.root),
            words=self.words,
            limits=Limits(connections=spare_files()),
            logs_access=self.logs_access,
            refused=self.refused,
        )

    async def _finish(self, gateway: Gateway) -> None:
        """Finish the requests that have begun."""
        until = gateway.loop.time() + gateway.limits.graceful_seconds
        gateway.end()
        while gateway.lines and gateway.loop.time() < until:
            self.notify()
            gateway.check()
            await asyncio.sleep(0.02)
        if gateway.lines:
            logger.warning("%d connections were cut off at the end", len(gateway.lines))
        for line in tuple(gateway.lines):
            line.drop()
        stopped_by = time.monotonic() + TICK
        for lane in gateway.lanes.values():
            lane.stop(stopped_by)


def loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """Return the factory of the fastest available loop; ``None`` for the standard library's."""
    try:
        import uvloop  # noqa: PLC0415 - there is none for some platforms
    except ModuleNotFoundError:
        return None
    return uvloop.new_event_loop
