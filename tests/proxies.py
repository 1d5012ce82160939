"""A network between two programs that can be cut: a TCP proxy of one test."""

import itertools
import socket
import struct
import threading
from contextlib import suppress


class Network:
    """Carries connections to a port, until it is stalled or cut."""

    def __init__(self, target_port: int) -> None:
        self._targets = itertools.cycle([target_port])
        self._flows = threading.Event()
        self._flows.set()
        self._refuses = False
        self._ended = False
        self._sockets: set[socket.socket] = set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def lead_to(self, *ports: int) -> None:
        """Lead new connections elsewhere, to one port after the other; those that are stay."""
        self._targets = itertools.cycle(ports)

    def break_all(self) -> None:
        """Break all connections; new ones are carried."""
        for one in list(self._sockets):
            self._reset(one)

    def stall(self) -> None:
        """Let nothing through and tell nobody, as a cable that is pulled out."""
        self._flows.clear()

    def cut(self) -> None:
        """Break all connections and refuse new ones, as a firewall that rejects."""
        self._refuses = True
        self.break_all()

    def heal(self) -> None:
        """Carry everything again; what was stalled arrives late."""
        self._refuses = False
        self._flows.set()

    def end(self) -> None:
        """Close everything."""
        self._ended = True
        self.cut()
        self._flows.set()
        self._listener.close()

    def _accept(self) -> None:
        while not self._ended:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            if self._refuses:
                self._reset(near)
                continue
            try:
                # A connection through a stalled network is accepted by nobody; here it is by us,
                # and then nothing comes: the worse of the two for who waits.
                far = socket.create_connection(("127.0.0.1", next(self._targets)), timeout=5)
            except OSError:
                self._reset(near)
                continue
            far.settimeout(None)
            for one in (near, far):
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._sockets.add(one)
            for source, sink in ((near, far), (far, near)):
                threading.Thread(target=self._pump, args=(source, sink), daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65_536):
                self._flows.wait()
                sink.sendall(data)
        self._flows.wait()
        for one in (source, sink):
            self._sockets.discard(one)
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    @staticmethod
    def _reset(one: socket.socket) -> None:
        with suppress(OSError):
            one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            one.shutdown(socket.SHUT_RDWR)
        one.close()
