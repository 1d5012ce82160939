"""Room for files: the quota, uploads that are counted, and what is swept away."""

import json
import stat
import time
from collections.abc import Iterator
from threading import Barrier, Thread

import pytest
from sqlalchemy import text
from tests.http.callers import Caller, Serve, Service, code_of
from tests.http.uploading import added, fields_of, kept, listed, stranger, upload
from tests.waiting import PATIENCE

from tigertally.core.events import EventName
from tigertally.core.files import Rendition
from tigertally.core.identifiers import new_id
from tigertally.core.presence import Presence
from tigertally.flows.keep_house import KeepHouse


def keep_house(service: Service) -> None:
    KeepHouse(service.composition.context, Presence()).purge()


def weight(service: Service) -> int:
    """Bytes that a picture and its thumbnail take."""
    user = service.caller("bearer")
    user.register()
    user.login()
    added(user)
    return sum(path.stat().st_size for path in kept(service))


# Room


def test_a_file_beyond_the_quota_is_refused_and_not_kept(serve: Serve) -> None:
    """Thumbnails count like what they show: they may take several times as much."""
    size = weight(serve())
    service = serve(files_quota=2 * size + 10)
    user = service.caller("bearer")
    user.register("baihu")
    user.login("baihu")
    first = added(user)
    added(user)
    assert code_of(upload(user)) == (409, "quota_exceeded")
    assert listed(user)["usage"] == {"used": 2 * size, "quota": 2 * size + 10}
    user.send("DELETE", f"/api/files/{first['id']}")
    assert upload(user).status_code == 201


def test_simultaneous_uploads_cannot_use_the_same_quota_twice(serve: Serve) -> None:
    size = weight(serve())
    services = [serve(files_quota=3 * size + 10) for _ in range(2)]
    user = services[0].caller("bearer")
    user.register("baihu")
    user.login("baihu")
    start, statuses = Barrier(8), []

    def push(service: Service) -> None:
        tab = service.caller("bearer")
        tab.access = user.access
        start.wait(PATIENCE)
        # On a busy machine the places for decoding are taken for a while: then people try again.
        while (status := upload(tab).status_code) == 503:
            time.sleep(0.5)
        statuses.append(status)

    threads = [Thread(target=push, args=(services[number % 2],)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert sorted(statuses) == [201] * 3 + [409] * 5
    assert listed(user)["usage"]["used"] == 3 * size


def test_with_a_quota_of_zero_no_file_is_accepted(serve: Serve) -> None:
    user = serve(files_quota=0).caller("bearer")
    user.register()
    user.login()
    assert code_of(upload(user)) == (409, "quota_exceeded")


def test_thumbnails_of_an_older_version_count_once_housekeeping_has_looked(
    service: Service, user: Caller
) -> None:
    added(user)
    before = listed(user)["usage"]["used"]
    with service.composition.store.engine.begin() as connection:
        connection.execute(text("UPDATE tally_files SET thumbnail_size = NULL"))
    assert listed(user)["usage"]["used"] < before
    keep_house(service)
    assert listed(user)["usage"]["used"] == before


def test_uploads_are_counted_by_the_minute_refused_ones_too(
    serve: Serve,
) -> None:
    service = serve(uploads_per_minute=3)
    user = service.caller("bearer")
    user.register()
    user.login()
    added(user)
    assert fields_of(upload(user, b"no picture"))
    added(user)
    refused = upload(user)
    assert code_of(refused) == (429, "rate_limited")
    assert 0 < int(refused.headers["Retry-After"]) == refused.get_json()["retry_after"] <= 60
    # Nobody else has to wait, and no other call of the same user.
    other = stranger(service, "bearer")
    added(other)
    assert len(listed(user)["files"]) == 2
    service.clock.move(seconds=int(refused.headers["Retry-After"]))
    added(user)


# What is written down, and what is let go


def test_the_history_tells_of_files_but_never_their_names(user: Caller) -> None:
    file = added(user, name="at-the-doctors.png")
    user.send("DELETE", f"/api/files/{file['id']}")
    upload(user, b"hello", name="at-the-doctors.pdf")
    answer = user.send("GET", "/api/auth/events")
    names = [event["name"] for event in answer.get_json()["events"]]
    assert names[:2] == [EventName.FILE_DELETED, EventName.FILE_ADDED]
    assert "doctor" not in answer.text


def test_files_lie_in_the_data_directory_for_its_owner_only(service: Service, user: Caller) -> None:
    added(user)
    for path in kept(service):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
        assert stat.S_IMODE(path.parent.parent.stat().st_mode) == 0o700


def test_files_stay_while_a_deleted_account_can_come_back_and_go_with_it(
    service: Service, user: Caller
) -> None:
    other = stranger(service, user.carrier)
    theirs, mine = added(other), added(user)
    user.send("PATCH", "/api/me", {"avatar_file_id": mine["id"]})
    assert user.send("DELETE", "/api/me").status_code == 200
    service.clock.move(days=13)
    keep_house(service)
    assert len(kept(service)) == 4
    service.clock.move(days=1)
    keep_house(service)
    assert {path.name.partition(".")[0] for path in kept(service)} == {theirs["id"]}
    with service.composition.context.store.reading() as tx:
        assert tx.files.known([mine["id"], theirs["id"]]) == {theirs["id"]}


def test_bytes_without_a_row_are_swept_after_an_hour_and_no_others(
    service: Service, user: Caller
) -> None:
    context = service.composition.context
    file = added(user)
    orphan = new_id()
    context.blobs.put(orphan, Rendition.FULL, b"an upload that a crash cut short")
    keep_house(service)
    assert orphan in {path.name.partition(".")[0] for path in kept(service)}
    service.clock.move(seconds=3_700)
    keep_house(service)
    assert orphan not in {path.name.partition(".")[0] for path in kept(service)}
    assert user.refresh().status_code == 200
    assert len(user.send("GET", file["content_url"]).data) == file["size"]


def test_a_failed_write_leaves_no_row(service: Service, user: Caller) -> None:
    folder = service.composition.settings.data_dir / "files"
    folder.write_text("a file where the folder should be")
    assert code_of(upload(user)) == (503, "upstream_unavailable")
    assert listed(user)["files"] == []
    folder.unlink()
    assert upload(user).status_code == 201


def test_a_file_whose_bytes_were_lost_is_not_found_and_can_be_deleted(
    service: Service, user: Caller
) -> None:
    file = added(user)
    for path in kept(service):
        path.unlink()
    assert code_of(user.send("GET", file["content_url"])) == (404, "not_found")
    assert user.send("DELETE", f"/api/files/{file['id']}").status_code == 200


@pytest.fixture
def hostile_names() -> Iterator[str]:
    """Names as they stand in a form, quoted by whoever wrote it."""
    return iter(
        ["../../../etc/passwd", "\\\\host\\share\\a.png", "a\u202egnp.exe", "%00.png", "x" * 60_000]
    )


def test_no_file_name_leads_to_another_file(
    service: Service, user: Caller, hostile_names: Iterator[str]
) -> None:
    for name in hostile_names:
        file = added(user, name=name)
        assert "/" not in file["name"]
        assert len(file["name"]) <= 200
        assert file["name"].endswith(".png")
    root = service.composition.settings.data_dir / "files"
    assert all(path.is_relative_to(root) for path in kept(service))
    assert json.dumps(listed(user))
