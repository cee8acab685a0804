"""What many tasks bring is worked off together, and one's trouble is not the others'."""

from collections.abc import Sequence

import pytest
from anyio import create_task_group

from aggregator.lots import HEAVY, MOST, Lots


async def test_what_comes_together_is_worked_off_together() -> None:
    lots: list[int] = []

    def double(lot: Sequence[int]) -> list[int]:
        lots.append(len(lot))
        return [2 * number for number in lot]

    gathered = Lots[int, int](double)
    results: dict[int, int] = {}

    async def bring(number: int) -> None:
        results[number] = await gathered.result(number)

    async with create_task_group() as group:
        for number in range(3 * MOST):
            group.start_soon(bring, number)

    assert results == {number: 2 * number for number in range(3 * MOST)}
    assert len(lots) == 3


async def test_no_more_is_put_to_a_lot_that_is_heavy() -> None:
    lots: list[list[int]] = []

    def note(lot: Sequence[int]) -> list[int]:
        lots.append(list(lot))
        return list(lot)

    gathered = Lots[int, int](note, weigh=lambda number: number)
    weights = [HEAVY // 2, HEAVY // 2, 1, 1, 10 * HEAVY, 1]

    async with create_task_group() as group:
        for weight in weights:
            group.start_soon(gathered.result, weight)

    assert lots == [weights[:2], weights[2:5], weights[5:]]


async def test_when_a_lot_fails_each_thing_is_tried_alone() -> None:
    def inverse(lot: Sequence[int]) -> list[float]:
        return [1 / number for number in lot]

    gathered = Lots[int, float](inverse)
    results: list[float] = []

    async def bring(number: int) -> None:
        results.append(await gathered.result(number))

    async def bring_none() -> None:
        with pytest.raises(ZeroDivisionError):
            await gathered.result(0)

    async with create_task_group() as group:
        group.start_soon(bring, 1)
        group.start_soon(bring_none)
        group.start_soon(bring, 2)

    assert sorted(results) == [0.5, 1.0]


async def test_none_is_a_result() -> None:
    nothing: int | None = await Lots[int, int | None](lambda lot: [None for _ in lot]).result(1)

    assert nothing is None
