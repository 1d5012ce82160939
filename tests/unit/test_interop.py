"""Our tokens in the hands of others: PyJWT, joserfc, Flask-JWT-Extended and npm's jose.

Each gets what a stranger gets, our published keys, and nothing of ours is adapted to any of them.
"""

import fcntl
import json
import shutil
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from flask import Flask, jsonify
from flask_jwt_extended import JWTManager, get_jwt, jwt_required
from flask_jwt_extended import __file__ as _installed
from joserfc import jwt as jose_jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from tests.conftest import Compose
from tests.waiting import PATIENCE
from werkzeug.serving import make_server

from tigertally.core.sessions import Device
from tigertally.core.tokens import UserClaims
from tigertally.flows.context import Tally
from tigertally.flows.register import Register, Registration
from tigertally.flows.sign_in import SignIn
from tigertally.secret import Secret
from tigertally.server.app import make_app
from tigertally.server.compose import Composition

ROOT = Path(__file__).parents[2]
INTEROP = ROOT / "tests" / "interop"
ISSUER = "https://tally.example"
PASSWORD = Secret("two halves make one")

pytestmark = pytest.mark.parametrize("algorithm", ["ES256", "EdDSA", "RS256"])


@dataclass(frozen=True)
class Service:
    """A running service, somebody who is signed in there, and where its keys are published."""

    composition: Composition
    tally: Tally
    jwks_url: str

    @property
    def access(self) -> str:
        return self.tally.access.text

    @property
    def jwks(self) -> Any:
        return self.composition.context.access.ring.jwks

    def mint(self, *, ago: timedelta = timedelta(0), fresh: bool = True) -> str:
        """An access token as it was minted a while ago."""
        now = self.composition.context.clock.now() - ago
        mint = self.composition.context.access.mint
        return mint(self.tally.session, UserClaims(("admin",)), fresh=fresh, now=now).text


