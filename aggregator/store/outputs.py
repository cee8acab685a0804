"""The outbox: which published files no longer show what is stored, and which we have published."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session, col, delete, func, insert, select

from aggregator.store.sets import in_batches
from aggregator.store.tables import NoteRow, OutputRow, StaleRow

EDITION = "edition"  # the note of what everything published was made with; absent: all is stale
SITE = "site"  # in the outbox, the pages of the whole site: index, OPML, style


@dataclass(frozen=True, slots=True)
class Stale:
    """What of one channel has to be published again."""

    channel: str  # its key, or SITE
    months: frozenset[date]  # first days of the months whose items changed; empty: all of them
    upto: int  # the newest of the outbox's rows that this serves


def mark_stale(session: Session, shown: Iterable[tuple[str, datetime]]) -> None:
    """Say that channels no longer show what is stored, each with the time of an item in question."""
    wanted = {(channel, f"{at:%Y-%m}") for channel, at in shown}
    if wanted:
        rows = [{"channel": channel, "month": month} for channel, month in sorted(wanted)]
        session.execute(insert(StaleRow), [*rows, {"channel": SITE, "month": None}])


def mark_channels(session: Session, channels: Sequence[str]) -> None:
    """Say that channels have to be published again whatever their items."""
    if channels:
        session.execute(insert(StaleRow), [{"channel": key, "month": None} for key in channels])


def stale(session: Session) -> list[Stale]:
    """What has to be published again, in the order in which it was said."""
    months: dict[str, set[str | None]] = defaultdict(set)
    upto: dict[str, int] = {}
    for row in session.exec(select(StaleRow).order_by(col(StaleRow.id))):
        months[row.channel].add(row.month)
        upto[row.channel] = row.id or 0
    return [Stale(key, _days(months[key]), upto[key]) for key in upto]


def _days(months: set[str | None]) -> frozenset[date]:
    """First days of these months; none when one row asks for all."""
    if None in months:
        return frozenset()
    return frozenset(date.fromisoformat(f"{month}-01") for month in months)


def waiting(session: Session) -> int:
    """How many channels wait to be published."""
    return session.exec(select(func.count(func.distinct(col(StaleRow.channel))))).one()


def served(session: Session, done: Stale, paths: Sequence[str], gone: Sequence[str] = ()) -> None:
    """The channel has been published, as these files and without those that are gone.

    What was said since then stays said.
    """
    session.execute(
        delete(StaleRow).where(col(StaleRow.channel) == done.channel, col(StaleRow.id) <= done.upto)
    )
    old = _there(session, done.channel, paths)
    missing = [{"path": path, "channel": done.channel} for path in paths if path not in old]
    if missing:
        forget(session, [row["path"] for row in missing])
        session.execute(insert(OutputRow), missing)
    forget(session, gone)


def paths(session: Session, channel: str) -> set[str]:
    """The files that are published for a channel."""
    return set(session.exec(select(OutputRow.path).where(OutputRow.channel == channel)))


def is_published(session: Session, path: str) -> bool:
    """Whether a file is published."""
    return session.get(OutputRow, path) is not None


def _there(session: Session, channel: str, wanted: Sequence[str]) -> set[str]:
    """Those of these files that are known as published for the channel."""
    found: set[str] = set()
    for batch in in_batches(wanted):
        mine = (OutputRow.channel == channel, col(OutputRow.path).in_(batch))
        found.update(session.exec(select(OutputRow.path).where(*mine)))
    return found


def orphans(session: Session, channels: Sequence[str]) -> list[str]:
    """Files we published for channels that are no more."""
    rows = session.exec(select(OutputRow.path, OutputRow.channel)).all()
    wanted = set(channels)
    return sorted(path for path, channel in rows if channel not in wanted)


def forget(session: Session, paths: Sequence[str]) -> None:
    """These files are published no more."""
    for batch in in_batches(paths):
        session.execute(delete(OutputRow).where(col(OutputRow.path).in_(batch)))


def note(session: Session, name: str) -> str | None:
    """What the instance remembers under this name; None when nothing."""
    return session.exec(select(NoteRow.value).where(NoteRow.name == name)).first()


def keep_note(session: Session, name: str, value: str) -> None:
    """Remember this under this name, instead of what was."""
    session.merge(NoteRow(name=name, value=value))
