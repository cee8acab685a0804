"""Looks what is out of the ordinary, and puts messages about it on their way.

Only what begins is told: as long as it lasts there is silence, and when it is over it may begin
again. What begins all at once is one event, as it has one cause.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

import structlog
from sqlmodel import Session

from aggregator import urls, watch
from aggregator.pipeline import Tools
from aggregator.store import feeds as stored_feeds
from aggregator.store import items as stored_items
from aggregator.store import outputs as outbox
from aggregator.store import watch as stored
from aggregator.store.watch import Watched
from aggregator.values.feed import Feed
from aggregator.values.item import Item
from aggregator.values.watch import AlertSettings, Event, Kind, Unusual

log = structlog.get_logger()

EVERY: Final = timedelta(minutes=10)  # how often rates are looked at; they move by the hour
FAILURES: Final = 3  # in a row, before a feed is said to fail
STORM: Final = 8  # of one kind at once: more are told as one event
NEWS: Final = timedelta(days=1)  # older items of a feed that is read for the first time are no news
MOST_NEWS: Final = 10  # messages about new items to one webhook at once
LOOKED: Final = "watch"  # under this name the store remembers when rates were looked at
ALERTED: Final = "alerted"  # and under this the number of the last item that was told of
_DAYS_FROM_H: Final = 72
_READABLE: Final = timedelta(hours=6)  # a feed read since can be silent; any other may just be away


def look(tools: Tools) -> None:
    """Find what is out of the ordinary now, and tell of what begins; any process may do so."""
    now = tools.now()
    with tools.store.reading() as session:
        failing = stored_feeds.failing(session, tools.feeds, FAILURES)
        before = stored.watched(session)
        looked = outbox.note(session, LOOKED)
    found = _failing(failing, now)
    kinds: set[Kind] = {"feed-failed"}
    if looked is None or not timedelta(0) <= now - datetime.fromisoformat(looked) < EVERY:
        found += _unusual(tools, before, now)
        kinds |= {"silence", "burst"}
    if _is_news(found, [one for one in before if one.kind in kinds]) or "burst" in kinds:
        _record(tools, before, found, kinds, now)
    _tell_of_news(tools, now)


def _is_news(found: Iterable[Watched], before: Iterable[Watched]) -> bool:
    """Whether something began, ended, or is told in other words."""
    now, then = ({(one.subject, one.kind, one.told) for one in some} for some in (found, before))
    return now != then


# --- what there is to find -----------------------------------------------------------------------


def _failing(feeds: Iterable[Feed], now: datetime) -> list[Watched]:
    found = []
    for feed in feeds:
        state = feed.state
        if state.gone or state.failures >= FAILURES:
            times = "" if state.gone else f" ({state.failures} times in a row)"
            since = f"; last read {state.last_ok:%Y-%m-%d %H:%M} UTC" if state.last_ok else ""
            told = f"{_title(feed)}: {state.error or 'gone for good'}{times}{since}"
            found.append(Watched(f"feed:{feed.settings.url}", "feed-failed", now, told))
    return found


def _unusual(tools: Tools, before: Sequence[Watched], now: datetime) -> list[Watched]:
    """People and feeds much less, or much more, in the news than usual."""
    since = now - timedelta(hours=2 * watch.BASE_H)
    with tools.store.reading() as session:
        people = stored.by_channel(session, since)
        entries = stored.by_feed(session, since)
    now_h = int(now.timestamp()) // 3600
    was = {one.subject: one.kind for one in before if one.kind != "feed-failed"}
    everything = people.get("all", {})
    found = []
    for slug, person in tools.edition.people.items():
        own = people.get(f"tag:{slug}", {})
        unusual = watch.unusual(own, everything, now_h, was.get(f"tag:{slug}"))
        if unusual is not None:
            told = f"{person.name}: {_rate(unusual)}"
            found.append(Watched(f"tag:{slug}", unusual.kind, now, told))
    striking = {
        url: unusual
        for url in {*entries, *(name.removeprefix("feed:") for name in was)} & tools.feeds.keys()
        if (unusual := watch.unusual(entries.get(url, {}), None, now_h, was.get(f"feed:{url}")))
    }
    with tools.store.reading() as session:
        feeds = stored_feeds.some(session, tools.feeds, striking)
    for feed in feeds:
        if _is_readable(feed, now):
            url, unusual = feed.settings.url, striking[feed.settings.url]
            told = f"{_title(feed)}: {_rate(unusual)}"
            found.append(Watched(f"feed:{url}", unusual.kind, now, told))
    return found


def _is_readable(feed: Feed, now: datetime) -> bool:
    state = feed.state
    return state.error is None and state.last_ok is not None and now - state.last_ok < _READABLE


def _rate(unusual: Unusual) -> str:
    usual = f"{unusual.usual:.0f}" if unusual.usual >= 1 else f"{unusual.usual:.1f}"
    if unusual.kind == "silence":
        hours = unusual.quiet_h
        gap = f"{hours} hours" if hours < _DAYS_FROM_H else f"{hours // 24} days"
        return f"nothing for {gap}; usually {usual} items a day"
    return f"{unusual.recent} items in 24 hours; usually {usual} a day"


def _title(feed: Feed) -> str:
    return feed.settings.title or feed.state.title or urls.without_credentials(feed.settings.url)


# --- what becomes of it --------------------------------------------------------------------------


def _record(
    tools: Tools,
    before: Sequence[Watched],
    found: Sequence[Watched],
    kinds: set[Kind],
    now: datetime,
) -> None:
    """Keep what is out of the ordinary now, forget what is over, tell of what began.

    Where another process has done so since we looked, it is left to the next look: what that one
    has found would be told again, or taken to be over.

    Args:
        before: what was known when we looked.
        kinds: those that were looked for.
    """
    with tools.store.writing() as session:
        if set(stored.watched(session)) != set(before):
            return
        known = {(one.subject, one.kind): one for one in before}
        begun = [one for one in found if (one.subject, one.kind) not in known]
        lasting = [
            replace(known[one.subject, one.kind], told=one.told)
            for one in found
            if (one.subject, one.kind) in known
        ]
        there = {(one.subject, one.kind) for one in found}
        stored.end(session, [o for key, o in known.items() if o.kind in kinds and key not in there])
        stored.begin(session, [*begun, *lasting])
        events = [event for kind in _MEANS for event in events_of(begun, kind, now)]
        stored.tell(session, events)
        if events:
            outbox.mark_channels(session, [outbox.SITE])
        for alert in tools.config.alerts:
            bodies = [_message(event, tools) for event in events if event.kind in alert.on]
            stored.post(session, alert.url, bodies, now)
        if "burst" in kinds:
            outbox.keep_note(session, LOOKED, now.isoformat())
    for event in events:
        log.warning("out_of_the_ordinary", kind=event.kind, subject=event.subject, told=event.title)


_MEANS: Mapping[Kind, str] = {
    "feed-failed": "It is tried again for ever, at growing intervals; the publisher may have moved it.",
    "silence": "A source may be dead, or a spelling missing among the aliases.",
    "burst": "Much news, or a name that is taken for another's.",
}


def events_of(begun: Sequence[Watched], kind: Kind, now: datetime) -> list[Event]:
    """Events of one kind; more than a few at once are one."""
    mine = [one for one in begun if one.kind == kind]
    if len(mine) > STORM:
        text = "\n".join([*(one.told for one in mine[:50]), "They have one cause, most likely."])
        return [Event(kind, "many", now, f"{kind}: {len(mine)} at once", text, "sources")]
    return [Event(kind, one.subject, now, one.told, _MEANS[kind], _page(one)) for one in mine]


def _page(one: Watched) -> str:
    kind, _, name = one.subject.partition(":")
    return f"tags/{name}/" if kind == "tag" else "sources"


def _message(event: Event, tools: Tools) -> str:
    address = tools.edition.site.url + event.page
    subject = urls.without_credentials(event.subject)
    lines = (event.title, event.text, address)
    return _letter(lines, event.kind, subject, event.title, address, event.at, event.id)


def _letter(
    lines: Iterable[str], event: str, subject: str, title: str, url: str, at: datetime, uid: str
) -> str:
    """What a webhook gets; `text` is what chat programs and ntfy show."""
    said = {"text": "\n".join(lines), "event": event, "subject": subject, "title": title}
    return json.dumps({**said, "url": url, "at": _iso(at), "id": uid}, ensure_ascii=False)


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")


# --- new items -----------------------------------------------------------------------------------


def _tell_of_news(tools: Tools, now: datetime) -> None:
    """Put messages about new items on their way to those who asked for them."""
    wanting = [(alert, slugs) for alert in tools.config.alerts if (slugs := _slugs(alert))]
    with tools.store.reading() as session:
        last = int(outbox.note(session, ALERTED) or -1)
        newest = stored.newest_item(session) if wanting else -1
    if newest == last:
        return
    with tools.store.writing() as session:
        last = int(outbox.note(session, ALERTED) or -1)  # another process may have told since
        newest = stored.newest_item(session) if wanting else -1
        if last >= 0:  # else it is asked for news from now on
            for alert, slugs in wanting:
                bodies = [body for slug in slugs for body in _news(session, slug, last, tools)]
                stored.post(session, alert.url, bodies, now)
        outbox.keep_note(session, ALERTED, str(newest))


def _slugs(alert: AlertSettings) -> list[str]:
    return [occasion.removeprefix("tag:") for occasion in alert.on if occasion.startswith("tag:")]


def _news(session: Session, slug: str, last: int, tools: Tools) -> list[str]:
    """A message for each new item with a tag; of many, for the first, and how many more there are."""
    numbers = stored.new_with_tag(session, slug, after=last, since=tools.now() - NEWS)
    person, site = tools.edition.people[slug], tools.edition.site.url
    told = [
        _news_message(item, slug, person.name, site)
        for item in stored_items.whole(session, numbers[:MOST_NEWS])
    ]
    if more := len(numbers) - len(told):
        title, address = f"{person.name}: {more} more new items", f"{site}tags/{slug}/"
        uid = f"{slug}/{numbers[-1]}"
        told.append(
            _letter((title, address), "tag", f"tag:{slug}", title, address, tools.now(), uid)
        )
    return told


def _news_message(item: Item, slug: str, name: str, site: str) -> str:
    title = f"{name}: {item.title or 'an item without a title'}"
    address = item.url or f"{site}items/{item.id.removeprefix('urn:uuid:')}"
    lines = [line for line in (title, item.lead.feed_title, address) if line]
    return _letter(lines, "tag", f"tag:{slug}", title, address, item.at, f"{slug}/{item.id}")
