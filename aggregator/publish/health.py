"""How well a feed is, in the words of the sources page."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from aggregator import urls
from aggregator.publish.piece import web_address
from aggregator.publish.text import one_line
from aggregator.values.feed import FeedHealth, FeedState

Condition: TypeAlias = Literal["gone", "failing", "asked to wait", "not polled yet", "ok"]

_BUSY = "The publisher asks us to come less often. Nothing is to be done: we wait."
_CLOSED = "The publisher does not let us in. Ask for access, or send the headers that it wants."
_ADVICE: Mapping[int, str] = {
    200: "Something answers at this address, but no feed. See what a browser shows there.",
    300: "It sends us on to somewhere we cannot follow. Put the new address into feeds.yaml.",
    400: "The publisher does not answer such requests. See what a browser shows there.",
    401: _CLOSED,
    403: _CLOSED,
    404: "It is not there any more. Look for its address on the publisher’s page.",
    429: _BUSY,
    500: "The publisher’s server has a fault. Nothing is to be done: we go on trying.",
    503: _BUSY,
}
"""By HTTP status, else by its class."""


@dataclass(frozen=True, slots=True)
class Health:
    """A feed as a row of the sources page."""

    url: str  # as written in feeds.yaml; never shown, as it may hold credentials
    title: str
    address: str  # the same without credentials
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
    reason: str | None  # why the next poll is when it is; for editors
    advice: str | None  # what editors may do about its trouble


def healths(feeds: Iterable[FeedHealth], now: datetime) -> tuple[Health, ...]:
    """All feeds: those in trouble first, then by title."""
    rows = [_health(feed, now) for feed in feeds]
    return tuple(sorted(rows, key=lambda row: (row.condition == "ok", row.title.casefold())))


def _health(feed: FeedHealth, now: datetime) -> Health:
    settings, state = feed.settings, feed.state
    address = urls.without_credentials(settings.url)
    titled = one_line(settings.title or "") or one_line(state.title or "")
    return Health(
        url=settings.url,
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
        reason=state.reason,
        advice=_advice(state),
    )


def _advice(state: FeedState) -> str | None:
    """What to do about a feed's trouble, in plain words; None where there is none."""
    status = state.http_status
    if state.gone:
        return "The publisher has ended it for good. Take it out of feeds.yaml."
    if state.error is None:
        return None
    if status is None:
        return "It could not be reached. If that lasts, see whether the address is still right."
    return _ADVICE.get(status) or _ADVICE.get(status // 100 * 100)


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
