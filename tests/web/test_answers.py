from aggregator.web.answers import Lately


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Maker:
    def __init__(self) -> None:
        self.times = 0

    def __call__(self) -> bytes:
        self.times += 1
        return b"made"


def test_what_was_made_a_moment_ago_is_not_made_again() -> None:
    clock, make = Clock(), Maker()
    lately = Lately(fresh_s=10, clock=clock)

    lately.body("a", make)
    clock.now += 9
    assert lately.body("a", make) == b"made"
    assert make.times == 1

    clock.now += 2
    lately.body("a", make)
    assert make.times == 2


def test_what_was_made_longest_ago_is_forgotten_first() -> None:
    lately, make = Lately(most=2), Maker()

    for key in ("a", "b", "c", "b", "a"):
        lately.body(key, make)

    assert make.times == 4
