from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.fetch import freshness
from aggregator.values.feed import Hints
from tests.support.feeds import NOW

HOUR = timedelta(hours=1)


def http(when: datetime) -> str:
    return f"{when:%a, %d %b %Y %H:%M:%S} GMT"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, 0),
        ({"cache-control": "max-age=600"}, 600),
        ({"cache-control": "public, MAX-AGE=600"}, 600),
        ({"cache-control": 'max-age="600"'}, 600),
        ({"cache-control": "max-age = 600"}, 600),
        ({"cache-control": "max-age=600", "age": "100"}, 500),
        ({"cache-control": "max-age=600", "age": "700"}, 0),
        ({"cache-control": "max-age=600", "age": "old"}, 600),
        ({"cache-control": "max-age=600, max-age=60"}, 600),
        ({"cache-control": "s-maxage=600"}, 0),
        ({"cache-control": "s-maxage=9999, max-age=600"}, 600),
        ({"cache-control": "no-cache, max-age=600"}, 0),
        ({"cache-control": "max-age=600, no-store"}, 0),
        ({"cache-control": 'max-age=600, no-cache="Set-Cookie"'}, 600),
        ({"cache-control": "max-age=-1"}, 0),
        ({"cache-control": "max-age=1.5"}, 0),
        ({"cache-control": "max-age=soon"}, 0),
        ({"cache-control": "max-age=31536000"}, 86_400),
        ({"cache-control": "max-age=" + "9" * 40}, 86_400),
        ({"expires": http(NOW + 2 * HOUR)}, 7200),
        ({"expires": http(NOW + 2 * HOUR), "date": http(NOW + HOUR)}, 3600),
        ({"expires": http(NOW + 2 * HOUR), "date": http(NOW - 30 * 24 * HOUR)}, 7200),
        ({"expires": http(NOW - HOUR)}, 0),
        ({"expires": "0"}, 0),
        ({"expires": "-1", "cache-control": "max-age=600"}, 600),
        ({"expires": http(NOW + 5 * HOUR), "cache-control": "max-age=600"}, 600),
        ({"expires": http(NOW + 5 * HOUR), "cache-control": "max-age=junk"}, 0),
    ],
)
def test_how_long_a_response_may_be_taken_as_current(headers: dict[str, str], seconds: int) -> None:
    assert freshness.fresh_for(headers, NOW) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("headers", "said"),
    [
        ({}, None),
        ({"etag": '"1"', "age": "5"}, None),
        ({"cache-control": "public"}, timedelta(0)),
        ({"cache-control": "max-age=0"}, timedelta(0)),
        ({"expires": "0"}, timedelta(0)),
    ],
)
def test_saying_nothing_is_not_saying_zero(headers: dict[str, str], said: timedelta | None) -> None:
    assert freshness.said_fresh_for(headers, NOW) == said


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, 0),
        ("120", 120),
        (" 120 ", 120),
        ("0", 0),
        ("-5", 0),
        ("1.5", 0),
        ("a while", 0),
        ("999999999999999", 86_400),
        (http(NOW + HOUR), 3600),
        ("Monday, 23-Nov-26 13:00:00 GMT", 3600),
        ("Mon Nov 23 13:00:00 2026", 3600),
        ("Mon, 23 Nov 2026 14:00:00 +0100", 3600),
        (http(NOW - HOUR), 0),
        (http(NOW + 100 * HOUR), 86_400),
    ],
)
def test_how_long_a_retry_after_asks_us_to_wait(value: str | None, seconds: int) -> None:
    assert freshness.retry_after(value, NOW) == timedelta(seconds=seconds)


@given(st.dictionaries(st.sampled_from(["cache-control", "expires", "date", "age"]), st.text()))
def test_no_header_makes_a_poll_fail_or_wait_for_over_a_day(headers: dict[str, str]) -> None:
    assert timedelta(0) <= freshness.fresh_for(headers, NOW) <= freshness.CEILING


@given(st.text())
def test_no_retry_after_makes_a_poll_fail_or_wait_for_over_a_day(value: str) -> None:
    assert timedelta(0) <= freshness.retry_after(value, NOW) <= freshness.CEILING


@pytest.mark.parametrize(
    ("hints", "floor"),
    [
        (Hints(), timedelta(0)),
        (Hints(ttl=2 * HOUR), 2 * HOUR),
        (Hints(ttl=2 * HOUR, update_period=3 * HOUR), 3 * HOUR),
        (Hints(update_period=timedelta(days=365)), freshness.CEILING),
    ],
)
def test_the_longer_wish_of_a_document_counts_up_to_a_day(hints: Hints, floor: timedelta) -> None:
    assert freshness.document_floor(hints)[0] == floor


def test_skipped_hours_and_days_are_left_out() -> None:
    weekend = Hints(skip_days=frozenset({5, 6}), skip_hours=frozenset({0, 1}))
    friday_night = datetime(2026, 11, 27, 23, 30, tzinfo=UTC)
    saturday = friday_night + HOUR

    assert freshness.after_skipped(weekend, friday_night) == friday_night
    assert freshness.is_skipped(weekend, saturday)
    assert freshness.after_skipped(weekend, saturday) == datetime(2026, 11, 30, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    "hints", [Hints(skip_hours=frozenset(range(24))), Hints(skip_days=frozenset(range(7)))]
)
def test_a_document_that_leaves_no_hour_is_read_all_the_same(hints: Hints) -> None:
    assert freshness.after_skipped(hints, NOW) == NOW
    assert not freshness.is_skipped(hints, NOW)
