"""A progress bar for whatever may last."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from aggregator.output.terminal import err


class _RateColumn(ProgressColumn):
    """Steps a second."""

    def render(self, task: Task) -> Text:
        """The rate of late, once there is one."""
        rate = task.finished_speed or task.speed
        return Text("" if rate is None else f"{rate:,.1f}/s" if rate < 10 else f"{rate:,.0f}/s")  # noqa: PLR2004 (a decimal for slow ones)


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
        _RateColumn(),
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
