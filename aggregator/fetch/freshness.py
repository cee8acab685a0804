"""What servers and feed documents say about how often they want to be read.

All of it is a floor: it can make us come later, never sooner. What cannot be read counts as not
said, because a poll must not fail on a hint.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from aggregator.values.feed import Hints

CEILING = timedelta(hours=24)  # nobody keeps us away for longer

_DIRECTIVE = re.compile(r'([\w-]+)\s*(?:=\s*(?:"([^"]*)"|([^\s,"]*)))?')
_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)


def fresh_for(headers: Mapping[str, str], now: datetime) -> timedelta:
    """How long a response may be taken as current: zero or more, at most `CEILING`.

    Max-age less Age, else Expires less Date or now, whichever is later; `no-cache` and `no-store`
    mean zero, unless they name fields. We are nobody's shared cache, so `s-maxage` is not ours to
    obey.

    Args:
        headers: of the response, looked up in lower case.
        now: aware time it arrived.

    Source: RFC 9111 §4.2 and §5.2.2.
    """
    return said_fresh_for(headers, now) or timedelta(0)


def said_fresh_for(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """The same; None when a response says nothing of it.

    A 304 that says nothing leaves standing what the document came with (RFC 9111 §4.3.4).
    """
    directives: dict[str, str] = {}
    for name, quoted, plain in _DIRECTIVE.findall(headers.get("cache-control", "")):
        directives.setdefault(name.lower(), quoted or plain)  # of two, the first counts (§4.2.1)
    if "" in (directives.get("no-cache"), directives.get("no-store")):
        return timedelta(0)
    if "max-age" in directives:
        lifetime = _seconds(directives["max-age"]) - _seconds(headers.get("age"))
    else:
        if "expires" not in headers:
            return timedelta(0) if "cache-control" in headers else None
        expires = http_date(headers["expires"])
        if expires is None:
            return timedelta(0)  # "0" and the like are in the past (§5.3)
        lifetime = expires - max(http_date(headers.get("date")) or now, now)
    return _bounded(lifetime)


def retry_after(value: str | None, now: datetime) -> timedelta:
    """How long a Retry-After header asks us to wait.

    Args:
        value: the header as sent, seconds ("120") or an HTTP-date; None if absent.
        now: aware time the response arrived.

    Returns:
        A wait of zero or more, at most `CEILING`; zero when absent, past or unreadable.

    Source: RFC 9110 §10.2.3.
    """
    until = http_date(value)
    return _bounded(_seconds(value) if until is None else until - now)


def http_date(value: str | None) -> datetime | None:
    """An HTTP-date as aware UTC, in any of its three formats; None if absent or unreadable.

    Source: RFC 9110 §5.6.7.
    """
    if value is None:
        return None
    try:
        read = parsedate_to_datetime(value.strip())
    except (ValueError, TypeError, IndexError, OverflowError):
        return _asctime(value)
    return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)


def document_floor(hints: Hints) -> tuple[timedelta, str]:
    """The longest wait that a feed document asks for, zero when it asks for none, and where it does.

    Source: RSS 2.0 `ttl`; RSS 1.0 module Syndication `updatePeriod`.
    """
    ttl, period = hints.ttl or timedelta(0), hints.update_period or timedelta(0)
    return (_bounded(ttl), "ttl") if ttl >= period else (_bounded(period), "updatePeriod")


def is_skipped(hints: Hints, when: datetime) -> bool:
    """Whether the document asks not to be read at this hour or day; both are of UTC.

    A document that leaves no hour of the week has made a mistake, and is read all the same.

    Source: RSS 2.0 `skipHours`, `skipDays`.
    """
    return after_skipped(hints, when) != when


def after_skipped(hints: Hints, when: datetime) -> datetime:
    """The first time from `when` on that is not skipped; `when` itself if all of the week is."""
    later = when
    while later < when + 8 * _DAY:
        if later.weekday() in hints.skip_days:
            later = later.replace(hour=0, minute=0, second=0, microsecond=0) + _DAY
        elif later.hour in hints.skip_hours:
            later = later.replace(minute=0, second=0, microsecond=0) + _HOUR
        else:
            return later
    return when


def _asctime(value: str) -> datetime | None:
    try:
        return datetime.strptime(value.strip(), "%a %b %d %H:%M:%S %Y").replace(tzinfo=UTC)
    except ValueError:
        return None


def _seconds(value: str | None) -> timedelta:
    """Delta-seconds (RFC 9111 §1.2.2); zero when absent or unreadable."""
    digits = (value or "").strip()
    if not (digits.isascii() and digits.isdigit()):
        return timedelta(0)
    # Twelve digits are 30,000 years: long enough, and timedelta can hold them.
    return timedelta(seconds=int(digits[:12])) if len(digits) < 12 else CEILING  # noqa: PLR2004


def _bounded(wait: timedelta) -> timedelta:
    return min(max(wait, timedelta(0)), CEILING)
