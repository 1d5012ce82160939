"""nginx before instances of the service."""

import os
import socket
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tests.servers.certificates import make_certificate
from tests.servers.places import free_port
from tests.servers.programs import program
from tests.servers.server import Server
from tests.waiting import PATIENCE


class NginxSite(Server):
    """nginx with one of the samples of ``deploy/``, in which texts are replaced."""

    def __init__(self, sample: str, replaced: Callable[["NginxSite"], Mapping[str, str]]) -> None:
        super().__init__("nginx")
        site = Path(sample).read_text("utf-8")
        for old, new in replaced(self).items():
            assert old in site, old
            site = site.replace(old, new)
        (self.folder / "site.conf").write_text(site)
        (self.folder / "nginx.conf").write_text(
            ("user root;\n" if os.geteuid() == 0 else "")
            + "daemon off;\npid nginx.pid;\nworker_processes 1;\nerror_log stderr warn;\n"
            "events { worker_connections 512; }\nhttp {\naccess_log off;\n"
            + "".join(
                f"{kind}_temp_path {self.folder}/{kind};\n"
                for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
            )
            + f"include {self.folder}/site.conf;\n}}\n"
        )

    def command(self) -> Sequence[str]:
        """Return how it is started."""
        return [program("nginx"), "-p", str(self.folder), "-e", "stderr",
                "-c", str(self.folder / "nginx.conf")]  # fmt: skip

    def test(self) -> str:
        """Return what ``nginx -t`` says; fails where it finds fault."""
        done = subprocess.run(
            [*self.command(), "-t"], capture_output=True, text=True, timeout=PATIENCE, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stderr

    def check(self) -> None:
        """Raise while it does not answer."""
        socket.create_connection(("127.0.0.1", self.port), timeout=30).close()


class Nginx(NginxSite):
    """nginx with the sample of ``deploy/nginx.conf``: other names, ports and a certificate."""

    def __init__(self, instances: Sequence[int]) -> None:
        self.plain_port = free_port()

        def replaced(site: NginxSite) -> Mapping[str, str]:
            return {
                "listen 80;": f"listen 127.0.0.1:{self.plain_port};",
                "listen 443": f"listen 127.0.0.1:{site.port}",
                "auth.example.com": "localhost",
                "/etc/ssl/tigertally": str(site.folder),
                **{
                    f"instance-{n}:8000": f"127.0.0.1:{port}" for n, port in enumerate(instances, 1)
                },
            }

        super().__init__("deploy/nginx.conf", replaced)
        self.certificate = make_certificate(self.folder)
