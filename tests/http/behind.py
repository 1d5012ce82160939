"""Requests that a peer passes on, with the headers of a proxy."""

from pathlib import Path

from flask import Flask, request
from flask.testing import FlaskClient
from tests.http.callers import NAME, PASSWORD
from werkzeug.middleware.proxy_fix import ProxyFix

from tigertally.flask.adapter import services_of
from tigertally.server.embed import TigerTally

PROXY = "10.0.0.7"
PROXIES = "10.0.0.0/8, fd00::/8, unix"


CALLERS = [
    # A stranger may write what it wants.
    ("203.0.113.9", "192.0.2.1", "203.0.113.9"),
    ("203.0.113.9", "10.0.0.7", "203.0.113.9"),
    ("203.0.113.9", "nonsense", "203.0.113.9"),
    ("2001:db8::9", "192.0.2.1", "2001:db8::9"),
    # A proxy of ours is believed, and nothing that stands before its word.
    (PROXY, None, PROXY),
    (PROXY, "", PROXY),
    (PROXY, " , ,", PROXY),
    (PROXY, "192.0.2.1", "192.0.2.1"),
    (PROXY, "1.1.1.1, 192.0.2.1", "192.0.2.1"),
    (PROXY, "10.0.0.9, 192.0.2.1", "192.0.2.1"),
    (PROXY, "1.1.1.1,  192.0.2.1 , 10.0.0.8", "192.0.2.1"),
    (PROXY, "10.0.0.9, 10.0.0.8", "10.0.0.9"),
    (PROXY, "garbage, 192.0.2.1", "192.0.2.1"),
    (PROXY, "garbage, 192.0.2.1:80, 10.0.0.8:81", "192.0.2.1"),
    (PROXY, ",".join(["1.1.1.1"] * 5000), "1.1.1.1"),
    (PROXY, ",".join(["10.0.0.1"] * 5000), "10.0.0.1"),
    ("fd00::7", "2001:db8::1", "2001:db8::1"),
    ("fd00::7", "1.1.1.1, 2001:db8::1, fd00::8, 10.0.0.8", "2001:db8::1"),
    # With the port, as Azure and IIS write it; in brackets, in quotes, with blanks.
    (PROXY, "203.0.113.9:51234", "203.0.113.9"),
    (PROXY, "[2001:db8::7]:4711", "2001:db8::7"),
    (PROXY, "[2001:db8::7]", "2001:db8::7"),
    (PROXY, '"[2001:db8::7]:4711"', "2001:db8::7"),
    (PROXY, '"192.0.2.1"', "192.0.2.1"),
    (PROXY, "192.0.2.1:_hidden", "192.0.2.1"),
    (PROXY, "\t192.0.2.1  ", "192.0.2.1"),
    (PROXY, "192.0.2.1,", "192.0.2.1"),
    (PROXY, ",,192.0.2.1,,", "192.0.2.1"),
    # One address has one spelling.
    (PROXY, "2001:DB8:0:0::0007", "2001:db8::7"),
    (PROXY, "::ffff:192.0.2.1", "192.0.2.1"),
    (PROXY, "[::ffff:192.0.2.1]:80", "192.0.2.1"),
    (PROXY, "fe80::1%eth0", "fe80::1"),
    ("::ffff:10.0.0.7", "192.0.2.1", "192.0.2.1"),
    ("::ffff:203.0.113.9", "192.0.2.1", "203.0.113.9"),
    # What cannot be read is nobody's address, least of all one that all share.
    (PROXY, "192.0.2.1, nonsense", None),
    (PROXY, "192.0.2.1, garbage, 10.0.0.8", None),
    (PROXY, "unknown", None),
    (PROXY, "_SEVKISEK", None),
    (PROXY, "<script>", None),
    (PROXY, "fe80::1%<script>", None),
    (PROXY, "192.0.2.1%eth0", None),
    (PROXY, "192.0.2.1:port", None),
    (PROXY, "192.0.2.1:123456", None),
    (PROXY, "[192.0.2.1]:80", None),
    (PROXY, "[2001:db8::7", None),
    (PROXY, "[[2001:db8::7]]", None),
    (PROXY, "010.0.0.1", None),
    (PROXY, "192.0.2", None),
    (PROXY, "3221225985", None),
    (PROXY, "localhost", None),
    (PROXY, '"', None),
    (PROXY, '""', None),
    # A Unix socket has no address, and is a proxy of ours here.
    ("", "192.0.2.1", "192.0.2.1"),
    ("", "192.0.2.1, 10.0.0.8", "192.0.2.1"),
    ("unix:", "192.0.2.1:1", "192.0.2.1"),
    ("", None, None),
    ("", "unknown", None),
    ("not an address", "192.0.2.1", None),
]


def host(tmp_path: Path, *, fix: str = "", **config: object) -> FlaskClient:
    """Return a caller of an application that embeds the product, with or without ProxyFix."""
    app = Flask("host")
    app.config.update(TALLY_DATA_DIR=tmp_path / "data", TALLY_PASSWORD_COST="testing", **config)
    if fix == "inside":
        app.wsgi_app = ProxyFix(app.wsgi_app)  # type: ignore[method-assign]
    composition = TigerTally().init_app(app)
    if fix == "outside":
        app.wsgi_app = ProxyFix(app.wsgi_app)  # type: ignore[method-assign]
    composition.background.stop()

    @app.get("/who")
    def who() -> dict[str, str | None]:
        return {"address": request.remote_addr, "url": request.host_url}

    services_of(app)
    client = app.test_client()
    client.post("/api/auth/register", json={"username": NAME, "password": PASSWORD})
    return client
