"""The dates of entries, as far as they can be believed."""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from time import struct_time

_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
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


def from_tuple(parts: struct_time | None) -> datetime | None:
    """The time that feedparser read, which is UTC; None if there is none or it is no time."""
    if parts is None:
        return None
    try:
        return datetime(*parts[:5], second=min(parts[5], 59), tzinfo=UTC)  # leap seconds: 60
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
