"""Silence and bursts: rules that raise no false alarm and miss no real one."""

import random
from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.watch import BASE_H, DAY_H, Series, chance_of_so_many, unusual

NOW = 490_000  # an hour of 2025


def steady(every_h: int, until_h: int = NOW, count: int = 1) -> dict[int, int]:
    """Items at regular hours over six weeks."""
    return dict.fromkeys(range(NOW - 42 * DAY_H, until_h + 1, every_h), count)


def chance(rate: float, seed: int, *, days: int = 42, weekend: float = 0.2) -> dict[int, int]:
    """Items as news comes: by chance, more by day, few on two days of seven."""
    draw = random.Random(seed)  # noqa: S311 (news by chance, not a secret)
    series: Counter[int] = Counter()
    for hour in range(NOW - days * DAY_H, NOW + 1):
        day = 1.6 if 7 <= hour % DAY_H <= 20 else 0.3
        week = weekend if hour // DAY_H % 7 > 4 else 1.3
        chances = rate / DAY_H * day * week
        while draw.random() < chances:
            series[hour] += 1
            chances /= 2
    return dict(series)


def test_what_comes_as_usual_is_nothing_to_tell() -> None:
    assert unusual(steady(3), steady(1, count=9), NOW, None) is None
    assert unusual(steady(3), None, NOW, None) is None


def test_somebody_of_whom_nothing_comes_any_more_is_silent() -> None:
    found = unusual(steady(2, until_h=NOW - 48), steady(1, count=9), NOW, None)

    assert found is not None
    assert (found.kind, found.quiet_h, round(found.usual)) == ("silence", 48, 12)


def test_when_all_news_stops_nobody_is_silent() -> None:
    quiet = NOW - 48

    assert unusual(steady(2, until_h=quiet), steady(1, until_h=quiet, count=9), NOW, None) is None


def test_a_feed_needs_no_other_to_be_silent() -> None:
    found = unusual(steady(2, until_h=NOW - 48), None, NOW, None)

    assert found is not None
    assert found.kind == "silence"


def test_a_gap_as_long_as_others_before_is_no_silence() -> None:
    working_days = {h: n for h, n in steady(1, NOW - 50).items() if (NOW - h) // DAY_H % 7 > 1}

    assert unusual(working_days, None, NOW, None) is None


def test_of_rare_people_no_silence_is_claimed() -> None:
    assert unusual(steady(240), steady(1, count=9), NOW, None) is None


def test_of_what_is_known_for_days_only_nothing_is_claimed() -> None:
    young = dict.fromkeys(range(NOW - 100, NOW - 40), 2)

    assert unusual(young, None, NOW, None) is None
    assert unusual({NOW: 80}, None, NOW, None) is None


def test_three_times_the_usual_is_a_burst_until_it_is_nearly_over() -> None:
    own = steady(3, NOW + 72) | dict.fromkeys(range(NOW - 10, NOW), 4)
    others = steady(1, count=9)

    begun = unusual(own, others, NOW, None)
    later = NOW + DAY_H - 7
    goes_on = unusual(own, steady(1, later, 9), later, "burst")
    begins_then = unusual(own, steady(1, later, 9), later, None)

    assert begun is not None
    assert (begun.kind, round(begun.usual)) == ("burst", 8)
    assert begun.recent >= 40
    assert goes_on is not None
    assert begins_then is None or begins_then.kind == "burst"
    assert unusual(own, steady(1, NOW + 72, 9), NOW + 72, "burst") is None


def test_somebody_never_in_the_news_bursts_with_a_handful() -> None:
    found = unusual({NOW - 2: 4, NOW: 4}, steady(1, count=9), NOW, None)

    assert found is not None
    assert (found.kind, found.recent, found.usual) == ("burst", 8, 0)


def test_when_all_news_doubles_threefold_nobody_bursts() -> None:
    flood = dict.fromkeys(range(NOW - DAY_H, NOW + 1), 36)

    own = steady(3) | dict.fromkeys(range(NOW - DAY_H, NOW + 1), 1)

    assert unusual(own, steady(1, count=9) | flood, NOW, None) is None


def test_there_is_no_storm_of_alarms() -> None:
    """Two hundred people looked at on nine days: hardly anything is claimed of chance alone."""
    others = chance(300, seed=0)
    claims = 0
    for seed in range(1, 200):
        own = chance([0.3, 1, 3, 10, 30][seed % 5], seed)
        for day in range(9):
            claims += unusual(own, others, NOW - day * 29, None) is not None

    assert claims <= 2


@settings(max_examples=50)
@given(
    st.dictionaries(st.integers(NOW - 2 * BASE_H, NOW + 5), st.integers(0, 50), max_size=60),
    st.none() | st.dictionaries(st.integers(NOW - 2 * BASE_H, NOW), st.integers(0, 99), max_size=9),
    st.sampled_from([None, "burst", "silence"]),
)
def test_any_history_has_an_answer(own: Series, others: Series | None, was: str | None) -> None:
    found = unusual(own, others, NOW, was)  # type: ignore[arg-type]

    assert found is None or found.kind in {"silence", "burst"}


def test_the_chance_of_so_many_is_that_of_poisson() -> None:
    assert abs(chance_of_so_many(10, 3.0) - 0.0011025) < 1e-6
    assert chance_of_so_many(2, 3.0) == 1
    assert 0 < chance_of_so_many(300, 100.0) < 1e-40
