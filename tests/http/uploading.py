"""Pictures that a caller adds over HTTP, and what of them lies on the disk."""

import io
from collections.abc import Mapping
from pathlib import Path

from PIL import Image
from tests.http.callers import Caller, Carrier, Json, Service
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, encode_multipart


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
