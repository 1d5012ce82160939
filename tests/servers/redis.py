"""Redis."""

from collections.abc import Sequence

import redis
from tests.servers.programs import program
from tests.servers.server import Server
from tests.waiting import PATIENCE


class Redis(Server):
    """Redis, which keeps nothing: whatever it forgets must not matter."""

    def __init__(self) -> None:
        super().__init__("redis")

    def command(self) -> Sequence[str]:
        """Return how it is started."""
        return [program("redis-server"), "--port", str(self.port), "--bind", "127.0.0.1",
                "--save", "", "--appendonly", "no", "--dir", str(self.folder)]  # fmt: skip

    def check(self) -> None:
        """Raise while it does not answer."""
        with redis.Redis(port=self.port, socket_timeout=PATIENCE) as client:
            client.ping()

    def flush(self) -> None:
        """Let it forget everything."""
        with redis.Redis(port=self.port, socket_timeout=PATIENCE) as client:
            client.flushall()

    def follow(self) -> None:
        """Let it become a read-only replica, whose primary is gone."""
        with redis.Redis(port=self.port, socket_timeout=PATIENCE) as client:
            client.replicaof("127.0.0.1", 1)

    def lead(self) -> None:
        """Let it take writes again."""
        with redis.Redis(port=self.port, socket_timeout=PATIENCE) as client:
            client.replicaof("NO", "ONE")

    def set_memory(self, most: int) -> None:
        """Let it hold so many bytes (0: any number), and throw nothing out."""
        with redis.Redis(port=self.port, socket_timeout=PATIENCE) as client:
            client.config_set("maxmemory-policy", "noeviction")
            client.config_set("maxmemory", most)

    def url(self, *, port: int | None = None) -> str:
        """Return its address."""
        return f"redis://127.0.0.1:{port or self.port}/0"
