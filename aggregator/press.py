"""The press: renders what is stale, and writes the files whose bytes change.

    outbox ─▶ sheet of a channel ─▶ files ─▶ outbox row deleted, changes noted for the hub

A channel leaves the outbox once its files are written; cut off before that, it is rendered again,
to the same bytes.
"""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain
from threading import BoundedSemaphore
from weakref import WeakKeyDictionary

from sqlmodel import Session

from aggregator.compositor import Compositor, Proof
from aggregator.makeup import MakeUp, Sheet
from aggregator.publish import archive, look
from aggregator.publish.outlet import Outlet
from aggregator.publish.stock import Stock
from aggregator.publish.strips import name_of
from aggregator.store import archives as stored_archives
from aggregator.store import contents as stored_contents
from aggregator.store import outputs as outbox
from aggregator.store import pings, tallies
from aggregator.store.engine import Store
from aggregator.store.feeds import RENAMED
from aggregator.store.outputs import SITE, Stale
from aggregator.values.output import Channel, Edition, Output

_TOGETHER = 16  # channels whose files are written while the next ones are rendered
_WAITING = 64  # files in memory that are to be written
_LEFT_S = 600  # what somebody began to write so long ago, nobody is writing any more
_FEEDS = ("atom.xml", "rss.xml", "feed.json")

# What feeds are called: read again only when one is called otherwise, as there may be 100,000.
_called: WeakKeyDictionary[Store, tuple[str | None, frozenset[int]]] = WeakKeyDictionary()

_Job = Future[frozenset[str]]  # paths of the files whose bytes changed


