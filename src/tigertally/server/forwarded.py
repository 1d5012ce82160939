"""Parses what proxies write about a request: ``X-Forwarded-…``, or ``Forwarded`` (RFC 7239).

Each proxy appends to the right. So the last element is from the nearest one, and a list is read
from the right: a caller's text in front cannot change the meaning of the end.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import unquote_to_bytes

from tigertally.core.addresses import Address, node_of
from tigertally.core.origins import is_authority

_PAIR: Final = re.compile(r'\s*([A-Za-z0-9_-]+)=("(?:[^"\\]|\\.)*"|[^\s";,]+)\s*')
_ESCAPED: Final = re.compile(r"\\.")
_HOST: Final = re.compile(r"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]+)?")
_PREFIX: Final = re.compile(r"(?:/(?!\.{1,2}(?:/|$))(?:[A-Za-z0-9._~-]|%[0-9A-Fa-f]{2})+)+/?")
_MISLEADING: Final = re.compile(rb"[\x00-\x20\x7f;?#\\]|/\.{1,2}(?:/|$)|//")
_HOPS_MAX: Final = 100
_ELEMENT_MAX: Final = 512
"""Maximum length of an element of ``Forwarded``: a caller may write a long one in front."""

_SCHEMES: Final = {"http": "http", "https": "https", "ws": "http", "wss": "https"}


@dataclass(frozen=True, slots=True)
class Word:
    """The proxies' statements. Unreadable ones are ``None``, and change nothing."""

    hops: tuple[Address | None, ...]
    """Callers, nearest first; ``None`` for a hop without an address."""
    scheme: str | None
    host: str | None
    port: int | None
    prefix: str
    """Path that the proxy removed, in WSGI's form; empty if it removed nothing."""
    silent: bool
    """Whether there was no header of a proxy at all."""


def read_x_forwarded(environ: Mapping[str, Any]) -> Word:
    """Parse ``X-Forwarded-For``, ``-Proto``, ``-Host``, ``-Port`` and ``-Prefix``."""
    texts = {
        name: str(environ.get(f"HTTP_X_FORWARDED_{name}") or "")
        for name in ("FOR", "PROTO", "HOST", "PORT", "PREFIX")
    }
    port = _last(texts["PORT"])
    return Word(
        hops=tuple(node_of(part) for part in reversed(_parts(texts["FOR"]))),
        scheme=_scheme(_last(texts["PROTO"])),
        host=_host(_last(texts["HOST"])),
        port=int(port) if re.fullmatch(r"[0-9]{1,5}", port) and 0 < int(port) < 65_536 else None,
        prefix=_prefix(_last(texts["PREFIX"])),
        silent=not any(_parts(text) for text in texts.values()),
    )


def read_forwarded(environ: Mapping[str, Any]) -> Word:
    """Parse ``Forwarded``. It has no prefix, so ``X-Forwarded-Prefix`` adds it."""
    text = str(environ.get("HTTP_FORWARDED") or "")
    prefix = str(environ.get("HTTP_X_FORWARDED_PREFIX") or "")
    elements = tuple(_elements(text))
    nearest = elements[0] if elements else {}
    return Word(
        hops=tuple(node_of(one.get("for", "")) for one in elements),
        scheme=_scheme(nearest.get("proto", "")),
        host=_host(nearest.get("host", "")),
        port=None,
        prefix=_prefix(_last(prefix)),
        silent=not _parts(text) and not _parts(prefix),
    )


def _parts(text: str) -> list[str]:
    """Return the elements of a list without empty ones (RFC 9110 §5.6.1)."""
    return [part.strip() for part in _pieces(text) if part.strip()]


def _pieces(text: str) -> list[str]:
    """Return the last elements of a list."""
    pieces = text.rsplit(",", _HOPS_MAX)
    return pieces[1:] if len(pieces) > _HOPS_MAX else pieces


def _last(text: str) -> str:
    return next(reversed(_parts(text)), "")


def _elements(text: str) -> Iterator[dict[str, str]]:
    """Yield the elements of ``Forwarded``, nearest first; an unreadable one is empty.

    A comma may be within quotes: an unreadable piece is tried together with the one before it.
    """
    pending = ""
    for part in reversed(_pieces(text)):
        piece = f"{part},{pending}" if pending else part
        if not piece.strip():
            continue
        pairs = _pairs(piece) if len(piece) <= _ELEMENT_MAX else {}
        if pairs is None and _ESCAPED.sub("", piece).count('"') % 2 == 1:
            pending = piece
            continue
        pending = ""
        # If its quotes are complete and it is still unreadable, it is garbage.
        yield pairs or {}
    if pending:
        yield {}


def _pairs(element: str) -> dict[str, str] | None:
    found: dict[str, str] = {}
    for text in _split_pairs(element):
        pair = _PAIR.fullmatch(text)
        name = pair[1].lower() if pair else ""
        if pair is None or name in found:
            return None
        value = pair[2]
        found[name] = (
            _ESCAPED.sub(lambda pair: pair[0][1], value[1:-1]) if value[0] == '"' else value
        )
    return found or None


def _split_pairs(element: str) -> list[str]:
    """Split at semicolons outside of quotes, and leave out empty parts."""
    parts = re.findall(r'(?:"(?:[^"\\]|\\.)*"|[^";])+|;|"', element)
    return [part for part in parts if part != ";" and part.strip()]


def _scheme(text: str) -> str | None:
    return _SCHEMES.get(text.lower())


def _host(text: str) -> str | None:
    return text if _HOST.fullmatch(text) and is_authority(text) else None


def _prefix(text: str) -> str:
    # Percent-decoded to bytes, which WSGI carries as Latin-1 (PEP 3333).
    if not _PREFIX.fullmatch(text):
        return ""
    plain = unquote_to_bytes(text.rstrip("/"))
    return "" if _MISLEADING.search(plain) else plain.decode("latin-1")
