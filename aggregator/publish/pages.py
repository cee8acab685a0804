"""Pages for people: plain HTML that needs no script, small on a phone, light and dark.

Everything on them is text: templates escape it, and no markup of a publisher is shown. Addresses
are relative, so that pages work under any host name and below any path.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from urllib.parse import urlencode, urlsplit

from markupsafe import Markup

from aggregator.publish import charts, listing, plan, why
from aggregator.publish.cards import card, witnesses
from aggregator.publish.health import healths
from aggregator.publish.piece import Piece, pieces_of
from aggregator.publish.sheet import Page, month_path, render, root_of
from aggregator.publish.strips import Part, Strip, body_of, strip
from aggregator.values.feed import FeedHealth
from aggregator.values.item import Item
from aggregator.values.output import Channel, ChannelContents, ChannelSummary, Edition
from aggregator.words import terms_of

_STORY = 700  # characters of extract on an item's own page
_HERE = "\0"  # where the cards are to stand; nothing that is published holds it
_DAY_S = 86_400
_FEATURED = 6  # people shown large on the index: those most in the news


@dataclass(frozen=True, slots=True)
class Search:
    """What somebody searches for."""

    text: str = ""
    tag: str = ""  # a slug; "" for any
    since: date | None = None
    until: date | None = None  # inclusive

    @property
    def channel(self) -> Channel:
        """What is found, as something to follow."""
        return Channel("search", self.query, self._title)

    @property
    def _title(self) -> str:
        said = " ".join(self.text.split())
        return f"“{said}”" if said else "what was chosen"

    @property
    def query(self) -> str:
        """The search as the query of an address, without what is not asked for."""
        asked = {
            "q": self.text,
            "tag": self.tag,
            "since": self.since.isoformat() if self.since else "",
            "until": self.until.isoformat() if self.until else "",
        }
        return urlencode({name: value for name, value in asked.items() if value})


@dataclass(frozen=True, slots=True)
class Line:
    """A channel as a line of the index."""

    channel: Channel
    total: int
    latest: datetime | None
    recent: int  # items in the days of the sparkline
    spark: charts.Chart


@dataclass(frozen=True, slots=True)
class Companion:
    """Somebody named together with the person of a page."""

    slug: str
    name: str
    times: int
    share: float  # of the longest bar, in percent


def channel_page(
    contents: ChannelContents, edition: Edition, pieces: Sequence[Piece] | None = None
) -> bytes:
    """The archive page of a channel: its newest items, and the way to the older ones.

    Args:
        contents: what it holds.
        edition: as for every page.
        pieces: of the contents, where the caller has made them already.
    """
    made = pieces_of(contents, edition) if pieces is None else pieces
    strips = [
        card_strip(item, piece, contents.channel, root_of(contents.channel.path), edition)
        for item, piece in zip(contents.items, made, strict=True)
    ]
    return body_of(channel_parts(contents, edition, strips))


def channel_parts(
    contents: ChannelContents, edition: Edition, strips: Sequence[Strip]
) -> list[Part]:
    """The same of the strips of its items; those in `contents` do not matter."""
    channel = contents.channel
    root = root_of(channel.path)
    page = render(
        "channel.html",
        edition,
        Page(channel.title, root, channel.path, f"{channel.path}/"),
        channel=channel,
        subtitle=plan.subtitle(channel),
        person=edition.people.get(channel.slug) if channel.kind in ("tag", "about") else None,
        total=contents.total,
        news=_HERE if strips else "",
        months=contents.months,
        timeline=charts.timeline(contents.months),
        companions=_companions(contents, edition),
    )
    return _filled(page, strips)


def month_parts(
    contents: ChannelContents, month: date, edition: Edition, strips: Sequence[Strip]
) -> list[Part]:
    """The items of a month in a channel, newest first.

    Where they are too many for a page, it leads to the search for what is left out.

    Args:
        contents: of the channel, for its title and the list of months.
        month: its first day.
        edition: as for every page.
        strips: of the items of that month, or of the newest of them.
    """
    channel = contents.channel
    path = month_path(channel, month)
    root = root_of(path)
    others = [first for first, _ in contents.months]
    total = max(dict(contents.months).get(month, 0), len(strips))
    page = render(
        "month.html",
        edition,
        Page(f"{channel.title}, {charts.month_name(month)}", root, channel.path, f"{path}/"),
        channel=channel,
        month=month,
        total=total,
        left_out=total - len(strips),
        search=_older(channel, month, strips).query,
        news=_HERE if strips else "",
        newer=min((other for other in others if other > month), default=None),
        older=max((other for other in others if other < month), default=None),
    )
    return _filled(page, strips)


def card_strip(item: Item, shown: Piece, channel: Channel, root: str, edition: Edition) -> Strip:
    """The strip of an item on the pages of a channel that are as deep as this.

    Args:
        shown: the item as a piece.
        root: the way from the page to the site's address.
    """
    made = card(item, channel, edition, shown=shown)
    return strip(item, shown, listing.item(made, root, edition).encode())


def _filled(page: bytes, strips: Sequence[Strip]) -> list[Part]:
    """The page with the strips, under the days (UTC) they were published on."""
    head, _, tail = page.partition(_HERE.encode())
    closing = listing.CLOSING.encode()
    parts: list[Part] = [head]
    for _day, found in groupby(strips, key=lambda one: one.published_s // _DAY_S):
        group = list(found)
        parts += [listing.opening(group[0].published.date()).encode(), *group, closing]
    return [*parts, tail]


def _older(channel: Channel, month: date, strips: Sequence[Strip]) -> Search:
    """The search for the items of a month up to the day of the oldest of these."""
    tag = channel.slug if channel.kind in ("tag", "about") else ""
    return Search(tag=tag, since=month, until=strips[-1].published.date() if strips else None)


def index_page(
    summaries: Sequence[ChannelSummary], edition: Edition, latest: Sequence[Item] = ()
) -> bytes:
    """The front page: who can be followed, how much is said of each, and the newest headlines.

    Args:
        summaries: every channel.
        edition: as for every page.
        latest: the newest items of all.
    """
    lines = [_line(summary) for summary in summaries if summary.channel.kind != "about"]
    people = [line for line in lines if line.channel.kind == "tag"]
    busiest = sorted(people, key=lambda line: (-line.recent, line.channel.title.casefold()))
    return render(
        "index.html",
        edition,
        Page(edition.site.title, "./", plan.ALL.path, ""),
        featured=[line for line in busiest[:_FEATURED] if line.recent],
        people=sorted(people, key=lambda line: line.channel.title.casefold()),
        views=[line for line in lines if line.channel.kind == "view"],
        latest=[card(item, plan.ALL, edition) for item in latest],
        everything=next((line for line in lines if line.channel.kind == "all"), None),
    )


def item_page(item: Item, edition: Edition) -> bytes:
    """One piece of news: every source, the headlines it had, and why it carries its tags."""
    path = plan.item_path(item)
    shown = card(item, plan.ALL, edition, length=_STORY)
    return render(
        "item.html",
        edition,
        Page(shown.shown.title, root_of(path, folder=False), plan.ALL.path, path),
        item=item,
        card=shown,
        reasons=why.reasons(item, item.slugs, edition.people),
        witnesses=witnesses(item),
    )


def search_page(
    search: Search,
    items: Sequence[Item],
    total: int,
    edition: Edition,
    older: str | None = None,
    *,
    beyond: bool = False,
) -> bytes:
    """What was found, newest first.

    Args:
        search: what was asked for; with nothing asked, the page is an empty form.
        items: those to show.
        total: how many there are.
        edition: as for every page.
        older: query of the address that shows the next ones; None when these are the last.
        beyond: there are more than `total`; nobody counted them.
    """
    terms = terms_of(search.text)
    cards = [card(item, plan.ALL, edition, terms) for item in items]
    return render(
        "search.html",
        edition,
        Page(f"Search: {search.text}" if search.text else "Search", "./", plan.ALL.path),
        search=search,
        total=total,
        news=Markup(listing.listed(cards, "./", edition)),  # noqa: S704  escaped there
        people=sorted(edition.people.values(), key=lambda person: person.name.casefold()),
        older=older,
        beyond=beyond,
    )


def sources_page(
    health: Sequence[FeedHealth],
    edition: Edition,
    now: datetime,
    notices: Sequence[str] = (),
    unusual: Sequence[tuple[str, datetime]] = (),
) -> bytes:
    """The feeds that are polled, those in trouble first.

    Args:
        notices: what the service says of itself, a line each.
        unusual: who is much less or much more in the news than usual, in a line, and since when.
    """
    rows = healths(health, now)
    return render(
        "sources.html",
        edition,
        Page("Sources", "./", plan.ALL.path, "sources"),
        rows=rows,
        troubled=sum(row.condition not in ("ok", "not polled yet") for row in rows),
        now=now,
        notices=notices,
        unusual=unusual,
    )


def notice_page(title: str, message: str, edition: Edition) -> bytes:
    """A page that only says something: nothing is here, or not any more.

    It may be shown at any address, so it is the one page whose addresses start at the host.
    """
    root = urlsplit(edition.site.url).path or "/"
    page = Page(title, root, plan.ALL.path)
    return render("notice.html", edition, page, message=message)


def _line(summary: ChannelSummary) -> Line:
    return Line(
        channel=summary.channel,
        total=summary.total,
        latest=summary.latest,
        recent=sum(summary.days),
        spark=charts.sparkline(summary.days),
    )


def _companions(contents: ChannelContents, edition: Edition) -> tuple[Companion, ...]:
    highest = max((times for _, times in contents.together), default=0)
    return tuple(
        Companion(slug, edition.people[slug].name, times, charts.share(times, highest))
        for slug, times in contents.together
        if slug in edition.people
    )
