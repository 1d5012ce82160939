"""Showing a file: its headers, its tags, its ranges, and one piece at a time."""

import io
import random
from urllib.parse import unquote

import pytest
from PIL import Image
from tests.http.callers import Caller, Service, code_of
from tests.http.uploading import added, credentials, fields_of, kept, picture, stranger
from werkzeug.test import EnvironBuilder

from tigertally.core.files import PIECE_MAX
from tigertally.errors import StoreUnavailable
from tigertally.server.app import make_app

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


def test_an_unknown_size_is_refused(user: Caller) -> None:
    url = added(user)["content_url"]
    assert list(fields_of(user.send("GET", f"{url}?size=huge"))) == ["size"]


@pytest.mark.parametrize("tags", ["{0}", "W/{0}", '"other", {0}', "*"])
def test_a_cached_picture_is_not_sent_again(user: Caller, tags: str) -> None:
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


def test_a_range_beyond_the_end_is_answered_with_the_length(user: Caller) -> None:
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


# Reading piece by piece


def test_a_large_picture_is_sent_piece_by_piece(service: Service) -> None:
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
