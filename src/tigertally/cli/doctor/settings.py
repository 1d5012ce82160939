"""Checks of the settings alone."""

import stat
from collections.abc import Iterator

from tigertally.cli.doctor.finding import Finding
from tigertally.server.providers import proxy_towards
from tigertally.settings import Settings
from tigertally.settings.passwords import PasswordCost


def address(settings: Settings) -> Iterator[Finding]:
    """Check how people reach the service."""
    if settings.public_url is None:
        yield Finding("no public address is set: fine on one machine, for trying out")
    elif settings.https:
        yield Finding(f"public address: {settings.public_url}")
    else:
        yield Finding(
            "the public address is on plain http: passwords and tokens can be read on the way",
            "put a proxy with TLS in front, and set TALLY_PUBLIC_URL to its https address",
        )


def proxies(settings: Settings) -> Iterator[Finding]:
    """Check which proxies are trusted."""
    if settings.trusted_proxies:
        yield Finding(f"trusted proxies: {', '.join(settings.trusted_proxies)}")
    elif settings.https:
        yield Finding(
            "the public address is on https and no proxy is trusted: all callers count as the "
            "proxy, and wrong passwords of one lock out the others",
            "name the proxy's address in TALLY_TRUSTED_PROXIES (`unix` for a Unix socket)",
        )


def passwords(settings: Settings) -> Iterator[Finding]:
    """Check whether stolen password hashes would resist guessing."""
    if settings.password_cost is PasswordCost.TESTING:
        yield Finding(
            "passwords are hashed as for tests: a leaked database reveals them",
            "remove TALLY_PASSWORD_COST, and let people sign in again or set new passwords",
        )
    else:
        yield Finding(
            f"password hashes: {settings.password_memory_kib // 1024} MiB, "
            f"{settings.password_passes} passes"
        )


def secret(settings: Settings) -> Iterator[Finding]:
    """Check whether other users of this machine can read the master secret."""
    for file in (settings.secret_file, settings.secret_previous_file):
        mode = stat.S_IMODE(file.stat().st_mode) if file and file.exists() else 0
        if mode & 0o077:
            yield Finding(
                f"{file} has mode {mode:o}, as secrets of containers do: fine where nobody else is "
                "on this machine"
            )


def outbound(settings: Settings) -> Iterator[Finding]:
    """Check through which proxy providers are asked."""
    for url in (settings.wechat_base_url, settings.douyin_base_url):
        if proxy_towards(url) is not None:
            yield Finding(f"{url} is asked through the proxy that the environment names")


def times(settings: Settings) -> Iterator[Finding]:
    """Check whether lifetimes fit together."""
    if settings.refresh_ttl <= settings.access_ttl:
        yield Finding(
            "sessions live no longer than access tokens: nobody can refresh in time",
            "set TALLY_REFRESH_TTL to more than TALLY_ACCESS_TTL",
        )
