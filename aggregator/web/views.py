"""The pages that cannot be files: each a plain function of what is stored and what is asked."""

from collections.abc import Callable, Hashable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import TypeAlias
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from aggregator.errors import NoSuchItem, Unusable
from aggregator.pipeline import Tools
from aggregator.publish import atom, jsonfeed, links, pages, plan, rss
from aggregator.publish.plan import ALL
from aggregator.pulse import Pulse
from aggregator.store import feeds as stored_feeds
from aggregator.store import items as stored_items
from aggregator.store import watch as stored_watch
from aggregator.store.search import Wanted, count
from aggregator.store.search import search as find
from aggregator.values.output import Channel, ChannelContents, Edition
from aggregator.web.answers import Lately, document

View: TypeAlias = Callable[[Tools, Request], Response | None]
"""Answers a request; None: there is nothing at this address. Runs in a thread."""

FOUND_A_PAGE = 30
LONGEST_SEARCH = 200  # characters
MOST_COUNTED = 10_000  # items; what a page says of more is that there are more
LARGEST_NUMBER = 2**63 - 1  # that a database can be asked for
_FORMATS: Mapping[str, Callable[[ChannelContents, Edition], bytes]] = {
    "index.html": pages.channel_page,
    "atom.xml": atom.render,
    "rss.xml": rss.render,
    "feed.json": jsonfeed.render,
}


def item(tools: Tools, request: Request) -> Response | None:
    """`/items/UUID`: one piece of news, all its sources, and why it has its tags."""
    try:
        with tools.store.reading() as session:
            found = stored_items.by_id(session, request.path_params["uuid"])
    except NoSuchItem:
        return None
    return _page(request, pages.item_page(found, tools.edition))


def sources(tools: Tools, request: Request) -> Response:
    """`/sources`: every feed and its health, and what the service itself is at."""
    with tools.store.reading() as session:
        health = stored_feeds.health(session, tools.feeds)
        watched = stored_watch.watched(session)
    told = notices(request.app.state.pulse)
    unusual = [(one.told, one.since) for one in watched if one.kind != "feed-failed"]
    return _page(request, pages.sources_page(health, tools.edition, tools.now(), told, unusual))


def notices(pulse: Pulse) -> tuple[str, ...]:
    """What the service has to say of itself, in sentences; nothing when there is nothing."""
    told = []
    if pulse.config_errors:
        told.append("feeds.yaml is wrong; the last good one stays in use. What to mend:")
        told += pulse.config_errors
    told += [said for said in (pulse.absence, pulse.error, pulse.background_error) if said]
    if (work := pulse.background) is not None:
        what = {"retag": "tagged", "assign": "put into the views"}[work.task]
        told.append(
            f"feeds.yaml changed: what is stored is being {what} again,"
            f" {work.done:,} of {work.total:,} items so far."
        )
    return tuple(told)


def search(tools: Tools, request: Request) -> Response:
    """`/search?q=&tag=&since=&until=`: what is stored, by its words."""
    asked = _asked(tools, request)
    if not asked.query:
        return _page(request, pages.search_page(asked, (), 0, tools.edition))
    wanted = _wanted(asked)
    with tools.store.reading() as session:
        total = count(session, wanted, most=MOST_COUNTED + 1)
        found = find(
            session,
            wanted,
            limit=FOUND_A_PAGE + 1,
            before=place(request.query_params.get("before", "")),
        )
    shown, older = found[:FOUND_A_PAGE], None
    if len(found) > len(shown):
        last = shown[-1]
        older = f"{asked.query}&{urlencode({'before': f'{last.at.isoformat()}/{last.number}'})}"
    beyond = total > MOST_COUNTED
    page = pages.search_page(
        asked, shown, min(total, MOST_COUNTED), tools.edition, older, beyond=beyond
    )
    return _page(request, page)


def search_feed(tools: Tools, request: Request) -> Response | None:
    """`/search/atom.xml?q=`, and the other formats: a search to follow."""
    asked, file = _asked(tools, request), request.path_params["file"]
    if not asked.query or file == "index.html":
        return None
    return _feed(tools, request, asked.channel, _wanted(asked), file)


