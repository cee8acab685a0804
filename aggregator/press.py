"""The press: renders what is stale, and writes the files whose bytes change.

    outbox ─▶ sheet of a channel ─▶ files ─▶ outbox row deleted, changes noted for the hub

A channel leaves the outbox once its files are written; cut off before that, it is rendered again,
to the same bytes.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from threading import BoundedSemaphore

from sqlmodel import Session

from aggregator.publish import archive, outputs, sheet
from aggregator.publish.outlet import Outlet
from aggregator.publish.plan import ALL
from aggregator.store import archives as stored_archives
from aggregator.store import contents as stored_contents
from aggregator.store import outputs as outbox
from aggregator.store import pings
from aggregator.store import watch as stored_watch
from aggregator.store.engine import Store
from aggregator.store.items import Lately, page, whole
from aggregator.store.outputs import SITE, Stale
from aggregator.values.output import ArchiveDocument, Channel, Edition, Output

EVENTS = 50  # in the feed of what is out of the ordinary
LATEST = 6  # headlines on the front page
INDEX = "index.html"  # the site's front page: where it is, everything was published once
_MONTH = 300  # items on the page of a month; search finds the others
_TOGETHER = 16  # channels whose files are written while the next ones are rendered
_WAITING = 40  # files in memory that are to be written
_LEFT_S = 600  # what somebody began to write so long ago, nobody is writing any more
_LATELY = 600  # items kept in memory
_FEEDS = ("atom.xml", "rss.xml", "feed.json")


@dataclass(frozen=True, slots=True)
class Sheet:
    """What publishing a channel, or the site, comes to."""

    files: Mapping[str, Future[bool]]  # being written, by path: whether their bytes changed
    gone: tuple[str, ...] = ()  # files that are to be taken away
    shown: tuple[int, ...] = ()  # numbers of the items in the subscription document
    expired: tuple[int, ...] = ()  # archive documents of which retention left nothing


class _Writers:
    """Threads that write files; whoever renders waits for them when too much is to be written."""

    def __init__(self, outlet: Outlet, threads: ThreadPoolExecutor) -> None:
        self._outlet = outlet
        self._threads = threads
        self._room = BoundedSemaphore(_WAITING)

    def write(self, outputs: Iterable[Output]) -> dict[str, Future[bool]]:
        """Have files written, each as soon as it is made."""
        return {output.path: self._written(output) for output in outputs}

    def _written(self, output: Output) -> Future[bool]:
        self._room.acquire()
        job = self._threads.submit(self._outlet.write, output)
        job.add_done_callback(lambda _: self._room.release())
        return job


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
        channels = {channel.key: channel for channel in self.channels}
        # Channels that share items follow each other.
        waiting.sort(key=lambda stale: stale.channel.partition(":")[::-1])
        lately = Lately(_LATELY)
        written = 0
        with ThreadPoolExecutor(self.outlet.at_once, "publish") as threads:
            writers = _Writers(self.outlet, threads)
            printing: list[tuple[Stale, Sheet]] = []
            for start in range(0, len(waiting), _TOGETHER):
                before, printing = printing, []
                for stale in waiting[start : start + _TOGETHER]:
                    printing.append((stale, self._sheet(stale, channels, lately, writers, now)))
                    watch(1)
                written += self._printed(before, now)
            written += self._printed(printing, now)
        return written

    def mark_everything(self) -> None:
        """Everything has to be published again."""
        keys = [*(channel.key for channel in self.channels), SITE]
        with self.store.writing() as session:
            outbox.mark_channels(session, keys)

    def _sheet(
        self,
        stale: Stale,
        channels: Mapping[str, Channel],
        lately: Lately,
        writers: _Writers,
        now: datetime,
    ) -> Sheet:
        """What publishing this comes to."""
        if stale.channel == SITE:
            return self._site(writers)
        if stale.channel in channels:
            return self._channel(channels[stale.channel], stale.months, lately, writers, now)
        return Sheet({})  # of a person or view that is listed no more

    def _printed(self, printing: Sequence[tuple[Stale, Sheet]], now: datetime) -> int:
        """Wait until files are written, and note that it is done; how many changed."""
        if not printing:
            return 0
        changed: dict[str, list[str]] = {}
        for stale, printed in printing:
            changed[stale.channel] = [path for path, job in printed.files.items() if job.result()]
            self.outlet.remove(printed.gone)
        with self.store.writing() as session:
            for stale, printed in printing:
                outbox.served(session, stale, list(printed.files), printed.gone)
                stored_archives.show(session, stale.channel, printed.shown, now)
                stored_archives.give_up(session, stale.channel, printed.expired)
                if self.edition.site.hub and stale.channel != SITE:
                    pings.add(session, self._topics(changed[stale.channel]), now)
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
        with self.store.reading() as session:
            keys = [channel.key for channel in self.channels]
            orphans = outbox.orphans(session, [*keys, SITE])
        if orphans:
            self.outlet.remove(orphans)
            with self.store.writing() as session:
                outbox.forget(session, orphans)

    def _site(self, writers: _Writers) -> Sheet:
        """The files of the whole site: index, OPML, style."""
        with self.store.reading() as session:
            lines = stored_contents.summaries(session, self.channels)
            latest = page(session, ALL.key, limit=LATEST)
            before = outbox.paths(session, SITE)
            events = stored_watch.events(session, limit=EVENTS)
        made = writers.write(outputs.site_outputs(lines, self.edition, latest, events))
        return Sheet(made, gone=tuple(before - made.keys()))

    def _channel(
        self,
        channel: Channel,
        months: Collection[date],
        lately: Lately,
        writers: _Writers,
        now: datetime,
    ) -> Sheet:
        """The files of a channel: its feeds and page, archive documents, pages of these months.

        Args:
            months: first days of the months whose items changed; none for everything there is.
        """
        edition, limit = self.edition, self.edition.publish.entries
        self._close(channel, limit)
        with self.store.reading() as session:
            read = lately.whole
            shown = stored_contents.contents(session, channel, limit=limit, read=read)
            there = [month for month, _ in shown.months]
            made = writers.write(outputs.outputs_of(shown, edition))
            made |= writers.write(
                outputs.month_output(
                    shown,
                    month,
                    stored_contents.of_month(session, channel, month, limit=_MONTH, read=read),
                    edition,
                )
                for month in _pages(there, months)
            )
            made |= writers.write(
                outputs.archive_output(channel, document, items, edition)
                for document in self._unprinted(session, channel, everything=not months)
                if (items := whole(session, _members(session, channel, document)))
            )
            expired = self._expired(session, channel, now)
            gone = {f"{sheet.month_path(channel, month)}/{INDEX}" for month in months}
            gone -= {f"{sheet.month_path(channel, month)}/{INDEX}" for month in there}
            if not months:
                gone = outbox.paths(session, channel.key) - made.keys()
                gone -= _paths(channel, stored_archives.numbers(session, channel.key))
            gone |= _paths(channel, expired)
        return Sheet(
            made,
            gone=tuple(sorted(gone)),
            shown=tuple(item.number for item in shown.items),
            expired=tuple(expired),
        )

    def _close(self, channel: Channel, limit: int) -> None:
        """Close archive documents when more is open than a feed may hold."""
        with self.store.reading() as session:
            too_many = archive.close(stored_archives.open_numbers(session, channel.key), limit)
        if too_many:
            with self.store.writing() as session:
                stored_archives.close(session, channel.key, too_many)

    def _unprinted(
        self, session: Session, channel: Channel, *, everything: bool
    ) -> Iterator[ArchiveDocument]:
        """The archive documents that are not published yet.

        Args:
            everything: look at all of them, else at the newest until one is published.
        """
        for document in stored_archives.chain(session, channel.key):
            path = archive.path(channel, document.number)
            if not everything and outbox.is_published(session, path):
                return
            published = self.outlet.read(path)
            address = self.edition.site.url + path
            if published is None or not outputs.is_closed(published, address):
                yield document

    def _expired(self, session: Session, channel: Channel, now: datetime) -> list[int]:
        if self.keep is None:
            return []
        return stored_archives.expired(session, channel.key, now - self.keep)


def _members(session: Session, channel: Channel, document: ArchiveDocument) -> list[int]:
    return stored_archives.members(session, channel.key, document.number)


def _paths(channel: Channel, documents: Iterable[int]) -> set[str]:
    return {archive.path(channel, number) for number in documents}


def _pages(there: Sequence[date], changed: Collection[date]) -> list[date]:
    """The months whose pages are to be rendered: those that changed, and their neighbours.

    A page links to its neighbours, so a month that comes or goes changes theirs. Nothing named
    changed: all of them.
    """
    if not changed:
        return list(there)
    order = sorted({*there, *changed})
    beside = {
        order[place]
        for month in changed
        for place in range(order.index(month) - 1, order.index(month) + 2)
        if 0 <= place < len(order)
    }
    return sorted(beside.intersection(there))
