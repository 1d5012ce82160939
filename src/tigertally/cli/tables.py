"""Lists on the terminal, and in a pipe."""

import sys
from collections.abc import Iterable, Sequence

import click
from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from tigertally.core.reserved import is_formula
from tigertally.core.texts import without_hidden


def print_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table for a person; into a pipe or file, lines with tabs between for a program.

    Nothing is ever cut short: an id is there to be typed in again. Texts that people chose hide and
    reorder nothing, and what a spreadsheet would run has an apostrophe before it in a pipe.
    """
    shown = [[without_hidden(cell) for cell in row] for row in rows]
    if not sys.stdout.isatty():
        for row in (head, *shown):
            click.echo("\t".join(map(_defused, row)))
        return
    first, *others = (Column(name, overflow="fold") for name in head)
    first.no_wrap, first.min_width = True, 26
    table = Table(first, *others)
    for row in shown:
        # As plain text: a name may look like markup.
        table.add_row(*map(Text, row))
    Console().print(table)


def _defused(cell: str) -> str:
    return f"'{cell}" if is_formula(cell) else cell
