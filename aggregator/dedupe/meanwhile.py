"""What is decided of some documents, as the next ones see it before anything of it is stored.

Documents that are judged together are looked up together, once. What one of them brings is then
shown to those after it from here, just as the store would show it had it been stored meanwhile.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import chain
from typing import assert_never

from aggregator.values.item import (
    UNSTORED,
    Decision,
    Duplicate,
    Entry,
    Known,
    KnownEntry,
    New,
    Prints,
    Revised,
    Seen,
)

_MOST = 60  # entries of one band; a band that more share says nothing


class Meanwhile:
    """Documents judged so far."""

    def __init__(self, lot: Iterable[Sequence[Prints]], now: datetime, since: datetime) -> None:
        """Nothing is judged yet.

        Args:
            lot: prints of the entries of all documents that will be.
            now: when new entries count as first seen.
            since: those first seen before share no band.
        """
        carriers = Counter(chain.from_iterable(looks.bands for of_one in lot for looks in of_one))
        # Few of all.
        self._shared = frozenset(band for band, times in carriers.items() if times > 1)
        self._now, self._since = now, since
        self._entries: dict[int, KnownEntry] = {}  # new, or otherwise than stored; by number
        self._linked: defaultdict[int, list[int]] = defaultdict(list)
        self._sharing: defaultdict[int, list[int]] = defaultdict(list)
        self._items = self._next = UNSTORED

    def beside(self, document: Sequence[Prints], known: Known) -> Known:
        """What the store holds that a document's entries may be, as if all were stored.

        Args:
            document: prints of the entries.
            known: what the store holds that they may be.
        """
        found: dict[int, dict[int, None]] = {}  # number: bands shared
        for looks in document:
            if looks.link is not None:
                for number in self._linked.get(looks.link, ()):
                    found.setdefault(number, {})
            for band in self._shared.intersection(looks.bands):
                for number in self._sharing.get(band, ()):
                    found.setdefault(number, {})[band] = None
        others = [other for other in known.others if other.id not in self._entries]
        if not found and len(others) == len(known.others):
            return known
        others += [self._entries[number].sharing(bands) for number, bands in found.items()]
        return replace(known, others=tuple(sorted(others, key=lambda other: other.id)))

    def keep(self, feed_id: int, decisions: Sequence[Decision]) -> None:
        """Remember what was decided about a document."""
        for decision in decisions:
            match decision:
                case New(entry=entry, prints=prints):
                    self._add(feed_id, self._items, entry, prints)
                    self._items += 1
                case Duplicate(entry=entry, prints=prints, of=of):
                    self._add(feed_id, of.item_id, entry, prints)
                case Revised(entry=entry, prints=prints, known=known):
                    self._show(
                        replace(
                            known,
                            prints=prints,
                            guid=entry.guid,
                            link=entry.link,
                            title=entry.title,
                            text=entry.text,
                            published=entry.published,
                        )
                    )
                case Seen(known=known, prints=prints):
                    if known is not None and not prints.name_the_same(known.prints):
                        # The text stays what it was, and with it the sketch.
                        stays = replace(prints, sketch=known.prints.sketch)
                        self._show(replace(known, prints=stays))
                case _:
                    assert_never(decision)

    def _add(self, feed_id: int, item_id: int, entry: Entry, prints: Prints) -> None:
        self._show(
            KnownEntry(
                id=self._next,
                item_id=item_id,
                feed_id=feed_id,
                prints=prints,
                guid=entry.guid,
                link=entry.link,
                title=entry.title,
                text=entry.text,
                published=entry.published,
                first_seen=self._now,
            )
        )
        self._next += 1

    def _show(self, entry: KnownEntry) -> None:
        self._entries[entry.id] = entry
        if entry.prints.link is not None:
            self._linked[entry.prints.link].append(entry.id)
        if entry.first_seen >= self._since:
            for band in self._shared.intersection(entry.prints.bands):
                if len(self._sharing[band]) < _MOST:
                    self._sharing[band].append(entry.id)
