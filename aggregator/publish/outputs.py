"""Every file of a channel, and of the site around the channels."""

import html
from collections.abc import Sequence
from datetime import date
from functools import lru_cache

from aggregator import opml, urls
from aggregator.publish import archive, atom, jsonfeed, pages, plan, rss, sheet, tombstones
from aggregator.publish.piece import pieces_of
from aggregator.publish.text import one_line
from aggregator.values.item import Item
from aggregator.values.output import (
    ArchiveDocument,
    Channel,
    ChannelContents,
    ChannelSummary,
    Edition,
    Output,
)
from aggregator.values.watch import Event

_HEAD_BYTES = 8192  # of an archive document, in which its links stand before the first entry


def outputs_of(contents: ChannelContents, edition: Edition) -> tuple[Output, ...]:
    """The files of a channel that change with its newest items; months and archives are apart."""
    path = contents.channel.path
    pieces = pieces_of(contents, edition)
    return (
        Output(f"{path}/atom.xml", atom.render(contents, edition, pieces)),
        Output(f"{path}/rss.xml", rss.render(contents, edition, pieces)),
        Output(f"{path}/feed.json", jsonfeed.render(contents, edition, pieces)),
        Output(f"{path}/index.html", pages.channel_page(contents, edition, pieces)),
    )


def month_output(
    contents: ChannelContents, month: date, items: Sequence[Item], edition: Edition
) -> Output:
    """The page of one month of a channel; `items` are all of that month, newest first."""
    path = sheet.month_path(contents.channel, month)
    return Output(f"{path}/index.html", pages.month_page(contents, month, items, edition))


def archive_output(
    channel: Channel, document: ArchiveDocument, items: Sequence[Item], edition: Edition
) -> Output:
    """A closed archive document; `items` are all of it, newest first."""
    body = atom.render_archive(channel, document, items, edition)
    return Output(archive.path(channel, document.number), body)


def is_closed(body: bytes, address: str) -> bool:
    """Whether a file is the archive document of this address, and so must stay as it is."""
    return f'href="{html.escape(address)}"'.encode() in body[:_HEAD_BYTES]


def site_outputs(
    summaries: Sequence[ChannelSummary],
    edition: Edition,
    latest: Sequence[Item] = (),
    events: Sequence[Event] = (),
) -> tuple[Output, ...]:
    """The front page, the lists of feeds, what is shown when nothing is found, and static files.

    Args:
        latest: the newest items, for the front page.
        events: what began to be out of the ordinary, newest first.
    """
    not_found = pages.notice_page(
        "Nothing is here", "There is no page at this address, or not any more.", edition
    )
    channels = [summary.channel for summary in summaries]
    return (
        Output("index.html", pages.index_page(summaries, edition, latest)),
        Output("404.html", not_found),
        Output("feeds.opml", _feeds(edition)),
        Output("tags.opml", _tags(channels, edition)),
        Output(atom.WATCH, atom.render_watch(events, edition)),
        *tombstones.maps(edition.departed, edition),
        *_static(),
    )


def _feeds(edition: Edition) -> bytes:
    """Our sources, as a reader imports them; `address` may hold secrets and stays inside."""
    outlines = [
        opml.Outline(
            url=urls.without_credentials(feed.url),
            title=one_line(feed.title or "") or urls.host(feed.url) or None,
            groups=feed.groups,
        )
        for feed in edition.feeds
    ]
    return opml.write(f"Sources of {one_line(edition.site.title)}", outlines)


def _tags(channels: Sequence[Channel], edition: Edition) -> bytes:
    """Our own feeds, people and views in a folder each."""
    folders = {"tag": ("People",), "view": ("Views",), "all": ()}
    outlines = [
        opml.Outline(
            url=f"{edition.site.url}{channel.path}/atom.xml",
            title=one_line(plan.title(channel, edition.site)),
            groups=folders[channel.kind],
            home=f"{edition.site.url}{channel.path}/",
        )
        for channel in channels
        if channel.kind in folders
    ]
    return opml.write(one_line(edition.site.title), outlines)


@lru_cache(maxsize=1)
def _static() -> tuple[Output, ...]:
    files = sorted(path for path in sheet.STATIC.iterdir() if path.is_file())
    return tuple(Output(f"static/{path.name}", path.read_bytes()) for path in files)
