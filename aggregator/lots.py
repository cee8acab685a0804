"""What many tasks bring is worked off in lots: one transaction for all that came meanwhile."""

from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import Generic, TypeVar, cast

from anyio import Event, sleep, to_thread

Thing = TypeVar("Thing")
Result = TypeVar("Result")

MOST = 64  # things in a lot
HEAVY = 640  # no more is put to a lot that weighs so much
PATIENCE_S = 0.01  # wait so long for more to come, as long as more comes


class _Turn(Generic[Thing, Result]):
    """A thing that waits for its result."""

    def __init__(self, thing: Thing) -> None:
        self.thing = thing
        self.done = Event()
        self.result: Result | None = None
        self.error: BaseException | None = None


class Lots(Generic[Thing, Result]):
    """Whoever comes first works for all who come after, until nobody waits."""

    def __init__(
        self,
        work: Callable[[Sequence[Thing]], Sequence[Result]],
        weigh: Callable[[Thing], int] = lambda _: 1,
    ) -> None:
        """`work` is called in a thread with a lot, and returns a result for each thing.

        `weigh` tells how much work a thing is, so that a lot of heavy ones is a small lot.
        """
        self._work, self._weigh = work, weigh
        self._waiting: list[_Turn[Thing, Result]] = []
        self._busy = False

    async def result(self, thing: Thing) -> Result:
        """Have a thing worked off with others; raises what `work` raises over it."""
        turn: _Turn[Thing, Result] = _Turn(thing)
        self._waiting.append(turn)
        if not self._busy:
            self._busy = True
            try:
                await self._work_off()
            finally:
                self._busy = False
        await turn.done.wait()
        if turn.error is not None:
            raise turn.error
        return cast("Result", turn.result)  # each has one, or an error

    async def _work_off(self) -> None:
        while self._waiting:
            await self._gather()
            lot = self._taken()
            await to_thread.run_sync(self._do, lot)
            for turn in lot:
                turn.done.set()

    def _taken(self) -> list[_Turn[Thing, Result]]:
        """Those that come next, as long as they are not too heavy together; at least one."""
        weights = accumulate(self._weigh(turn.thing) for turn in self._waiting[:MOST])
        fit = 1 + sum(1 for weight in weights if weight < HEAVY)
        lot = self._waiting[: min(fit, MOST)]
        del self._waiting[: len(lot)]
        return lot

    def _do(self, lot: Sequence[_Turn[Thing, Result]]) -> None:
        """Work a lot off; when that fails, one by one, so that one thing's trouble is its own."""
        try:
            results = self._work([turn.thing for turn in lot])
        except Exception as error:  # noqa: BLE001 (raised again where it belongs)
            if len(lot) == 1:
                lot[0].error = error
            else:
                for turn in lot:
                    self._do([turn])
        else:
            for turn, result in zip(lot, results, strict=True):
                turn.result = result

    async def _gather(self) -> None:
        """Wait while others come, but not for a full lot."""
        came = 0
        while came < len(self._waiting) < MOST:
            came = len(self._waiting)
            await sleep(PATIENCE_S)
