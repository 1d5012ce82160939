"""Journeys in processes that end as by a power cut: `python -m tests.conformance.dying URL FOLDER`.

For each journey a child is killed at the commit, once before it and once after it, when nobody has
been told yet. Prints one line of JSON for each: what was left behind.
"""

import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, select
from tests.databases import stores_over

from tigertally.flows.change_password import ChangePassword
from tigertally.flows.context import Context, Tally
from tigertally.flows.delete_account import DeleteAccount
from tigertally.flows.sign_out import Kick, SignOutEverywhere
from tigertally.secret import Secret
from tigertally.storage.sql.feed import SqlFeed
from tigertally.storage.sql.store import SqlStore
from tigertally.storage.sql.tables import (
    events,
    feed_head,
    login_names,
    revocations,
    sessions,
    users,
)
from tigertally.testing import MovableClock
from tigertally.testing.conformance.tools import (
    PASSWORD,
    actor_of,
    journeys,
    refresh,
    register,
    sign_in,
    sign_out,
)

Journey = Callable[[Context, list[Tally]], object]

JOURNEYS: dict[str, Journey] = {
    "sign in": lambda c, tallies: sign_in(c, tallies[0].user.username),
    "refresh": lambda c, tallies: refresh(c, tallies[0]),
    "sign out": lambda c, tallies: sign_out(c, tallies[0]),
    "kick": lambda c, tallies: Kick(c)(actor_of(tallies[1]), tallies[0].session.id),
    "end all": lambda c, tallies: SignOutEverywhere(c)(actor_of(tallies[0]), keep_current=False),
    "change password": lambda c, tallies: ChangePassword(c)(
        actor_of(tallies[1]), current=PASSWORD, new=Secret("a new one instead")
    ),
    "delete": lambda c, tallies: DeleteAccount(c)(actor_of(tallies[0])),
    "register": lambda c, tallies: register(c, f"{tallies[0].user.username} too"),
}
"""What each does to the first session of two."""

MOMENTS = ("before the commit", "after the commit")


def everything(engine: Engine) -> dict[str, list[tuple[object, ...]]]:
    """Return all rows that journeys write."""
    with engine.connect() as connection:
        return {
            table.name: sorted((tuple(row) for row in connection.execute(select(table))), key=repr)
            for table in (users, login_names, sessions, revocations, feed_head, events)
        }


def die_at_commit(store: SqlStore, moment: str) -> None:
    """Let this process end at its next commit."""
    dialect = store.engine.dialect
    commit = dialect.do_commit

    def dying(connection: Any) -> None:
        if moment == "after the commit":
            commit(connection)
        os.kill(os.getpid(), signal.SIGKILL)

    dialect.do_commit = dying  # type: ignore[assignment, method-assign]


def main(url: str, folder: Path) -> None:
    """Let one child after the other die."""
    clock = MovableClock()
    for number, (name, moment) in enumerate((n, m) for n in JOURNEYS for m in MOMENTS):
        # A new connection each time: connections must not be shared with a child.
        with stores_over(url, folder, clock) as open_store:
            context = journeys(open_store(), clock)
            register(context, f"person{number}")
            tallies = [sign_in(context, f"person{number}") for _ in range(2)]
            before = everything(open_store().engine)
        child = os.fork()
        if child == 0:
            with stores_over(url, folder, clock) as open_store:
                store = open_store()
                context = journeys(store, clock)
                die_at_commit(store, moment)
                JOURNEYS[name](context, tallies)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        with stores_over(url, folder, clock) as open_store:
            store = open_store()
            feed = SqlFeed(store.engine, store.bell, clock, max_silence=0.0)
            feed.catch_up()
            found = {
                "journey": name,
                "moment": moment,
                "killed": os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL,
                "changed": everything(store.engine) != before,
                "ended": feed.revocations.reason(tallies[0].session.id) is not None,
            }
            if moment == "before the commit":
                # Nothing is held: the same journey passes at once.
                JOURNEYS[name](journeys(store, clock), tallies)
                found["passes"] = everything(store.engine) != before
        print(json.dumps(found), flush=True)  # noqa: T201 - the test reads it


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
