"""The verifier for threads: WSGI, Django, Flask, scripts."""

import ipaddress
import os
import socket
import ssl
import threading
import time
import weakref
from typing import Any, Protocol, Self

from tigertally.core.services import SILENCE
from tigertally.core.tokens import AccessClaims
from tigertally.errors import VerifierUnavailable
from tigertally.verify.demands import NOTHING, Demands
from tigertally.verify.exchange import PIECE, Exchange, Server, SilenceError
from tigertally.verify.questions import Answer, Question
from tigertally.verify.state import Step, VerifierState
from tigertally.verify.telling import Teller
from tigertally.verify.terms import PATIENCE, Clocks, OnSilence, SystemClocks, Terms


class Asks(Protocol):
    """Sends questions. A test may have another one."""

    def ask(self, question: Question) -> Answer:
        """Return the answer within PATIENCE. Raises SilenceError."""
        ...

    def anew(self) -> Self:
        """Return one without what belongs to the parent of a fork."""
        ...

    def close(self) -> None:
        """Close what is open."""
        ...


class Verifier:
    """Verifies access tokens of another service, for one process and any number of threads.

    It asks nothing while it is not used, and has no thread of its own.
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
        """Prepare; the first request asks. Raises SetupError.

        ``issuer`` and ``audience`` are those of the tokens, by default the url. ``silence`` is the
        age of evidence (seconds) that is relied on.
        """
        terms = Terms.read(
            url,
            service_key,
            issuer=issuer,
            audience=audience,
            api=api,
            silence=silence,
            on_silence=on_silence,
        )
        self._begin(VerifierState(terms), Wire(Server.at(terms.url), tls), SystemClocks())

    @classmethod
    def over(cls, state: VerifierState, wire: Asks, clocks: Clocks) -> "Verifier":
        """Return a verifier with parts of your own: for tests."""
        made = cls.__new__(cls)
        made._begin(state, wire, clocks)  # noqa: SLF001 - one of us
        return made

    def _begin(self, state: VerifierState, wire: Asks, clocks: Clocks) -> None:
        self._state = state
        self._wire = wire
        self._steady, self._unix = clocks.steady, clocks.unix
        self._teller = Teller(state.terms)
        self._changed = threading.Condition()
        _look_after_forks(self)

    def verify(self, token: str, demands: Demands = NOTHING) -> AccessClaims:
        """Return the claims of a token whose session lives.

        Raises TokenInvalid, TokenExpired, SessionEnded; Forbidden or FreshTokenRequired by what is
        demanded; VerifierUnavailable where nobody can say, half a second after the call at the
        latest.
        """
        state, now = self._state, self._steady()
        if now > state.good_until:
            self._prove(now)
            now = self._steady()
        wall = self._unix()
        claims = state.judge(token, now, wall)
        if demands is not NOTHING:
            demands.require(claims, state, state.time(now, wall))
        return claims

    def _prove(self, arrived: float) -> None:
        while True:
            with self._changed:
                step = self._state.step(arrived, self._steady())
                if step is Step.PASS:
                    return
                if step is Step.REFUSE:
                    raise VerifierUnavailable(self._state.fault)
                if step is Step.WAIT:
                    self._changed.wait(max(0.0, arrived + PATIENCE - self._steady()))
                    continue
            self._carry_out(step)

    def _carry_out(self, question: Question) -> None:
        answer, why = None, ""
        try:
            answer = self._wire.ask(question)
        except SilenceError as error:
            why = str(error)
        finally:
            with self._changed:
                self._state.hear(question, answer, self._steady(), why=why)
                self._teller.tell(self._state.fault, self._steady())
                self._changed.notify_all()

    def close(self) -> None:
        """Close the connection to the service. A later call opens another one."""
        self._wire.close()

    def after_fork(self) -> None:
        """Go on in a forked child: locks and connections are the parent's."""
        self._changed = threading.Condition()
        self._state.after_fork()
        self._wire = self._wire.anew()


