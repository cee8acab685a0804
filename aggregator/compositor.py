"""The compositor: sets the documents of a channel, from the strips of their last versions.

    last version, cut at its seams ─▶ strips of unchanged items ─┐
    items that are new or changed  ─▶ strips made anew ──────────┴─▶ head, strips, tail

What is published is the cache: it is there anyway, and whoever empties the folder empties it too.
Nothing named as changed means that all is made anew.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from sqlmodel import Session

from aggregator.publish.outlet import Outlet
from aggregator.publish.piece import piece
from aggregator.publish.seams import seams_of, strips_of
from aggregator.publish.strips import Layout, Strip, body_of
from aggregator.store.items import Lately
from aggregator.values.output import Channel, Edition, Output


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
    lately: Lately  # items read lately
    stamp: int  # of the edition: see `look.stamp`
    names: frozenset[int]  # of all feeds: see `strips.name_of`

    def set(
        self,
        session: Session,
        channel: Channel,
        layouts: Iterable[Layout],
        published: Mapping[str, bytes | None],
        changed: Collection[int] | None,
    ) -> Iterator[Proof]:
        """Set documents, one after the other.

        Args:
            session: where items are read.
            channel: whose documents they are.
            layouts: of the documents.
            published: seams of the last versions, by path.
            changed: numbers of the items that changed since; None: make everything anew.
        """
        last: dict[str, Mapping[int, Strip]] = {}
        for layout in layouts:
            if layout.like not in last:
                seams = published.get(layout.like) if changed is not None else None
                last[layout.like] = self._cut(layout.like, seams, changed or ())
            strips = self._strips(session, channel, layout, last[layout.like])
            parts = layout.bind(strips)
            body = body_of(parts)
            seams = seams_of(parts, body, self.stamp) if layout.recurring else None
            yield Proof(Output(layout.path, body), seams)

    def _cut(self, path: str, seams: bytes | None, changed: Collection[int]) -> Mapping[int, Strip]:
        if seams is None:
            return {}
        body = self.outlet.last(path)
        return strips_of(seams, body, self.stamp, self.names, changed) if body is not None else {}

    def _strips(
        self, session: Session, channel: Channel, layout: Layout, last: Mapping[int, Strip]
    ) -> list[Strip]:
        """The strips of a document; an item that was removed just now has none."""
        missing = [number for number in layout.numbers if number not in last]
        made = {
            item.number: layout.make(item, piece(item, channel, self.edition))
            for item in self.lately.whole(session, missing)
        }
        strips = (last.get(number) or made.get(number) for number in layout.numbers)
        return [strip for strip in strips if strip is not None]
