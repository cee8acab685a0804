"""The outbox: which published files no longer show what is stored, and which we have published."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

import sqlalchemy as sa
from sqlmodel import Session, col, delete, func, insert, select

from aggregator.store.keyed import Keyed
from aggregator.store.sets import in_batches
from aggregator.store.tables import NoteRow, OutputRow, StaleRow, table_of

EDITION = "edition"  # the note of what everything published was made with; absent: all is stale
SITE = "site"  # in the outbox, the pages of the whole site: index, OPML, style

_STALE, _OUTPUT = table_of(StaleRow), table_of(OutputRow)
_IN_ORDER = sa.select(_STALE.c.id, _STALE.c.channel, _STALE.c.news).order_by(_STALE.c.id)
# Those that may be cut have an index of their own: a channel may have thousands that may not.
_PUBLISHED = sa.union_all(
    sa.select(_OUTPUT.c.channel, _OUTPUT.c.path, _OUTPUT.c.seams).where(
        _OUTPUT.c.channel.in_(sa.bindparam("channels", expanding=True)),
        _OUTPUT.c.seams.is_not(None),
    ),
    sa.select(_OUTPUT.c.channel, _OUTPUT.c.path, _OUTPUT.c.seams).where(
        _OUTPUT.c.channel.in_(sa.bindparam("whole", expanding=True)),
        _OUTPUT.c.seams.is_(None),
    ),
)
_THERE = Keyed(1, "SELECT outputs.path FROM keys CROSS JOIN outputs WHERE outputs.path = keys.a")
# From each channel to the next in the index: DISTINCT reads every row, and there may be a million.
_THERE_ARE = sa.text(
    """
    WITH RECURSIVE here(channel) AS (
        SELECT min(channel) FROM outputs
        UNION ALL
        SELECT (SELECT min(outputs.channel) FROM outputs WHERE outputs.channel > here.channel)
        FROM here WHERE here.channel IS NOT NULL)
    SELECT channel FROM here WHERE channel IS NOT NULL
    """
)
_SERVE = _STALE.delete().where(
    _STALE.c.channel == sa.bindparam("key"), _STALE.c.id <= sa.bindparam("upto")
)
_FORGET = _OUTPUT.delete().where(_OUTPUT.c.path == sa.bindparam("gone"))


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
    for number, channel, said in session.connection().execute(_IN_ORDER):
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


Files = Mapping[str, bytes | None]
"""Published files by path, with their seams where these are kept."""


@dataclass(frozen=True, slots=True)
class Served:
    """A channel that has been published."""

    stale: Stale
    before: Files  # that are known to have been published; others may have been
    files: Files
    gone: Sequence[str] = ()  # files that are not there any more


def published(
    session: Session, channels: Sequence[str], whole: Collection[str]
) -> dict[str, Files]:
    """The files that are published and may be cut, by channel; of these channels, all files."""
    found: dict[str, dict[str, bytes | None]] = {channel: {} for channel in channels}
    asked = {"channels": list(channels), "whole": list(whole)}
    for channel, path, seams in session.connection().execute(_PUBLISHED, asked):
        found[channel][path] = seams
    return dict(found)


def there(session: Session, paths: Collection[str]) -> set[str]:
    """Those of a few files that are published."""
    return {path for (path,) in _THERE.rows(session, [(path,) for path in paths])}


def serve(session: Session, done: Iterable[Served]) -> None:
    """Channels have been published; what was said of them since then stays said."""
    rows: list[dict[str, object]] = []
    gone: list[dict[str, object]] = []
    marks: list[dict[str, object]] = []
    for one in done:
        key = one.stale.channel
        marks.append({"key": key, "upto": one.stale.upto})
        new = {
            path: seams
            for path, seams in one.files.items()
            if path not in one.before or one.before[path] != seams
        }
        gone += [{"gone": path} for path in (*one.gone, *new)]
        rows += [{"path": path, "channel": key, "seams": new[path]} for path in new]
    connection = session.connection()
    for statement, values in ((_SERVE, marks), (_FORGET, gone), (_OUTPUT.insert(), rows)):
        if values:
            connection.execute(statement, values)


def orphans(session: Session, channels: Sequence[str]) -> list[str]:
    """Files we published for channels that are no more."""
    there = session.execute(_THERE_ARE).scalars().all()
    return sorted(
        path
        for batch in in_batches(set(there).difference(channels))
        for path in session.exec(select(OutputRow.path).where(col(OutputRow.channel).in_(batch)))
    )


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
