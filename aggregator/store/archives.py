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
from sqlmodel import Session, col, func, insert, select, update

from aggregator.store.sets import in_batches
from aggregator.store.tables import AppearanceRow, ArchiveRow, table_of
from aggregator.values.output import ArchiveDocument

_SHOWN = table_of(AppearanceRow)
_MINE = _SHOWN.c.channel == sa.bindparam("key")
_OPEN = sa.select(_SHOWN.c.channel, _SHOWN.c.item_id, _SHOWN.c.at, _SHOWN.c.shown).where(
    _SHOWN.c.channel.in_(sa.bindparam("channels", expanding=True)), _SHOWN.c.archive.is_(None)
)
_HEAD = sa.select(sa.func.max(_SHOWN.c.archive)).where(_MINE)
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
    for channel, *item in session.execute(_OPEN, {"channels": list(channels)}):
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


def close(session: Session, channel: str, documents: Sequence[Sequence[int]]) -> None:
    """Put these items into new documents at the head of the chain, the oldest document first."""
    row = AppearanceRow
    before = head(session, channel)
    number = _last(session, channel)
    for members in documents:
        number += 1
        for batch in in_batches(members):
            mine = (col(row.channel) == channel, col(row.item_id).in_(batch))
            session.execute(update(row).where(*mine).values(archive=number))
        of_this = (col(row.channel) == channel, col(row.archive) == number)
        newest = session.execute(select(func.max(row.at)).where(*of_this)).scalar_one()
        document = {"channel": channel, "number": number, "before": before, "newest": newest}
        session.execute(insert(ArchiveRow), [document])
        before = number


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


def head(session: Session, channel: str) -> int | None:
    """The newest document of the chain, to which the subscription document leads."""
    number: int | None = session.execute(_HEAD, {"key": channel}).scalar_one()
    return number


def chain(session: Session, channel: str) -> Iterator[ArchiveDocument]:
    """The documents of a channel that can be walked to, the newest first."""
    number = head(session, channel)
    while number is not None:
        row = session.get(ArchiveRow, (channel, number))
        if row is None:  # retention took it
            return
        yield ArchiveDocument(number, row.before)
        number = row.before


def members(session: Session, channel: str, number: int) -> list[int]:
    """Numbers of the items of a document, newest first."""
    row = AppearanceRow
    query = select(row.item_id).where(col(row.channel) == channel, col(row.archive) == number)
    query = query.order_by(col(row.at).desc(), col(row.item_id).desc())
    return list(session.exec(query))


def numbers(session: Session, channel: str) -> list[int]:
    """Every document that was ever closed and has not been given up."""
    query = select(ArchiveRow.number).where(ArchiveRow.channel == channel)
    return list(session.exec(query.order_by(col(ArchiveRow.number))))


def expired(session: Session, channel: str, since: datetime) -> list[int]:
    """The oldest documents, as far as retention left nothing of what they held.

    Args:
        since: items before that may have been removed.
    """
    query = select(ArchiveRow).where(ArchiveRow.channel == channel)
    found: list[int] = []
    for document in session.exec(query.order_by(col(ArchiveRow.number))):
        if document.newest >= since or _has_members(session, channel, document.number):
            break
        found.append(document.number)
    return found


def give_up(session: Session, channel: str, documents: Collection[int]) -> None:
    """Forget these documents; no number is given again as long as a newer one is known."""
    session.execute(
        sa.delete(ArchiveRow).where(
            col(ArchiveRow.channel) == channel, col(ArchiveRow.number).in_(documents)
        )
    )


def _last(session: Session, channel: str) -> int:
    query = select(func.max(ArchiveRow.number)).where(ArchiveRow.channel == channel)
    return session.exec(query).one() or 0


def _has_members(session: Session, channel: str, number: int) -> bool:
    row = AppearanceRow
    query = select(row.item_id).where(col(row.channel) == channel, col(row.archive) == number)
    return session.exec(query.limit(1)).first() is not None
