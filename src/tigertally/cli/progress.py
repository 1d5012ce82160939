"""Shows how far an import of accounts is."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec


@contextmanager
def importing(total: int) -> Iterator[Callable[[int], None]]:
    """Yield what moves a bar of lines, for the terminal and not for the output.

    Without the extra ``server`` there is no bar.
    """
    if find_spec("rich") is None:
        yield lambda _: None
        return
    # Not at the top: an extra, which takes a while to load.
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn  # noqa: PLC0415

    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed}/{task.total} lines"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
    ) as progress:
        task = progress.add_task("importing", total=total)
        yield lambda completed: progress.update(task, completed=completed)
