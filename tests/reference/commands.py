"""The page of commands, from what each prints with `--help`."""

from collections.abc import Iterator
from typing import Final

import click
from click.testing import CliRunner

from tigertally.cli import main
from tigertally.contract.languages import Language
from tigertally.contract.texts import Text

_INTRO: Final = Text(
    """\
# Commands

[中文](commands.zh-CN.md)

What each command prints with `--help`. `flask tally …` has the same commands with the settings of
your application. This page is written by `make docs`.
""",
    """\
# 命令

[English](commands.md)

各命令 `--help` 的输出（只有英文）。`flask tally …` 提供同样的命令，使用您的应用的设置。\
本页由 `make docs` 生成。
""",
)


def every_command(
    command: click.Command = main, path: tuple[str, ...] = ()
) -> Iterator[tuple[str, ...]]:
    """Yield the words of each command that does something, such as ``("users", "create")``."""
    if not isinstance(command, click.Group):
        yield path
        return
    context = click.Context(command)
    for name in command.list_commands(context):
        found = command.get_command(context, name)
        if found is not None and not found.hidden:
            yield from every_command(found, (*path, name))


def commands_page(language: Language) -> str:
    """Return the page in a language."""
    lines = [_INTRO.zh_cn if language == "zh-CN" else _INTRO.en]
    for words in every_command():
        printed = CliRunner().invoke(
            main, [*words, "--help"], prog_name="tigertally", terminal_width=100
        )
        lines.append(f"## tigertally {' '.join(words)}\n```text\n{printed.output.strip()}\n```\n")
    return "\n".join(lines).rstrip() + "\n"
