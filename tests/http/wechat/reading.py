"""What is written down of the people who signed in."""

from typing import Any

from tests.http.wechat.conftest import Place


def events_of(place: Place, name: str) -> list[Any]:
    """Return the events of that name, of everybody."""
    with place.composition.store.connection(writing=False) as connection:
        query = "select name, reason, user_id from tally_events where name = ?"
        return list(connection.exec_driver_sql(query, (name,)))


def users_of(place: Place) -> int:
    """Return how many accounts there are."""
    with place.composition.context.store.reading() as tx:
        return len(tx.users.page(after=None, limit=100))
