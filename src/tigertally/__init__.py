"""Tiger Tally (虎符): complete sign-in for Python web applications, with real sign-out.

A map of the package, from the rules outwards (each room may use those above it, never its
neighbours; ARCHITECTURE.md says why)::

    errors  clock  secret     the words everything else speaks
    core/                     rules only: sessions, refresh, tokens, keys, passwords, policies
    flows/                    one file per journey: register, sign in, refresh, sign out, …
    storage/                  the rules' ports on SQL databases, the doorbell page, pictures
    web/                      routes, cookies, CSRF, error answers, without a framework
    flask/ asgi/              Flask and ASGI carry them
    server/                   settings become objects here, and only here
    cli/                      the ``tigertally`` command

Embed it into an application of your own with one line::

    from tigertally import TigerTally

    TigerTally(app)
"""

from typing import TYPE_CHECKING

from tigertally.errors import TallyError
from tigertally.secret import Secret
from tigertally.version import __version__

if TYPE_CHECKING:
    from tigertally.core.people import Users
    from tigertally.server.embed import TigerTally

__all__ = ["Secret", "TallyError", "TigerTally", "Users", "__version__"]


def __getattr__(name: str) -> object:
    # Loaded on first use: `import tigertally` must not pull Flask and SQLAlchemy into a program
    # that only verifies tokens.
    if name == "TigerTally":
        from tigertally.server.embed import TigerTally  # noqa: PLC0415 - see above

        return TigerTally
    if name == "Users":
        from tigertally.core.people import Users  # noqa: PLC0415 - the same

        return Users
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