def combination(tools: Tools, request: Request) -> Response | None:
    """`/tags/A+B/` (both) and `/tags/A,B/` (any), with `about/`, in every format."""
    text, file = request.path_params["slugs"], request.path_params.get("file", "index.html")
    there, path = plan.combined(text, _moved(tools)), request.scope["path"]
    if there is None:
        return None
    if there != text or path.endswith((text, "/about")):
        return _redirect(request, there)
    about = "/about/" in path
    channel = plan.combination(text, tools.edition.people, about=about)
    if channel is None:
        return None
    slugs = frozenset(plan.slugs_of(text))
    all_of, any_of = (slugs, frozenset[str]()) if "+" in text else (frozenset[str](), slugs)
    wanted = Wanted(all_of=all_of, any_of=any_of, about=about)
    return _feed(tools, request, channel, wanted, file)


def _moved(tools: Tools) -> dict[str, str]:
    """Slugs of people as they are now, by what they were."""
    return {
        gone.channel.slug: gone.successor.slug
        for gone in tools.edition.departed
        if gone.channel.kind == "tag" and gone.successor is not None
    }


def _redirect(request: Request, slugs: str) -> Response:
    """To the same file of these tags, folders with a slash, by a relative address."""
    _, *rest = request.scope["path"].removeprefix("/tags/").split("/")
    up = "../" * len(rest) or "./"
    if not rest or rest[-1] == "about":
        rest.append("")
    query = f"?{request.url.query}" if request.url.query else ""
    location = f"{up}{slugs}/{'/'.join(rest)}{query}"
    return Response(status_code=308, headers={"Location": location})


def _feed(
    tools: Tools, request: Request, channel: Channel, wanted: Wanted, file: str
) -> Response | None:
    """What fits as the file of this name; None where there is no such format."""
    render = _FORMATS.get(file)
    if render is None:
        return None

    def make() -> bytes:
        with tools.store.reading() as session:
            contents = ChannelContents(
                channel=channel,
                items=tuple(find(session, wanted, limit=tools.edition.publish.entries)),
                total=count(session, wanted, most=MOST_COUNTED),
            )
        return render(contents, tools.edition)

    key = (channel, file, id(tools), _published(tools))
    lately: Lately = request.app.state.lately
    return document(
        request,
        lately.body(key, make),
        file,
        max_age=tools.config.poll.min_interval / 2,
        links=links.of_channel(channel, file, tools.edition.site),
    )


def _published(tools: Tools) -> Hashable:
    """What is another when something was published."""
    try:
        return tools.outlet.mark(f"{ALL.path}/atom.xml")
    except Unusable:
        return None


def _asked(tools: Tools, request: Request) -> pages.Search:
    """The search in an address; what cannot be read in it is not asked for."""
    asked = request.query_params
    return pages.Search(
        text=asked.get("q", "").replace("\0", "")[:LONGEST_SEARCH],
        tag=asked.get("tag", "") if asked.get("tag") in tools.edition.people else "",
        since=_day(asked.get("since", "")),
        until=_day(asked.get("until", "")),
    )


def _wanted(asked: pages.Search) -> Wanted:
    return Wanted(
        text=asked.text,
        all_of=frozenset({asked.tag} - {""}),
        since=_midnight(asked.since),
        until=_midnight(asked.until, days=1),
    )


def _page(request: Request, body: bytes) -> Response:
    return document(request, body, "index.html", max_age=None)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _midnight(day: date | None, days: int = 0) -> datetime | None:
    """When the day, or one after it, begins; None for none."""
    try:
        return None if day is None else datetime.combine(day, time(), UTC) + timedelta(days=days)
    except OverflowError:
        return None


def place(text: str) -> stored_items.Place | None:
    """Where the page above ended, from the address; None for the first page."""
    at, _, number = text.partition("/")
    try:
        when = datetime.fromisoformat(at)
        return (when.astimezone(UTC), min(int(number), LARGEST_NUMBER)) if when.tzinfo else None
    except (ValueError, OverflowError):
        return None
