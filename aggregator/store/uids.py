"""Permanent ids of new items, made from what the first entry is recognised by.

The same feeds give the same ids wherever they are polled: on another engine, or after a database was
lost, subscribers see no old item again as a new one.
"""

import uuid
from collections.abc import Iterator, Sequence
from itertools import count

from sqlmodel import Session, col, select

from aggregator.store.sets import in_batches
from aggregator.store.tables import ItemRow
from aggregator.values.item import Prints

_OURS = uuid.UUID("77712fa2-f132-4ff0-a6f3-b28d6ae1462c")  # our namespace (RFC 9562 §5.5)


def allot(session: Session, prints: Sequence[Prints]) -> list[str]:
    """An id that no item has for each new item: urn:uuid:..., in the same order.

    Args:
        prints: of the entries that become items.
    """
    wishes = [next(_names(one)) for one in prints]
    taken: set[str] = set()
    for batch in in_batches(wishes):
        taken.update(session.exec(select(ItemRow.uid).where(col(ItemRow.uid).in_(batch))))
    allotted = []
    for one, wish in zip(prints, wishes, strict=True):
        uid = wish if wish not in taken else _free(session, one, taken)
        taken.add(uid)
        allotted.append(uid)
    return allotted


def _free(session: Session, prints: Prints, taken: set[str]) -> str:
    """The first id nobody has: needed where stories share a link, or come back after removal."""
    names = (name for name in _names(prints) if name not in taken)
    return next(
        name
        for name in names
        if session.exec(select(ItemRow.id).where(ItemRow.uid == name)).first() is None
    )


def _names(prints: Prints) -> Iterator[str]:
    """Ids to try: of the page, which is the same in every feed; of the entry; of one more like it."""
    if prints.link is not None:
        yield _uid("link", prints.link)
    for number in count():
        yield _uid("entry", prints.guid, prints.title, prints.digest, number)


def _uid(*parts: object) -> str:
    return uuid.uuid5(_OURS, " ".join(map(str, parts))).urn
