"""My files: one's own pictures over HTTP, by both carriers, and nobody else's ever."""

import io
import json
import random
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from threading import Barrier, Thread
from typing import Any
from urllib.parse import unquote

import pytest
from PIL import Image
from sqlalchemy import text
from tests.http.callers import Caller, Carrier, Json, Serve, Service, code_of, ended_of
from tests.waiting import PATIENCE
from werkzeug.datastructures import FileStorage
from werkzeug.test import EnvironBuilder, TestResponse, encode_multipart

from tigertally.core.events import EventName
from tigertally.core.files import PIECE_MAX, UPLOAD_MAX, Rendition
from tigertally.core.identifiers import new_id
from tigertally.core.presence import Presence
from tigertally.core.sessions import Device, Ending, EndReason
from tigertally.errors import SessionEnded, StoreUnavailable
from tigertally.flows.context import Actor
from tigertally.flows.files import OwnFiles
from tigertally.flows.keep_house import KeepHouse
from tigertally.server.app import make_app


def picture(shade: int = 0, kind: str = "PNG", size: tuple[int, int] = (600, 400)) -> bytes:
    content = io.BytesIO()
    Image.new("RGB", size, (shade, 100, 200)).save(content, kind)
    return content.getvalue()


def credentials(caller: Caller) -> dict[str, str]:
    if caller.carrier == "bearer":
        return {"Authorization": f"Bearer {caller.access}"}
    return {"X-CSRF-Token": caller.csrf, "Origin": caller.base_url}


def upload(
    caller: Caller,
    content: bytes | None = None,
    name: str = "tiger.png",
    *,
    declared: str = "application/octet-stream",
    headers: Mapping[str, str] | None = None,
) -> TestResponse:
    content = picture() if content is None else content
    file = FileStorage(io.BytesIO(content), filename=name, content_type=declared)
    boundary, body = encode_multipart({"file": file})
    return caller.client.post(
        "/api/files",
        data=body,
        content_type=f"multipart/form-data; boundary={boundary}",
        headers=credentials(caller) | dict(headers or {}),
    )


def added(caller: Caller, content: bytes | None = None, name: str = "tiger.png") -> Json:
    answer = upload(caller, content, name)
    assert answer.status_code == 201, answer.text
    file: Json = answer.get_json()["file"]
    return file


def listed(caller: Caller, query: str = "") -> Json:
    answer = caller.send("GET", f"/api/files{query}")
    assert answer.status_code == 200, answer.text
    body: Json = answer.get_json()
    return body


def fields_of(answer: TestResponse) -> Json:
    assert answer.status_code in {400, 415}, answer.text
    fields: Json = answer.get_json()["fields"]
    return fields


def kept(service: Service) -> list[Path]:
    """All that lies in the folder of files."""
    folder = service.composition.settings.data_dir / "files"
    return sorted(path for path in folder.rglob("*") if path.is_file())


def stranger(service: Service, carrier: Carrier) -> Caller:
    other = service.caller(carrier)
    assert other.register("baihu").status_code == 201
    assert other.login("baihu").status_code == 200
    return other


def keep_house(service: Service) -> None:
    KeepHouse(service.composition.context, Presence()).purge()


# Adding and listing


def test_a_picture_that_was_added_is_listed_and_shown(user: Caller) -> None:
    answer = upload(user, picture(7), "老虎.png")
    body = answer.get_json()
    assert answer.status_code == 201
    assert body["status"] == 200
    file = body["file"]
    assert (file["name"], file["content_type"]) == ("老虎.png", "image/png")
    assert (file["width"], file["height"]) == (600, 400)
    assert listed(user)["files"] == [file]
    shown = user.send("GET", file["content_url"])
    assert len(shown.data) == file["size"]
    assert Image.open(io.BytesIO(shown.data)).getpixel((5, 5)) == (7, 100, 200)


def test_without_files_there_is_an_empty_list_and_all_the_room(user: Caller) -> None:
    assert listed(user) == {
        "files": [],
        "next_cursor": None,
        "usage": {"used": 0, "quota": 209_715_200},
    }


def test_the_newest_comes_first_and_the_sizes_add_up(service: Service, user: Caller) -> None:
    files = []
    for shade in range(3):
        files.append(added(user, picture(shade)))
        service.clock.move(seconds=1)
    body = listed(user)
    assert body["files"] == files[::-1]
    assert body["usage"]["used"] == sum(path.stat().st_size for path in kept(service))
    assert body["usage"]["used"] > sum(file["size"] for file in files)


