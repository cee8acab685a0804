"""THE STORY: what happens to a feed, from the request to the published page.

    cycle               every due feed, side by side; for each
      visit             fetch ─▶ read: the world answers, a worker process parses what is new
      settle            look up ─▶ decide ─▶ tag ─▶ plan the next poll ─▶ record
    publish_changed     outbox ─▶ render ─▶ write the files whose bytes changed

`visit` touches the network and stores nothing. `settle` is one transaction for the visits that ended
meanwhile: entries, items, tags, validators, the next poll and the outbox are kept together, or not
at all. So a poll cut off anywhere is a poll that never was, and a published file is either the old
one or the new one.
"""

import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, TypeAlias, TypeVar

import structlog
from anyio import create_task_group, to_thread
from sqlmodel import Session

from aggregator import neighbours
from aggregator.config.load import Config
from aggregator.errors import AggregatorError, NotAFeed, Outdated
from aggregator.expression import Facts
from aggregator.fetch.outage import after_outage
from aggregator.fetch.schedule import after
from aggregator.fetch.websub import after_delivery
from aggregator.lots import Lots
from aggregator.publish.bucket import Bucket
from aggregator.publish.files import Folder
from aggregator.publish.outlet import INDEX
from aggregator.publish.plan import memberships
from aggregator.reading import (
    Reading,
    Verdict,
    Visit,
    digest,
    entries_of,
    still_no_feed,
    told,
    verdict,
    weight,
    with_document,
    without_body,
)
from aggregator.store import feeds as stored_feeds
from aggregator.store import looks
from aggregator.store import outputs as outbox
from aggregator.store.engine import Store
from aggregator.store.refresh import refresh
from aggregator.urls import without_credentials
from aggregator.values.feed import (
    Failed,
    Feed,
    FeedSettings,
    FeedState,
    Fetched,
    News,
    Outcome,
)
from aggregator.values.item import ParsedFeed, Recorded
from aggregator.values.output import Channel, Edition

if TYPE_CHECKING:
    from aggregator.intake import Taken
    from aggregator.press import Press
    from aggregator.tag.matcher import Tagger

log = structlog.get_logger()

Thing = TypeVar("Thing")


def ignore(_: object) -> None:
    """The observer of those who do not want to watch."""


@dataclass(frozen=True, slots=True)
class Tools:
    """What the story needs of the world; `instance.py` puts it together."""

    config: Config
    edition: Edition
    channels: tuple[Channel, ...]
    outlet: Folder | Bucket  # of the published files
    feeds: Mapping[str, FeedSettings]  # by address as in feeds.yaml
    store: Store
    tagger_of: Callable[[], "Tagger"]  # always the same, made when it is asked for first
    now: Callable[[], datetime]  # aware UTC
    jitter: Callable[[], float]  # 0 <= jitter < 1
    # Those by the feeds.yaml that the store is in line with; None: that is the one of these.
    fitting: "Callable[[Session], Tools | None]" = lambda _: None
    mark: Callable[[], str] = lambda: ""  # which feeds.yaml these are by, as the store notes it

    @property
    def tagger(self) -> "Tagger":
        """Finds the listed people."""
        return self.tagger_of()

    def in_line(self, session: Session) -> "Tools":
        """These, or, if any process has taken a newer feeds.yaml up meanwhile, those by that one.

        What is stored and published by an older one would stay so: nobody would come back to it.

        Raises:
            Outdated: what is stored is in line with no feeds.yaml that we can read.
        """
        return self.fitting(session) or self

    def are_in_line(self, session: Session) -> bool:
        """Whether it is still these."""
        try:
            return self.in_line(session) is self
        except Outdated:
            return False

    def channels_of(self, facts: Facts, about: frozenset[str]) -> frozenset[str]:
        """Keys of the channels an item shows in."""
        return memberships(facts, self.config.views, about)


