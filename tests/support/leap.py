"""The clock of the event loop, moved by hand.

A deadline is then met without waiting for it, and none passes early because the machine is slow.
"""

import asyncio
import time
from collections.abc import Callable

PATIENCE_S = 60


class Leap:
    """Moves the time of a loop forward; its timers are all that notices.

    It is never set back: a timer set meanwhile would not go off.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop, self._ahead_s = loop, 0.0
        time_of = loop.time
        loop.time = lambda: time_of() + self._ahead_s  # type: ignore[method-assign]

    def by(self, seconds: float) -> None:
        """Make it so much later at once; from any thread."""
        self._ahead_s += seconds
        self._loop.call_soon_threadsafe(lambda: None)  # it may be asleep until a timer of before

    async def until(self, holds: Callable[[], bool], step_s: float = 0.0) -> None:
        """Wait for something to become true while time flies, by so much at every look."""
        began = time.monotonic()
        while not holds():
            assert time.monotonic() - began < PATIENCE_S
            self.by(step_s)
            await asyncio.sleep(0.01)
