"""The user's own pictures."""

from http import HTTPStatus
from typing import Final
from urllib.parse import quote

from werkzeug.exceptions import RequestedRangeNotSatisfiable

from tigertally.core.files import UPLOAD_MAX, PictureKind, Rendition
from tigertally.core.pages import Place
from tigertally.errors import PayloadTooLarge
from tigertally.flows.files import Content, OwnFiles
from tigertally.web.answers import file_json
from tigertally.web.call import Call
from tigertally.web.values import Answer, Request, json_answer

_POLICY: Final = "default-src 'none'; sandbox"
"""If a browser ever shows a picture as a page, that page can do nothing."""


def list_files(call: Call) -> Answer:
    """List the user's files, with the remaining quota."""
    cursor = call.query.get("cursor")
    page, usage = OwnFiles(call.services.context).page(
        call.actor,
        after=Place.parse(cursor) if cursor is not None else None,
        limit=call.query["limit"],
    )
    return json_answer(
        {
            "files": [file_json(file, api=call.api) for file in page.files],
            "next_cursor": str(page.following) if page.following else None,
            "usage": {
                "used": usage.used,
                "quota": call.services.context.rules.files_quota,
            },
        }
    )


def add_file(call: Call) -> Answer:
    """Store a picture."""
    sent = call.files["file"]
    upload = sent.stream.read(UPLOAD_MAX + 1)
    if len(upload) > UPLOAD_MAX:
        raise PayloadTooLarge
    file = OwnFiles(call.services.context).add(call.actor, name=sent.filename or "", upload=upload)
    shown = file_json(file, api=call.api)
    return json_answer({"message": call.notice(), "status": 200, "file": shown}, status=201)


def read_file(call: Call, id: str) -> Answer:  # noqa: A002 - the contract calls it that
    """Show a picture or its thumbnail, whole or in part, to its owner only."""
    files = OwnFiles(call.services.context)
    file = files.get(call.actor, id)
    rendition = Rendition(call.query["size"])
    answer = Answer(mimetype=file.kind if rendition is Rendition.FULL else PictureKind.WEBP)
    # Browsers cache it, but ask each time: after the end of the session they get nothing.
    answer.headers["Cache-Control"] = "private, no-cache"
    answer.headers["Content-Security-Policy"] = _POLICY
    answer.headers["Accept-Ranges"] = "bytes"
    # The bytes of an id never change, so the id is enough for the tag.
    answer.set_etag(f"{file.id}.{rendition}")
    if answer.unless_known(call.request).status_code == HTTPStatus.NOT_MODIFIED:
        return answer
    # Fully percent-encoded (RFC 8187): a name cannot be read as anything else.
    answer.headers["Content-Disposition"] = f"inline; filename*=UTF-8''{quote(file.name, '')}"
    return _streamed(call.request, answer, files.content(file, rendition))


def delete_file(call: Call, id: str) -> Answer:  # noqa: A002 - the contract calls it that
    """Delete a picture."""
    OwnFiles(call.services.context).remove(call.actor, id)
    return json_answer({"message": call.notice()})


def _streamed(request: Request, answer: Answer, content: Content) -> Answer:
    """Set the body of an answer, or one requested range of it (RFC 9110 §14).

    Several or invalid ranges are answered with the whole, as the RFC allows. Raises
    RequestedRangeNotSatisfiable for a range that begins behind the end.
    """
    wanted, condition = request.range, request.if_range
    stale = condition.date is not None or condition.etag not in {None, answer.get_etag()[0]}
    if wanted is None or wanted.units != "bytes" or len(wanted.ranges) != 1 or stale:
        first, behind = 0, content.size
    else:
        first, behind = _within(content.size, *wanted.ranges[0])
        answer.status_code = 206
        answer.headers["Content-Range"] = f"bytes {first}-{behind - 1}/{content.size}"
    answer.body = content.pieces(first, behind)
    answer.content_length = behind - first
    return answer


def _within(size: int, first: int, behind: int | None) -> tuple[int, int]:
    first = max(0, size + first) if first < 0 else first
    behind = size if behind is None else min(size, behind)
    if first >= behind:
        raise RequestedRangeNotSatisfiable(size)
    return first, behind
