"""A progress bar for whatever may last."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeRemainingColumn,
)

from aggregator.output.terminal import err


@contextmanager
def progress(what: str) -> Iterator[tuple[Callable[[int], None], Callable[..., None]]]:
    """A progress bar on stderr, on terminals only.

    Yields:
        Two functions: the first is told how many steps there are, the second of each step.
    """
    bar = Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=err,
        transient=True,
        disable=not err.is_terminal,
    )
    with bar:
        task = bar.add_task(what, total=None)
        yield (
            lambda total: bar.update(task, total=total),
            lambda steps=1: bar.advance(task, steps),
        )
