"""The dates of entries, as far as they can be believed."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
_MONTHS = {
    name: number
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1
    )
}
_CLOCK = r"([0-9]{2}):([0-9]{2}):([0-9]{2})"
_RFC_5322 = re.compile(
    rf"(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), )?([0-9]{{1,2}}) ([A-Za-z]{{3}}) ([0-9]{{4}}) {_CLOCK}"
    r" ([+-][0-9]{4}|GMT|UTC?|Z)"
)
_RFC_3339 = re.compile(
    rf"([0-9]{{4}})-([0-9]{{2}})-([0-9]{{2}})T{_CLOCK}(?:\.[0-9]{{1,9}})?(Z|[+-][0-9]{{2}}:[0-9]{{2}})"
)
_CLOCKS_DIFFER_BY = timedelta(days=1)  # and publishers forget their time zone


def plausible(when: datetime | None, now: datetime) -> datetime | None:
    """The time a publisher claims; None where it cannot be: before 1970 or after tomorrow.

    Args:
        when: aware UTC, as parsed; None if the entry has no date.
        now: aware time of the poll.
    """
    if when is None or not _EARLIEST <= when <= now + _CLOCKS_DIFFER_BY:
        return None
    return when


def quickly(text: str) -> Sequence[int] | None:
    """The year to the second, in UTC, of a time in one of the two forms that nearly all have.

    None for any other, which is not to say that it is no time.

    Source: RFC 3339 §5.6, RFC 5322 §3.3.
    """
    found = _RFC_5322.fullmatch(text)
    if found:
        day, name, year, *clock, zone = found.groups()
        month = _MONTHS.get(name.lower(), 0)
    else:
        found = _RFC_3339.fullmatch(text)
        if found is None:
            return None
        year, number, day, *clock, zone = found.groups()
        month = int(number)
    try:
        # Without zone, which is taken off by hand: making zones costs more than all the rest.
        hour, minute, second = map(int, clock)
        when = datetime(int(year), month, int(day), hour, minute, second)  # noqa: DTZ001
        if zone[0] in "+-":
            away = timedelta(hours=int(zone[1:3]), minutes=int(zone[-2:]))
            when += away if zone[0] == "-" else -away
    except (ValueError, OverflowError):
        return None
    return when.timetuple()


def from_tuple(parts: Sequence[int] | None) -> datetime | None:
    """The time that feedparser read, which is UTC; None if there is none or it is no time."""
    if parts is None:
        return None
    try:
        year, month, day, hour, minute, second = parts[:6]
        return datetime(year, month, day, hour, minute, min(second, 59), tzinfo=UTC)  # leap: 60
    except (ValueError, OverflowError, TypeError):
        return None


def from_text(text: object) -> datetime | None:
    """The time that a text gives, as RFC 3339 or RFC 5322 write it; None on any error.

    A time without zone is taken for UTC.
    """
    if not isinstance(text, str) or not (text := text.strip()):
        return None
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            when = read(text)
            return when.replace(tzinfo=when.tzinfo or UTC).astimezone(UTC)
        except (ValueError, OverflowError, TypeError, IndexError):
            continue
    return None