class Wire:
    """A connection to the service, which is kept. Where two ask at once, each has its own."""

    def __init__(self, server: Server, tls: ssl.SSLContext | None) -> None:
        self._server = server
        self._tls = tls if tls or not server.tls else ssl.create_default_context()
        self._kept: tuple[socket.socket, Exchange] | None = None
        self._names = Names(server.host, server.port)
        self._taking = threading.Lock()

    def anew(self) -> Self:
        """Return one without the connection, which belongs to the parent of a fork."""
        return type(self)(self._server, self._tls)

    def ask(self, question: Question) -> Answer:
        """Return the answer. Raises SilenceError."""
        deadline = time.monotonic() + PATIENCE
        with self._taking:
            kept, self._kept = self._kept, None
        try:
            if kept is not None:
                try:
                    return self._over(*kept, question, deadline)
                except (SilenceError, OSError):
                    if not kept[1].untouched or time.monotonic() >= deadline:
                        raise
                    # The service closed a connection that nobody used: that is no silence.
            return self._over(self._connect(deadline), Exchange(self._server), question, deadline)
        except OSError as error:
            raise SilenceError(spoken(error)) from None

    def close(self) -> None:
        """Close the connection."""
        with self._taking:
            kept, self._kept = self._kept, None
        if kept is not None:
            kept[0].close()

    def _over(
        self, line: socket.socket, exchange: Exchange, question: Question, deadline: float
    ) -> Answer:
        try:
            line.settimeout(_left(deadline))
            line.sendall(exchange.ask(question))
            answer = None
            while answer is None:
                # Each time anew: a server that drips bytes would begin another wait with each.
                line.settimeout(_left(deadline))
                answer = exchange.receive(line.recv(PIECE))
        except BaseException:
            line.close()
            raise
        self._keep(line, exchange)
        return answer

    def _keep(self, line: socket.socket, exchange: Exchange) -> None:
        with self._taking:
            if self._kept is None and exchange.again():
                self._kept = (line, exchange)
                return
        line.close()

    def _connect(self, deadline: float) -> socket.socket:
        fault = OSError("the name leads nowhere")
        for family, kind, protocol, _, address in self._names.addresses(_left(deadline)):
            line = socket.socket(family, kind, protocol)
            try:
                line.settimeout(_left(deadline))
                line.connect(address)
                line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                return self._secured(line, deadline)
            except OSError as error:
                line.close()
                fault = error
        raise fault

    def _secured(self, line: socket.socket, deadline: float) -> socket.socket:
        if self._tls is None:
            return line
        line.settimeout(_left(deadline))
        return self._tls.wrap_socket(line, server_hostname=self._server.host)


class Names:
    """Looks a host name up, and waits for it no longer than it may: a resolver knows no limit."""

    def __init__(self, host: str, port: int) -> None:
        self._asked = (host, port)
        self._found: list[Any] = []
        self._fault: OSError | None = None
        self._looking: threading.Thread | None = None
        self._literal = _is_address(host)

    def addresses(self, seconds: float) -> list[Any]:
        """Return what ``getaddrinfo`` does. Raises OSError, also when it takes too long."""
        if self._literal:
            return socket.getaddrinfo(*self._asked, type=socket.SOCK_STREAM)
        looking = self._looking
        if looking is None or not looking.is_alive():
            looking = self._looking = threading.Thread(target=self._look, daemon=True)
            looking.start()
        looking.join(seconds)
        if looking.is_alive():
            raise TimeoutError("the name of the service is not resolved in time")
        if self._fault is not None:
            raise self._fault
        return self._found

    def _look(self) -> None:
        try:
            self._found = socket.getaddrinfo(*self._asked, type=socket.SOCK_STREAM)
            self._fault = None
        except OSError as error:
            self._fault = error


def spoken(error: OSError) -> str:
    """Return what went wrong, for the log."""
    if isinstance(error, TimeoutError):
        return str(error) if error.args and isinstance(error.args[0], str) else "no answer in time"
    return f"{type(error).__name__}: {error.strerror or error}"


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError("no answer in time")
    return left


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _look_after_forks(verifier: Verifier) -> None:
    found = weakref.ref(verifier)

    def begin() -> None:
        if (here := found()) is not None:
            here.after_fork()

    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=begin)
