"""What is no picture, no form or too much is refused, and nothing of it is kept."""

import io
from typing import Any

import pytest
from tests.http.callers import Caller, Service, code_of
from tests.http.uploading import credentials, fields_of, kept, listed, picture, upload

from tigertally.core.files import UPLOAD_MAX


@pytest.mark.parametrize(
    "content", [b"", b"hello", b"<svg/>", b"%PDF-1.7", b"PK\x03\x04", b"<html>" + picture()]
)
def test_a_file_that_is_not_a_picture_is_refused_in_both_languages(
    user: Caller, content: bytes
) -> None:
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
def test_a_body_that_is_not_a_form_is_refused(user: Caller, content_type: str) -> None:
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
def test_a_form_without_a_file_is_reported_as_such(
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


def test_other_fields_of_a_form_are_ignored(user: Caller) -> None:
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


def test_ten_mebibytes_are_accepted_and_one_byte_more_is_not(user: Caller) -> None:
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
