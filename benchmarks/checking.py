"""What checking one access token costs inside a worker (goals G5, G6)."""

import threading
import time
from hashlib import sha256
from typing import Final

import jwt

from benchmarks.clocks import Act, microseconds, percentile
from benchmarks.findings import Finding, Findings
from benchmarks.product import composed, sign_in

SECRET: Final = "a secret of thirty-two characters"


def run() -> Findings:
    """Measure in one process, without a server around it."""
    with composed(token_algorithm="EdDSA") as composition:
        verifier, access = composition.services.verifier, composition.context.access
        token = sign_in(composition).access.text
        claims = verifier.verify(token)
        # The one part that is measured by itself.
        catch_up, known = verifier._catch_up, verifier._known  # noqa: SLF001
        key = access.ring.verifying_key(token.partition(".")[0])
        if key is None:
            raise RuntimeError("the ring does not know its own token")
        audience = access.rules.audience
        payload = jwt.decode(token, options={"verify_signature": False})
        plain = jwt.encode(payload, SECRET, algorithm="HS256")

        def check() -> None:
            catch_up()
            if known(claims.session_id) is None:
                claims.is_fresh(time.time())

        found = microseconds(
            {
                "warm": lambda: verifier.verify(token),
                "first": lambda: access.verify(token, time.time()),
                "check": check,
                "digest": lambda: sha256(token.encode()).digest(),
                "HS256": lambda: jwt.decode(plain, SECRET, algorithms=["HS256"], audience=audience),
                "EdDSA": lambda: jwt.decode(
                    token, key.key, algorithms=["EdDSA"], audience=audience
                ),
            },
            calls=500,
        )
        busy = _with_busy_threads(check)
    for algorithm, wanted in (("HS256", 40), ("EdDSA", 150)):
        yield Finding("checking", f"PyJWT decode, {algorithm}", found[algorithm], "µs")
        ratio = found[algorithm] / found["warm"]
        yield Finding("checking", "the same ÷ our warm verify", ratio, "×", "G6", wanted)
    yield Finding("checking", "our first sight of a token, EdDSA", found["first"], "µs")
    yield Finding("checking", "our warm verify", found["warm"], "µs", "warm", 1.5, "at most")
    yield Finding("checking", "of which SHA-256 of the token", found["digest"], "µs")
    share = found["check"] / found["first"] * 100
    what = "revocation and freshness, share of a first sight"
    yield Finding("checking", what, share, "%", "G5", 2, "at most")
    yield Finding("checking", "the same, p99, four busy threads", busy, "µs", "G5", 2, "at most")


def _with_busy_threads(check: Act) -> float:
    stop = threading.Event()

    def spin() -> None:
        number = 0
        while not stop.is_set():
            number += 1

    threads = [threading.Thread(target=spin, daemon=True) for _ in range(4)]
    for thread in threads:
        thread.start()
    taken = []
    now = time.perf_counter_ns
    for _ in range(50_000):
        began = now()
        check()
        taken.append(now() - began)
    stop.set()
    for thread in threads:
        thread.join()
    return percentile(taken, 0.99) / 1e3
