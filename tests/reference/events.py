"""The page of events and of reasons why sessions end, from the contract."""

from typing import Final

from tigertally.contract.languages import Language
from tigertally.contract.texts import Text, load_catalogue

_PAGE: Final = Text(
    """\
# Events and reasons

[中文](events.zh-CN.md)

This page is written from the contract by `make docs`.

## Why a session ended
`reason` in the answer `session_ended` and in the client's event `signedOut`.

| reason | users read |
|---|---|
{reasons}

## What the history records
`GET /api/auth/events` and `tigertally events` have these. A name is `source:subject:action` and
never changes.

| event | outcome | users read |
|---|---|---|
{events}
""",
    """\
# 事件与原因

[English](events.md)

本页由 `make docs` 根据接口约定生成。

## 会话为什么结束
响应 `session_ended` 中的 `reason`，也是客户端事件 `signedOut` 中的 `reason`。

| 原因 | 用户看到 |
|---|---|
{reasons}

## 记录了哪些事件
`GET /api/auth/events` 和 `tigertally events` 给出这些事件。\
名称的格式是 `来源:对象:动作`，永不改变。

| 事件 | 结果 | 用户看到 |
|---|---|---|
{events}
""",
)


def _shown(text: Text, language: Language) -> str:
    return " ".join((text.zh_cn if language == "zh-CN" else text.en).split())


def events_page(language: Language) -> str:
    """Return the page in a language."""
    catalogue = load_catalogue()
    reasons = [f"| `{key}` | {_shown(text, language)} |" for key, text in catalogue.reasons.items()]
    events = [
        f"| `{entry.name}` | {entry.outcome} | {_shown(entry.description, language)} |"
        for entry in catalogue.events.values()
    ]
    return _PAGE.say(language, reasons="\n".join(reasons), events="\n".join(events))
