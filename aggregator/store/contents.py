"""What the outputs of a channel, and of the site, show."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta

import sqlalchemy as sa
from sqlmodel import Session

from aggregator.store import archives, items, tallies
from aggregator.store.outputs import Stale
from aggregator.store.tables import AppearanceRow, FeedRow, table_of
from aggregator.store.tallies import RECENT, Tally
from aggregator.values.output import Channel, ChannelContents, ChannelSummary

MOST_TOGETHER = 12  # people named on a tag's page as named together with it

_SHOWN, _FEED = table_of(AppearanceRow), table_of(FeedRow)
_NAMES = sa.select(_FEED.c.url, _FEED.c.title, _FEED.c.home)
_MONTH = (
    sa.select(_SHOWN.c.item_id)
    .where(
        _SHOWN.c.channel == sa.bindparam("channel"),
        _SHOWN.c.at >= sa.bindparam("since"),
        _SHOWN.c.at < sa.bindparam("until"),
    )
    .order_by(_SHOWN.c.at.desc(), _SHOWN.c.item_id.desc())
    .limit(sa.bindparam("limit"))
)


def contents(session: Session, channel: Channel, counted: Tally) -> ChannelContents:
    """What the page of a channel says, without its items.

    Args:
        counted: how many items it has.
    """
    return ChannelContents(
        channel=channel,
        items=(),
        total=counted.total,
        months=tuple(sorted(counted.months.items(), reverse=True)),
        together=tuple(items.together(session, channel.slug, limit=MOST_TOGETHER))
        if channel.kind == "tag"
        else (),
        archive=archives.head(session, channel.key),
    )


def of_month(session: Session, channel: Channel, month: date, *, limit: int) -> list[int]:
    """Numbers of the items a channel has of a month (UTC), newest first.

    Args:
        month: its first day.
        limit: at most so many.
    """
    following = (month + timedelta(days=32)).replace(day=1)
    span = {"since": datetime.combine(month, time(), UTC)}
    span["until"] = datetime.combine(following, time(), UTC)
    found = session.connection().execute(_MONTH, {"channel": channel.key, "limit": limit, **span})
    return list(found.scalars())


def summaries(
    session: Session, channels: Sequence[Channel], waiting: Mapping[str, Stale]
) -> list[ChannelSummary]:
    """A line of the index for each channel; the days end with the newest item of all.

    Args:
        waiting: what is in the outbox, by channel: there what was counted is not true any more.
    """
    kept = tallies.kept(session)
    counted = {}
    for channel in channels:
        known, stale = kept.get(channel.key), waiting.get(channel.key)
        if known is None or stale is not None:
            changed = stale.news if stale is not None else ()
            known = tallies.tally(session, channel.key, known, changed)
        counted[channel.key] = known
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
