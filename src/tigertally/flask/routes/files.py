"""The user's own pictures."""

from typing import Final
from urllib.parse import quote

from flask import Response, jsonify, request
from werkzeug.exceptions import RequestedRangeNotSatisfiable

from tigertally.core.files import UPLOAD_MAX, PictureKind, Rendition
from tigertally.core.pages import Place
from tigertally.errors import PayloadTooLarge
from tigertally.flask.answers import file_json
from tigertally.flask.call import Call
from tigertally.flows.files import Content, OwnFiles

_POLICY: Final = "default-src 'none'; sandbox"
"""If a browser ever shows a picture as a page, that page can do nothing."""


def list_files(call: Call) -> Response:
    """List the user's files, with the remaining quota."""
    cursor = call.query.get("cursor")
    page, usage = OwnFiles(call.services.context).page(
        call.actor,
        after=Place.parse(cursor) if cursor is not None else None,
        limit=call.query["limit"],
    )
    return jsonify(
        {
            "files": [file_json(file, root=call.services.root) for file in page.files],
            "next_cursor": str(page.following) if page.following else None,
            "usage": {
                "used": usage.used,
                "quota": call.services.context.rules.files_quota,
            },
        }
    )


def add_file(call: Call) -> Response:
    """Store a picture."""
    sent = call.files["file"]
    upload = sent.stream.read(UPLOAD_MAX + 1)
    if len(upload) > UPLOAD_MAX:
        raise PayloadTooLarge
    file = OwnFiles(call.services.context).add(call.actor, name=sent.filename or "", upload=upload)
    response = jsonify(
        {"message": call.notice(), "status": 200, "file": file_json(file, root=call.services.root)}
    )
    response.status_code = 201
    return response


def read_file(call: Call, id: str) -> Response:  # noqa: A002 - the contract calls it that
    """Show a picture or its thumbnail, whole or in part, to its owner only."""
    files = OwnFiles(call.services.context)
    file = files.get(call.actor, id)
    rendition = Rendition(call.query["size"])
    response = Response(mimetype=file.kind if rendition is Rendition.FULL else PictureKind.WEBP)
    # Browsers cache it, but ask each time: after the end of the session they get nothing.
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["Content-Security-Policy"] = _POLICY
    response.headers["Accept-Ranges"] = "bytes"
    # The bytes of an id never change, so the id is enough for the tag.
    response.set_etag(f"{file.id}.{rendition}")
    if request.if_none_match.contains_weak(response.get_etag()[0] or ""):
        response.status_code = 304
        return response
    # Fully percent-encoded (RFC 8187): a name cannot be read as anything else.
    response.headers["Content-Disposition"] = f"inline; filename*=UTF-8''{quote(file.name, '')}"
    return _streamed(response, files.content(file, rendition))


def delete_file(call: Call, id: str) -> Response:  # noqa: A002 - the contract calls it that
    """Delete a picture."""
    OwnFiles(call.services.context).remove(call.actor, id)
    return jsonify({"message": call.notice()})


def _streamed(response: Response, content: Content) -> Response:
    """Set the body of a response, or one requested range of it (RFC 9110 §14).

    Several or invalid ranges are answered with the whole, as the RFC allows. Raises
    RequestedRangeNotSatisfiable for a range that begins behind the end.
    """
    wanted, condition = request.range, request.if_range
    stale = condition.date is not None or condition.etag not in {None, response.get_etag()[0]}
    if wanted is None or wanted.units != "bytes" or len(wanted.ranges) != 1 or stale:
        first, behind = 0, content.size
    else:
        first, behind = _within(content.size, *wanted.ranges[0])
        response.status_code = 206
        response.headers["Content-Range"] = f"bytes {first}-{behind - 1}/{content.size}"
    response.response = content.pieces(first, behind)
    response.content_length = behind - first
    # Unwrapped: a wrapper would hold a piece while a slow reader takes it.
    response.direct_passthrough = True
    return response


def _within(size: int, first: int, behind: int | None) -> tuple[int, int]:
    first = max(0, size + first) if first < 0 else first
    behind = size if behind is None else min(size, behind)
    if first >= behind:
        raise RequestedRangeNotSatisfiable(size)
    return first, behind
