"""The root of the tree of errors, and what is wrong with one field."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Self


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """What is wrong with one field: a ``kind`` of ``fields:`` in errors.yaml, and its figures.

    The refused value itself is never part of it: it may be a password.
    """

    kind: str
    values: Mapping[str, int | str] = field(default_factory=dict)


class TallyError(Exception):
    """The root of the tree. ``str(error)`` is for logs and names no secret."""

    code: ClassVar[str]
    hint: str | None = None
    """One English sentence for the developer of the caller; never a value that was sent."""

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail or self.code)

    def advise(self, hint: str) -> Self:
        """Add a hint for the developer, and return the error itself."""
        self.hint = hint
        return self


class SetupError(TallyError):
    """The installation cannot work like this; ``remedy`` says what to do about it."""

    code = "internal_error"

    def __init__(self, problem: str, *, remedy: str) -> None:
        super().__init__(f"{problem}\n  What to do: {remedy}")
        self.problem = problem
        self.remedy = remedy
