"""Every file of a channel, and of the site around the channels."""

import html
from collections.abc import Callable, Sequence
from datetime import date
from functools import lru_cache

from aggregator import opml, urls
from aggregator.publish import archive, atom, jsonfeed, pages, plan, rss, sheet, tombstones
from aggregator.publish.memo import Memo
from aggregator.publish.mould import Mould
from aggregator.publish.strips import Layout, Part, Strip, Told, joined
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
_SOURCES = Memo[bytes](4)


def layouts_of(
    contents: ChannelContents, edition: Edition, numbers: Sequence[int]
) -> tuple[Layout, ...]:
    """The files of a channel that change with its newest items; months and archives are apart.

    Args:
        contents: what it holds; its items do not matter.
        edition: what it needs to know besides.
        numbers: of its items, newest first.
    """
    channel, path = contents.channel, contents.channel.path
    root = sheet.root_of(path)

    def laid(
        file: str,
        make: Callable[[Mould], bytes],
        bind: Callable[[Sequence[Strip]], list[Part]],
    ) -> Layout:
        return Layout(f"{path}/{file}", tuple(numbers), make, bind, like=f"{path}/{file}")

    def framed(
        frame: Callable[[ChannelContents, Edition, Sequence[Told]], tuple[bytes, bytes]],
        joint: bytes = b"",
    ) -> Callable[[Sequence[Strip]], list[Part]]:
        return lambda strips: joined(strips, *frame(contents, edition, strips), joint)

    return (
        laid("atom.xml", _atom(channel), framed(atom.frame)),
        laid("rss.xml", _rss(channel), framed(rss.frame)),
        laid("feed.json", _json(channel), framed(jsonfeed.frame, jsonfeed.JOINT)),
        laid(
            "index.html",
            _card(channel, root),
            lambda strips: pages.channel_parts(contents, edition, strips),
        ),
    )


def month_layout(
    contents: ChannelContents,
    month: date,
    numbers: Sequence[int],
    edition: Edition,
    *,
    recurring: bool = True,
) -> Layout:
    """The page of one month of a channel, of which these are the items, newest first."""
    path = sheet.month_path(contents.channel, month)
    root = sheet.root_of(path)
    return Layout(
        f"{path}/index.html",
        tuple(numbers),
        _card(contents.channel, root),
        lambda strips: pages.month_parts(contents, month, edition, strips),
        like=f"{path}/index.html",
        recurring=recurring,
    )


def archive_layouts(
    channel: Channel, document: ArchiveDocument, numbers: Sequence[int], edition: Edition
) -> tuple[Layout, ...]:
    """A closed archive document, of which these are the items, newest first, in every format.

    They were in the subscription document before.
    """
    return (
        Layout(
            archive.path(channel, document.number),
            tuple(numbers),
            _atom(channel),
            lambda strips: joined(strips, *atom.archive_frame(channel, document, edition, strips)),
            like=f"{channel.path}/atom.xml",
            recurring=False,
        ),
        Layout(
            archive.path(channel, document.number, "feed.json"),
            tuple(numbers),
            _json(channel),
            lambda strips: joined(
                strips, *jsonfeed.archive_frame(channel, document, edition, strips), jsonfeed.JOINT
            ),
            like=f"{channel.path}/feed.json",
            recurring=False,
        ),
    )


def _atom(channel: Channel) -> Callable[[Mould], bytes]:
    return lambda mould: mould.atom_for(plan.shown_slugs(channel, mould.slugs))


def _rss(channel: Channel) -> Callable[[Mould], bytes]:
    return lambda mould: mould.rss_for(plan.shown_slugs(channel, mould.slugs))


def _json(channel: Channel) -> Callable[[Mould], bytes]:
    return lambda mould: mould.json_for(plan.shown_slugs(channel, mould.slugs))


def _card(channel: Channel, root: str) -> Callable[[Mould], bytes]:
    return lambda mould: mould.card_for(plan.shown_slugs(channel, mould.slugs), root)


def is_closed(body: bytes, address: str) -> bool:
    """Whether a file is the archive document of this address, and so must stay as it is."""
    head = body[:_HEAD_BYTES]
    return any(f'"{said}"'.encode() in head for said in (html.escape(address), address))


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
        Output("feeds.opml", _sources(edition)),
        Output("tags.opml", _tags(channels, edition)),
        Output(atom.WATCH, atom.render_watch(events, edition)),
        *tombstones.maps(edition.departed, edition),
        *_static(),
    )


def _sources(edition: Edition) -> bytes:
    """Our sources; with 100,000 of them it takes over a second, and is the same until feeds.yaml changes."""
    return _SOURCES.get((edition.feeds, edition.site), None, lambda: _feeds(edition))


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
