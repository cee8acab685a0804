"""A feed: what editors configure, what polling learned, and what a fetch can come to."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class FeedSettings:
    """One feed as feeds.yaml has it."""

    url: str  # as written there; shown to people, and the feed's identity
    address: str  # the same with ${NAME} filled in; may hold secrets, so it is never shown
    title: str | None  # None: the feed's own
    interval: timedelta | None  # None: by the feed's rhythm
    language: str | None  # BCP 47; None: as the feed says
    groups: tuple[str, ...]
    headers: tuple[tuple[str, str], ...]  # sent with every request to the feed's own host


@dataclass(frozen=True, slots=True)
class PollSettings:
    """The `poll` section of feeds.yaml, and what else a fetcher must know."""

    interval: timedelta  # of a feed whose rhythm is not known yet
    min_interval: timedelta
    max_interval: timedelta
    timeout: timedelta  # for a whole exchange, redirects included
    concurrency: int  # exchanges at once
    per_host: int  # exchanges at once with one host
    max_bytes: int  # of a body, as sent and as decoded
    allow_private_networks: bool
    allow_hosts: frozenset[str]  # "host:port" that may be private
    proxy: str | None  # an http:// address
    contact: str | None  # how publishers reach us: goes into User-Agent
    root: Path  # the instance's folder: `file:` feeds lie below it
    websub: bool = True  # hubs may be asked to push


@dataclass(frozen=True, slots=True)
class Validators:
    """ETag and Last-Modified byte for byte as sent, and the URL that sent them (RFC 9110 §8.8)."""

    url: str
    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True, slots=True)
class Moved:
    """A permanent redirect seen at consecutive polls; believed only after several."""

    to: str
    times: int


@dataclass(frozen=True, slots=True)
class FeedState:
    """What polling learned about a feed; `FeedState()` is a feed never polled."""

    validators: Validators | None = None  # of the last document, or the 304 that confirmed it
    other_validators: tuple[Validators, ...] = ()  # of other URLs redirects led to, latest first
    body_digest: bytes | None = None  # of the last body read, so that an equal one is not parsed;
    # None though there are validators: what came with them was no feed
    marks: bytes | None = None  # of its entries that are stored, so that they are not read again
    last_poll: datetime | None = None
    last_ok: datetime | None = None  # last poll that brought a feed or a 304
    last_full: datetime | None = None  # last document that came to a request without validators
    next_poll: datetime | None = None  # None: due
    reason: str | None = None  # why next_poll is when it is: "max-age 2 h"
    fresh_until: datetime | None = None  # the server's own hint; a floor under next_poll
    retry_after: datetime | None = None  # we were told not to come before
    failures: int = 0  # in a row
    reached: bool = True  # the last poll got as far as a server
    error: str | None = None  # of the last poll, one line
    note: str | None = None  # the feed could be read, but something is odd: one line
    http_status: int | None = None
    gone: bool = False  # 410: not polled any more
    moved: Moved | None = None
    rhythm: str | None = None  # what fetch/rhythm.py remembers, as JSON
    title: str | None = None  # as the feed says
    home: str | None = None  # the page the feed is of
    language: str | None = None
    hub: str | None = None  # WebSub hub and the topic it knows the feed by
    topic: str | None = None
    pushed_until: datetime | None = None  # a WebSub hub sends us what is new until then


@dataclass(frozen=True, slots=True)
class Feed:
    """A configured feed and its polled state."""

    id: int
    settings: FeedSettings
    state: FeedState
    look: "Look | None" = None  # at the document, before the first poll


@dataclass(frozen=True, slots=True)
class Hints:
    """How often a feed document says it should be read; empty when it says nothing."""

    ttl: timedelta | None = None  # RSS `ttl`
    update_period: timedelta | None = None  # sy:updatePeriod / sy:updateFrequency
    skip_hours: frozenset[int] = frozenset()  # 0..23, UTC
    skip_days: frozenset[int] = frozenset()  # 0 Monday .. 6 Sunday


@dataclass(frozen=True, slots=True)
class Fetched:
    """A body that may be a feed."""

    body: bytes  # content coding undone
    url: str  # final address, after redirects: the base of relative links
    status: int
    content_type: str | None  # the header as sent; its charset wins over the document's
    validators: Validators
    fresh_for: timedelta = timedelta(0)
    moved_to: str | None = None  # every redirect on the way was permanent
    links: tuple[tuple[str, str], ...] = ()  # Link header: (rel, absolute URL)


@dataclass(frozen=True, slots=True)
class Look:
    """A document that was fetched outside a poll, and is kept for the first one."""

    at: datetime
    fetched: Fetched


@dataclass(frozen=True, slots=True)
class NotModified:
    """304, or a local file with the same bytes."""

    validators: Validators  # those we asked with, updated from the answer
    fresh_for: timedelta | None = (
        None  # None: it says nothing, so what the document came with holds
    )
    moved_to: str | None = None
    status: int = 304


@dataclass(frozen=True, slots=True)
class Refused:
    """429 or 503: the server is well and asks us to wait."""

    retry_after: timedelta  # zero: it did not say how long
    status: int
    held_host: str | None = None  # every feed of this host has to wait; None: only this one
    was_asked: bool = True  # False: the host had said so to another feed, and was left in peace


@dataclass(frozen=True, slots=True)
class Gone:
    """410: the publisher has taken the feed away for good."""

    status: int = 410


@dataclass(frozen=True, slots=True)
class Failed:
    """Anything else; tried again later, for ever."""

    reason: str  # one line, shown by `aggregator status`; holds no secrets
    status: int | None = None
    unreachable: bool = False  # no connection or no address: may be our own outage
    retry_after: timedelta = timedelta(0)  # some servers say so with other statuses, too
    validators: Validators | None = None  # of a document that came and was no feed


Outcome: TypeAlias = Fetched | NotModified | Refused | Gone | Failed


@dataclass(frozen=True, slots=True)
class News:
    """What a fetched document brought, as far as planning the next poll is concerned."""

    hints: Hints | None = None  # None: no document was read, what it said before still holds
    new: tuple[datetime, ...] = ()  # publication times of new entries
    undated: int = 0  # new entries without such a time
    first: bool = False  # first document of this feed: `new` is its history
    gap: bool = False  # even the oldest entry was new: some may have been missed


@dataclass(frozen=True, slots=True)
class FeedHealth:
    """A feed as `aggregator status` and the sources page show it."""

    settings: FeedSettings
    state: FeedState
    items: int  # items that an entry of this feed is a source of
