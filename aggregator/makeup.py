"""The make-up: which files of a channel, or of the site, are made, and which are taken away.

outbox, and what is stored ─▶ layouts ─▶ documents, set by the compositor ─▶ sheet of a channel
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import chain

from sqlmodel import Session

from aggregator.compositor import Compositor, Proof
from aggregator.publish import archive, outputs, sheet
from aggregator.publish.outlet import INDEX, Outlet
from aggregator.publish.plan import ALL
from aggregator.publish.strips import Layout
from aggregator.store import archives as stored_archives
from aggregator.store import contents as stored_contents
from aggregator.store import outputs as outbox
from aggregator.store import tallies
from aggregator.store import watch as stored_watch
from aggregator.store.items import page
from aggregator.store.outputs import SITE, Stale
from aggregator.values.output import Channel, ChannelContents, Edition

EVENTS = 50  # in the feed of what is out of the ordinary
LATEST = 6  # headlines on the front page
_MONTH = 300  # items on the page of a month; search finds the others
_RECENT_MONTHS = 2  # whose pages are likely to change again


@dataclass(frozen=True, slots=True)
class Sheet:
    """What publishing a channel, or the site, comes to."""

    files: outbox.Files
    before: outbox.Files  # that were published; those that are not cut only if all is made anew
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
class MakeUp:
    """What sheets are made with, as long as one publishing takes."""

    channels: Mapping[str, Channel]  # by key
    edition: Edition
    outlet: Outlet
    compositor: Compositor
    write: Callable[[Iterable[Proof]], outbox.Files]  # has documents written, as they are made
    keep: timedelta | None  # age at which items are forgotten; None: never
    now: datetime  # aware UTC

    def sheets(
        self,
        session: Session,
        lot: Sequence[Stale],
        open_now: Mapping[str, Sequence[stored_archives.Open]],
    ) -> list[tuple[Stale, Sheet]]:
        """What publishing a lot of channels comes to; their files are handed to `write`.

        Args:
            session: where the rest of it is read.
            lot: the channels, the site, and what is listed no more.
            open_now: items in no archive document, newest first, by channel.
        """
        keys = [stale.channel for stale in lot]
        whole = {stale.channel for stale in lot if not stale.news}
        shelf = _Shelf(
            outbox.published(session, keys, whole),
            tallies.kept(session, keys),
            open_now,
        )
        self._read(session, lot, shelf)
        return [(stale, self._sheet(session, stale, shelf)) for stale in lot]

    def _read(self, session: Session, lot: Sequence[Stale], shelf: _Shelf) -> None:
        """Read at once what is to be made of the feeds of a lot."""
        newest = slice(self.edition.publish.entries)
        news: set[int] = set()
        for stale in lot:
            open_now = shelf.open_now.get(stale.channel, ())[newest]
            shown = {one.number for one in open_now}
            news |= shown & stale.items if stale.news else shown
        self.compositor.prepare(session, sorted(news))

    def _sheet(self, session: Session, stale: Stale, shelf: _Shelf) -> Sheet:
        if stale.channel == SITE:
            return self._site(session, shelf)
        if stale.channel in self.channels:
            return self._channel(session, self.channels[stale.channel], stale, shelf)
        return Sheet({}, {})  # of a person or view that is listed no more

    def _site(self, session: Session, shelf: _Shelf) -> Sheet:
        """The files of the whole site: index, OPML, style."""
        waiting = {stale.channel: stale for stale in outbox.stale(session)}
        lines = stored_contents.summaries(session, tuple(self.channels.values()), waiting)
        latest = page(session, ALL.key, limit=LATEST)
        events = stored_watch.events(session, limit=EVENTS)
        before = shelf.published[SITE]
        made = outputs.site_outputs(lines, self.edition, latest, events)
        files = self.write(Proof(output, None) for output in made)
        return Sheet(files, before, gone=tuple(before.keys() - files.keys()))

    def _channel(self, session: Session, channel: Channel, stale: Stale, shelf: _Shelf) -> Sheet:
        """The files of a channel: its feeds and page, archive documents, pages of these months."""
        key, everything = channel.key, not stale.news
        before, open_now = shelf.published[key], shelf.open_now[key]
        counted = tallies.tally(session, key, shelf.counted.get(key), stale.news)
        shown = stored_contents.contents(session, channel, counted)
        there = [month for month, _ in shown.months]
        pages = {month: _month_page(channel, month) for month in {*there, *stale.months}}
        asked = {pages[month] for month in stale.months} - before.keys()
        published = before.keys() | outbox.there(session, asked)
        layouts = chain(
            self._feeds(shown, open_now),
            self._months(session, shown, _turning(there, stale.months, pages, published)),
            self._archives(session, channel, shown.archive, everything=everything),
        )
        changed = None if everything else stale.items
        files = self.write(self.compositor.set(session, layouts, before, changed))
        expired = self._expired(session, channel)
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
        *,
        everything: bool,
    ) -> Iterator[Layout]:
        """The archive documents that are not published yet.

        Args:
            head: number of the newest.
            everything: look at all of them, else at the newest until one is published.
        """
        if head is None or (not everything and _are_published(session, channel, head)):
            return
        for document in stored_archives.chain(session, channel.key):
            if not everything and _are_published(session, channel, document.number):
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

    def _expired(self, session: Session, channel: Channel) -> list[int]:
        if self.keep is None:
            return []
        return stored_archives.expired(session, channel.key, self.now - self.keep)


def _paths(channel: Channel, documents: Iterable[int]) -> set[str]:
    return {path for number in documents for path in archive.paths(channel, number)}


def _are_published(session: Session, channel: Channel, document: int) -> bool:
    paths = archive.paths(channel, document)
    return len(outbox.there(session, paths)) == len(paths)


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