@dataclass(frozen=True, slots=True)
class Network:
    """How documents come in: a client, and a reader that a bad document cannot hurt."""

    fetch: Callable[[Feed, datetime], Awaitable[Outcome]]
    # Of body, address, content type, and marks of entries that need not be read.
    parse: Callable[[bytes, str, str | None, bytes], Awaitable[ParsedFeed]]
    get: Callable[[str], Awaitable[Fetched | Failed]]  # a page, as when looking for its feed
    post: Callable[[str, Mapping[str, str]], Awaitable[int]]  # a form, as to a hub
    # Of so many bytes in memory; no more large bodies are fetched meanwhile than there is room for.
    holding: Callable[[int], AbstractContextManager[None]] = lambda _: nullcontext()
    rest: Callable[[], None] = lambda: None  # no document comes for a while


@dataclass(frozen=True, slots=True)
class Polled:
    """What one poll came to."""

    feed: Feed
    outcome: Outcome
    verdict: Verdict
    state: FeedState  # as it is now
    recorded: Recorded = Recorded()
    gap: bool = False  # some entries may have come and gone unseen
    seconds: float = 0.0  # from the request to the read document
    delivered: bool = False  # by a hub; nobody was asked


# --- polling ---------------------------------------------------------------------------------


async def cycle(
    tools: Tools,
    network: Network,
    feeds: Sequence[Feed],
    watch: Callable[[Polled], None] = ignore,
    began: datetime | None = None,
    settling: "Settling | None" = None,
) -> list[Polled]:
    """Poll these feeds, side by side; no feed's trouble is another's.

    Feeds that could not be reached are judged when all have been tried: when most could not,
    the trouble is taken to be our own, and is held against nobody.

    Args:
        feeds: those that are due.
        watch: is told of every poll as it ends.
        began: when the cycle did that these are a part of; None: now.
        settling: of the cycle, shared with other parts of it that this process works on.
    """
    began = began or tools.now()
    polled: list[Polled] = []
    unreached: list[Visit] = []
    lots = settling or settling_of(tools, began)

    async def poll(feed: Feed) -> None:
        try:
            visited = await visit(feed, tools, network)
            outcome = visited.reading.outcome
            if isinstance(outcome, Failed) and outcome.unreachable:
                unreached.append(visited)
            else:
                with network.holding(weight(visited.reading)):
                    if not await settled(visited):
                        await settled(Visit(feed, await read(feed, outcome, network)))
        except AggregatorError:
            raise
        except Exception as error:
            log.exception("poll_broke", feed=without_credentials(feed.settings.url))
            reason = f"a fault of aggregator itself, see the log: {type(error).__name__}"
            await settled(Visit(feed, Reading(Failed(reason))))

    async def settled(visited: Visit) -> bool:
        poll = await lots.result(visited)
        if poll is not None:
            polled.append(poll)
            watch(poll)
        return poll is not None

    await _each(feeds, poll, at_once=min(len(feeds), tools.config.poll.concurrency))
    polls = [(poll.feed, poll.outcome) for poll in polled]
    failed = await to_thread.run_sync(_judged, unreached, polls, tools, began)
    await _each(failed, settled, at_once=len(failed))
    return polled


Settling: TypeAlias = Lots[Visit, Polled | None]
"""Settles what visits brought: one transaction for all that end meanwhile."""


def settling_of(tools: Tools, began: datetime) -> Settling:
    """Settle visits of the cycle that began then; see `settle`."""
    return Settling(lambda lot: settle(lot, tools, began), entries_of)


async def _each(
    things: Iterable[Thing], do: Callable[[Thing], Awaitable[object]], at_once: int
) -> None:
    """Do something with each thing, so many at once."""
    waiting = iter(things)

    async def work() -> None:
        for thing in waiting:
            await do(thing)

    async with create_task_group() as group:
        for _ in range(at_once):
            group.start_soon(work)


