"""The pages of the editors' desk: only for editors, never among the published files."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby

from aggregator.publish import charts, plan, why
from aggregator.publish.cards import Card, card
from aggregator.publish.extract import Segment, extract
from aggregator.publish.health import Health, healths
from aggregator.publish.piece import feed_name
from aggregator.publish.sheet import Page, render
from aggregator.publish.text import language, one_line
from aggregator.values.feed import FeedHealth
from aggregator.values.item import Item
from aggregator.values.output import Edition
from aggregator.values.tag import Document, Match, Tag

DAYS = 30  # of the sparkline of a feed
MOST_MATCHES = 50  # of a person, explained
LONG_PAUSE = 3  # days without an entry that are worth a word

_RULES: Mapping[str, str] = {
    "full name": "given name and surname stand together, as listed or as an alias",
    "inflected": "the name with an ending that its language gives it",
    "initials": "the surname with initials in place of the given name",
    "same sound": "spelt otherwise, but the whole name sounds the same",
    "surname": "the surname alone; the rest of the text says who is meant",
    "first name": "the name by which everybody knows the person",
    "alias": "an alias as listed",
    "category": "the publisher filed it under this name",
}


@dataclass(frozen=True, slots=True)
class Desk:
    """What every page of the desk has to know of the editor's visit."""

    edition: Edition
    now: datetime
    csrf: str  # goes into every form
    told: tuple[str, ...] = ()  # what happened, said once
    notices: tuple[str, ...] = ()  # what is wrong with the service, or goes on in it


@dataclass(frozen=True, slots=True)
class FeedRow:
    """A feed as the desk sees it."""

    health: Health
    spark: charts.Chart
    pause: int | None  # days in a row without an entry, when they are many
    share: int | None  # of its entries that got a tag, in percent; None without entries


@dataclass(frozen=True, slots=True)
class Part:
    """What one feed said of an item."""

    entry: int  # number of its first entry
    source: str  # the feed's name
    title: str
    language: str | None


@dataclass(frozen=True, slots=True)
class Row:
    """An item to be judged."""

    id: str  # its UUID
    card: Card
    reasons: tuple[why.Reason, ...]
    denied: tuple[tuple[str, str], ...]  # slug and name of what an editor took away
    parts: tuple[Part, ...]  # those that may be parted from it; none when one feed brought it all


@dataclass(frozen=True, slots=True)
class Filter:
    """Which items are asked for; empty fields ask for nothing."""

    text: str = ""
    tag: str = ""
    feed: str = ""
    query: str = ""  # all of it, as an address has it


def login_page(edition: Edition, csrf: str, said: str | None = None) -> bytes:
    """The form that asks for the token.

    Args:
        edition: as for every page.
        csrf: what the form has to say.
        said: what was wrong with the last try.
    """
    return _render(edition, "login", "Editors’ desk", csrf=csrf, said=said)


def feeds_page(
    desk: Desk,
    health: Sequence[FeedHealth],
    figures: Mapping[str, tuple[Mapping[date, int], int, int]],
) -> bytes:
    """Every feed: how it is, why, and what it brings.

    Args:
        desk: the visit.
        health: of all feeds.
        figures: by address, entries of each day, entries in all, and those that got a tag; of the
            last `DAYS`.
    """
    rows = [
        _feed_row(row, *figures.get(row.url, ({}, 0, 0)), desk.now)
        for row in healths(health, desk.now)
    ]
    return _desk_page(desk, "feeds", "Feeds", rows=rows, days=DAYS)


def items_page(
    desk: Desk, asked: Filter, items: Sequence[Item], feeds: Sequence[FeedHealth], older: str | None
) -> bytes:
    """Items with the grounds of their tags, each to be judged.

    Args:
        desk: the visit.
        asked: which items these are.
        items: newest first.
        feeds: all that can be chosen.
        older: query of the address that shows the next ones; None when these are the last.
    """
    rows = [_row(item, desk.edition) for item in items]
    days = [(day, list(group)) for day, group in groupby(rows, lambda row: _day_of(row.card))]
    feeds_there = sorted(healths(feeds, desk.now), key=lambda row: row.title.casefold())
    people = sorted(desk.edition.people.values(), key=lambda person: person.name.casefold())
    return _desk_page(
        desk,
        "items",
        "Items",
        asked=asked,
        days=days,
        people=people,
        feeds=feeds_there,
        older=older,
    )


