from datetime import timedelta

import pytest

from aggregator.config.units import duration, size


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("90s", timedelta(seconds=90)),
        ("20m", timedelta(minutes=20)),
        ("2 h", timedelta(hours=2)),
        ("1d", timedelta(days=1)),
        ("5y", timedelta(days=1825)),
        ("0s", timedelta(0)),
    ],
)
def test_a_duration_is_a_number_and_a_unit(text: str, expected: timedelta) -> None:
    assert duration(text) == expected


@pytest.mark.parametrize(
    "text", ["", "5", "m", "5 minutes", "-5m", "1.5h", "1h30m", "٣h", "9" * 13 + "s"]
)
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no duration: write 90s"):
        duration(text)


def test_a_duration_no_clock_can_count_is_refused() -> None:
    with pytest.raises(ValueError, match="longer than any duration"):
        duration("999999999999y")


@pytest.mark.parametrize(
    ("text", "expected"),
    [("10MB", 10_000_000), ("500kB", 500_000), ("500KB", 500_000), ("1 GB", 10**9), ("7B", 7)],
)
def test_a_size_is_a_number_and_a_unit(text: str, expected: int) -> None:
    assert size(text) == expected


@pytest.mark.parametrize("text", ["", "10", "10M", "ten MB", "-1MB", "1.5MB", "1TB"])
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no size: write 500kB"):
        size(text)
