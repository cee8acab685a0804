"""What answers at the addresses of a channel that is no more: 410 with a tombstone, or a redirect.

Our web server makes tombstones when it is asked for one. For nginx there are two maps among the
published files, from `$uri` to what became of it: `gone.map` and `moved.map`.
"""

import re
from collections.abc import Iterable
from html import escape
from urllib.parse import urlsplit
from uuid import NAMESPACE_URL, uuid5

from aggregator.publish import atom, jsonfeed, pages, plan, rss
from aggregator.publish.piece import Origin, Piece
from aggregator.publish.text import one_line
from aggregator.values.output import ChannelContents, Departed, Edition, Output


def tombstone(departed: Departed, file: str, edition: Edition) -> bytes:
    """What became of a channel that has ended.

    Args:
        file: "atom.xml", "rss.xml" or "feed.json", for a feed of one entry; anything else: a page.
    """
    contents = ChannelContents(departed.channel, (), 0)
    pieces = (_piece(departed, edition),)
    match file:
        case "atom.xml":
            return atom.render(contents, edition, pieces)
        case "rss.xml":
            return rss.render(contents, edition, pieces)
        case "feed.json":
            return jsonfeed.render(contents, edition, pieces, expired=True)
        case _:
            return pages.notice_page(pieces[0].title, pieces[0].extract, edition)


def maps(departed: Iterable[Departed], edition: Edition) -> tuple[Output, ...]:
    """The maps for nginx; the same channels, in the same order, give the same bytes."""
    root = urlsplit(edition.site.url).path
    gone, moved = [], []
    for one in departed:
        folder = re.escape(f"{root}{one.channel.path}").replace("\\-", "-")
        if one.channel.kind == "about":
            continue  # below the folder of its person
        if one.successor is None:
            gone.append(f'"~^{folder}(/|$)" 1;\n')
        else:
            moved.append(f'"~^{folder}(?<rest>/.*)?$" "{root}{one.successor.path}$rest";\n')
    return (
        Output("gone.map", "".join(gone).encode()),
        Output("moved.map", "".join(moved).encode()),
    )


def _piece(departed: Departed, edition: Edition) -> Piece:
    site = edition.site
    home, link = plan.home(departed.channel, site), site.url
    since = departed.since.replace(microsecond=0)
    name, target = one_line(departed.channel.title), escape(link)
    title = f"{name}: this feed has ended"
    message = f"Nothing will be added here: {one_line(site.title)} has ended it. What there is now:"
    return Piece(
        id=uuid5(NAMESPACE_URL, f"{home}#{since.isoformat()}").urn,
        title=title,
        url=link,
        page=link,
        published=since,
        updated=since,
        authors=(one_line(edition.site.title),),
        summary_html=None,
        content_html=f'<p>{escape(message)} <a href="{target}">{target}</a></p>',
        extract=f"{message} {link}",
        tags=(),
        about=frozenset(),
        categories=(),
        attachments=(),
        picture=None,
        language="en",
        origin=Origin(home, one_line(departed.channel.title), None, home, since),
        references=(),
        credits=(),
        why=None,
    )
