"""Steps that can be taken twice: MySQL and MariaDB commit each one by itself.

An upgrade that dies between two steps is run again from the beginning of its revision. Each step
first looks whether it was taken already. What these make must never change: old revisions use them.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final

import sqlalchemy as sa
from alembic import op

_BINARY: Final[dict[str, Any]] = {"mysql_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin"}


_PAGE: Final = 1000
"""Rows that are read, decided and written at once: a statement for each would take hours."""


def pages(rows: sa.Select[Any], by: sa.ColumnElement[Any]) -> Iterator[Sequence[sa.Row[Any]]]:
    """Return the rows, in pages in the order of their ids: the connection is needed in between."""
    last = ""
    while page := op.get_bind().execute(rows.where(by > last).order_by(by).limit(_PAGE)).all():
        yield page
        last = page[-1].id


def create_table(name: str, *parts: sa.Column[Any] | sa.Constraint, **options: Any) -> None:
    """Create a table, unless there is one of this name with exactly these columns.

    Another table of this name is somebody else's: the database refuses to create ours.
    """
    columns = {part.name for part in parts if isinstance(part, sa.Column)}
    if _columns(name) != columns:
        op.create_table(name, *parts, **_BINARY, **options)


def create_index(table: str, *columns: str, unique: bool = False) -> None:
    """Create an index with our kind of name, unless the table has it."""
    name = f"ix_{table}_{'_'.join(columns)}"
    if name not in {each["name"] for each in _look().get_indexes(table)}:
        op.create_index(op.f(name), table, list(columns), unique=unique)


def drop_index(table: str, *columns: str) -> None:
    """Drop an index with our kind of name, if the table has it."""
    name = f"ix_{table}_{'_'.join(columns)}"
    if name in {each["name"] for each in _look().get_indexes(table)}:
        op.drop_index(op.f(name), table)


def add_column(table: str, column: sa.Column[Any]) -> None:
    """Add a column, unless the table has it."""
    if column.name not in _columns(table):
        op.add_column(table, column)


def widen(table: str, column: str, length: int, *, nullable: bool) -> None:
    """Let a text column take longer texts, unless it does. SQLite's take any length."""
    if op.get_context().dialect.name == "sqlite":
        return
    found = {each["name"]: each["type"] for each in _look().get_columns(table)}[column]
    if isinstance(found, sa.String) and (found.length or length) < length:
        text = sa.String(length=length)
        op.alter_column(table, column, type_=text, existing_nullable=nullable)


def drop_column(table: str, column: str) -> None:
    """Drop a column, if the table has it."""
    if column in _columns(table):
        op.drop_column(table, column)


def drop_tables(*names: str) -> None:
    """Drop those of these tables that are there."""
    for name in names:
        if _look().has_table(name):
            op.drop_table(name)


def _columns(table: str) -> set[str]:
    look = _look()
    return {each["name"] for each in look.get_columns(table)} if look.has_table(table) else set()


def _look() -> sa.Inspector:
    # A new one each time: an inspector keeps what it saw.
    return sa.inspect(op.get_bind())
