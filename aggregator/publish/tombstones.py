"""What is published at the addresses of a channel that is no more.

Served with status 410, or a redirect where the channel has another slug now. Who only has the
files still reads in every format what became of the feed, and where to go on.
"""

from html import escape
from uuid import NAMESPACE_URL, uuid5

from aggregator.publish import atom, jsonfeed, pages, plan, rss
from aggregator.publish.piece import Origin, Piece
from aggregator.publish.text import one_line
from aggregator.values.output import ChannelContents, Departed, Edition, Output


def outputs_of(departed: Departed, edition: Edition) -> tuple[Output, ...]:
    """The tombstone of a channel in every format."""
    channel, path = departed.channel, departed.channel.path
    title, message, link = _told(departed, edition)
    contents = ChannelContents(channel, (), 0)
    pieces = (_piece(departed, edition, title, message, link),)
    return (
        Output(f"{path}/atom.xml", atom.render(contents, edition, pieces)),
        Output(f"{path}/rss.xml", rss.render(contents, edition, pieces)),
        Output(f"{path}/feed.json", jsonfeed.render(contents, edition, pieces, expired=True)),
        Output(f"{path}/index.html", pages.notice_page(title, f"{message} {link}", edition)),
    )


def _told(departed: Departed, edition: Edition) -> tuple[str, str, str]:
    """The headline, a sentence, and the address to go to."""
    name, site = one_line(departed.channel.title), edition.site
    if departed.successor is None:
        return (
            f"{name}: this feed has ended",
            f"Nothing will be added here: {one_line(site.title)} has ended it. What there is now:",
            site.url,
        )
    return (
        f"{name}: this feed has moved",
        "It goes on at another address, which most readers find by themselves:",
        plan.home(departed.successor, site),
    )


def _piece(departed: Departed, edition: Edition, title: str, message: str, link: str) -> Piece:
    home = plan.home(departed.channel, edition.site)
    since = departed.since.replace(microsecond=0)
    target = escape(link)
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
