import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.fetch import rhythm
from aggregator.fetch.rhythm import Rhythm
from aggregator.values.feed import Hints, News
from tests.support.feeds import NOW

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def learned(new: Sequence[datetime]) -> Rhythm:
    """What the dates of a first document teach."""
    return rhythm.learned(Rhythm(), News(new=tuple(new), first=True), NOW, None)


def learned_more(
    known: Rhythm, *new: datetime, now: datetime, last_poll: datetime | None = None
) -> Rhythm:
    """What a later document teaches."""
    return rhythm.learned(known, News(new=new), now, last_poll)


def wait(known: Rhythm, at: datetime = NOW, **limits: timedelta) -> timedelta:
    bounds = {"interval": HOUR, "shortest": 15 * MINUTE, "longest": DAY} | limits
    return rhythm.wait(known, at, **bounds)


def each(every: timedelta, days: int = 28) -> list[datetime]:
    return [NOW - number * every for number in range(1, int(days * DAY / every))]


def test_a_feed_nothing_is_known_of_gets_the_usual_interval() -> None:
    assert wait(Rhythm()) == HOUR
    assert not Rhythm().is_known(NOW)


def test_the_more_a_feed_publishes_the_sooner_it_is_looked_at() -> None:
    waits = [wait(learned(each(every))) for every in (10 * MINUTE, HOUR, 2 * HOUR, DAY, 5 * DAY)]

    assert waits == sorted(waits)
    assert waits[0] == 15 * MINUTE
    assert waits[-1] > 3 * HOUR


def test_polls_go_by_the_square_root_of_the_rate() -> None:
    slow, fast = learned(each(4 * 61 * MINUTE)), learned(each(61 * MINUTE))

    assert wait(slow) / wait(fast) == pytest.approx(2, rel=0.15)


def test_a_feed_that_publishes_seldom_is_not_looked_at_more_than_once_an_hour() -> None:
    noons = [datetime(2026, 11, day, 12, 5, tzinfo=NOW.tzinfo) for day in range(1, 23)]

    assert wait(learned(noons)) >= HOUR
    assert wait(learned(noons), interval=20 * MINUTE) >= 20 * MINUTE


def test_a_feed_that_lives_is_looked_at_twice_a_day() -> None:
    assert wait(learned(each(10 * DAY, 100))) <= 12 * HOUR


def test_a_feed_that_died_is_looked_at_once_a_day() -> None:
    silent = learned([NOW - 300 * DAY, NOW - 310 * DAY])

    assert wait(silent) == DAY


def test_polls_come_thick_when_a_feed_usually_publishes() -> None:
    mornings = [
        datetime(2026, 11, day, 8, minute, tzinfo=NOW.tzinfo)
        for day in range(1, 23)
        for minute in range(0, 60, 10)
    ]
    known = learned(mornings)
    before, after = NOW.replace(hour=8), NOW.replace(hour=14)

    assert wait(known, before) < wait(known, after) / 2


def test_polls_come_thin_at_weekends_when_nobody_works() -> None:
    weekdays = [when for when in each(2 * HOUR, 56) if when.weekday() < 5]
    known = learned(weekdays)
    saturday = NOW - 2 * DAY

    assert wait(known, saturday) > 2 * wait(known, NOW)


def test_a_lump_of_entries_is_one_habit_and_not_twenty() -> None:
    spread = [datetime(2026, 11, day, day, tzinfo=NOW.tzinfo) for day in range(1, 21)]
    lump = [datetime(2026, 11, 3, 3, minute, tzinfo=NOW.tzinfo) for minute in range(20)]

    assert sum(learned(lump).hours) < sum(learned(spread).hours) / 3
    assert learned(lump).items == pytest.approx(learned(spread).items, rel=0.5)


def test_a_quiet_poll_needs_no_bookkeeping() -> None:
    known = learned(each(5 * HOUR))

    assert learned_more(known, now=NOW + DAY) is known
    assert known.rate(NOW + 20 * DAY) < known.rate(NOW) / 1.5


def test_an_entry_with_a_date_long_past_counts_when_it_was_found() -> None:
    known = learned(each(5 * HOUR))

    late = learned_more(known, NOW - 400 * DAY, now=NOW + HOUR)

    assert late.hours[NOW.hour + 1] > known.hours[NOW.hour + 1]


