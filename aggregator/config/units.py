"""Durations and sizes as feeds.yaml writes them: `90s 20m 2h 1d 5y`, `500kB 10MB 1GB`."""

import re
from datetime import timedelta

DURATION_PATTERN = r"[0-9]+ ?[smhdy]"
SIZE_PATTERN = r"[0-9]+ ?([kKMG]?B)"

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "y": 365 * 86_400}
_BYTES = {"B": 1, "KB": 1_000, "MB": 1_000_000, "GB": 1_000_000_000}
_DURATION = re.compile(r"([0-9]{1,12}) ?([smhdy])")
_SIZE = re.compile(r"([0-9]{1,12}) ?([kKMG]?B)")


def duration(text: str) -> timedelta:
    """The length of time a text such as `20m` stands for; a year is 365 days.

    Raises:
        ValueError: says what to write, as the end of a sentence that starts with the text.
    """
    found = _DURATION.fullmatch(text.strip())
    if found is None:
        raise ValueError("is no duration: write 90s, 20m, 2h, 1d or 5y")
    try:
        return timedelta(seconds=int(found[1]) * _SECONDS[found[2]])
    except OverflowError as error:
        raise ValueError("is longer than any duration can be: write 100y or less") from error


def size(text: str) -> int:
    """The bytes a text such as `10MB` stands for; 1 kB is 1,000 bytes.

    Raises:
        ValueError: says what to write, as the end of a sentence that starts with the text.
    """
    found = _SIZE.fullmatch(text.strip())
    if found is None:
        raise ValueError("is no size: write 500kB, 10MB or 1GB")
    return int(found[1]) * _BYTES[found[2].upper()]
