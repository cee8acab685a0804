"""The press: renders what is stale, and writes the files whose bytes change.

    outbox ─▶ sheet of a channel ─▶ files ─▶ outbox row deleted, changes noted for the hub

A channel leaves the outbox once its files are written; cut off before that, it is rendered again,
to the same bytes.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import chain
from threading import BoundedSemaphore

from sqlmodel import Session

from aggregator.compositor import Compositor, Proof
from aggregator.publish import archive, look, outputs, sheet
from aggregator.publish.outlet import INDEX, Outlet
from aggregator.publish.plan import ALL
from aggregator.publish.strips import Layout, name_of
from aggregator.store import archives as stored_archives
from aggregator.store import contents as stored_contents
from aggregator.store import outputs as outbox
from aggregator.store import pings, tallies
from aggregator.store import watch as stored_watch
from aggregator.store.engine import Store
from aggregator.store.items import Lately, page
from aggregator.store.outputs import SITE, Stale
from aggregator.values.output import Channel, ChannelContents, Edition

EVENTS = 50  # in the feed of what is out of the ordinary
LATEST = 6  # headlines on the front page
_MONTH = 300  # items on the page of a month; search finds the others
_RECENT_MONTHS = 2  # whose pages are likely to change again
_TOGETHER = 16  # channels whose files are written while the next ones are rendered
_WAITING = 40  # files in memory that are to be written
_LEFT_S = 600  # what somebody began to write so long ago, nobody is writing any more
_LATELY = 1200  # items kept in memory
_FEEDS = ("atom.xml", "rss.xml", "feed.json")


@dataclass(frozen=True, slots=True)
class Sheet:
    """What publishing a channel, or the site, comes to."""

    files: Mapping[str, "_Writing"]  # by path
    before: outbox.Files  # that were published
    gone: tuple[str, ...] = ()  # files that are to be taken away
    shown: tuple[int, ...] = ()  # numbers of items that the channel did not show before
    expired: tuple[int, ...] = ()  # archive documents of which retention left nothing
    counted: tallies.Tally | None = None  # how many items the channel has


@dataclass(frozen=True, slots=True)
class _Shelf:
    """What is known of a lot of channels, by their keys."""

    published: Mapping[str, outbox.Files]
    counted: Mapping[str, tallies.Tally]
    open_now: Mapping[str, Sequence[stored_archives.Open]]  # items in no archive document


@dataclass(frozen=True, slots=True)
class _Writing:
    """A file that is being written."""

    changes: Future[bool]  # whether its bytes changed
    seams: bytes | None


class _Writers:
    """Threads that write files; whoever renders waits for them when too much is to be written."""

    def __init__(self, outlet: Outlet, threads: ThreadPoolExecutor) -> None:
        self._outlet = outlet
        self._threads = threads
        self._room = BoundedSemaphore(_WAITING)

    def write(self, proofs: Iterable[Proof]) -> dict[str, _Writing]:
        """Have files written, each as soon as it is made."""
        return {proof.output.path: self._written(proof) for proof in proofs}

    def _written(self, proof: Proof) -> _Writing:
        self._room.acquire()
        job = self._threads.submit(self._outlet.write, proof.output)
        job.add_done_callback(lambda _: self._room.release())
        return _Writing(job, proof.seams)


@dataclass(frozen=True, slots=True)
class Press:
    """What is published, from where, and to where."""

    store: Store
    channels: tuple[Channel, ...]
    edition: Edition
    outlet: Outlet
    keep: timedelta | None  # age at which items are forgotten; None: never

    def publish(
        self, now: datetime, begin: Callable[[int], None], watch: Callable[[int], None]
    ) -> int:
        """Publish what is stale; on SQLite nobody else may publish to the outlet meanwhile.

        Args:
            now: aware UTC.
            begin: is told how many channels there are to publish.
            watch: is told of each that is done.

        Returns:
            How many files were written.

        Raises:
            Unusable: the database or the folder cannot be used; published files stay as they were.
        """
        self.outlet.sweep(0 if self.store.on_sqlite else _LEFT_S)
        waiting = self.waiting()
        begin(len(waiting))
        written = self._publish(waiting, now, watch)
        self._clear()
        return written

    def publish_one(self, key: str, now: datetime) -> int:
        """Publish one channel, if it is stale; others may publish others meanwhile.

        Args:
            key: of the channel, or SITE, with which goes what belongs to no channel any more.
            now: aware UTC.

        Returns:
            How many files were written.
        """
        with self.store.reading() as session:
            waiting = [stale for stale in outbox.stale(session) if stale.channel == key]
        written = self._publish(waiting, now, lambda _: None)
        if key == SITE:
            self.outlet.sweep(_LEFT_S)
            self._clear()
        return written

    def waiting(self) -> list[Stale]:
        """What is to be published: everything, where nothing is, or somebody emptied the folder."""
        if self.outlet.mark(INDEX) is None:
            self.mark_everything()
        with self.store.reading() as session:
            return outbox.stale(session)

    def _publish(self, waiting: list[Stale], now: datetime, watch: Callable[[int], None]) -> int:
        # Channels that share items follow each other; the site tells of all of them, and is last.
        waiting.sort(key=lambda stale: (stale.channel == SITE, *stale.channel.split(":")[::-1]))
        written = 0
        with ThreadPoolExecutor(self.outlet.at_once, "publish") as threads:
            writers = _Writers(self.outlet, threads)
            compositor = self._compositor()
            printing: list[tuple[Stale, Sheet]] = []
            for start in range(0, len(waiting), _TOGETHER):
                lot = waiting[start : start + _TOGETHER]
                before, printing = printing, self._sheets(lot, compositor, writers, now)
                written += self._printed(before, now)
                watch(len(lot))
            written += self._printed(printing, now)
        return written

    def _compositor(self) -> Compositor:
        with self.store.reading() as session:
            names = {name_of(*called) for called in stored_contents.feed_names(session)}
        stamp = look.stamp(self.edition)
        return Compositor(self.edition, self.outlet, Lately(_LATELY), stamp, names)

    def mark_everything(self) -> None:
        """Everything has to be published again."""
        keys = [*(channel.key for channel in self.channels), SITE]
        with self.store.writing() as session:
            outbox.mark_channels(session, keys)

    def _sheets(
        self, lot: Sequence[Stale], compositor: Compositor, writers: _Writers, now: datetime
    ) -> list[tuple[Stale, Sheet]]:
        """What publishing a lot of channels comes to."""
        channels = {channel.key: channel for channel in self.channels}
        keys = [stale.channel for stale in lot]
        self._close([key for key in keys if key in channels])
        with self.store.reading() as session:
            shelf = _Shelf(
                outbox.published(session, keys),
                tallies.kept(session, keys),
                stored_archives.open_items(session, keys),
            )
            sheets = []
            for stale in lot:
                if stale.channel == SITE:
                    sheet = self._site(session, shelf, writers)
                elif stale.channel in channels:
                    channel = channels[stale.channel]
                    sheet = self._channel(session, channel, stale, shelf, compositor, writers, now)
                else:
                    sheet = Sheet({}, {})  # of a person or view that is listed no more
                sheets.append((stale, sheet))
        return sheets

    def _printed(self, printing: Sequence[tuple[Stale, Sheet]], now: datetime) -> int:
        """Wait until files are written, and note that it is done; how many changed."""
        if not printing:
            return 0
        changed: dict[str, list[str]] = {}
        for stale, printed in printing:
            files = printed.files.items()
            changed[stale.channel] = [path for path, file in files if file.changes.result()]
            self.outlet.remove(printed.gone)
        done = [
            outbox.Served(
                stale,
                printed.before,
                {path: file.seams for path, file in printed.files.items()},
                printed.gone,
            )
            for stale, printed in printing
        ]
        counted = {stale.channel: one.counted for stale, one in printing if one.counted is not None}
        with self.store.writing() as session:
            outbox.serve(session, done)
            shown = [(stale.channel, number) for stale, one in printing for number in one.shown]
            stored_archives.show(session, shown, now)
            for stale, printed in printing:
                if printed.expired:
                    stored_archives.give_up(session, stale.channel, printed.expired)
            if self.edition.site.hub:
                paths = [path for key in changed if key != SITE for path in changed[key]]
                pings.add(session, self._topics(paths), now)
            tallies.keep(session, counted)
        return sum(map(len, changed.values()))

    def _topics(self, paths: Iterable[str]) -> list[str]:
        """Addresses of the subscription documents among these files."""
        return [
            self.edition.site.url + path
            for path in paths
            if path.endswith(_FEEDS) and "/archive/" not in path
        ]

    def _clear(self) -> None:
        """Take away the files of channels that are no more."""
        keys = [*(channel.key for channel in self.channels), SITE]
        with self.store.reading() as session:
            orphans = outbox.orphans(session, keys)
            uncounted = tallies.orphans(session, keys)
        if orphans or uncounted:
            self.outlet.remove(orphans)
            with self.store.writing() as session:
                outbox.forget(session, orphans)
                tallies.forget(session, uncounted)

    def _site(self, session: Session, shelf: _Shelf, writers: _Writers) -> Sheet:
        """The files of the whole site: index, OPML, style."""
        waiting = {stale.channel: stale for stale in outbox.stale(session)}
        lines = stored_contents.summaries(session, self.channels, waiting)
        latest = page(session, ALL.key, limit=LATEST)
        events = stored_watch.events(session, limit=EVENTS)
        before = shelf.published[SITE]
        made = outputs.site_outputs(lines, self.edition, latest, events)
        files = writers.write(Proof(output, None) for output in made)
        return Sheet(files, before, gone=tuple(before.keys() - files.keys()))

    def _channel(
        self,
        session: Session,
        channel: Channel,
        stale: Stale,
        shelf: _Shelf,
        compositor: Compositor,
        writers: _Writers,
        now: datetime,
    ) -> Sheet:
        """The files of a channel: its feeds and page, archive documents, pages of these months."""
        key, everything = channel.key, not stale.news
        before, open_now = shelf.published[key], shelf.open_now[key]
        counted = tallies.tally(session, key, shelf.counted.get(key), stale.news)
        shown = stored_contents.contents(session, channel, counted)
        there = [month for month, _ in shown.months]
        pages = {month: _month_page(channel, month) for month in {*there, *stale.months}}
        layouts = chain(
            self._feeds(shown, open_now),
            self._months(session, shown, _turning(there, stale.months, pages, before)),
            self._archives(session, channel, shown.archive, before, everything=everything),
        )
        changed = None if everything else stale.items
        files = writers.write(compositor.set(session, channel, layouts, before, changed))
        expired = self._expired(session, channel, now)
        gone = {pages[month] for month in stale.months if month not in there}
        if everything:
            gone = before.keys() - files.keys()
            gone -= _paths(channel, stored_archives.numbers(session, key))
        gone |= _paths(channel, expired)
        return Sheet(
            files,
            before,
            gone=tuple(sorted(gone)),
            shown=tuple(one.number for one in open_now if one.shown is None),
            expired=tuple(expired),
            counted=counted,
        )

    def _feeds(
        self, shown: ChannelContents, open_now: Sequence[stored_archives.Open]
    ) -> Iterable[Layout]:
        newest = open_now[: self.edition.publish.entries]
        return outputs.layouts_of(shown, self.edition, [one.number for one in newest])

    def _months(
        self, session: Session, shown: ChannelContents, months: Iterable[date]
    ) -> Iterator[Layout]:
        recent = {month for month, _ in shown.months[:_RECENT_MONTHS]}
        for month in months:
            numbers = stored_contents.of_month(session, shown.channel, month, limit=_MONTH)
            recurring = month in recent
            yield outputs.month_layout(shown, month, numbers, self.edition, recurring=recurring)

    def _archives(
        self,
        session: Session,
        channel: Channel,
        head: int | None,
        before: Collection[str],
        *,
        everything: bool,
    ) -> Iterator[Layout]:
        """The archive documents that are not published yet.

        Args:
            head: number of the newest.
            before: files that are published.
            everything: look at all of them, else at the newest until one is published.
        """
        if head is None or (not everything and _are_among(channel, head, before)):
            return
        for document in stored_archives.chain(session, channel.key):
            if not everything and _are_among(channel, document.number, before):
                return
            paths = archive.paths(channel, document.number)
            missing = [path for path in paths if not self._is_closed(path)]
            numbers = missing and stored_archives.members(session, channel.key, document.number)
            if numbers:
                layouts = outputs.archive_layouts(channel, document, numbers, self.edition)
                yield from (layout for layout in layouts if layout.path in missing)

    def _is_closed(self, path: str) -> bool:
        """Whether an archive document is published, and so must stay as it is."""
        published = self.outlet.read(path)
        return published is not None and outputs.is_closed(published, self.edition.site.url + path)

    def _close(self, keys: Sequence[str]) -> None:
        """Close archive documents of channels where more is open than a feed may hold."""
        limit = self.edition.publish.entries
        with self.store.reading() as session:
            open_now = stored_archives.open_items(session, keys)
        too_many = {
            key: archive.close(stored_archives.in_order(items), limit)
            for key, items in open_now.items()
            if len(items) > limit
        }
        if too_many:
            with self.store.writing() as session:
                for key, documents in too_many.items():
                    stored_archives.close(session, key, documents)

    def _expired(self, session: Session, channel: Channel, now: datetime) -> list[int]:
        if self.keep is None:
            return []
        return stored_archives.expired(session, channel.key, now - self.keep)


def _paths(channel: Channel, documents: Iterable[int]) -> set[str]:
    return {path for number in documents for path in archive.paths(channel, number)}


def _are_among(channel: Channel, document: int, files: Collection[str]) -> bool:
    return all(path in files for path in archive.paths(channel, document))


def _month_page(channel: Channel, month: date) -> str:
    return f"{sheet.month_path(channel, month)}/{INDEX}"


def _turning(
    there: Sequence[date],
    changed: Collection[date],
    pages: Mapping[date, str],
    published: Collection[str],
) -> list[date]:
    """The months whose pages are to be made: those that changed, and neighbours of new and gone ones.

    A page links to its neighbours, so a month that comes or goes changes theirs. Nothing named
    changed: all of them.
    """
    if not changed:
        return list(there)
    order = sorted(pages)
    turning = set(changed)
    for month in changed:
        if month not in there or pages[month] not in published:
            place = order.index(month)
            turning.update(order[max(place - 1, 0) : place + 2])
    return sorted(turning.intersection(there))
