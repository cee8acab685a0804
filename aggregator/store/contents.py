"""What the outputs of a channel, and of the site, show."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta

from sqlmodel import Session

from aggregator.store import archives, items
from aggregator.values.item import Item
from aggregator.values.output import Channel, ChannelContents, ChannelSummary

MOST_TOGETHER = 12  # people named on a tag's page as named together with it
SPARKLINE = timedelta(days=90)


def contents(
    session: Session, channel: Channel, *, limit: int, read: items.Reader = items.whole
) -> ChannelContents:
    """The newest items of a channel, and what its page says of the rest.

    Args:
        limit: items of a subscription document.
        read: what reads the items.
    """
    months = _months(items.days(session, channel.key))
    return ChannelContents(
        channel=channel,
        items=tuple(items.page(session, channel.key, limit=limit, only_open=True, read=read)),
        total=sum(months.values()),
        months=tuple(sorted(months.items(), reverse=True)),
        together=tuple(items.together(session, channel.slug, limit=MOST_TOGETHER))
        if channel.kind == "tag"
        else (),
        archive=archives.head(session, channel.key),
    )


def of_month(
    session: Session, channel: Channel, month: date, *, limit: int, read: items.Reader = items.whole
) -> list[Item]:
    """The items a channel has of a month (UTC), newest first.

    Args:
        month: its first day.
        limit: at most so many.
        read: what reads the items.
    """
    following = (month + timedelta(days=32)).replace(day=1)
    before = (datetime.combine(following, time(), UTC), 0)
    since = datetime.combine(month, time(), UTC)
    return items.page(session, channel.key, limit=limit, before=before, since=since, read=read)


def summaries(session: Session, channels: Sequence[Channel]) -> list[ChannelSummary]:
    """A line of the index for each channel; the days end with the newest item of all."""
    totals = items.totals(session)
    last = max((newest for _, newest in totals.values()), default=None)
    return [
        ChannelSummary(
            channel=channel,
            total=total,
            latest=latest,
            days=_days(session, channel, last),
        )
        for channel in channels
        for total, latest in [totals.get(channel.key, (0, None))]
    ]


def _days(session: Session, channel: Channel, last: datetime | None) -> tuple[int, ...]:
    if last is None:
        return ()
    first = datetime.combine(last.date(), time(), UTC) - SPARKLINE + timedelta(days=1)
    found = items.days(session, channel.key, since=first)
    return tuple(found.get((first + timedelta(days=n)).date(), 0) for n in range(SPARKLINE.days))


def _months(days: dict[date, int]) -> Counter[date]:
    months: Counter[date] = Counter()
    for day, count in days.items():
        months[day.replace(day=1)] += count
    return months