def names_page(desk: Desk, found: Sequence[object] | None, read: int, days: int) -> bytes:
    """Names worth listing.

    Args:
        desk: the visit.
        found: suggestions (`tag.suggest`); None while somebody else has them looked for.
        read: items that were read for them.
        days: how old those may be.
    """
    return _desk_page(desk, "names", "Names", found=found, read=read, days=days)


def try_page(
    desk: Desk,
    document: Document,
    tags: Sequence[Tag] | None,
) -> bytes:
    """A box for a text, and who is found in it and why.

    Args:
        desk: the visit.
        document: what was pasted.
        tags: of it; None before anything was.
    """
    matches = [match for tag in tags or () for match in tag.matches]
    return _desk_page(
        desk,
        "try",
        "Try a text",
        document=document,
        tags=tags,
        shown_title=_marked(document.title, "title", matches),
        shown_text=_marked(document.text, "text", matches),
        rules=_RULES,
        most=MOST_MATCHES,
    )


def people_page(
    desk: Desk,
    text: str,
    preview: object | None,
    problems: Sequence[str] = (),
    *,
    days: int,
) -> bytes:
    """A box for the people of feeds.yaml, and what they would gain and lose.

    Args:
        desk: the visit.
        text: the section, as it stands there or as it was changed.
        preview: what it comes to (`preview.Preview`); None before that was asked.
        problems: what is wrong with the section, a line each.
        days: how old the items are that are looked at.
    """
    return _desk_page(
        desk, "people", "People", text=text, preview=preview, problems=problems, days=days
    )


def message_page(desk: Desk, title: str, message: str) -> bytes:
    """A page that only says something."""
    return _desk_page(desk, "message", title, message=message)


def _desk_page(desk: Desk, name: str, title: str, **values: object) -> bytes:
    return _render(desk.edition, name, title, desk=desk, csrf=desk.csrf, **values)


def _render(edition: Edition, name: str, title: str, **values: object) -> bytes:
    page = Page(title, "../", None)
    return render(f"desk/{name}.html", edition, page, here=name, **values)


def _feed_row(
    health: Health, days: Mapping[date, int], entries: int, tagged: int, now: datetime
) -> FeedRow:
    first = now.date() - timedelta(days=DAYS - 1)
    counts = [days.get(first + timedelta(days=number), 0) for number in range(DAYS)]
    pause = _longest_pause(counts)
    return FeedRow(
        health=health,
        spark=charts.sparkline(counts, width=120),
        pause=pause if entries and pause >= LONG_PAUSE else None,
        share=round(100 * tagged / entries) if entries else None,
    )


def _longest_pause(counts: Sequence[int]) -> int:
    runs = (len(list(group)) for empty, group in groupby(counts, lambda count: not count) if empty)
    return max(runs, default=0)


def _row(item: Item, edition: Edition) -> Row:
    return Row(
        id=item.id.removeprefix("urn:uuid:"),
        card=card(item, plan.ALL, edition),
        reasons=why.reasons(item, item.slugs, edition.people),
        denied=tuple(
            (slug, edition.people[slug].name if slug in edition.people else slug)
            for slug in sorted(item.denied)
        ),
        parts=_parts(item),
    )


def _parts(item: Item) -> tuple[Part, ...]:
    firsts = {source.feed: source for source in reversed(item.sources)}
    if len(firsts) == 1:
        return ()
    return tuple(
        Part(
            entry=source.id,
            source=feed_name(source),
            title=one_line(source.entry.title or "") or "Untitled",
            language=language(source.entry.language),
        )
        for source in reversed(firsts.values())
    )


def _day_of(shown: Card) -> date:
    return shown.shown.published.date()


def _marked(text: str, field: str, matches: Iterable[Match]) -> tuple[Segment, ...]:
    spans = [(match.start, match.end) for match in matches if match.field == field]
    return extract(text, spans, len(text) + 1)
