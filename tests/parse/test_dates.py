"""Dates of entries."""

from datetime import UTC, datetime, timedelta
from time import struct_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.parse.dates import from_text, from_tuple, plausible

NOW = datetime(2026, 3, 5, 12, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("when", "believed"),
    [
        (NOW, True),
        (NOW + DAY, True),
        (NOW + DAY + timedelta(seconds=1), False),
        (datetime(1970, 1, 1, tzinfo=UTC), True),
        (datetime(1969, 12, 31, 23, 59, tzinfo=UTC), False),
    ],
)
def test_a_date_is_believed_from_1970_to_tomorrow(when: datetime, *, believed: bool) -> None:
    assert plausible(when, NOW) == (when if believed else None)
    assert plausible(None, NOW) is None


def test_a_tuple_is_utc_and_a_leap_second_is_the_one_before() -> None:
    parts = struct_time((2016, 12, 31, 23, 59, 60, 5, 366, 0))

    assert from_tuple(parts) == datetime(2016, 12, 31, 23, 59, 59, tzinfo=UTC)
    assert from_tuple(struct_time((0, 13, 1, 0, 0, 0, 0, 1, 0))) is None
    assert from_tuple(None) is None


@pytest.mark.parametrize(
    ("text", "when"),
    [
        ("2026-03-02T08:00:00+01:00", datetime(2026, 3, 2, 7, tzinfo=UTC)),
        ("2026-03-02T08:00:00Z", datetime(2026, 3, 2, 8, tzinfo=UTC)),
        ("2026-03-02", datetime(2026, 3, 2, tzinfo=UTC)),
        ("Mon, 02 Mar 2026 08:00:00 +0100", datetime(2026, 3, 2, 7, tzinfo=UTC)),
        ("tomorrow", None),
        ("0001-01-01T00:00:00+14:00", None),
        (" ", None),
        (20260302, None),
        (None, None),
    ],
)
def test_a_text_is_a_date_or_none(text: object, when: datetime | None) -> None:
    assert from_text(text) == when


@given(st.text())
def test_no_text_is_an_error(text: str) -> None:
    found = from_text(text)

    assert found is None or found.tzinfo is UTC