def _judged(
    unreached: Sequence[Visit],
    polls: Sequence[tuple[Feed, Outcome]],
    tools: Tools,
    began: datetime,
) -> list[Visit]:
    """Visits that reached nobody, told whether by our own fault."""
    if not unreached:
        return []
    every = [*polls, *((visited.feed, visited.reading.outcome) for visited in unreached)]
    limits = tools.config.poll
    outage = neighbours.notice_outage(tools.store, every, tools.feeds, limits, began, tools.jitter)
    return [replace(visited, outage=outage) for visited in unreached]


async def visit(feed: Feed, tools: Tools, network: Network) -> Visit:
    """Fetch a feed and read what is new in it."""
    started = time.monotonic()
    outcome = await network.fetch(feed, tools.now())
    reading = await read(feed, outcome, network, feed.state.marks or b"")
    return Visit(feed, reading, seconds=time.monotonic() - started)


async def read(feed: Feed, outcome: Outcome, network: Network, marks: bytes = b"") -> Reading:
    """Read what a fetch brought; a page that is no feed is a failure like any other.

    Args:
        marks: of entries that need not be read.
    """
    if not isinstance(outcome, Fetched):
        return Reading(still_no_feed(feed.state, outcome))
    seen = digest(outcome)
    if seen == feed.state.body_digest:
        return Reading(outcome, digest=seen)
    try:
        parsed = await network.parse(outcome.body, outcome.url, outcome.content_type, marks)
    except NotAFeed as error:
        return Reading(Failed(str(error), outcome.status, validators=outcome.validators))
    return Reading(outcome if parsed.seen else without_body(outcome), parsed, seen)


def settle(lot: Sequence[Visit], tools: Tools, began: datetime) -> list[Polled | None]:
    """Decide what visits mean, and record all of it in one transaction.

    Args:
        lot: visits to different feeds.
        began: when the cycle did. New entries count as seen then, so that of two feeds with the
            same story it does not matter which answered first.

    Returns:
        What each poll came to; None where nothing was recorded, because the whole document has
        to be read to decide.
    """
    documents = {
        visited.feed.id: visited.reading.parsed
        for visited in lot
        if visited.reading.parsed is not None
    }
    with tools.store.writing() as session:
        tools = tools.in_line(session)  # what is tagged again afterwards waits for us to end
        taken = _take_in(session, documents, tools, began) if documents else {}
        pushed = stored_feeds.pushed(session, [visited.feed.id for visited in lot])
        polls = [_polled(session, _as_pushed(one, pushed), taken, tools) for one in lot]
        done = [poll for poll in polls if poll is not None]
        changed = {number for poll in done for number in poll.recorded.items}
        refresh(session, changed, tools.feeds, tools.channels_of)
        stored_feeds.save_states(session, {poll.feed.id: poll.state for poll in done})
        if looked := [p.feed.settings.url for p in done if p.feed.look and p.state.last_full]:
            looks.drop(session, looked)
        for poll in done:
            neighbours.hold(session, poll.outcome, tools.feeds, tools.now(), tools.jitter)
    for poll in done:
        log.info(
            "feed_delivered" if poll.delivered else "feed_polled",
            **told(poll.feed, poll.outcome, poll.state),
            new=poll.recorded.new,
            updated=poll.recorded.updated,
            duplicates=poll.recorded.duplicates,
            gap=poll.gap,
            seconds=round(poll.seconds, 3),
        )
    return polls


def _as_pushed(visited: Visit, pushed: Mapping[int, tuple[datetime, str | None]]) -> Visit:
    """The visit, its feed as deliveries left it that were taken in meanwhile."""
    feed = visited.feed
    if feed.state.pushed_until is None and feed.id not in pushed:
        return visited
    until, rhythm = pushed.get(feed.id, (None, feed.state.rhythm))
    state = replace(feed.state, pushed_until=until, rhythm=rhythm)
    return replace(visited, feed=replace(feed, state=state))


