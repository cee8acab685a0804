"""The make-up: which files of a channel, or of the site, are made, and which are taken away.

outbox, and what is stored ─▶ layouts ─▶ documents, set by the compositor ─▶ sheet of a channel
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain

from sqlmodel import Session

from aggregator.compositor import Compositor, Proof
from aggregator.publish import archive, outputs
from aggregator.publish.outlet import Outlet
from aggregator.publish.plan import ALL
from aggregator.publish.strips import Layout
from aggregator.shelf import Stand, stands
from aggregator.store import archives as stored_archives
from aggregator.store import contents as stored_contents
from aggregator.store import outputs as outbox
from aggregator.store import tallies
from aggregator.store import watch as stored_watch
from aggregator.store.items import page
from aggregator.store.outputs import SITE, Stale
from aggregator.values.output import Channel, Edition

EVENTS = 50  # in the feed of what is out of the ordinary
LATEST = 6  # headlines on the front page
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
        before = outbox.published(session, keys, whole)
        listed = [
            (self.channels[stale.channel], stale) for stale in lot if stale.channel in self.channels
        ]
        known = stands(session, listed, before, open_now)
        self._read(session, known.values())
        return [(stale, self._sheet(session, stale, known, before)) for stale in lot]

    def _read(self, session: Session, lot: Iterable[Stand]) -> None:
        """Read at once what is to be made of the feeds of a lot."""
        news: set[int] = set()
        for one in lot:
            shown = {item.number for item in one.open_now[: self.edition.publish.entries]}
            news |= shown if one.everything else shown & one.stale.items
        self.compositor.prepare(session, sorted(news))

    def _sheet(
        self,
        session: Session,
        stale: Stale,
        known: Mapping[str, Stand],
        before: Mapping[str, outbox.Files],
    ) -> Sheet:
        if stale.channel == SITE:
            return self._site(session, before[SITE])
        if stale.channel in known:
            return self._channel(session, known[stale.channel])
        return Sheet({}, {})  # of a person or view that is listed no more

    def _site(self, session: Session, before: outbox.Files) -> Sheet:
        """The files of the whole site: index, OPML, style."""
        waiting = {stale.channel: stale for stale in outbox.stale(session)}
        lines = stored_contents.summaries(session, tuple(self.channels.values()), waiting)
        latest = page(session, ALL.key, limit=LATEST)
        events = stored_watch.events(session, limit=EVENTS)
        made = outputs.site_outputs(lines, self.edition, latest, events)
        files = self.write(Proof(output, None) for output in made)
        return Sheet(files, before, gone=tuple(before.keys() - files.keys()))

    def _channel(self, session: Session, known: Stand) -> Sheet:
        """The files of a channel: its feeds and page, archive documents, pages of these months."""
        channel, before = known.channel, known.before
        layouts = chain(self._feeds(known), self._months(known), self._archives(session, known))
        changed = None if known.everything else known.stale.items
        files = self.write(self.compositor.set(session, layouts, before, changed))
        expired = self._expired(session, channel)
        gone = set(known.gone)
        if known.everything:
            gone = before.keys() - files.keys()
            gone -= _paths(channel, stored_archives.numbers(session, channel.key))
        gone |= _paths(channel, expired)
        return Sheet(
            files,
            before,
            gone=tuple(sorted(gone)),
            shown=tuple(one.number for one in known.open_now if one.shown is None),
            expired=tuple(expired),
            counted=known.counted,
        )

    def _feeds(self, known: Stand) -> Iterable[Layout]:
        newest = known.open_now[: self.edition.publish.entries]
        return outputs.layouts_of(known.contents, self.edition, [one.number for one in newest])

    def _months(self, known: Stand) -> Iterator[Layout]:
        shown = known.contents
        recent = {month for month, _ in shown.months[:_RECENT_MONTHS]}
        for month, numbers in known.months.items():
            recurring = month in recent
            yield outputs.month_layout(shown, month, numbers, self.edition, recurring=recurring)

    def _archives(self, session: Session, known: Stand) -> Iterator[Layout]:
        """The archive documents that are not published yet.

        All are looked at where everything is made anew, else the newest until one is published.
        """
        if known.archived and not known.everything:
            return
        channel = known.channel
        for document in stored_archives.chain(session, channel.key, known.contents.archive):
            if not known.everything and _are_published(session, channel, document.number):
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
