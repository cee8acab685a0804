"""What the process beside the web server says of its ticks."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from structlog.testing import capture_logs

from aggregator import background
from aggregator.errors import AggregatorError, Unusable
from aggregator.pipeline import Polled, ignore
from aggregator.pulse import Pulse
from aggregator.values.tick import Tick


class Work:
    """Ticks that end as they are told to."""

    def __init__(self, *ends: AggregatorError | None) -> None:
        self._ends = iter(ends)

    async def tick(self, *, watch: Callable[[Polled], None] = ignore) -> Tick:  # noqa: ARG002 (nothing is polled)
        if error := next(self._ends):
            raise error
        return Tick()


@contextmanager
def teller() -> Iterator[background.Teller]:
    ear, mouth = os.pipe()
    try:
        yield background.Teller(mouth)
    finally:
        os.close(ear)
        os.close(mouth)


async def test_a_trouble_that_stays_is_logged_once_and_kept_in_the_pulse() -> None:
    full, away = Unusable("public/: no room"), Unusable("public/: gone")
    pulse = Pulse()
    errors: list[str | None] = []
    work = Work(None, full, full, full, away, away, None, full)

    with teller() as telling, capture_logs() as said:
        for _ in range(8):
            await background._tick(work, pulse, telling)
            errors.append(pulse.error)

    assert [line.get("error", line["event"]) for line in said] == [
        "public/: no room",
        "public/: gone",
        "tick_works_again",
        "public/: no room",
    ]
    assert errors == [None, *[str(full)] * 3, *[str(away)] * 2, None, str(full)]