def test_pages_go_through_all_files_once_even_those_of_one_instant(
    service: Service, user: Caller
) -> None:
    expected = {added(user, picture(shade))["id"] for shade in range(5)}
    service.clock.move(seconds=1)
    expected |= {added(user, picture(shade))["id"] for shade in range(2)}
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        body = listed(user, f"?limit=2{f'&cursor={cursor}' if cursor else ''}")
        assert len(body["files"]) <= 2
        seen += [file["id"] for file in body["files"]]
        cursor = body["next_cursor"]
    assert len(seen) == 7
    assert set(seen) == expected
    assert [file["id"] for file in listed(user)["files"]] == seen


def test_a_page_goes_on_where_it_was_after_a_deletion(user: Caller) -> None:
    for shade in range(4):
        added(user, picture(shade))
    order = [file["id"] for file in listed(user)["files"]]
    first = listed(user, "?limit=2")
    user.send("DELETE", f"/api/files/{order[1]}")
    second = listed(user, f"?limit=2&cursor={first['next_cursor']}")
    assert [file["id"] for file in second["files"]] == order[2:]


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "limit=x", "cursor=1042", "cursor=%00"])
def test_a_page_that_cannot_be_is_refused(user: Caller, query: str) -> None:
    assert list(fields_of(user.send("GET", f"/api/files?{query}"))) == [query.partition("=")[0]]


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "AVIF"])
def test_the_content_decides_what_a_file_is_whatever_its_name_and_type_say(
    user: Caller, kind: str
) -> None:
    answer = upload(user, picture(kind=kind), "page.html", declared="text/html")
    file = answer.get_json()["file"]
    assert file["content_type"] == f"image/{kind.lower()}"
    shown = user.send("GET", file["content_url"])
    assert shown.mimetype == file["content_type"]
    assert Image.open(io.BytesIO(shown.data)).format == kind


def test_a_photograph_of_some_megabytes_is_taken(user: Caller) -> None:
    """Its bytes are as mixed as those of a camera, line ends and all that a form is made of."""
    grain = io.BytesIO()
    Image.effect_noise((2_400, 1_800), 90).convert("RGB").save(grain, "JPEG", quality=95)
    assert len(grain.getvalue()) > 3_000_000
    file = added(user, grain.getvalue(), "photograph.jpg")
    assert (file["width"], file["height"]) == (2_400, 1_800)


def test_the_same_picture_twice_is_two_files(user: Caller) -> None:
    assert added(user)["id"] != added(user)["id"]


# What is refused


@pytest.mark.parametrize(
    "content", [b"", b"hello", b"<svg/>", b"%PDF-1.7", b"PK\x03\x04", b"<html>" + picture()]
)
def test_what_is_no_picture_is_refused_in_both_languages(user: Caller, content: bytes) -> None:
    answer = upload(user, content)
    assert code_of(answer) == (415, "unsupported_media_type")
    assert fields_of(answer) == {"file": ["Please choose a JPEG, PNG, WebP, GIF or AVIF picture."]}
    chinese = upload(user, content, headers={"Accept-Language": "zh-CN"})
    assert fields_of(chinese) == {"file": ["请选择 JPEG、PNG、WebP、GIF 或 AVIF 格式的图片。"]}


def test_a_broken_picture_and_one_of_too_many_pixels_are_refused(user: Caller) -> None:
    broken = upload(user, picture()[:-200])
    assert code_of(broken) == (400, "invalid_request")
    assert "damaged" in fields_of(broken)["file"][0]
    large = upload(user, picture(size=(9_000, 6_000)))
    assert code_of(large) == (400, "invalid_request")
    assert "50 million" in fields_of(large)["file"][0]


def test_nothing_of_what_was_refused_is_kept(service: Service, user: Caller) -> None:
    upload(user, b"hello")
    upload(user, picture()[:-200])
    assert kept(service) == []
    assert listed(user)["files"] == []


@pytest.mark.parametrize("content_type", ["application/json", "text/plain", "image/png", ""])
def test_a_body_that_is_no_form_is_refused(user: Caller, content_type: str) -> None:
    answer = user.client.post(
        "/api/files", data=picture(), content_type=content_type, headers=credentials(user)
    )
    assert code_of(answer) == (415, "unsupported_media_type")


