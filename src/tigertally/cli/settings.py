"""The command that prints the reference of all settings."""

from collections.abc import Iterator
from typing import Final

import click

from tigertally.settings.values import CHINESE, PREFIX, Subject, extra_of
from tigertally.settings.whole import FROM_FILES, SUBJECTS

_WORDS: Final = {
    "en": (
        "# Settings\n",
        (
            "Environment variables; durations in seconds. Made by `tigertally settings`. "
            "[中文](settings.zh-CN.md)\n"
        ),
        "With `_FILE` behind its name, each of these is read from a file: {names}.\n",
        "| setting | default | what it is |\n|---|---|---|",
    ),
    CHINESE: (
        "# 设置\n",
        (
            "均为环境变量；时长以秒为单位。由 `tigertally settings --lang zh-CN` 生成。"
            "[English](settings.md)\n"
        ),
        "以下设置可以在名称后加上 `_FILE`，改从文件读取：{names}。\n",
        "| 设置 | 默认值 | 说明 |\n|---|---|---|",
    ),
}


@click.command()
@click.option("--lang", type=click.Choice([*_WORDS]), default="en", help="Language.")
def settings(lang: str) -> None:
    """Print all settings as Markdown; docs/settings.md is this output."""
    title, about, from_files, head = _WORDS[lang]
    names = "、" if lang == CHINESE else ", "
    click.echo(title)
    click.echo(about)
    click.echo(from_files.format(names=names.join(f"`{_variable(name)}`" for name in FROM_FILES)))
    for subject in SUBJECTS:
        click.echo(f"## {subject.title[1 if lang == CHINESE else 0]}\n")
        click.echo(head)
        for line in _rows(subject, lang):
            click.echo(line)
        if subject is not SUBJECTS[-1]:
            click.echo()


def _rows(subject: type[Subject], lang: str) -> Iterator[str]:
    for name, field in subject.model_fields.items():
        default = "" if field.default in {None, ()} else f"`{_written(field.default)}`"
        about = extra_of(field)[CHINESE] if lang == CHINESE else field.description
        yield f"| `{_variable(name)}` | {default} | {about} |"


def _written(default: object) -> str:
    """Return a default as a value of the environment."""
    return ",".join(default) if isinstance(default, tuple) else str(default)


def _variable(name: str) -> str:
    return f"{PREFIX}{name.upper()}"
