"""Which items of a channel are in which archive document (RFC 5005 §4), once and for all.

A document that was closed is never written again, so which items it holds is never decided again
either. The documents of a channel form a chain from the newest, the *head*, to the oldest. When an
item leaves the channel, the chain ends before the document that holds it: what it held, and all
after it, is open again and goes into documents of new numbers. The old ones stay where they are,
and no chain leads to them.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import sqlalchemy as sa
from sqlmodel import Session, col, select, update

from aggregator.store.keyed import Keyed, marked
from aggregator.store.tables import AppearanceRow, ArchiveRow, table_of
from aggregator.store.trips import answers
from aggregator.values.output import ArchiveDocument

_SHOWN = table_of(AppearanceRow)
_MINE = _SHOWN.c.channel == sa.bindparam("key")
_OPEN = sa.select(_SHOWN.c.channel, _SHOWN.c.item_id, _SHOWN.c.at, _SHOWN.c.shown).where(
    _SHOWN.c.channel.in_(sa.bindparam("channels", expanding=True)), _SHOWN.c.archive.is_(None)
)
_HEADS = Keyed(
    1,
    "SELECT keys.a, (SELECT MAX(archive) FROM appearances WHERE channel = keys.a)"
    " FROM keys WHERE keys.a IS NOT NULL",
)
_MEMBERS = (
    "SELECT item_id FROM appearances WHERE channel = {0} AND archive = {0}"
    " ORDER BY at DESC, item_id DESC"
)
_PUT = (
    _SHOWN.update()
    .where(_MINE, _SHOWN.c.item_id == sa.bindparam("item"))
    .values(archive=sa.bindparam("number"))
)
_DOCUMENT = table_of(ArchiveRow)
_OF_CHANNEL = _DOCUMENT.c.channel == sa.bindparam("key")
_LAST = sa.select(sa.func.max(_DOCUMENT.c.number)).where(_OF_CHANNEL)
_NUMBERS = sa.select(_DOCUMENT.c.number).where(_OF_CHANNEL).order_by(_DOCUMENT.c.number)
_BEFORE = "SELECT before FROM archives WHERE channel = {0} AND number = {0}"
_OLDEST = (
    sa.select(_DOCUMENT.c.number, _DOCUMENT.c.newest)
    .where(_OF_CHANNEL)
    .order_by(_DOCUMENT.c.number)
)
_SHOW = (
    _SHOWN.update()
    .where(_MINE, _SHOWN.c.item_id == sa.bindparam("number"), _SHOWN.c.shown.is_(None))
    .values(shown=sa.bindparam("now"))
)


@dataclass(frozen=True, slots=True)
class Open:
    """An item of a channel that is in no document."""

    number: int
    at: datetime
    shown: datetime | None  # published there since; None: not yet


def open_items(session: Session, channels: Sequence[str]) -> dict[str, list[Open]]:
    """The items that are in no document, by channel, newest first."""
    found: dict[str, list[Open]] = {channel: [] for channel in channels}
    for channel, *item in session.connection().execute(_OPEN, {"channels": list(channels)}):
        found[channel].append(Open(*item))
    for items in found.values():
        items.sort(key=lambda one: (one.at, one.number), reverse=True)
    return found


def in_order(open_now: Iterable[Open]) -> list[int]:
    """Numbers of open items in the order in which they came.

    What came between two publishings came at once, and is in the order of its dates: a late item
    with an old date is behind those that subscribers could see before it.
    """
    last = datetime.max.replace(tzinfo=UTC)
    ordered = sorted(open_now, key=lambda one: (one.shown or last, one.at, one.number))
    return [one.number for one in ordered]


def show(session: Session, shown: Iterable[tuple[str, int]], now: datetime) -> None:
    """Channels show these items, by number, from now on, as far as they did not before."""
    rows = [{"key": channel, "number": number, "now": now} for channel, number in shown]
    if rows:
        session.connection().execute(_SHOW, rows)


def close(
    session: Session, channel: str, documents: Sequence[Sequence[int]], open_now: Iterable[Open]
) -> None:
    """Put open items into new documents at the head of the chain, the oldest document first.

    Args:
        channel: its key.
        documents: numbers of the items of each.
        open_now: the items, and perhaps others.
    """
    times = {one.number: one.at for one in open_now}
    before = heads(session, [channel])[channel]
    first = (session.connection().execute(_LAST, {"key": channel}).scalar_one() or 0) + 1
    members, made = [], []
    for number, items in enumerate(documents, first):
        members += [{"key": channel, "item": item, "number": number} for item in items]
        newest = max(times[item] for item in items)
        made.append({"channel": channel, "number": number, "before": before, "newest": newest})
        before = number
    connection = session.connection()
    connection.execute(_PUT, members)
    connection.execute(_DOCUMENT.insert(), made)


def reopen(session: Session, left: Iterable[tuple[str, int]]) -> None:
    """End the chains of channels before the first document that an item left.

    Args:
        left: channel and number of the document.
    """
    first: dict[str, int] = {}
    for channel, number in left:
        first[channel] = min(number, first.get(channel, number))
    for channel, number in sorted(first.items()):
        session.execute(
            update(AppearanceRow)
            .where(col(AppearanceRow.channel) == channel, col(AppearanceRow.archive) >= number)
            .values(archive=None)
        )


def heads(session: Session, channels: Iterable[str]) -> dict[str, int | None]:
    """The newest documents of chains, to which subscription documents lead, by channel."""
    found = _HEADS.rows(session, [(channel,) for channel in channels])
    return {str(channel): number for channel, number in found}


def chain(session: Session, channel: str, head: int | None) -> Iterator[ArchiveDocument]:
    """The documents of a channel that can be walked to, the newest first.

    Args:
        head: number of the newest; None: there is none.
    """
    number = head
    query = marked(session, _BEFORE)
    while number is not None:
        [found] = answers(session, [(query, (channel, number))])
        if not found:  # retention took it
            return
        [(before,)] = found
        yield ArchiveDocument(number, before)
        number = before


def members(session: Session, channel: str, number: int) -> list[int]:
    """Numbers of the items of a document, newest first."""
    [found] = answers(session, [(marked(session, _MEMBERS), (channel, number))])
    return [item for (item,) in found]


def numbers(session: Session, channel: str) -> list[int]:
    """Every document that was ever closed and has not been given up."""
    return list(session.connection().execute(_NUMBERS, {"key": channel}).scalars())


def expired(session: Session, channel: str, since: datetime) -> list[int]:
    """The oldest documents, as far as retention left nothing of what they held.

    Args:
        since: items before that may have been removed.
    """
    found: list[int] = []
    for number, newest in session.connection().execute(_OLDEST, {"key": channel}):
        if newest >= since or _has_members(session, channel, number):
            break
        found.append(number)
    return found


def give_up(session: Session, channel: str, documents: Collection[int]) -> None:
    """Forget these documents; no number is given again as long as a newer one is known."""
    session.execute(
        sa.delete(ArchiveRow).where(
            col(ArchiveRow.channel) == channel, col(ArchiveRow.number).in_(documents)
        )
    )


def _has_members(session: Session, channel: str, number: int) -> bool:
    row = AppearanceRow
    query = select(row.item_id).where(col(row.channel) == channel, col(row.archive) == number)
    return session.exec(query.limit(1)).first() is not None
