"""The outbox: which published files no longer show what is stored, and which we have published."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

import sqlalchemy as sa
from sqlmodel import Session, col, delete, func, insert, select

from aggregator.store.sets import in_batches
from aggregator.store.tables import NoteRow, OutputRow, StaleRow, table_of

EDITION = "edition"  # the note of what everything published was made with; absent: all is stale
SITE = "site"  # in the outbox, the pages of the whole site: index, OPML, style

_STALE, _OUTPUT = table_of(StaleRow), table_of(OutputRow)
_IN_ORDER = sa.select(_STALE.c.id, _STALE.c.channel, _STALE.c.news).order_by(_STALE.c.id)
_PUBLISHED = sa.select(_OUTPUT.c.path, _OUTPUT.c.seams).where(
    _OUTPUT.c.channel == sa.bindparam("channel")
)


@dataclass(frozen=True, slots=True)
class Stale:
    """What of one channel has to be published again."""

    channel: str  # its key, or SITE
    news: Mapping[date, frozenset[int]]  # items that changed, by day (UTC); empty: all there is
    upto: int  # the newest of the outbox's rows that this serves

    @property
    def months(self) -> frozenset[date]:
        """First days of the months whose items changed."""
        return frozenset(day.replace(day=1) for day in self.news)

    @property
    def items(self) -> frozenset[int]:
        """Numbers of the items that changed, came or left."""
        return frozenset().union(*self.news.values())


def mark_stale(session: Session, shown: Iterable[tuple[str, datetime, int]]) -> None:
    """Say that channels no longer show what is stored.

    Args:
        shown: channel, time of an item there, now or before, and the item's number.
    """
    news: dict[str, dict[date, set[int]]] = defaultdict(lambda: defaultdict(set))
    for channel, at, number in shown:
        news[channel][at.astimezone(UTC).date()].add(number)
    if news:
        rows = [
            {
                "channel": channel,
                "news": {day.isoformat(): sorted(news[channel][day]) for day in news[channel]},
            }
            for channel in sorted(news)
        ]
        session.execute(insert(StaleRow), [*rows, {"channel": SITE, "news": None}])


def mark_channels(session: Session, channels: Sequence[str]) -> None:
    """Say that channels have to be published again whatever their items."""
    if channels:
        session.execute(insert(StaleRow), [{"channel": key, "news": None} for key in channels])


def stale(session: Session) -> list[Stale]:
    """What has to be published again, in the order in which it was said."""
    news: dict[str, dict[str, set[int]] | None] = {}
    upto: dict[str, int] = {}
    for number, channel, said in session.execute(_IN_ORDER):
        upto[channel] = number
        known = news.setdefault(channel, {})
        if said is None or known is None:
            news[channel] = None
            continue
        for day, items in said.items():
            known.setdefault(day, set()).update(items)
    return [
        Stale(
            key,
            {date.fromisoformat(day): frozenset(items) for day, items in (said or {}).items()},
            upto[key],
        )
        for key, said in news.items()
    ]


def waiting(session: Session) -> int:
    """How many channels wait to be published."""
    return session.exec(select(func.count(func.distinct(col(StaleRow.channel))))).one()


def published(session: Session, channel: str) -> dict[str, bytes | None]:
    """The files that are published for a channel, by path, and their seams where they are kept."""
    rows = session.execute(_PUBLISHED, {"channel": channel})
    return {row.path: row.seams for row in rows}


def served(
    session: Session,
    done: Stale,
    files: Mapping[str, bytes | None],
    gone: Sequence[str] = (),
    known: Mapping[str, bytes | None] | None = None,
) -> None:
    """The channel has been published, as these files and without those that are gone.

    What was said since then stays said.

    Args:
        files: by path, with their seams.
        known: what `published` said before; asked again when None.
    """
    connection = session.connection()
    connection.execute(
        _STALE.delete().where(_STALE.c.channel == done.channel, _STALE.c.id <= done.upto)
    )
    before = published(session, done.channel) if known is None else known
    new = [path for path in files if path not in before or before[path] != files[path]]
    forget(session, [*gone, *new])
    if new:
        rows = [{"path": path, "channel": done.channel, "seams": files[path]} for path in new]
        connection.execute(_OUTPUT.insert(), rows)


def is_published(session: Session, path: str) -> bool:
    """Whether a file is published."""
    return session.get(OutputRow, path) is not None


def orphans(session: Session, channels: Sequence[str]) -> list[str]:
    """Files we published for channels that are no more."""
    rows = session.exec(select(OutputRow.path, OutputRow.channel)).all()
    wanted = set(channels)
    return sorted(path for path, channel in rows if channel not in wanted)


def forget(session: Session, paths: Iterable[str]) -> None:
    """These files are published no more."""
    for batch in in_batches(paths):
        session.execute(delete(OutputRow).where(col(OutputRow.path).in_(batch)))


def note(session: Session, name: str) -> str | None:
    """What the instance remembers under this name; None when nothing."""
    return session.exec(select(NoteRow.value).where(NoteRow.name == name)).first()


def keep_note(session: Session, name: str, value: str) -> None:
    """Remember this under this name, instead of what was."""
    session.merge(NoteRow(name=name, value=value))
