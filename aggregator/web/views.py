"""The pages that cannot be files: each a plain function of what is stored and what is asked."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import TypeAlias
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from aggregator.errors import NoSuchItem
from aggregator.pipeline import Tools
from aggregator.publish import outputs, pages, plan
from aggregator.store import feeds as stored_feeds
from aggregator.store import items as stored_items
from aggregator.store.search import Wanted, count
from aggregator.store.search import search as find
from aggregator.values.output import ChannelContents
from aggregator.web.pulse import Pulse

View: TypeAlias = Callable[[Tools, Request], Response | None]
"""Answers a request; None: there is nothing at this address. Runs in a thread."""

FOUND_A_PAGE = 30
LONGEST_SEARCH = 200  # characters
_HTML = "text/html; charset=utf-8"
_MEDIA_TYPES = {
    "index.html": _HTML,
    "atom.xml": "application/atom+xml; charset=utf-8",
    "rss.xml": "application/rss+xml; charset=utf-8",
    "feed.json": "application/feed+json; charset=utf-8",
}


def item(tools: Tools, request: Request) -> Response | None:
    """`/items/UUID`: one piece of news, all its sources, and why it has its tags."""
    try:
        with tools.store.reading() as session:
            found = stored_items.by_id(session, request.path_params["uuid"])
    except NoSuchItem:
        return None
    return _page(pages.item_page(found, tools.edition))


def sources(tools: Tools, request: Request) -> Response:
    """`/sources`: every feed and its health, and what the service itself is at."""
    with tools.store.reading() as session:
        health = stored_feeds.health(session, tools.feeds)
    told = notices(request.app.state.pulse)
    return _page(pages.sources_page(health, tools.edition, tools.now(), told))


def notices(pulse: Pulse) -> tuple[str, ...]:
    """What the service has to say of itself, in sentences; nothing when there is nothing."""
    told = []
    if pulse.config_errors:
        told.append("feeds.yaml is wrong; the last good one stays in use. What to mend:")
        told += pulse.config_errors
    told += [said for said in (pulse.error, pulse.background_error) if said]
    if (work := pulse.background) is not None:
        what = {"retag": "tagged", "assign": "put into the views"}[work.task]
        told.append(
            f"feeds.yaml changed: what is stored is being {what} again,"
            f" {work.done:,} of {work.total:,} items so far."
        )
    return tuple(told)


def search(tools: Tools, request: Request) -> Response:
    """`/search?q=&tag=&since=&until=`: what is stored, by its words."""
    asked = request.query_params
    wanted = pages.Search(
        text=asked.get("q", "")[:LONGEST_SEARCH],
        tag=asked.get("tag", "") if asked.get("tag") in tools.edition.people else "",
        since=_day(asked.get("since", "")),
        until=_day(asked.get("until", "")),
    )
    if not wanted.query:
        return _page(pages.search_page(wanted, (), 0, tools.edition))
    conditions = Wanted(
        text=wanted.text,
        all_of=frozenset({wanted.tag} - {""}),
        since=_midnight(wanted.since),
        until=_midnight(wanted.until, days=1),
    )
    with tools.store.reading() as session:
        total = count(session, conditions)
        found = find(
            session, conditions, limit=FOUND_A_PAGE, before=_place(asked.get("before", ""))
        )
    older = None
    if len(found) == FOUND_A_PAGE:
        last = found[-1]
        older = f"{wanted.query}&{urlencode({'before': f'{last.at.isoformat()}/{last.number}'})}"
    return _page(pages.search_page(wanted, found, total, tools.edition, older))


def combination(tools: Tools, request: Request) -> Response | None:
    """`/tags/A+B/` (both) and `/tags/A,B/` (any), in every format."""
    channel = plan.combination(request.path_params["slugs"], tools.edition.people)
    file = request.path_params.get("file", "index.html")
    if channel is None or file not in _MEDIA_TYPES:
        return None
    slugs = frozenset(plan.slugs_of(channel.slug))
    wanted = Wanted(all_of=slugs) if "+" in channel.slug else Wanted(any_of=slugs)
    with tools.store.reading() as session:
        contents = ChannelContents(
            channel=channel,
            items=tuple(find(session, wanted, limit=tools.edition.publish.entries)),
            total=count(session, wanted),
        )
    path = f"{channel.path}/{file}"
    body = next(
        output.body for output in outputs.outputs_of(contents, tools.edition) if output.path == path
    )
    return Response(body, media_type=_MEDIA_TYPES[file])


def missing(tools: Tools, request: Request) -> Response:  # noqa: ARG001
    """404, as a page."""
    page = pages.notice_page(
        "Nothing is here", "There is no page at this address, or not any more.", tools.edition
    )
    return Response(page, 404, media_type=_HTML)


def _page(body: bytes) -> Response:
    return Response(body, media_type=_HTML, headers={"Cache-Control": "no-cache"})


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


def _place(text: str) -> stored_items.Place | None:
    """Where the page above ended, from the address; None for the first page."""
    at, _, number = text.partition("/")
    try:
        when = datetime.fromisoformat(at)
        return (when, int(number)) if when.tzinfo else None
    except ValueError:
        return None
