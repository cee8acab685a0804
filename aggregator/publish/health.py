"""How well a feed is, in the words of the sources page."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from aggregator import urls
from aggregator.publish.piece import web_address
from aggregator.publish.text import one_line
from aggregator.values.feed import FeedHealth

Condition: TypeAlias = Literal["gone", "failing", "asked to wait", "not polled yet", "ok"]


@dataclass(frozen=True, slots=True)
class Health:
    """A feed as a row of the sources page."""

    title: str
    address: str  # as written in feeds.yaml, without credentials
    feed: str | None  # the same where it is an address of the web
    home: str | None
    condition: Condition
    said: str | None  # the error, or what is odd though it works; one line
    failures: int  # in a row
    groups: tuple[str, ...]
    items: int
    last_ok: datetime | None
    next_poll: datetime | None  # None: due, or never again
    overdue: bool  # nobody polls it, though it is time


def healths(feeds: Iterable[FeedHealth], now: datetime) -> tuple[Health, ...]:
    """All feeds: those in trouble first, then by title."""
    rows = [_health(feed, now) for feed in feeds]
    return tuple(sorted(rows, key=lambda row: (row.condition == "ok", row.title.casefold())))


def _health(feed: FeedHealth, now: datetime) -> Health:
    settings, state = feed.settings, feed.state
    address = urls.without_credentials(settings.url)
    titled = one_line(settings.title or "") or one_line(state.title or "")
    return Health(
        title=titled or urls.host(settings.url) or address,
        address=address,
        feed=web_address(settings.url),
        home=web_address(state.home),
        condition=condition(feed, now),
        said=one_line(state.error or state.note or "") or None,
        failures=state.failures,
        groups=settings.groups,
        items=feed.items,
        last_ok=state.last_ok,
        next_poll=None if state.gone else state.next_poll,
        overdue=not state.gone and state.next_poll is not None and state.next_poll < now,
    )


def condition(feed: FeedHealth, now: datetime) -> Condition:
    """What state a feed is in, in a word or three."""
    state = feed.state
    if state.gone:
        return "gone"
    if state.retry_after is not None and state.retry_after > now:
        return "asked to wait"
    if state.error is not None:
        return "failing"
    return "ok" if state.last_poll is not None else "not polled yet"