class _Writers:
    """Threads that write files; whoever renders waits for them when too much is to be written."""

    def __init__(self, outlet: Outlet, threads: ThreadPoolExecutor) -> None:
        self._outlet = outlet
        self._threads = threads
        self._room = BoundedSemaphore(max(_WAITING // outlet.together, outlet.at_once))
        self._next: list[Output] = []
        self._jobs: list[_Job] = []

    def write(self, proofs: Iterable[Proof]) -> dict[str, bytes | None]:
        """Have files written, as they are made; their seams, by path."""
        seams = {}
        for proof in proofs:
            seams[proof.output.path] = proof.seams
            self._next.append(proof.output)
            if len(self._next) == self._outlet.together:
                self._send()
        return seams

    def jobs(self) -> list[_Job]:
        """All that is to be written since this was asked last."""
        self._send()
        jobs, self._jobs = self._jobs, []
        return jobs

    def _send(self) -> None:
        if not self._next:
            return
        self._room.acquire()
        job = self._threads.submit(self._outlet.write_all, self._next)
        job.add_done_callback(lambda _: self._room.release())
        self._jobs.append(job)
        self._next = []


@dataclass(frozen=True, slots=True)
class _Lot:
    """Channels whose files are being written."""

    sheets: Sequence[tuple[Stale, Sheet]] = ()
    jobs: Sequence[_Job] = ()


@dataclass(frozen=True, slots=True)
class Press:
    """What is published, from where, and to where."""

    store: Store
    channels: tuple[Channel, ...]
    edition: Edition
    outlet: Outlet
    keep: timedelta | None  # age at which items are forgotten; None: never
    is_of_now: Callable[[Session], bool]  # false when feeds.yaml was edited meanwhile

    def publish(
        self,
        waiting: list[Stale],
        now: datetime,
        begin: Callable[[int], None],
        watch: Callable[[int], None],
    ) -> int:
        """Publish what is stale; on SQLite nobody else may publish to the outlet meanwhile.

        Args:
            waiting: all there is in the outbox.
            now: aware UTC.
            begin: is told how many channels there are to publish.
            watch: is told of each that is done.

        Returns:
            How many files were written.

        Raises:
            Unusable: the database or the folder cannot be used; published files stay as they were.
        """
        self.outlet.sweep(0 if self.store.on_sqlite else _LEFT_S)
        begin(len(waiting))
        written = self._publish(waiting, now, watch)
        self._clear()
        return written

    def publish_one(self, key: str, waiting: list[Stale], now: datetime) -> int:
        """Publish one channel, if it is stale; others may publish others meanwhile.

        Args:
            key: of the channel, or SITE, with which goes what belongs to no channel any more.
            waiting: what is in the outbox of this channel.
            now: aware UTC.

        Returns:
            How many files were written.
        """
        written = self._publish(waiting, now, lambda _: None)
        if key == SITE:
            self.outlet.sweep(_LEFT_S)
            self._clear()
        return written

    def _publish(self, waiting: list[Stale], now: datetime, watch: Callable[[int], None]) -> int:
        # Channels that share items follow each other; the site tells of all of them, and is last.
        waiting.sort(key=lambda stale: (stale.channel == SITE, *stale.channel.split(":")[::-1]))
        written = 0
        with (
            ThreadPoolExecutor(self.outlet.at_once, "publish") as threads,
            closing(Stock()) as stock,
        ):
            writers = _Writers(self.outlet, threads)
            makeup = self._makeup(writers, stock, now)
            printing = _Lot()
            for start in range(0, len(waiting), _TOGETHER):
                lot = waiting[start : start + _TOGETHER]
                before, printing = printing, self._lot(lot, makeup, writers)
                written += self._printed(before, now)
                watch(len(lot))
            written += self._printed(printing, now)
        return written

    def _makeup(self, writers: _Writers, stock: Stock, now: datetime) -> MakeUp:
        with self.store.reading() as session:
            names = _names(self.store, session)
        stamp = look.stamp(self.edition)
        compositor = Compositor(self.edition, self.outlet, stock, stamp, names)
        channels = {channel.key: channel for channel in self.channels}
        return MakeUp(
            channels, self.edition, self.outlet, compositor, writers.write, self.keep, now
        )

    def mark_everything(self, session: Session) -> None:
        """Everything has to be published again."""
        outbox.mark_channels(session, [*(channel.key for channel in self.channels), SITE])

    def _lot(self, lot: Sequence[Stale], makeup: MakeUp, writers: _Writers) -> _Lot:
        """Render a lot of channels, and have it written."""
        open_now = self._close([one.channel for one in lot if one.channel in makeup.channels])
        with self.store.reading() as session:
            sheets = makeup.sheets(session, lot, open_now)
        return _Lot(sheets, writers.jobs())

    def _printed(self, lot: _Lot, now: datetime) -> int:
        """Wait until files are written, and note that it is done; how many changed."""
        if not lot.sheets:
            return 0
        changed = frozenset[str]().union(*(job.result() for job in lot.jobs))
        self.outlet.remove(chain.from_iterable(sheet.gone for _, sheet in lot.sheets))
        done = [
            outbox.Served(stale, sheet.before, sheet.files, sheet.gone)
            for stale, sheet in lot.sheets
        ]
        counted = {
            stale.channel: one.counted for stale, one in lot.sheets if one.counted is not None
        }
        with self.store.writing() as session:
            outbox.serve(session, done)
            shown = [(stale.channel, number) for stale, one in lot.sheets for number in one.shown]
            stored_archives.show(session, shown, now)
            for stale, sheet in lot.sheets:
                if sheet.expired:
                    stored_archives.give_up(session, stale.channel, sheet.expired)
            if self.edition.site.hub:
                paths = [
                    path
                    for stale, sheet in lot.sheets
                    if stale.channel != SITE
                    for path in sheet.files
                    if path in changed
                ]
                pings.add(session, self._topics(paths), now)
            tallies.keep(session, counted)
        return len(changed)

    def _topics(self, paths: Iterable[str]) -> list[str]:
        """Addresses of the subscription documents among these files."""
        return [
            self.edition.site.url + path
            for path in paths
            if path.endswith(_FEEDS) and "/archive/" not in path
        ]

    def _clear(self) -> None:
        """Take away the files of channels that are no more, by the feeds.yaml of now."""
        keys = [*(channel.key for channel in self.channels), SITE]
        with self.store.reading() as session:
            if not self.is_of_now(session):  # others may have published who is listed since
                return
            orphans = outbox.orphans(session, keys)
            uncounted = tallies.orphans(session, keys)
        if orphans or uncounted:
            self.outlet.remove(orphans)
            with self.store.writing() as session:
                outbox.forget(session, orphans)
                tallies.forget(session, uncounted)

    def _close(self, keys: Sequence[str]) -> dict[str, list[stored_archives.Open]]:
        """Close archive documents of channels where more is open than a feed may hold.

        Returns:
            What is open then, by channel.
        """
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
                    stored_archives.close(session, key, documents, open_now[key])
                    closed = set(chain.from_iterable(documents))
                    open_now[key] = [one for one in open_now[key] if one.number not in closed]
        return open_now


def _names(store: Store, session: Session) -> frozenset[int]:
    """What every feed is called, in short."""
    renamed = outbox.note(session, RENAMED)
    before, names = _called.get(store, (None, frozenset[int]()))
    if renamed is None or renamed != before:
        names = frozenset(name_of(*one) for one in stored_contents.feed_names(session))
        _called[store] = renamed, names
    return names
