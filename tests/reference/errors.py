"""The page of error codes, from `errors.yaml` and the operations of the contract."""

import json
from collections import defaultdict
from typing import Final

from tigertally.contract.http import load_contract
from tigertally.contract.languages import Language
from tigertally.contract.texts import ErrorEntry, Text, load_catalogue

_TITLE: Final = Text("Troubleshooting: every error code", "排查问题：全部错误码")
_OTHER: Final = Text("[中文](errors.zh-CN.md)", "[English](errors.md)")
_INTRO: Final = Text(
    """\
Every refusal is JSON like the one below. `code` is permanent: decide by it, never by `message`,
which is for people and comes in the language of `Accept-Language`.
`X-Request-Id` of the answer stands in the log of the service beside the cause.

This page is written from the contract by `make docs`.""",
    """\
每次拒绝都是下面这样的 JSON。`code` 永不改变，程序应当依据它判断；\
`message` 是给人看的，语言取决于 `Accept-Language`，不要用来判断。\
响应头 `X-Request-Id` 会和原因一起写进服务日志。

本页由 `make docs` 根据接口约定生成。""",
)
_BY_STATUS: Final = {
    400: Text("the request is not right", "请求有误"),
    401: Text("nobody is signed in, or the proof is wrong", "未登录，或凭据不正确"),
    403: Text("signed in, and not allowed", "已登录，但不允许"),
    404: Text("not there, or not yours", "不存在，或不属于您"),
    405: Text("another method", "请求方法不对"),
    409: Text("the state does not allow it", "当前状态不允许"),
    410: Text("gone", "已失效"),
    413: Text("too large", "内容过大"),
    415: Text("another format", "格式不支持"),
    416: Text("not that range", "请求的范围不存在"),
    422: Text("understood, and refused", "内容不被接受"),
    429: Text("too often", "过于频繁"),
    500: Text("our fault", "服务内部出错"),
    502: Text("another service failed", "外部服务出错"),
    503: Text("not now", "暂时不可用"),
    504: Text("too slow", "超时"),
}
_SAID: Final = Text("Users read", "用户看到")
_EVIDENCE: Final = Text("More members", "附带字段")
_FROM: Final = Text("Answered by", "出现于")
_MANY: Final = Text("many operations: see `/api/docs`", "许多接口：见 `/api/docs`")
_EDGE: Final = Text("the server, before an operation is reached", "服务器，在进入接口之前")
_MOST: Final = 8
"""So many operations are listed."""


def _shown(text: Text, language: Language) -> str:
    """Return a text with its placeholders, on one line."""
    return " ".join((text.zh_cn if language == "zh-CN" else text.en).split())


def _sources(code: str) -> list[str]:
    """Return the operations that may answer with a code, as the reference names them."""
    operations = load_contract().operations.values()
    return [f"`{one.method} {one.path}`" for one in operations if code in one.error_codes]


def _entry(entry: ErrorEntry, language: Language) -> list[str]:
    sources = _sources(entry.code)
    comma = "、" if language == "zh-CN" else ", "
    place = comma.join(sources) if sources else _shown(_EDGE, language)
    place = _shown(_MANY, language) if len(sources) > _MOST else place
    colon = "：" if language == "zh-CN" else ": "
    rows = [f"- {_shown(_SAID, language)}{colon}{_shown(entry.message, language)}"]
    if entry.evidence:
        names = comma.join(f"`{name}`" for name in sorted(entry.evidence))
        rows.append(f"- {_shown(_EVIDENCE, language)}{colon}{names}")
    rows.append(f"- {_shown(_FROM, language)}{colon}{place}")
    return [f"### {entry.code}", _shown(entry.hint, language), "", *rows, ""]


def _example(language: Language) -> str:
    message = load_catalogue().error_message("session_ended", language, reason="replaced")
    refusal = {"code": "session_ended", "message": message, "status": 401, "reason": "replaced"}
    return json.dumps(refusal, indent=2, ensure_ascii=False)


def errors_page(language: Language) -> str:
    """Return the page in a language."""
    by_status: defaultdict[int, list[ErrorEntry]] = defaultdict(list)
    for entry in load_catalogue().errors.values():
        by_status[entry.status].append(entry)
    lines = [f"# {_shown(_TITLE, language)}", "", _shown(_OTHER, language), ""]
    lines += [_INTRO.zh_cn if language == "zh-CN" else _INTRO.en, ""]
    lines += ["```json", _example(language), "```", ""]
    for status in sorted(by_status):
        mark = "：" if language == "zh-CN" else ": "
        lines.append(f"## {status}{mark}{_shown(_BY_STATUS[status], language)}")
        for entry in by_status[status]:
            lines += _entry(entry, language)
    return "\n".join(lines).rstrip() + "\n"
