"""The shelf: what is read at once of channels that are published together.

What a channel shows besides its items takes ten small queries. They are asked for a lot of channels
together, since to ask takes longer than to answer.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session

from aggregator.publish import archive, sheet
from aggregator.publish.outlet import INDEX
from aggregator.store import contents as stored_contents
from aggregator.store import outputs as outbox
from aggregator.store import tallies
from aggregator.store.archives import Open
from aggregator.store.outputs import Stale
from aggregator.values.output import Channel, ChannelContents

MONTH = 300  # items on the page of a month; search finds the others


@dataclass(frozen=True, slots=True)
class Stand:
    """What is known of a channel that is to be published."""

    channel: Channel
    stale: Stale
    before: outbox.Files  # that were published; those that are not cut only if all is made anew
    open_now: Sequence[Open]  # items in no archive document, newest first
    counted: tallies.Tally
    contents: ChannelContents
    months: Mapping[date, Sequence[int]]  # whose pages are to be made, and the items on them
    gone: frozenset[str]  # pages of months that have no items any more
    archived: bool  # whether the newest archive document is published, or there is none

    @property
    def everything(self) -> bool:
        """Whether all is to be made anew."""
        return not self.stale.news


def stands(
    session: Session,
    lot: Iterable[tuple[Channel, Stale]],
    before: Mapping[str, outbox.Files],
    open_now: Mapping[str, Sequence[Open]],
) -> dict[str, Stand]:
    """What is known of a lot of channels, by their keys.

    Args:
        session: where it is read.
        lot: the channels, and what of each has to be published.
        before: files that are published, by channel (see `Stand`).
        open_now: items in no archive document, newest first, by channel.
    """
    waiting = {channel.key: (channel, stale) for channel, stale in lot}
    known = tallies.kept(session, list(waiting))
    asked = {key: (known.get(key), stale.news) for key, (_, stale) in waiting.items()}
    counted = tallies.tallied(session, asked)
    channels = [channel for channel, _ in waiting.values()]
    contents = stored_contents.contents(session, channels, counted)
    pages = {
        key: {month: month_page(channel, month) for month in {*counted[key].months, *stale.months}}
        for key, (channel, stale) in waiting.items()
    }
    heads = {
        key: _documents(channel, contents[key].archive) for key, (channel, _) in waiting.items()
    }
    there = outbox.there(
        session,
        {
            *(path for paths in heads.values() for path in paths),
            *(pages[key][month] for key, (_, stale) in waiting.items() for month in stale.months),
        },
    )
    turning = {
        key: _turning(counted[key].months, stale.months, pages[key], {*before[key], *there})
        for key, (_, stale) in waiting.items()
    }
    members = stored_contents.of_months(
        session, [(key, month) for key, months in turning.items() for month in months], limit=MONTH
    )
    return {
        key: Stand(
            channel=channel,
            stale=stale,
            before=before[key],
            open_now=open_now[key],
            counted=counted[key],
            contents=contents[key],
            months={month: members[key, month] for month in turning[key]},
            gone=frozenset(
                pages[key][month] for month in stale.months - counted[key].months.keys()
            ),
            archived=there.issuperset(heads[key]),
        )
        for key, (channel, stale) in waiting.items()
    }


def month_page(channel: Channel, month: date) -> str:
    """The file that is the page of a month."""
    return f"{sheet.month_path(channel, month)}/{INDEX}"


def _documents(channel: Channel, number: int | None) -> tuple[str, ...]:
    return () if number is None else archive.paths(channel, number)


def _turning(
    there: Collection[date],
    changed: Collection[date],
    pages: Mapping[date, str],
    published: Collection[str],
) -> list[date]:
    """The months whose pages are to be made: those that changed, and neighbours of new and gone ones.

    A page links to its neighbours, so a month that comes or goes changes theirs. Nothing named
    changed: all of them.
    """
    if not changed:
        return sorted(there, reverse=True)
    order = sorted(pages)
    turning = set(changed)
    for month in changed:
        if month not in there or pages[month] not in published:
            place = order.index(month)
            turning.update(order[max(place - 1, 0) : place + 2])
    return sorted(turning.intersection(there))
