"""What the outputs of a channel, and of the site, show."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta

import sqlalchemy as sa
from sqlmodel import Session

from aggregator.store import archives, items, tallies
from aggregator.store.keyed import marked
from aggregator.store.outputs import Stale
from aggregator.store.tables import FeedRow, microseconds, table_of
from aggregator.store.tallies import RECENT, Tally
from aggregator.store.trips import answers
from aggregator.values.output import Channel, ChannelContents, ChannelSummary

MOST_TOGETHER = 12  # people named on a tag's page as named together with it

_FEED = table_of(FeedRow)
_NAMES = sa.select(_FEED.c.url, _FEED.c.title, _FEED.c.home)
_MONTH = (
    "SELECT item_id FROM appearances WHERE channel = {0} AND at >= {0} AND at < {0}"
    " ORDER BY at DESC, item_id DESC LIMIT {0}"
)


def contents(
    session: Session, channels: Sequence[Channel], counted: Mapping[str, Tally]
) -> dict[str, ChannelContents]:
    """What the pages of channels say, without their items, by channel.

    Args:
        counted: how many items each has.
    """
    heads = archives.heads(session, [channel.key for channel in channels])
    people = [channel.slug for channel in channels if channel.kind == "tag"]
    together = items.together(session, people, limit=MOST_TOGETHER)
    return {
        channel.key: ChannelContents(
            channel=channel,
            items=(),
            total=counted[channel.key].total,
            months=tuple(sorted(counted[channel.key].months.items(), reverse=True)),
            together=tuple(together[channel.slug]) if channel.kind == "tag" else (),
            archive=heads[channel.key],
        )
        for channel in channels
    }


def of_months(
    session: Session, asked: Sequence[tuple[str, date]], *, limit: int
) -> dict[tuple[str, date], list[int]]:
    """Numbers of the items that channels have of months (UTC), newest first.

    Args:
        asked: keys of channels, and first days of months.
        limit: at most so many of each.
    """
    query = marked(session, _MONTH)
    statements = [
        (query, (channel, *map(microseconds, _span(month)), limit)) for channel, month in asked
    ]
    found = zip(asked, answers(session, statements), strict=True)
    return {one: [number for (number,) in rows] for one, rows in found}


def _span(month: date) -> tuple[datetime, datetime]:
    following = (month + timedelta(days=32)).replace(day=1)
    return datetime.combine(month, time(), UTC), datetime.combine(following, time(), UTC)


def summaries(
    session: Session, channels: Sequence[Channel], waiting: Mapping[str, Stale]
) -> list[ChannelSummary]:
    """A line of the index for each channel; the days end with the newest item of all.

    Args:
        waiting: what is in the outbox, by channel: there what was counted is not true any more.
    """
    counted = tallies.kept(session)
    stale = {
        channel.key: (counted.get(channel.key), waiting[channel.key].news)
        if channel.key in waiting
        else (None, ())
        for channel in channels
        if channel.key in waiting or channel.key not in counted
    }
    counted |= tallies.tallied(session, stale)
    newest = [one.newest for one in counted.values() if one.newest is not None]
    days = _sparkline(max(newest).date()) if newest else ()
    return [
        ChannelSummary(channel, one.total, one.newest, tuple(one.days.get(day, 0) for day in days))
        for channel in channels
        for one in [counted[channel.key]]
    ]


def _sparkline(last: date) -> tuple[date, ...]:
    first = last - RECENT + timedelta(days=1)
    return tuple(first + timedelta(days=n) for n in range(RECENT.days))


def feed_names(session: Session) -> list[tuple[str, str | None, str | None]]:
    """What every feed is called: its address, title and home."""
    return [(url, title, home) for url, title, home in session.connection().execute(_NAMES)]