@pytest.mark.parametrize(
    ("data", "content_type"),
    [
        ({"file": "a text"}, "multipart/form-data"),
        (b"", "multipart/form-data; boundary=x"),
        (b"rubbish", "multipart/form-data; boundary=x"),
        (b"--x\r\n\r\n", "multipart/form-data; boundary=x"),
        (b"--x--", "multipart/form-data"),
    ],
    ids=["text", "empty", "rubbish", "half", "no boundary"],
)
def test_a_form_without_a_file_is_told_so(
    user: Caller, data: dict[str, Any] | bytes, content_type: str
) -> None:
    answer = user.client.post(
        "/api/files", data=data, content_type=content_type, headers=credentials(user)
    )
    assert code_of(answer) == (400, "invalid_request")
    assert list(fields_of(answer)) == ["file"]


def test_a_file_of_another_name_is_not_the_one(user: Caller) -> None:
    data = {"picture": (io.BytesIO(picture()), "a.png")}
    answer = user.client.post("/api/files", data=data, headers=credentials(user))
    assert list(fields_of(answer)) == ["file"]


def test_what_else_stands_in_a_form_is_ignored(user: Caller) -> None:
    data = {
        "note": "hello",
        "device": '{"type": "tv"}',
        "other": (io.BytesIO(b"x"), "b.png"),
        "file": (io.BytesIO(picture()), "a.png"),
    }
    answer = user.client.post("/api/files", data=data, headers=credentials(user))
    assert answer.status_code == 201


def test_a_form_of_a_hundred_parts_is_refused(user: Caller) -> None:
    data: dict[str, Any] = {f"part{number}": "x" for number in range(100)}
    answer = user.client.post(
        "/api/files",
        data={**data, "file": (io.BytesIO(picture()), "a.png")},
        headers=credentials(user),
    )
    assert code_of(answer) == (413, "payload_too_large")


def test_ten_mebibytes_are_taken_and_one_byte_more_is_not(user: Caller) -> None:
    image = picture()
    full = image + bytes(UPLOAD_MAX - len(image))
    assert upload(user, full).status_code == 201
    assert code_of(upload(user, full + b"\0")) == (413, "payload_too_large")


class Endless(io.RawIOBase):
    """A body that never ends, and counts what was read of it."""

    def __init__(self) -> None:
        self.taken = 0
        self._start = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        chunk = (self._start + bytes(len(buffer)))[: len(buffer)]
        self._start = b""
        buffer[:] = chunk
        self.taken += len(chunk)
        return len(chunk)


def test_a_body_that_announces_too_much_is_refused_unread(user: Caller) -> None:
    body = Endless()
    answer = user.client.post(
        "/api/files",
        content_type="multipart/form-data; boundary=x",
        headers=credentials(user),
        environ_overrides={"wsgi.input": body, "CONTENT_LENGTH": str(UPLOAD_MAX * 2)},
    )
    assert code_of(answer) == (413, "payload_too_large")
    assert body.taken == 0


def test_a_body_in_chunks_is_refused_as_soon_as_it_is_too_much(user: Caller) -> None:
    body = Endless()
    answer = user.client.post(
        "/api/files",
        content_type="multipart/form-data; boundary=x",
        headers=credentials(user) | {"Transfer-Encoding": "chunked"},
        environ_overrides={
            "wsgi.input": body,
            "wsgi.input_terminated": True,
            "CONTENT_LENGTH": "",
        },
    )
    assert code_of(answer) == (413, "payload_too_large")
    assert body.taken < UPLOAD_MAX + 1024 * 1024


# Showing


def test_a_picture_comes_with_headers_that_keep_it_a_picture(user: Caller) -> None:
    file = added(user, name='a"b;c\\老虎.png')
    for url, kind in ((file["content_url"], "image/png"), (file["thumbnail_url"], "image/webp")):
        headers = user.send("GET", url).headers
        assert headers["Content-Type"] == kind
        assert headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cache-Control"] == "private, no-cache"
        assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
        how, _, name = headers["Content-Disposition"].partition("; filename*=UTF-8''")
        assert how == "inline"
        assert name.isascii()
        assert not set(name) & set("\"';\\ \r\n")
        assert unquote(name) == file["name"]