@pytest.fixture
def service(compose_with: Compose, algorithm: str) -> Iterator[Service]:
    """The standalone service on a port of its own, answering over real HTTP."""
    composition = compose_with(token_algorithm=algorithm, token_issuer=ISSUER)
    context = composition.context
    Register(context)(Registration("lina", PASSWORD), device=Device())
    tally = SignIn(context)("lina", PASSWORD, device=Device(), nonce=None)
    server = make_server("127.0.0.1", 0, make_app(composition), threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        url = f"http://127.0.0.1:{server.server_port}/.well-known/jwks.json"
        yield Service(composition, tally, url)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_pyjwt_verifies_by_the_keys_it_fetches(service: Service, algorithm: str) -> None:
    client = jwt.PyJWKClient(service.jwks_url)
    key = client.get_signing_key_from_jwt(service.access)
    claims = jwt.decode(service.access, key, algorithms=[algorithm], audience=ISSUER, issuer=ISSUER)
    assert claims["sid"] == service.tally.session.id
    assert claims["sub"] == service.tally.user.id
    with pytest.raises(jwt.PyJWKClientError):
        client.get_signing_key_from_jwt(service.tally.refresh)


# RFC 9864 would have us say Ed25519; most others know only EdDSA as yet.
@pytest.mark.filterwarnings("ignore:EdDSA is deprecated")
def test_joserfc_verifies_by_the_published_keys(service: Service, algorithm: str) -> None:
    keys = KeySet.import_key_set(service.jwks)
    token = jose_jwt.decode(service.access, keys, algorithms=[algorithm])
    registry = jose_jwt.JWTClaimsRegistry(
        iss={"essential": True, "value": ISSUER},
        aud={"essential": True, "value": ISSUER},
        sub={"essential": True, "value": service.tally.user.id},
        exp={"essential": True},
    )
    registry.validate(token.claims)
    assert token.header["typ"] == "at+jwt"
    with pytest.raises((JoseError, ValueError)):
        jose_jwt.decode(service.tally.refresh, keys, algorithms=[algorithm])


@pytest.fixture
def foreign(service: Service, algorithm: str) -> Flask:
    """Somebody's application with Flask-JWT-Extended as it is installed, and our public key."""
    assert "site-packages" in _installed
    kid = jwt.get_unverified_header(service.access)["kid"]
    (jwk,) = (key for key in service.jwks["keys"] if key["kid"] == kid)
    pem = jwt.PyJWK(jwk).key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    app = Flask("foreign")
    app.config |= {
        "JWT_ALGORITHM": algorithm,
        "JWT_PUBLIC_KEY": pem.decode(),
        "JWT_DECODE_ISSUER": ISSUER,
        "JWT_DECODE_AUDIENCE": ISSUER,
    }
    JWTManager(app)
    demanded: dict[str, dict[str, Any]] = {
        "access": {},
        "fresh": {"fresh": True},
        "refresh": {"refresh": True},
    }
    for path, demands in demanded.items():
        protect = jwt_required(**demands)
        app.add_url_rule(f"/{path}", path, protect(lambda: jsonify(get_jwt())))
    return app


def status(app: Flask, path: str, token: str) -> int:
    client = app.test_client()
    return client.get(path, headers={"Authorization": f"Bearer {token}"}).status_code


def test_flask_jwt_extended_accepts_our_access_tokens(foreign: Flask, service: Service) -> None:
    answer = foreign.test_client().get(
        "/access", headers={"Authorization": f"Bearer {service.access}"}
    )
    assert answer.status_code == 200
    assert answer.get_json()["sid"] == service.tally.session.id


def test_flask_jwt_extended_refuses_our_refresh_tokens(foreign: Flask, service: Service) -> None:
    """Of another key, for us alone; also where it expects refresh tokens of its own."""
    assert status(foreign, "/access", service.tally.refresh) == 422
    assert status(foreign, "/refresh", service.tally.refresh) == 422
    assert status(foreign, "/refresh", service.access) == 422


def test_flask_jwt_extended_goes_by_our_claim_of_freshness(
    foreign: Flask, service: Service
) -> None:
    """It reads a number as the time until when a token is fresh, and so we write it."""
    assert status(foreign, "/fresh", service.mint()) == 200
    assert status(foreign, "/fresh", service.mint(ago=timedelta(minutes=4))) == 200
    stale = service.mint(ago=timedelta(minutes=6))
    assert status(foreign, "/access", stale) == 200
    assert status(foreign, "/fresh", stale) == 401
    refreshed = service.mint(fresh=False)
    assert status(foreign, "/access", refreshed) == 200
    assert status(foreign, "/fresh", refreshed) == 401


def test_flask_jwt_extended_refuses_what_is_expired_or_forged(
    foreign: Flask, service: Service
) -> None:
    assert status(foreign, "/access", service.mint(ago=timedelta(minutes=16))) == 401
    assert status(foreign, "/access", service.access[:-6] + "AAAAAA") == 422


@pytest.fixture(scope="session")
def jose_folder() -> Path:
    """A folder of the cache with npm's jose in it, installed from the lock file."""
    for program in ("node", "npm"):
        if shutil.which(program) is None:
            pytest.fail(f"`{program}` is missing: install Node.js 20 or newer", pytrace=False)
    folder = ROOT / ".cache" / "interop"
    folder.mkdir(parents=True, exist_ok=True)
    lock = (INTEROP / "package-lock.json").read_text("utf-8")
    with (folder / ".lock").open("w") as held:
        # Several processes of one test run may come here at once.
        fcntl.flock(held, fcntl.LOCK_EX)
        done = folder / "installed-lock.json"
        if not done.exists() or done.read_text("utf-8") != lock:
            _install(folder)
            done.write_text(lock, "utf-8")
    shutil.copy(INTEROP / "verify.mjs", folder)
    return folder


def _install(folder: Path) -> None:
    for name in ("package.json", "package-lock.json"):
        shutil.copy(INTEROP / name, folder)
    command = ["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"]
    result = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    if result.returncode != 0:
        said = result.stderr.strip()
        pytest.fail(f"`npm ci` could not install tests/interop:\n{said}", pytrace=False)


def test_npm_jose_verifies_by_the_keys_it_fetches(
    service: Service, jose_folder: Path, algorithm: str
) -> None:
    asked = {
        "jwksUrl": service.jwks_url,
        "issuer": ISSUER,
        "audience": ISSUER,
        "tokens": {
            "access": service.access,
            "refresh": service.tally.refresh,
            "expired": service.mint(ago=timedelta(minutes=16)),
            "forged": service.access[:-6] + "AAAAAA",
        },
    }
    result = subprocess.run(
        ["node", "verify.mjs"],
        cwd=jose_folder,
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    said = json.loads(result.stdout)
    assert said["access"]["payload"]["sid"] == service.tally.session.id
    assert said["access"]["header"]["alg"] == algorithm
    assert said["refresh"] == {"refused": "ERR_JOSE_NOT_SUPPORTED"}
    assert said["expired"] == {"refused": "ERR_JWT_EXPIRED"}
    assert said["forged"] == {"refused": "ERR_JWS_SIGNATURE_VERIFICATION_FAILED"}
