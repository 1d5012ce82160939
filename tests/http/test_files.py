"""My files over HTTP: adding, listing and deleting them, and choosing an avatar."""

import io

import pytest
from PIL import Image
from tests.http.callers import Caller, Service, code_of
from tests.http.uploading import added, fields_of, kept, listed, picture, upload

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
def test_an_invalid_page_is_refused(user: Caller, query: str) -> None:
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


def test_a_photograph_of_some_megabytes_is_accepted(user: Caller) -> None:
    """Its bytes are as mixed as those of a camera, line ends and all that a form is made of."""
    grain = io.BytesIO()
    Image.effect_noise((2_400, 1_800), 90).convert("RGB").save(grain, "JPEG", quality=95)
    assert len(grain.getvalue()) > 3_000_000
    file = added(user, grain.getvalue(), "photograph.jpg")
    assert (file["width"], file["height"]) == (2_400, 1_800)


def test_the_same_picture_twice_is_two_files(user: Caller) -> None:
    assert added(user)["id"] != added(user)["id"]


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
def test_an_unknown_avatar_file_is_refused(user: Caller, avatar: object) -> None:
    answer = user.send("PATCH", "/api/me", {"avatar_file_id": avatar})
    assert list(fields_of(answer)) == ["avatar_file_id"]