def test_a_thumbnail_is_small_and_has_a_tag_of_its_own(user: Caller) -> None:
    file = added(user, picture(size=(2_000, 1_000)))
    whole, small = (user.send("GET", file[url]) for url in ("content_url", "thumbnail_url"))
    assert Image.open(io.BytesIO(small.data)).size == (480, 240)
    assert whole.headers["ETag"] != small.headers["ETag"]
    same = user.send("GET", f"{file['content_url']}?size=full")
    assert same.data == whole.data


def test_a_size_that_there_is_not_is_refused(user: Caller) -> None:
    url = added(user)["content_url"]
    assert list(fields_of(user.send("GET", f"{url}?size=huge"))) == ["size"]


@pytest.mark.parametrize("tags", ["{0}", "W/{0}", '"other", {0}', "*"])
def test_what_the_browser_still_holds_is_not_sent_again(user: Caller, tags: str) -> None:
    url = added(user)["content_url"]
    tag = user.send("GET", url).headers["ETag"]
    again = user.send("GET", url, headers={"If-None-Match": tags.format(tag)})
    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["ETag"] == tag
    assert again.headers["Cache-Control"] == "private, no-cache"
    changed = user.send("GET", url, headers={"If-None-Match": '"other"'})
    assert changed.status_code == 200


@pytest.mark.parametrize(
    ("wanted", "start", "behind"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=10-19", 10, 20),
        ("bytes=10-", 10, None),
        ("bytes=-10", -10, None),
        ("bytes=-99999999", 0, None),
        ("bytes=5-99999999", 5, None),
    ],
)
def test_one_range_of_a_picture_can_be_had(
    user: Caller, wanted: str, start: int, behind: int | None
) -> None:
    url = added(user)["content_url"]
    whole = user.send("GET", url)
    part = user.send("GET", url, headers={"Range": wanted})
    assert part.status_code == 206
    assert part.data == whole.data[start:behind]
    first = start % len(whole.data)
    last = first + len(part.data) - 1
    assert part.headers["Content-Range"] == f"bytes {first}-{last}/{len(whole.data)}"
    assert part.headers["Content-Length"] == str(len(part.data))
    assert part.headers["ETag"] == whole.headers["ETag"]
    assert whole.headers["Accept-Ranges"] == "bytes"


@pytest.mark.parametrize(
    "wanted", ["bytes=0-1,5-6", "bytes=x-", "bytes=", "bytes=5-1", "lines=0-1", "0-1", "bytes=-0"]
)
def test_a_range_that_cannot_be_read_is_answered_whole(user: Caller, wanted: str) -> None:
    file = added(user)
    answer = user.send("GET", file["content_url"], headers={"Range": wanted})
    assert answer.status_code == 200
    assert len(answer.data) == file["size"]


def test_a_range_behind_the_end_is_told_how_long_the_whole_is(user: Caller) -> None:
    file = added(user)
    answer = user.send("GET", file["content_url"], headers={"Range": f"bytes={file['size']}-"})
    assert code_of(answer) == (416, "range_not_satisfiable")
    assert answer.headers["Content-Range"] == f"bytes */{file['size']}"


def test_a_range_of_another_version_is_answered_whole(user: Caller) -> None:
    url = added(user)["content_url"]
    tag = user.send("GET", url).headers["ETag"]
    for condition, status in {
        tag: 206,
        '"other"': 200,
        "Sat, 31 Jan 2026 08:00:00 GMT": 200,
    }.items():
        headers = {"Range": "bytes=0-1", "If-Range": condition}
        assert user.send("GET", url, headers=headers).status_code == status


def test_the_head_of_a_picture_can_be_had_alone(user: Caller) -> None:
    file = added(user)
    answer = user.send("HEAD", file["content_url"])
    assert (answer.status_code, answer.data) == (200, b"")
    assert answer.headers["Content-Length"] == str(file["size"])


# Whose it is


def test_nobody_else_sees_uses_or_deletes_a_file(service: Service, user: Caller) -> None:
    file = added(user)
    other = stranger(service, user.carrier)
    assert listed(other)["files"] == []
    assert listed(other)["usage"]["used"] == 0
    tag = user.send("GET", file["content_url"]).headers["ETag"]
    for url in (file["content_url"], file["thumbnail_url"]):
        for headers in ({}, {"If-None-Match": tag}, {"Range": "bytes=0-0"}):
            assert code_of(other.send("GET", url, headers=headers)) == (404, "not_found")
    assert code_of(other.send("DELETE", f"/api/files/{file['id']}")) == (404, "not_found")
    answer = other.send("PATCH", "/api/me", {"avatar_file_id": file["id"]})
    assert list(fields_of(answer)) == ["avatar_file_id"]
    assert listed(user)["files"] == [file]


