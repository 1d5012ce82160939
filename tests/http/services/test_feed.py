"""The feed for other services: what ended, who may read it, and proof that an answer is new."""

import pytest
from sqlalchemy import event, update
from tests.http.callers import Caller, Service
from tests.http.services.asking import add, ask, managing, read

from tigertally.storage.sql.tables import feed_head, meta, revocations


def test_a_service_reads_which_session_ended_and_why(service: Service, user: Caller) -> None:
    key = add(service)
    first = read(service, key)
    assert first["entries"] == []
    user.logout()
    answer = read(service, key, after=first["head"], feed=first["feed"])
    [[position, kind, session, reason, forget_at]] = answer["entries"]
    assert (kind, session, reason) == ("s", user.session_id, "logged_out")
    assert position == answer["head"] == first["head"] + 1
    # For as long as its access token could live, and ten minutes for clocks that disagree.
    assert forget_at == pytest.approx(answer["now"] + answer["access_ttl"] + 600, abs=2)
    assert answer["more"] is False


def test_proving_again_and_new_keys_are_told_too(service: Service, user: Caller) -> None:
    key = add(service)
    first = read(service, key)
    assert user.reauthenticate().status_code == 200
    service.composition.keys.rotate()
    answer = read(service, key, after=first["head"], feed=first["feed"])
    [[_, proven, session, proof, _], [_, keys]] = answer["entries"]
    assert (proven, session, proof, keys) == ("p", user.session_id, 1, "k")
    assert answer["keys"] != first["keys"]


def test_the_key_set_is_read_anew_for_a_number(service: Service) -> None:
    """The other answer may be 300 seconds old, in any cache."""
    service.composition.keys.rotate()
    other = service.client()
    cached = other.get("/.well-known/jwks.json")
    fresh = other.get("/.well-known/jwks.json?keys=1")
    assert len(fresh.get_json()["keys"]) == 3
    assert fresh.headers["Cache-Control"] == "no-store"
    assert "public" in cached.headers["Cache-Control"]
    assert other.get("/.well-known/jwks.json?keys=x").status_code == 400


def test_no_cache_may_keep_an_answer(service: Service) -> None:
    assert ask(service, add(service)).headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("wrong", ["svc_", "", "svc_x_y", "svc_" + "a" * 26 + "_b", "é", "svc_é_é"])
def test_anything_but_a_key_is_refused(service: Service, wrong: str) -> None:
    assert ask(service, wrong).get_json()["code"] in {"service_unknown", "token_missing"}


def test_no_key_and_no_nonce_are_told_apart(service: Service) -> None:
    assert ask(service, None).get_json()["code"] == "token_missing"
    sent = {"Authorization": f"Bearer {add(service)}"}
    answer = service.client().get("/api/feed", headers=sent)
    assert answer.get_json()["fields"].keys() == {"Tally-Feed-Nonce"}


def test_an_access_token_reads_no_feed_and_a_service_key_no_account(
    service: Service, user: Caller
) -> None:
    key = add(service)
    sent = {"Authorization": f"Bearer {key}"}
    assert service.client().get("/api/me", headers=sent).get_json()["code"] == "token_invalid"
    if user.carrier == "bearer":
        assert ask(service, user.access).get_json()["code"] == "service_unknown"


def test_an_exchanged_key_and_an_ended_service_are_refused_at_once(service: Service) -> None:
    former = add(service)
    key = managing(service).rotate("orders").reveal()
    assert ask(service, former).get_json()["code"] == "service_unknown"
    read(service, key)
    managing(service).end("orders")
    assert ask(service, key).get_json()["code"] == "service_unknown"
    again = add(service)
    assert len({former, key, again}) == 3
    read(service, again)
    assert ask(service, key).get_json()["code"] == "service_unknown"


def test_a_position_beyond_the_head_or_another_feed_must_start_again(service: Service) -> None:
    key = add(service)
    first = read(service, key)
    for known in ({"after": first["head"] + 1}, {"after": 0, "feed": "another"}):
        answer = ask(service, key, **known)
        assert (answer.status_code, answer.get_json()["code"]) == (409, "feed_changed")


def test_a_restored_backup_is_seen_under_the_same_positions(service: Service, user: Caller) -> None:
    """The memory of the process must not outlive the history that it came from."""
    key = add(service)
    user.logout()
    [[position, *_]] = read(service, key)["entries"]
    other = "a" * 26
    with service.composition.store.engine.begin() as connection:
        here = revocations.c.position == position
        connection.execute(update(revocations).where(here).values(session_id=other))
    [[same, _, session, *_]] = read(service, key)["entries"]
    assert (same, session) == (position, other)


def test_another_database_is_another_feed(service: Service) -> None:
    key = add(service)
    first = read(service, key)
    with service.composition.store.engine.begin() as connection:
        here = meta.c.name == "database_id"
        connection.execute(update(meta).where(here).values(value="another"))
    answer = ask(service, key, after=0, feed=first["feed"])
    assert answer.get_json()["code"] == "feed_changed"


def test_a_long_feed_comes_in_pages(service: Service) -> None:
    key = add(service)
    count, forget_at = 12_000, service.clock.now().replace(year=2040)
    with service.composition.store.engine.begin() as connection:
        rows = [
            {"position": n, "session_id": f"{n:026}", "reason": "kicked", "forget_at": forget_at}
            for n in range(1, count + 1)
        ]
        connection.execute(revocations.insert(), rows)
        connection.execute(update(feed_head).values(position=count))
    found, after, sizes = set(), 0, []
    while True:
        page = read(service, key, after=after)
        sizes.append(len(page["entries"]))
        found |= {entry[0] for entry in page["entries"]}
        if not page["more"]:
            break
        after = page["entries"][-1][0]
    assert sizes == [5_000, 5_000, 2_000]
    assert found == set(range(1, count + 1))


def test_what_no_longer_matters_is_left_out(service: Service, user: Caller) -> None:
    key = add(service)
    user.logout()
    service.clock.move(seconds=2_000)
    answer = read(service, key)
    assert (answer["entries"], answer["head"]) == ([], 1)


def test_each_question_asks_the_database_and_not_the_doorbell(service: Service) -> None:
    """Evidence from memory would be older than the question."""
    key = add(service)
    read(service, key)
    asked: list[str] = []
    engine = service.composition.store.engine
    event.listen(engine, "before_cursor_execute", lambda *args: asked.append(args[2]))
    read(service, key)
    assert any("tally_feed_head" in statement for statement in asked)


def test_the_service_is_seen_in_the_batch_of_presence(service: Service) -> None:
    key = add(service)
    read(service, key)
    assert managing(service).list()[0].last_seen_at is None
    service.write_presence()
    assert managing(service).list()[0].last_seen_at == service.clock.now()
