"""The answer of a process that decoded a picture: length of the head, head in JSON, bytes."""

import json
from typing import Any, Final

from tigertally.core.files import KEPT_MAX, Picture, PictureKind
from tigertally.errors import FieldProblem, InvalidRequest, UnsupportedMediaType

Refusal = InvalidRequest | UnsupportedMediaType

ANSWER_MAX: Final = KEPT_MAX + 64 * 1024
"""Maximum bytes of an answer: the head, and the picture with its thumbnail."""

_KINDS: Final[dict[str, type[Refusal]]] = {
    "invalid": InvalidRequest,
    "unsupported": UnsupportedMediaType,
}


def pack(answer: Picture | Refusal) -> tuple[bytes, ...]:
    """Return the answer for a picture, or for its refusal."""
    if isinstance(answer, Picture):
        shape = {"width": answer.width, "height": answer.height, "kind": answer.kind.value}
        head: dict[str, Any] = {"picture": shape, "content": len(answer.content)}
        return _headed(head, answer.content, answer.thumbnail)
    problem = answer.fields["file"][0]
    name = next(name for name, kind in _KINDS.items() if type(answer) is kind)
    return _headed({"refused": name, "kind": problem.kind, "values": {**problem.values}})


def _headed(head: dict[str, Any], *bodies: bytes) -> tuple[bytes, ...]:
    text = json.dumps(head).encode()
    return len(text).to_bytes(4, "big"), text, *bodies


def unpack(answer: bytes) -> Picture | Refusal:
    """Parse the output of :func:`pack`. Raises ValueError for anything else."""
    try:
        end = 4 + int.from_bytes(answer[:4], "big")
        head = json.loads(answer[4:end])
        if "refused" in head:
            problem = FieldProblem(str(head["kind"]), dict(head["values"]))
            return _KINDS[head["refused"]]({"file": [problem]})
        shape, behind = head["picture"], end + int(head["content"])
        return Picture(
            kind=PictureKind(shape["kind"]),
            content=answer[end:behind],
            thumbnail=answer[behind:],
            width=int(shape["width"]),
            height=int(shape["height"]),
        )
    except (KeyError, TypeError, RecursionError) as error:
        raise ValueError("not an answer of ours") from error