def test_somebody_elses_file_and_none_at_all_look_the_same(service: Service, user: Caller) -> None:
    other = stranger(service, user.carrier)
    theirs, none = added(user)["id"], new_id()
    for method, path in (("GET", "/api/files/{}/content"), ("DELETE", "/api/files/{}")):
        answers = [other.send(method, path.format(each)) for each in (theirs, none)]
        assert answers[0].data == answers[1].data


@pytest.mark.parametrize("file_id", ["1", "..", "a" * 5_000, "%00", "%F0%9F%90%85", "K" * 26])
def test_an_id_that_is_none_is_not_found(user: Caller, file_id: str) -> None:
    assert user.send("GET", f"/api/files/{file_id}/content").status_code == 404
    assert user.send("DELETE", f"/api/files/{file_id}").status_code == 404


def test_without_a_sign_in_there_is_nothing(service: Service) -> None:
    client, some = service.client(), new_id()
    for method, path in (
        ("GET", "/api/files"),
        ("POST", "/api/files"),
        ("GET", f"/api/files/{some}/content"),
        ("DELETE", f"/api/files/{some}"),
    ):
        assert code_of(client.open(path, method=method)) == (401, "token_missing")


def test_an_ended_session_sees_none_of_its_files(service: Service, user: Caller) -> None:
    file = added(user)
    tag = user.send("GET", file["content_url"]).headers["ETag"]
    thief = user.copy()
    user.logout()
    for answer in (
        thief.send("GET", "/api/files"),
        thief.send("GET", file["content_url"]),
        thief.send("GET", file["content_url"], headers={"If-None-Match": tag}),
        thief.send("GET", file["thumbnail_url"], headers={"Range": "bytes=0-0"}),
        thief.send("DELETE", f"/api/files/{file['id']}"),
        upload(thief),
    ):
        assert ended_of(answer)["reason"] == "logged_out"
    assert len(kept(service)) == 2
    user.login()
    assert listed(user)["files"] == [file]


def test_a_session_that_ends_after_it_was_let_in_does_nothing_any_more(
    service: Service, user: Caller
) -> None:
    """What the transaction of each journey sees, not what the verifier saw before, decides."""
    file = added(user)
    context = service.composition.context
    me = user.me().get_json()
    actor = Actor(me["user"]["id"], user.session_id, Device(), generation=0, proof=0)
    now = context.clock.now()
    with context.store.writing() as tx:
        tx.sessions.end(user.session_id, Ending(EndReason.KICKED, now), now)
    journeys = OwnFiles(context)
    for act in (
        lambda: journeys.page(actor, after=None, limit=5),
        lambda: journeys.get(actor, file["id"]),
        lambda: journeys.add(actor, name="a.png", upload=picture()),
        lambda: journeys.remove(actor, file["id"]),
    ):
        with pytest.raises(SessionEnded):
            act()
    assert len(kept(service)) == 2


def test_a_browser_adds_and_deletes_only_with_its_csrf_token(service: Service) -> None:
    browser = service.caller("cookie")
    browser.register()
    browser.login()
    file = added(browser)
    browser.csrf = ""
    assert code_of(upload(browser)) == (403, "csrf_failed")
    assert code_of(browser.send("DELETE", f"/api/files/{file['id']}")) == (403, "csrf_failed")
    assert listed(browser)["files"] == [file]


# Room


def weight(service: Service) -> int:
    """Bytes that a picture and its thumbnail take."""
    user = service.caller("bearer")
    user.register()
    user.login()
    added(user)
    return sum(path.stat().st_size for path in kept(service))


def test_a_file_beyond_the_quota_is_refused_and_nothing_of_it_is_kept(serve: Serve) -> None:
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