def _take_in(
    session: Session, documents: Mapping[int, ParsedFeed], tools: Tools, began: datetime
) -> Mapping[int, "Taken"]:
    from aggregator.intake import take_in  # noqa: PLC0415 (most polls bring nothing)

    return take_in(session, documents, tools.tagger, began)


def _polled(
    session: Session, visited: Visit, taken: Mapping[int, "Taken"], tools: Tools
) -> Polled | None:
    """What a poll came to; None where its document was not taken in."""
    feed, reading = visited.feed, visited.reading
    now, poll = tools.now(), tools.config.poll
    recorded, news, marks = Recorded(), News(), b""
    if reading.parsed is not None:
        if feed.id not in taken:
            return None
        document = taken[feed.id]
        recorded, news, marks = document.recorded, document.news, document.marks
    if visited.lease_ends is not None:
        state = stored_feeds.state(session, feed.id)  # a poll may have ended meanwhile
        state = after_delivery(state, news, visited.lease_ends, now)
    elif visited.outage and isinstance(reading.outcome, Failed):
        state = after_outage(feed, reading.outcome, poll, now, tools.jitter())
    else:
        state = after(feed, reading.outcome, news, poll, now, tools.jitter())
        state = with_document(state, reading, news, marks)
    return Polled(
        feed,
        without_body(reading.outcome),
        verdict(reading),
        state,
        recorded,
        news.gap,
        visited.seconds,
        delivered=visited.lease_ends is not None,
    )


# --- publishing ------------------------------------------------------------------------------


def publish_changed(
    tools: Tools, begin: Callable[[int], None] = ignore, watch: Callable[[int], None] = ignore
) -> int:
    """Render what is stale, and write the files whose bytes changed; see `press`.

    Args:
        begin: is told how many channels there are to publish.
        watch: is told of each that is done.

    Returns:
        How many files were written.

    Raises:
        Unusable: the database or the folder cannot be used; published files stay as they were.
    """
    if not _has_anything_to_publish(tools):
        begin(0)
        return 0
    _mark_what_is_missing(tools)
    tools, waiting = _to_publish(tools)
    return _press(tools).publish(waiting, tools.now(), begin, watch)


def publish_one(tools: Tools, key: str) -> int:
    """The same for one channel, by its key; others may publish other channels meanwhile."""
    tools, waiting = _to_publish(tools)
    mine = [stale for stale in waiting if stale.channel == key]
    return _press(tools).publish_one(key, mine, tools.now())


def waiting_channels(tools: Tools) -> list[str]:
    """Keys of the channels that have to be published."""
    _mark_what_is_missing(tools)
    with tools.store.reading() as session:
        return [stale.channel for stale in outbox.stale(session)]


def mark_everything(tools: Tools, session: Session) -> None:
    """Everything has to be published again."""
    _press(tools).mark_everything(session)


def _mark_what_is_missing(tools: Tools) -> None:
    """Everything has to be published again where nothing is, or somebody emptied the folder."""
    if tools.outlet.mark(INDEX) is None:
        with tools.store.writing() as session:
            mark_everything(tools, session)


def _to_publish(tools: Tools) -> tuple[Tools, list[outbox.Stale]]:
    """What is to be published, and the tools to do it with.

    Both of one moment: whoever takes an edited feeds.yaml up says that everything is to be
    published again, and what is done by an older one after that would not be done again.
    """
    with tools.store.reading() as session:
        return tools.in_line(session), outbox.stale(session)


def _has_anything_to_publish(tools: Tools) -> bool:
    """Whether the press has work: loading it takes as long as polling a hundred quiet feeds."""
    if tools.outlet.mark(INDEX) is None:
        return True
    with tools.store.reading() as session:
        return outbox.waiting(session) > 0


def _press(tools: Tools) -> "Press":
    from aggregator.press import Press  # noqa: PLC0415 (a poll without news needs none)

    return Press(
        tools.store,
        tools.channels,
        tools.edition,
        tools.outlet,
        tools.config.keep,
        tools.are_in_line,
    )
