"""The files of a channel and of the site, rendered from what is stored; `pipeline` writes them."""

from collections.abc import Collection, Sequence
from datetime import date

from aggregator.publish import outputs
from aggregator.publish.archive import close
from aggregator.publish.plan import ALL
from aggregator.store import contents as stored_contents
from aggregator.store import items as stored_items
from aggregator.store.engine import Store
from aggregator.values.output import Channel, Edition, Output

LATEST = 6  # headlines on the front page
INDEX = "index.html"  # the site's front page: where it is, everything was published once


def site(store: Store, channels: Sequence[Channel], edition: Edition) -> Sequence[Output]:
    """The files of the whole site: index, OPML, style."""
    with store.reading() as session:
        lines = stored_contents.summaries(session, channels)
        latest = stored_items.page(session, ALL.key, limit=LATEST)
    return outputs.site_outputs(lines, edition, latest)


def channel(
    store: Store, channel: Channel, months: Collection[date], edition: Edition
) -> Sequence[Output]:
    """The files of a channel: its feeds and page, new archive documents, pages of these months.

    Args:
        months: first days of the months whose items changed; none for everything there is.
    """
    limit = edition.publish.entries
    closed = _close_archives(store, channel, limit)
    with store.reading() as session:
        shown = stored_contents.contents(session, channel, limit=limit)
        pages = [
            outputs.month_output(
                shown, month, stored_contents.of_month(session, channel, month), edition
            )
            for month in _pages([month for month, _ in shown.months], months)
        ]
        archives = [
            outputs.archive_output(
                channel, number, stored_items.archived(session, channel.key, number), edition
            )
            for number in (closed if months else range(1, shown.archives + 1))
        ]
    return [*outputs.outputs_of(shown, edition), *pages, *archives]


def _pages(there: Sequence[date], changed: Collection[date]) -> list[date]:
    """The months whose pages are to be rendered: those that changed, and their neighbours.

    A page links to its neighbours, so a month that comes or goes changes theirs. One that lost
    its last item is rendered empty. Nothing named changed: all of them.
    """
    if not changed:
        return list(there)
    order = sorted({*there, *changed})
    beside = {
        order[place]
        for month in changed
        for place in range(order.index(month) - 1, order.index(month) + 2)
        if 0 <= place < len(order)
    }
    return sorted(beside)


def _close_archives(store: Store, channel: Channel, limit: int) -> Sequence[int]:
    """Close archive documents when more is open than a feed may hold; returns their numbers."""
    with store.reading() as session:
        too_many = close(stored_items.open_numbers(session, channel.key), limit)
    if not too_many:
        return ()
    with store.writing() as session:
        first = stored_items.archives(session, channel.key) + 1
        for number, members in enumerate(too_many, first):
            stored_items.close_archive(session, channel.key, number, members)
    return range(first, first + len(too_many))
