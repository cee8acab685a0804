"""The compositor: sets the documents of a channel, from the strips of their last versions.

    last version, cut at its seams ─▶ strips of unchanged items ─┐
    items that are new or changed  ─▶ strips made anew ──────────┴─▶ head, strips, tail

What is published is the cache: it is there anyway, and whoever empties the folder empties it too.
Nothing named as changed means that all is made anew.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlmodel import Session

from aggregator.publish.foundry import mould
from aggregator.publish.mould import Mould
from aggregator.publish.outlet import Outlet
from aggregator.publish.seams import seams_of, strips_of
from aggregator.publish.stock import Stock
from aggregator.publish.strips import Layout, Strip, body_of, poured
from aggregator.store import items as stored_items
from aggregator.values.output import Edition, Output

_AT_ONCE = 200  # items in memory at once, whole


@dataclass(frozen=True, slots=True)
class Proof:
    """A document that is set, and where it may be cut."""

    output: Output
    seams: bytes | None  # None: it will not be cut


@dataclass(frozen=True, slots=True)
class Compositor:
    """What documents are set with."""

    edition: Edition
    outlet: Outlet
    stock: Stock  # moulds of items
    stamp: int  # of the edition: see `look.stamp`
    names: frozenset[int]  # of all feeds: see `strips.name_of`

    def set(
        self,
        session: Session,
        layouts: Iterable[Layout],
        published: Mapping[str, bytes | None],
        changed: Collection[int] | None,
    ) -> Iterator[Proof]:
        """Set documents, one after the other.

        Args:
            session: where items are read.
            layouts: of the documents of one channel.
            published: seams of the last versions, by path.
            changed: numbers of the items that changed since; None: make everything anew.
        """
        last: dict[str, Mapping[int, Strip]] = {}
        for layout in layouts:
            if layout.like not in last:
                seams = published.get(layout.like) if changed is not None else None
                last[layout.like] = self._cut(layout.like, seams, changed or ())
            strips = self._strips(session, layout, last[layout.like])
            parts = layout.bind(strips)
            body = body_of(parts)
            seams = seams_of(parts, body, self.stamp) if layout.recurring else None
            yield Proof(Output(layout.path, body), seams)

    def prepare(self, session: Session, numbers: Sequence[int]) -> None:
        """Read at once items that several documents are about to show."""
        missing = [number for number in numbers if not self.stock.has(number)]
        for start in range(0, len(missing), _AT_ONCE):
            self._moulds(session, missing[start : start + _AT_ONCE])

    def _cut(self, path: str, seams: bytes | None, changed: Collection[int]) -> Mapping[int, Strip]:
        if seams is None:
            return {}
        body = self.outlet.last(path)
        return strips_of(seams, body, self.stamp, self.names, changed) if body is not None else {}

    def _strips(self, session: Session, layout: Layout, last: Mapping[int, Strip]) -> list[Strip]:
        """The strips of a document: an item that was removed just now has none."""
        missing = [number for number in layout.numbers if number not in last]
        made = {
            number: poured(one, layout.make(one))
            for number, one in self._moulds(session, missing).items()
        }
        strips = (last.get(number) or made.get(number) for number in layout.numbers)
        return [strip for strip in strips if strip is not None]

    def _moulds(self, session: Session, numbers: Sequence[int]) -> dict[int, Mould]:
        """The moulds of items, made where they are not in stock."""
        kept = {number: one for number in numbers if (one := self.stock.get(number)) is not None}
        missing = [number for number in numbers if number not in kept]
        made = [mould(item, self.edition) for item in stored_items.whole(session, missing)]
        self.stock.put(made)
        return kept | {one.number: one for one in made}
