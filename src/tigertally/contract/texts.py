"""Everything the service says, in English and in Chinese: errors, reasons, notices, events.

The texts stand in ``errors.yaml`` and ``events.yaml``; this module reads them once, checks that
they are whole, and hands them out.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from string import Formatter
from types import MappingProxyType
from typing import Any, Final, Literal, TypeVar, cast

from tigertally.contract.files import read_contract_file
from tigertally.contract.languages import Language

Outcome = Literal["success", "failure"]
Kind = Literal["errors", "reasons", "locks", "notices", "fields", "events", "sources"]

FORMAT_KINDS: Final = {
    "email": "email_format",
    "date-time": "time_format",
    "date": "date_format",
}
"""Formats of request fields, and the text among ``fields`` for a value without that format."""


@dataclass(frozen=True, slots=True)
class Text:
    """One text in both languages, with ``{placeholders}`` that are the same in both.

    Raises ``ValueError`` if a language is missing or the placeholders differ.
    """

    en: str
    zh_cn: str

    def __post_init__(self) -> None:
        if not (self.en.strip() and self.zh_cn.strip()):
            raise ValueError(f"a language is missing: {self!r}")
        if _placeholders(self.en) != _placeholders(self.zh_cn):
            raise ValueError(f"the placeholders of the languages differ: {self!r}")

    def say(self, language: Language, /, **values: str | int) -> str:
        """Return the text in a language. Raises ``KeyError`` for a placeholder without a value."""
        template = self.zh_cn if language == "zh-CN" else self.en
        return template.format_map(values)


@dataclass(frozen=True, slots=True)
class ErrorEntry:
    """What the contract says of one error code.

    ``evidence`` names the members that an answer with this code may have besides ``code``,
    ``message`` and ``status``; ``hint`` is for developers.
    """

    code: str
    status: int
    message: Text
    evidence: frozenset[str]
    hint: Text


@dataclass(frozen=True, slots=True)
class EventEntry:
    """What the contract says of one event, whose name is ``source:subject:action``."""

    name: str
    outcome: Outcome
    description: Text

    @property
    def source(self) -> str:
        """Where the act came from: ``account``, ``admin``, ``cli`` or ``system``."""
        return self.name.partition(":")[0]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The texts of the contract. ``load_catalogue`` returns the one there is."""

    errors: Mapping[str, ErrorEntry]
    reasons: Mapping[str, Text]
    locks: Mapping[str, Text]
    notices: Mapping[str, Text]
    fields: Mapping[str, Text]
    events: Mapping[str, EventEntry]
    sources: Mapping[str, Text]

    def error(self, code: str) -> ErrorEntry:
        """Return the entry of an error code. Raises ``KeyError`` for an unknown one."""
        return self.errors[code]

    def event(self, name: str) -> EventEntry:
        """Return the entry of an event. Raises ``KeyError`` for an unknown one."""
        return self.events[name]

    def text(self, kind: Kind, key: str, language: Language, /, **values: str | int) -> str:
        """Return one text, its placeholders filled with ``values``.

        Raises ``KeyError`` if there is no such text, or a placeholder is given no value.
        """
        return self._find(kind, key).say(language, **values)

    def error_message(
        self, code: str, language: Language, /, *, reason: str | None = None, **values: str | int
    ) -> str:
        """Return the message of an error.

        That of ``session_ended`` is the text of its ``reason``, that of ``rate_limited`` the text
        of the lock that is its ``reason``. A reason that the contract lacks falls back to the words
        of the code. Raises ``KeyError`` as ``text`` does.
        """
        if code == "session_ended" and reason is not None and reason in self.reasons:
            return self.text("reasons", reason, language)
        if code == "rate_limited" and reason is not None and reason in self.locks:
            return self.text("locks", reason, language, **values)
        return self.text("errors", code, language, **values)

    def _find(self, kind: Kind, key: str) -> Text:
        if kind == "errors":
            return self.errors[key].message
        if kind == "events":
            return self.events[key].description
        texts = {
            "reasons": self.reasons,
            "locks": self.locks,
            "notices": self.notices,
            "fields": self.fields,
            "sources": self.sources,
        }
        return texts[kind][key]


@cache
def load_catalogue() -> Catalogue:
    """Return the catalogue, read from the contract at the first call.

    Raises ``ValueError`` or ``KeyError`` if the files are not whole, which no release is.
    """
    texts = cast("_Sections", read_contract_file("errors.yaml"))
    events = cast("_Sections", read_contract_file("events.yaml"))
    return Catalogue(
        errors=_entries(texts["errors"], _error_entry),
        reasons=_entries(texts["reasons"], _text_entry),
        locks=_entries(texts["locks"], _text_entry),
        notices=_entries(texts["notices"], _text_entry),
        fields=_entries(texts["fields"], _text_entry),
        events=_entries(events["events"], _event_entry),
        sources=_entries(events["sources"], _text_entry),
    )


def _placeholders(template: str) -> frozenset[str]:
    return frozenset(name for _, name, _, _ in Formatter().parse(template) if name is not None)


_Raw = Mapping[str, Any]
_Sections = Mapping[str, Mapping[str, _Raw]]
_Entry = TypeVar("_Entry")


def _entries(
    section: Mapping[str, _Raw], read: Callable[[str, _Raw], _Entry]
) -> Mapping[str, _Entry]:
    return MappingProxyType({key: read(key, raw) for key, raw in section.items()})


def _text_entry(_key: str, raw: _Raw) -> Text:
    return Text(en=raw["en"], zh_cn=raw["zh-CN"])


def _error_entry(code: str, raw: _Raw) -> ErrorEntry:
    return ErrorEntry(
        code=code,
        status=raw["status"],
        message=_text_entry(code, raw["message"]),
        evidence=frozenset(raw["evidence"]),
        hint=_text_entry(code, raw["hint"]),
    )


def _event_entry(name: str, raw: _Raw) -> EventEntry:
    return EventEntry(name=name, outcome=raw["outcome"], description=_text_entry(name, raw))
