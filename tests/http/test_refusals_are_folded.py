"""What anybody can have refused as often as they like is written down once a minute."""

from collections import Counter

from flask.testing import FlaskClient

from tigertally.server.compose import Composition
from tigertally.testing import MovableClock

RIGHT = "two halves make one"


def written(composition: Composition) -> Counter[str]:
    """Return how often each event is in the log."""
    with composition.store.engine.connect() as connection:
        names = connection.exec_driver_sql("SELECT name FROM tally_events").scalars()
        return Counter(str(name) for name in names)


def sign_in(client: FlaskClient, password: str = RIGHT) -> dict[str, str]:
    body = {"username": "hufu", "password": password}
    tokens: dict[str, str] = client.post("/api/auth/login", json=body).get_json()
    return tokens


def test_refused_refreshes_are_logged_once_per_session_and_minute(
    client: FlaskClient, composition: Composition, clock: MovableClock
) -> None:
    client.post("/api/auth/register", json={"username": "hufu", "password": RIGHT})
    refreshed = [sign_in(client)["refresh_token"] for _ in range(2)]
    for token in refreshed:
        bearer = {"Authorization": f"Bearer {token}"}
        assert client.delete("/api/auth/logout", headers=bearer).status_code == 200

    def refuse() -> int:
        for token in refreshed * 20:
            answer = client.post("/api/auth/refresh", json={"refresh_token": token})
            assert answer.get_json()["code"] == "session_ended"
        return written(composition)["account:refresh:refused"]

    assert refuse() == 2
    clock.move(seconds=59)
    assert refuse() == 2
    clock.move(seconds=1)
    assert refuse() == 4
