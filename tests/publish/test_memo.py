"""What was made of a thing lately is not made again."""

from aggregator.publish.memo import Memo


def test_the_same_thing_is_made_once_and_an_equal_one_again() -> None:
    made: list[list[int]] = []
    memo: Memo[int] = Memo(10)

    def of(thing: list[int], more: str) -> int:
        return memo.get((thing,), more, lambda: made.append(thing) or len(made))  # type: ignore[func-returns-value]

    one, equal = [1], [1]

    assert [of(one, "a"), of(one, "a"), of(one, "b"), of(equal, "a")] == [1, 1, 2, 3]


def test_no_more_is_remembered_than_asked_for() -> None:
    memo: Memo[int] = Memo(8)

    for number in range(100):
        memo.get(([number],), None, lambda: 1)

    assert len(memo._made) <= 8
