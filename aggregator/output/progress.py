"""A progress bar for whatever may last."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def progress(what: str) -> Iterator[tuple[Callable[[int], None], Callable[..., None]]]:
    """A progress bar on stderr, on terminals only.

    Yields:
        Two functions: the first is told how many steps there are, the second of each step.
    """
    if not sys.stderr.isatty():
        yield lambda _: None, lambda _=1: None
        return
    from aggregator.output.bar import bar  # noqa: PLC0415 (rich takes a while to load)

    with bar() as shown:
        task = shown.add_task(what, total=None)
        yield (
            lambda total: shown.update(task, total=total),
            lambda steps=1: shown.advance(task, steps),
        )
