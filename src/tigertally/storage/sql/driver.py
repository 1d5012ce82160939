"""Runs statements on the driver's cursor, as text that SQLAlchemy compiled once per engine.

SQLAlchemy's execution of a statement takes several times as long as SQLite does. So the statements
of the hot journeys (:mod:`~tigertally.storage.sql.compiled`) go around it, on the same connection
and in the same transaction. Here is the one place where their values are converted, by the types of
their columns. Errors are SQLAlchemy's.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Executable, Update
from sqlalchemy.engine.interfaces import Dialect as Compiling

from tigertally.storage.sql.dialects import Dialect
from tigertally.storage.sql.dialects.translation import raise_translated

Values = Mapping[str, Any]
Row = list[Any]

_Convert = Callable[[Any], Any]

_KEPT: Final = 256
"""Texts that are kept: a process has one or two engines, and each of them some fifteen."""


class Statement:
    """A statement, compiled when an engine first runs it."""

    def __init__(
        self,
        make: Callable[[Dialect], Executable],
        *,
        columns: Sequence[str] = (),
        returning: Sequence[ColumnElement[Any]] = (),
    ) -> None:
        """Keep what makes the statement.

        ``columns`` are filled by an INSERT or UPDATE with the values of the same names.
        ``returning`` is what an UPDATE gives back of its row, where the engine can.
        """
        self.make = make
        self._columns = columns
        self._returning = returning

    def compile(self, dialect: Dialect, compiling: Compiling) -> "Text":
        """Return the text. Raises TypeError for a statement whose text depends on its values."""
        statement: Any = self.make(dialect)
        if isinstance(statement, Update) and self._returning and compiling.update_returning:
            statement = statement.returning(*self._returning)
        compiled: Any = statement.compile(dialect=compiling, column_keys=self._columns or None)
        if compiled.post_compile_params or compiled.literal_execute_params:
            raise TypeError("let SQLAlchemy execute it: its text depends on its values")
        binds = {name: compiled.binds[name] for name in compiled.bind_names.values()}
        sent = {
            name: convert
            for name, bind in binds.items()
            if (convert := bind.type.dialect_impl(compiling).bind_processor(compiling))
        }
        results = statement.exported_columns
        read = [
            (position, convert)
            for position, column in enumerate(results)
            if (convert := column.type.dialect_impl(compiling).result_processor(compiling, None))
        ]
        return Text(
            sql=str(compiled),
            positions=tuple(compiled.positiontup) if compiled.positional else None,
            fixed={name: bind.value for name, bind in binds.items() if not bind.required},
            sent=sent,
            read=read,
            gives_rows=bool(results),
        )


@dataclass(frozen=True, slots=True)
class Text:
    """A compiled statement, and how its values are converted."""

    sql: str
    positions: tuple[str, ...] | None
    """The names of its values in their order; ``None`` if the driver takes them by name."""
    fixed: Values
    """Values of the statement itself."""
    sent: Mapping[str, _Convert]
    """By name, what must be converted before it is sent."""
    read: Sequence[tuple[int, _Convert]]
    """By position, what must be converted after it was read."""
    gives_rows: bool

    def parameters(self, values: Values) -> Any:
        """Return the values as the driver takes them."""
        plain = {**self.fixed, **values}
        for name, convert in self.sent.items():
            plain[name] = convert(plain[name])
        return plain if self.positions is None else [plain[name] for name in self.positions]

    def row(self, raw: Iterable[Any]) -> Row:
        """Return a row with our values."""
        row = list(raw)
        for position, convert in self.read:
            row[position] = convert(row[position])
        return row


@lru_cache(_KEPT)
def _text(statement: Statement, dialect: Dialect, compiling: Compiling) -> Text:
    return statement.compile(dialect, compiling)


class DriverCursor:
    """Runs compiled statements in the transaction of one connection."""

    def __init__(self, connection: Connection, dialect: Dialect) -> None:
        self._connection = connection
        self._dialect = dialect

    def change(self, statement: Statement, values: Values) -> int:
        """Return how many rows the statement changed."""
        text = self._text(statement)
        return self._run(text, text.parameters(values))[0]

    def add(self, statement: Statement, rows: Sequence[Values]) -> None:
        """Insert rows."""
        text = self._text(statement)
        parameters = [text.parameters(row) for row in rows]
        if len(parameters) == 1:
            self._run(text, parameters[0])
        elif parameters:
            self._run(text, parameters, many=True)

    def rows(self, statement: Statement, values: Values) -> list[Row]:
        """Return the rows that were found."""
        text = self._text(statement)
        return self._run(text, text.parameters(values))[1]

    def row(self, statement: Statement, values: Values) -> Row | None:
        """Return the one row that was found, or ``None``."""
        return next(iter(self.rows(statement, values)), None)

    def changed_row(
        self, change: Statement, values: Values, *, read: Statement, by: Values
    ) -> Row | None:
        """Return the row that an UPDATE changed, as it is now; ``None`` if it changed none.

        ``read`` finds it by the values ``by`` where an UPDATE cannot return it.
        """
        text = self._text(change)
        count, rows = self._run(text, text.parameters(values))
        if text.gives_rows:
            return next(iter(rows), None)
        return self.row(read, by) if count else None

    def _text(self, statement: Statement) -> Text:
        return _text(statement, self._dialect, self._connection.dialect)

    def _run(self, text: Text, parameters: Any, *, many: bool = False) -> tuple[int, list[Row]]:
        """Return how many rows changed, and the rows that came back."""
        # SQLAlchemy would begin with its first own statement, too late for ours.
        if not self._connection.in_transaction():
            self._connection.begin()
        connection, cursor = self._connection.connection, None
        try:
            # Closed at once: an open one would keep SQLite's lock where the connection is closed.
            cursor = connection.cursor()
            (cursor.executemany if many else cursor.execute)(text.sql, parameters)
            raw = cursor.fetchall() if text.gives_rows else ()
            count: int = cursor.rowcount
            cursor.close()
        except BaseException as error:  # noqa: BLE001 - raised again, as SQLAlchemy would
            raise_translated(self._connection, error, cursor)
        return count, [text.row(one) for one in raw]