def test_uploads_at_the_same_time_cannot_fill_the_same_room_twice(serve: Serve) -> None:
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
        statuses.append(upload(tab).status_code)

    threads = [Thread(target=push, args=(services[number % 2],)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(statuses) == [201] * 3 + [409] * 5
    assert listed(user)["usage"]["used"] == 3 * size


def test_where_the_quota_is_nothing_nothing_is_taken(serve: Serve) -> None:
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


def test_uploads_of_a_user_are_counted_by_the_minute_whatever_comes_of_them(
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


# Reading piece by piece


def test_of_a_large_picture_one_piece_is_in_memory_at_a_time(service: Service) -> None:
    """The rest is read when a reader has taken what came before, and nothing waits open."""
    user = stranger(service, "bearer")
    file = added(user, noise(1_100, 900), "noise.png")
    assert file["size"] > 8 * PIECE_MAX
    app = make_app(service.composition)
    headers = [*credentials(user).items()]
    environ = EnvironBuilder(file["content_url"], headers=headers).get_environ()
    status: list[str] = []
    body = app(environ, lambda line, *_: status.append(line))  # type: ignore[arg-type]
    assert status == ["200 OK"]
    pieces = iter(body)
    taken = [next(pieces) for _ in range(3)]
    assert [len(piece) for piece in taken] == [PIECE_MAX] * 3
    for path in kept(service):
        path.unlink()
    with pytest.raises(StoreUnavailable):
        next(pieces)


@pytest.mark.parametrize("carried", ["0-", "1-", "262143-262144", "262144-", "300000-900000", "-9"])
def test_a_range_is_cut_right_across_pieces(user: Caller, carried: str) -> None:
    file = added(user, noise(1_100, 900), "noise.png")
    whole = user.send("GET", file["content_url"]).data
    assert len(whole) == file["size"]
    part = user.client.get(
        file["content_url"], headers=credentials(user) | {"Range": f"bytes={carried}"}
    )
    first, _, last = carried.partition("-")
    expected = whole[int(first) : int(last) + 1 if last else None] if first else whole[-9:]
    assert part.status_code == 206
    assert part.data == expected
    assert int(part.headers["Content-Length"]) == len(expected)


def noise(width: int, height: int) -> bytes:
    """A picture that cannot be made small."""
    content = io.BytesIO()
    Image.frombytes("RGB", (width, height), random.Random(1).randbytes(width * height * 3)).save(
        content, "PNG"
    )
    return content.getvalue()


# Deleting, and the avatar


def test_a_deleted_file_is_gone_with_its_bytes(service: Service, user: Caller) -> None:
    file = added(user)
    assert len(kept(service)) == 2
    answer = user.send("DELETE", f"/api/files/{file['id']}")
    assert answer.status_code == 200
    assert kept(service) == []
    assert listed(user)["files"] == []
    for url in (file["content_url"], file["thumbnail_url"]):
        assert code_of(user.send("GET", url)) == (404, "not_found")
    assert code_of(user.send("DELETE", f"/api/files/{file['id']}")) == (404, "not_found")


def test_an_avatar_is_one_of_ones_own_files_until_it_is_deleted(user: Caller) -> None:
    assert user.me().get_json()["user"]["avatar_file_id"] is None
    shown, other = added(user)["id"], added(user)["id"]
    answer = user.send("PATCH", "/api/me", {"avatar_file_id": shown})
    assert answer.get_json()["user"]["avatar_file_id"] == shown
    assert user.login().get_json()["user"]["avatar_file_id"] == shown
    user.send("PATCH", "/api/me", {"display_name": "Hu Fu"})
    user.send("DELETE", f"/api/files/{other}")
    assert user.me().get_json()["user"]["avatar_file_id"] == shown
    user.send("DELETE", f"/api/files/{shown}")
    assert user.me().get_json()["user"]["avatar_file_id"] is None


def test_an_avatar_can_be_taken_off_and_the_file_stays(user: Caller) -> None:
    shown = added(user)["id"]
    user.send("PATCH", "/api/me", {"avatar_file_id": shown})
    answer = user.send("PATCH", "/api/me", {"avatar_file_id": None})
    assert answer.get_json()["user"]["avatar_file_id"] is None
    assert [file["id"] for file in listed(user)["files"]] == [shown]


@pytest.mark.parametrize("avatar", ["", 5, [], {}, True, "x" * 65, "nobody", "\x00"])
def test_an_avatar_that_is_no_file_is_refused(user: Caller, avatar: object) -> None:
    answer = user.send("PATCH", "/api/me", {"avatar_file_id": avatar})
    assert list(fields_of(answer)) == ["avatar_file_id"]


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


def test_where_bytes_cannot_be_written_no_row_says_they_were(
    service: Service, user: Caller
) -> None:
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


def test_no_name_leads_anywhere(
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
