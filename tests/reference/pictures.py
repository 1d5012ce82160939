"""The pictures of the documentation, in both languages.

Each has paper of its own, so it can be read on a dark page, too.
"""

from collections.abc import Callable, Mapping
from typing import Final
from xml.sax.saxutils import escape

from tigertally.contract.languages import Language
from tigertally.contract.texts import Text

_PAPER, _INK, _MUTED, _LINE = "#f6f5f1", "#1d2422", "#5a645f", "#c9c5b8"
GREEN, GOLD, RED, PLAIN = "#1f6b5a", "#b5832a", "#b3331f", "#5a645f"
_WIDTH: Final = 720
_FONT: Final = "system-ui, 'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', sans-serif"


class Picture:
    """Boxes and arrows on paper, in one language."""

    def __init__(self, language: Language, height: int) -> None:
        self._language = language
        self._height = height
        self._parts: list[str] = []

    def _say(self, text: Text) -> str:
        return escape(text.zh_cn if self._language == "zh-CN" else text.en)

    def box(
        self,
        x: int,
        y: int,
        text: Text,
        below: Text | None = None,
        *,
        colour: str,
        width: int = 180,
    ) -> None:
        """Draw a box of 56 in height: a line in bold, and one below it."""
        middle = x + width // 2
        self._parts.append(
            f'<rect x="{x}" y="{y}" width="{width}" height="56" rx="10" fill="#ffffff" '
            f'stroke="{colour}" stroke-width="2"/>'
            f'<text x="{middle}" y="{y + (24 if below else 33)}" text-anchor="middle" '
            f'font-weight="600">{self._say(text)}</text>'
        )
        if below:
            self._parts.append(
                f'<text x="{middle}" y="{y + 43}" text-anchor="middle" font-size="12" '
                f'fill="{_MUTED}">{self._say(below)}</text>'
            )

    def arrow(self, start: tuple[int, int], end: tuple[int, int], text: Text | None = None) -> None:
        """Draw an arrow, with words above its middle."""
        (x1, y1), (x2, y2) = start, end
        self._parts.append(
            f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" stroke="{_MUTED}" stroke-width="1.5" '
            'marker-end="url(#head)"/>'
        )
        if text:
            self._parts.append(
                f'<text x="{(x1 + x2) // 2}" y="{(y1 + y2) // 2 - 8}" text-anchor="middle" '
                f'font-size="12" fill="{_MUTED}">{self._say(text)}</text>'
            )

    def words(self, x: int, y: int, text: Text, *, colour: str = _INK) -> None:
        """Write a line."""
        self._parts.append(f'<text x="{x}" y="{y}" fill="{colour}">{self._say(text)}</text>')

    def drawn(self) -> str:
        """Return the picture as SVG."""
        body = "\n".join(self._parts)
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {self._height}" '
            f'font-family="{_FONT}" font-size="14" fill="{_INK}">\n'
            '<defs><marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" '
            f'markerHeight="8" orient="auto"><path d="M0 0 8 4 0 8Z" fill="{_MUTED}"/>'
            "</marker></defs>\n"
            f'<rect width="{_WIDTH}" height="{self._height}" rx="10" fill="{_PAPER}" '
            f'stroke="{_LINE}"/>\n{body}\n</svg>\n'
        )


def _session(language: Language) -> str:
    drawing = Picture(language, 210)
    drawing.box(
        30, 24, Text("access token", "访问令牌"), Text("15 minutes", "15 分钟"), colour=GREEN
    )
    drawing.box(30, 130, Text("refresh token", "刷新令牌"), Text("7 days", "7 天"), colour=GOLD)
    drawing.box(
        280, 77, Text("session row", "会话（一行）"), Text("it decides", "由它决定"), colour=GREEN
    )
    drawing.box(
        520,
        77,
        Text("every process", "每个进程"),
        Text("remembers what ended", "记住已结束的会话"),
        colour=PLAIN,
        width=170,
    )
    drawing.arrow((210, 58), (276, 92), Text("names", "指向"))
    drawing.arrow((210, 150), (276, 122), Text("names", "指向"))
    drawing.arrow((460, 105), (516, 105))
    return drawing.drawn()


_POLICIES: Final = (
    ("unlimited", (True, True, True, True)),
    ("single", (False, False, False, True)),
    ("per_device_type", (False, True, False, True)),
    ("limit:3", (False, True, True, True)),
)
_DEVICES: Final = (
    Text("web, Monday", "网页，周一"),
    Text("app, Tuesday", "App，周二"),
    Text("web, Wednesday", "网页，周三"),
    Text("web, Thursday", "网页，周四"),
)


def _policies(language: Language) -> str:
    drawing = Picture(language, 250)
    for column, device in enumerate(_DEVICES):
        drawing.words(175 + 135 * column, 34, device, colour=_MUTED)
    for row, (policy, kept) in enumerate(_POLICIES):
        top = 54 + 46 * row
        drawing.words(24, top + 25, Text(policy, policy))
        for column, stays in enumerate(kept):
            text = Text("signed in", "保持登录") if stays else Text("replaced", "被顶替")
            drawing.words(175 + 135 * column, top + 25, text, colour=GREEN if stays else RED)
    return drawing.drawn()


def _refresh(language: Language) -> str:
    drawing = Picture(language, 220)
    for number, colour in ((1, PLAIN), (2, PLAIN), (3, GREEN)):
        place = 30 + 240 * (number - 1)
        drawing.box(place, 24, Text(f"generation {number}", f"第 {number} 代"), colour=colour)
        if number > 1:
            drawing.arrow((place - 60, 52), (place - 4, 52))
    drawing.words(30, 130, Text("Generation 2 is shown again:", "再次出示第 2 代："))
    drawing.words(
        30,
        160,
        Text("by the same device: the same answer again", "同一台设备：得到相同的响应"),
        colour=GREEN,
    )
    drawing.words(
        30,
        190,
        Text("by anybody else: the session ends for both", "其他任何人：会话对双方都结束"),
        colour=RED,
    )
    return drawing.drawn()


def _endings(language: Language) -> str:
    drawing = Picture(language, 250)
    for row, cause in enumerate(
        (
            Text("sign-out, kick", "退出、踢下线"),
            Text("replaced by the policy", "被策略顶替"),
            Text("disabled, new password", "停用、改密码"),
        )
    ):
        drawing.box(24, 20 + 74 * row, cause, colour=PLAIN, width=200)
        drawing.arrow((224, 48 + 74 * row), (286, 122))
    drawing.box(
        290,
        94,
        Text("one row ends", "一行结束"),
        Text("with a reason", "写明原因"),
        colour=RED,
        width=160,
    )
    drawing.box(
        520,
        50,
        Text("every process", "每个进程"),
        Text("refuses at once", "立即拒绝"),
        colour=GREEN,
    )
    drawing.box(
        520,
        140,
        Text("that device", "那台设备"),
        Text("is told why, when, where", "得知原因、时间、来源"),
        colour=GOLD,
    )
    drawing.arrow((450, 112), (516, 80))
    drawing.arrow((450, 132), (516, 164))
    return drawing.drawn()


PICTURES: Final[Mapping[str, Callable[[Language], str]]] = {
    "endings": _endings,
    "policies": _policies,
    "refresh": _refresh,
    "session": _session,
}
