"""Prints lists on the terminal, or into a pipe."""

import sys
from collections.abc import Iterable, Sequence
from importlib.util import find_spec

import click

from tigertally.core.reserved import defused
from tigertally.core.texts import without_hidden


def print_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table for a person; into a pipe or file, tab-separated lines for a program.

    Also where the extra `server` is not installed, which draws tables.

    Nothing is cut short, so that ids can be typed in again. Texts by people cannot hide or reorder
    anything. In a pipe, an apostrophe precedes a text that a spreadsheet would run.
    """
    shown = [[without_hidden(cell) for cell in row] for row in rows]
    if not sys.stdout.isatty() or find_spec("rich") is None:
        for row in (head, *shown):
            click.echo("\t".join(map(defused, row)))
        return
    _draw(head, shown)


def _draw(head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    # Not at the top: programs that read tables need none of it.
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Column, Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    first, *others = (Column(name, overflow="fold") for name in head)
    first.no_wrap, first.min_width = True, 26
    table = Table(first, *others)
    for row in rows:
        # Plain text: a name may look like markup.
        table.add_row(*map(Text, row))
    Console().print(table)
