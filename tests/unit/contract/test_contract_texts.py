"""The catalogue of texts: whole, in both languages, and found by any Accept-Language."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.departures import placeholders

from tigertally.contract.http import load_contract
from tigertally.contract.languages import LANGUAGES, Language, negotiate
from tigertally.contract.texts import Text, load_catalogue
from tigertally.core.throttle import Act

CATALOGUE = load_catalogue()
DOCUMENT = load_contract().inlined(load_contract().document)
SCHEMAS = DOCUMENT["components"]["schemas"]

TEXTS: dict[str, Text] = {
    **{f"errors.{key}": entry.message for key, entry in CATALOGUE.errors.items()},
    **{f"hints.{key}": entry.hint for key, entry in CATALOGUE.errors.items()},
    **{f"reasons.{key}": text for key, text in CATALOGUE.reasons.items()},
    **{f"locks.{key}": text for key, text in CATALOGUE.locks.items()},
    **{f"notices.{key}": text for key, text in CATALOGUE.notices.items()},
    **{f"fields.{key}": text for key, text in CATALOGUE.fields.items()},
    **{f"events.{key}": entry.description for key, entry in CATALOGUE.events.items()},
    **{f"sources.{key}": text for key, text in CATALOGUE.sources.items()},
}


@pytest.mark.parametrize("key", TEXTS)
def test_every_text_is_chinese_in_chinese_and_english_in_english(key: str) -> None:
    assert re.search(r"[\u4e00-\u9fff]", TEXTS[key].zh_cn)
    assert not re.search(r"[\u3000-\u9fff\uff00-\uffef]", TEXTS[key].en)


@pytest.mark.parametrize("key", [key for key in TEXTS if not key.startswith("hints.")])
def test_every_text_for_people_speaks_of_no_code_and_no_token(key: str) -> None:
    if not key.startswith("events."):
        assert "`" not in TEXTS[key].en
        assert "token" not in TEXTS[key].en
        assert "令牌" not in TEXTS[key].zh_cn


@pytest.mark.parametrize(
    "key", [key for key in TEXTS if key.split(".")[0] in {"errors", "notices"}]
)
def test_every_message_is_a_sentence(key: str) -> None:
    assert TEXTS[key].en.endswith(".")
    assert TEXTS[key].zh_cn.endswith("。")


def test_a_text_must_have_the_same_placeholders_in_both_languages() -> None:
    with pytest.raises(ValueError, match="placeholders"):
        Text(en="at least {limit}", zh_cn="至少")


def test_a_text_must_be_there_in_both_languages() -> None:
    with pytest.raises(ValueError, match="missing"):
        Text(en="Hello.", zh_cn=" ")


def test_a_message_asks_only_for_what_its_error_carries() -> None:
    for entry in CATALOGUE.errors.values():
        assert placeholders(entry.message) <= entry.evidence, entry.code
        assert not placeholders(entry.hint), entry.code


def test_evidence_is_declared_by_the_error_schema() -> None:
    # Any error may have a hint: it says what was expected, not what happened.
    declared = set(SCHEMAS["Error"]["properties"]) - {"code", "message", "status", "hint"}
    carried = {name for entry in CATALOGUE.errors.values() for name in entry.evidence}
    assert carried == declared


def test_codes_reasons_and_events_are_the_enumerations_of_the_contract() -> None:
    assert SCHEMAS["ErrorCode"]["enum"] == list(CATALOGUE.errors)
    assert SCHEMAS["EndReason"]["enum"] == list(CATALOGUE.reasons)
    assert SCHEMAS["EventName"]["enum"] == list(CATALOGUE.events)


def test_every_event_follows_the_grammar_and_has_a_known_source() -> None:
    for name, entry in CATALOGUE.events.items():
        assert re.fullmatch(r"[a-z]+:[a-z]+:[a-z]+(_[a-z]+)*", name)
        assert entry.source in CATALOGUE.sources
        assert entry.outcome in {"success", "failure"}


def test_event_names_of_one_act_use_the_same_words() -> None:
    """The history tells who acted beside the text, so the text must not."""
    told: dict[str, set[tuple[str, Text]]] = {}
    for name, entry in CATALOGUE.events.items():
        deed = name.partition(":")[2]
        told.setdefault(deed, set()).add((entry.outcome, entry.description))
    assert {deed: texts for deed, texts in told.items() if len(texts) > 1} == {}


def test_a_text_is_filled_in() -> None:
    assert CATALOGUE.text("fields", "too_short", "en", limit=8).startswith("Please use at least 8 ")
    assert CATALOGUE.text("fields", "too_short", "zh-CN", limit=8) == "请至少输入 8 个字符。"


def test_a_value_is_never_read_as_a_template() -> None:
    text = CATALOGUE.text("fields", "choice", "en", choices="{limit} {0.__class__}")
    assert "{limit} {0.__class__}" in text


@pytest.mark.parametrize("kind", ["errors", "reasons", "notices", "fields", "events", "sources"])
def test_an_unknown_key_is_an_error_and_no_empty_text(kind: str) -> None:
    with pytest.raises(KeyError):
        CATALOGUE.text(kind, "no such key", "en")  # type: ignore[arg-type]


def test_a_forgotten_value_is_an_error() -> None:
    with pytest.raises(KeyError):
        CATALOGUE.text("fields", "too_short", "en")


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_ended_session_says_why(language: Language) -> None:
    for reason in CATALOGUE.reasons:
        said = CATALOGUE.error_message("session_ended", language, reason=reason)
        assert said == CATALOGUE.text("reasons", reason, language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_lock_says_what_is_locked_and_for_how_long(language: Language) -> None:
    for lock in CATALOGUE.locks:
        said = CATALOGUE.error_message("rate_limited", language, reason=lock, retry_after="7 min")
        assert "7 min" in said
        assert said != CATALOGUE.text("errors", "rate_limited", language, retry_after="7 min")


def test_every_lock_of_the_throttle_has_its_words() -> None:
    assert {act.lock for act in Act} - {None} == set(CATALOGUE.locks)


def test_an_unknown_reason_falls_back_to_the_words_of_the_code() -> None:
    words = CATALOGUE.text("errors", "session_ended", "en")
    assert CATALOGUE.error_message("session_ended", "en", reason="abducted") == words
    assert CATALOGUE.error_message("session_ended", "en") == words


def test_a_reason_changes_no_other_error() -> None:
    words = CATALOGUE.text("errors", "token_missing", "en")
    assert CATALOGUE.error_message("token_missing", "en", reason="idle") == words


def test_statuses_are_those_of_errors() -> None:
    allowed = {400, 401, 403, 404, 405, 409, 413, 415, 416, 429, 500, 503}
    assert {entry.status for entry in CATALOGUE.errors.values()} == allowed


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, "en"),
        ("", "en"),
        ("en-GB", "en"),
        ("zh", "zh-CN"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh-CN"),
        ("en-US,en;q=0.9,zh-CN;q=0.8", "en"),
        ("zh-Hant-TW", "zh-CN"),
        ("ZH-hk", "zh-CN"),
        ("zh_CN", "zh-CN"),
        ("fr-FR, zh;q=0.1", "zh-CN"),
        ("en;q=0.2, zh;q=0.3", "zh-CN"),
        ("zh;q=0.5, en;q=0.5", "zh-CN"),
        ("en;q=0.5, zh;q=0.5", "en"),
        ("zh;q=0", "en"),
        ("zh;q=0, en;q=0", "en"),
        ("zh;q=nan", "en"),
        ("zh;q=1e9, en", "en"),
        ("zh;q=2, en", "en"),
        ("zhx", "en"),
        ("*", "en"),
        ("de, *;q=0.5", "en"),
        (";;q=,,=,zh ; Q = 0.5 ,\x00", "zh-CN"),
        ("中文", "en"),
    ],
)
def test_the_language_is_what_the_browser_asks_for(header: str | None, language: str) -> None:
    assert negotiate(header) == language


@given(st.text() | st.from_regex(r"([a-z*]{0,4}(-[A-Z]{2})?(;q=[0-9.]{0,5})?,){0,9}"))
def test_any_header_gets_a_language(header: str) -> None:
    assert negotiate(header) in LANGUAGES


@pytest.mark.parametrize("piece", ["zh,", "a-", ";q=", " ", "zh;q=0." + "0" * 50, "\t;"])
def test_a_header_of_100_kb_costs_no_time(piece: str) -> None:
    header = piece * (100_000 // len(piece))
    started = time.thread_time()
    negotiate(header)
    assert time.thread_time() - started < 0.05


def test_a_tag_cut_in_two_by_the_limit_is_not_read() -> None:
    assert negotiate("x" * 1021 + ",zh") == "zh-CN"
    assert negotiate("x" * 1021 + ",zho") == "en"
