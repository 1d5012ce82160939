"""The verifier for asyncio: FastAPI, Starlette, Litestar. Nothing blocks the loop."""

import asyncio
import ssl
from typing import Protocol, Self

from tigertally.core.services import SILENCE
from tigertally.core.tokens import AccessClaims
from tigertally.errors import VerifierUnavailable
from tigertally.verify.demands import NOTHING, Demands
from tigertally.verify.exchange import PIECE, Exchange, Server, SilenceError
from tigertally.verify.questions import Answer, Question
from tigertally.verify.state import Step, VerifierState
from tigertally.verify.telling import Teller
from tigertally.verify.terms import PATIENCE, Clocks, OnSilence, SystemClocks, Terms
from tigertally.verify.threads import spoken


class AsksLater(Protocol):
    """Sends questions. A test may have another one."""

    async def ask(self, question: Question) -> Answer:
        """Return the answer within PATIENCE. Raises SilenceError."""
        ...

    def anew(self) -> Self:
        """Return one that works on another loop."""
        ...

    def close(self) -> None:
        """Close what is open."""
        ...


class AsyncVerifier:
    """Verifies access tokens of another service, for all tasks of one event loop.

    It asks nothing while it is not used.
    """

    def __init__(  # noqa: PLR0913 - what one line of a user's code sets
        self,
        url: str,
        service_key: str,
        *,
        issuer: str | None = None,
        audience: str | None = None,
        api: str = "/api",
        silence: float = SILENCE,
        on_silence: OnSilence = "refuse",
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """Prepare; the first request asks. Raises SetupError. The arguments are Verifier's."""
        terms = Terms.read(
            url,
            service_key,
            issuer=issuer,
            audience=audience,
            api=api,
            silence=silence,
            on_silence=on_silence,
        )
        self._begin(VerifierState(terms), AsyncWire(Server.at(terms.url), tls), SystemClocks())

    @classmethod
    def over(cls, state: VerifierState, wire: AsksLater, clocks: Clocks) -> "AsyncVerifier":
        """Return a verifier with parts of your own: for tests."""
        made = cls.__new__(cls)
        made._begin(state, wire, clocks)  # noqa: SLF001 - one of us
        return made

    def _begin(self, state: VerifierState, wire: AsksLater, clocks: Clocks) -> None:
        self._state = state
        self._wire = wire
        self._teller = Teller(state.terms)
        self._steady, self._unix = clocks.steady, clocks.unix
        self._asking: asyncio.Task[None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    async def verify(self, token: str, demands: Demands = NOTHING) -> AccessClaims:
        """Return the claims of a token whose session lives.

        Raises TokenInvalid, TokenExpired, SessionEnded; Forbidden or FreshTokenRequired by what is
        demanded; VerifierUnavailable where nobody can say, half a second after the call at the
        latest.
        """
        state, now = self._state, self._steady()
        if now > state.good_until:
            await self._prove(now)
            now = self._steady()
        wall = self._unix()
        claims = state.judge(token, now, wall)
        if demands is not NOTHING:
            demands.require(claims, state, state.time(now, wall))
        return claims

    async def _prove(self, arrived: float) -> None:
        if (loop := asyncio.get_running_loop()) is not self._loop:
            # Another loop, as after a fork: what belongs to the former one does not work here.
            self._loop, self._asking = loop, None
            self._wire = self._wire.anew()
            self._state.after_fork()
        while True:
            now = self._steady()
            step = self._state.step(arrived, now)
            if step is Step.PASS:
                return
            if step is Step.REFUSE:
                raise VerifierUnavailable(self._state.fault)
            if isinstance(step, Question):
                # A task of its own: whoever asked may be cancelled, and others wait for it too.
                self._asking = loop.create_task(self._carry_out(step))
            if self._asking is not None:
                await asyncio.wait({self._asking}, timeout=max(0.0, arrived + PATIENCE - now))

    async def _carry_out(self, question: Question) -> None:
        answer, why = None, ""
        try:
            answer = await self._wire.ask(question)
        except SilenceError as error:
            why = str(error)
        finally:
            self._state.hear(question, answer, self._steady(), why=why)
            self._teller.tell(self._state.fault, self._steady())

    async def close(self) -> None:
        """Close the connection to the service."""
        if self._asking is not None:
            self._asking.cancel()
        self._wire.close()
        await asyncio.sleep(0)  # the loop closes it in its next turn


class AsyncWire:
    """A connection to the service, which is kept."""

    def __init__(self, server: Server, tls: ssl.SSLContext | None) -> None:
        self._server = server
        self._tls = tls if tls or not server.tls else ssl.create_default_context()
        self._kept: tuple[asyncio.StreamReader, asyncio.StreamWriter, Exchange] | None = None

    def anew(self) -> Self:
        """Return one without the connection, which belongs to another loop."""
        return type(self)(self._server, self._tls)

    async def ask(self, question: Question) -> Answer:
        """Return the answer within PATIENCE. Raises SilenceError."""
        try:
            async with asyncio.timeout(PATIENCE):
                return await self._ask(question)
        except OSError as error:
            raise SilenceError(spoken(error)) from None

    async def _ask(self, question: Question) -> Answer:
        kept, self._kept = self._kept, None
        if kept is not None:
            try:
                return await self._over(*kept, question)
            except (SilenceError, OSError):
                if not kept[2].untouched:
                    raise
                # The service closed a connection that nobody used: that is no silence.
        reader, writer = await asyncio.open_connection(
            self._server.host,
            self._server.port,
            ssl=self._tls,
            limit=PIECE,
        )
        return await self._over(reader, writer, Exchange(self._server), question)

    async def _over(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        exchange: Exchange,
        question: Question,
    ) -> Answer:
        try:
            writer.write(exchange.ask(question))
            answer = None
            while answer is None:
                answer = exchange.receive(await reader.read(PIECE))
        except BaseException:
            writer.transport.abort()
            raise
        if self._kept is None and exchange.again():
            self._kept = (reader, writer, exchange)
        else:
            writer.close()
        return answer

    def close(self) -> None:
        """Close the connection."""
        kept, self._kept = self._kept, None
        if kept is not None:
            kept[1].transport.abort()