def test_entries_without_dates_are_learned_from_when_they_are_discovered() -> None:
    known = rhythm.learned(Rhythm(), News(undated=20, first=True), NOW, None)
    for hour in range(1, 100):
        at = NOW + hour * HOUR
        known = rhythm.learned(known, News(undated=1), at, at - HOUR)

    assert known.rate(NOW + 100 * HOUR) == pytest.approx(24, rel=0.2)


def test_polls_do_not_learn_from_themselves_when_to_come() -> None:
    known = learned(each(25 * HOUR))
    for day in range(40):  # always found at ten past eight in the evening, by polls hours apart
        found = (NOW + day * DAY).replace(hour=20, minute=10)
        known = rhythm.learned(known, News(undated=1), found, found - 9 * HOUR)

    assert known.hours.index(max(known.hours)) == 15


def test_an_entry_older_than_the_last_poll_came_between_the_two() -> None:
    known = learned(each(25 * HOUR))
    midnight = (NOW + DAY).replace(hour=0)  # as its date says
    last, now = midnight + 10 * HOUR, midnight + 14 * HOUR

    late = learned_more(known, midnight, now=now, last_poll=last)

    gained = [after - before for before, after in zip(known.hours, late.hours, strict=True)]
    assert gained.index(max(gained)) == 12


def on_the_hour(minute: int = 2, days: int = 28) -> Rhythm:
    """A program that publishes every third hour, always at the same minute."""
    start = NOW.replace(minute=minute) - days * DAY
    return learned([start + number * 3 * HOUR for number in range(8 * days)])


def test_a_program_that_publishes_on_the_hour_is_looked_at_right_after_it() -> None:
    known = on_the_hour()
    at = NOW.replace(minute=4)
    minutes = []
    for _ in range(60):
        at += wait(known, at)
        minutes.append(at.minute)

    assert sum(minute < 10 for minute in minutes) > 25  # were they anywhere: 10


def test_entries_at_any_minute_make_no_habit() -> None:
    even = learned(each(timedelta(minutes=67)))

    assert all(wait(even, NOW + number * MINUTE) > 30 * MINUTE for number in range(60))
    assert len({round(wait(even, NOW + n * MINUTE) / MINUTE, 1) for n in range(60)}) < 10


def test_a_habit_leaves_no_minute_out_for_ever() -> None:
    known = on_the_hour()

    assert wait(known, NOW.replace(minute=10), interval=6 * HOUR) <= 12 * HOUR


def test_a_clock_that_was_set_back_breaks_nothing() -> None:
    known = learned_more(learned(each(HOUR)), NOW - 50 * DAY, now=NOW - 50 * DAY)

    assert 15 * MINUTE <= wait(known, NOW - 50 * DAY) <= DAY


def test_what_is_known_survives_being_stored() -> None:
    hints = Hints(5 * HOUR, DAY, frozenset({1, 2}), frozenset({6}))
    known = replace(learned(each(7 * HOUR)), hints=hints)

    again = rhythm.read(rhythm.write(known))

    assert again.hints == hints
    assert abs(wait(again) - wait(known)) < MINUTE


@pytest.mark.parametrize(
    "text", [None, "", "junk", "{}", "[]", '{"at": "x"}', '{"at": 1, "hours": [1]}', "null", "7"]
)
def test_what_cannot_be_read_is_nothing_known(text: str | None) -> None:
    assert rhythm.read(text) == Rhythm()


@given(st.text())
def test_no_stored_text_breaks_a_poll(text: str) -> None:
    rhythm.read(text)
    rhythm.read(json.dumps({"at": text, "items": 1}))


moments = st.datetimes(datetime(2000, 1, 1), datetime(2050, 1, 1)).map(  # noqa: DTZ001 - made aware
    lambda when: when.replace(tzinfo=NOW.tzinfo)
)


@given(
    st.lists(moments, max_size=30),
    st.lists(moments, max_size=5),
    moments,
    st.none() | moments,
    st.timedeltas(MINUTE, 30 * DAY),
    st.timedeltas(MINUTE, 5 * HOUR),
    st.timedeltas(6 * HOUR, 30 * DAY),
)
def test_no_wait_leaves_its_bounds(
    history: list[datetime],
    new: list[datetime],
    at: datetime,
    last_poll: datetime | None,
    interval: timedelta,
    shortest: timedelta,
    longest: timedelta,
) -> None:
    known = learned_more(learned(history), *new, now=at, last_poll=last_poll)

    result = rhythm.wait(known, at, interval=interval, shortest=shortest, longest=longest)

    assert shortest <= result <= max(longest, shortest)
