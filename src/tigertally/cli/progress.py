"""Shows how far an import of accounts is."""

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn


def importing() -> Progress:
    """Return a bar that counts lines, for the terminal and not for the output."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed}/{task.total} lines"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
    )
