"""An item as a line of a page: the piece that feeds show too, and what only pages have."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from aggregator.publish import plan
from aggregator.publish.extract import Segment, extract, spans_of
from aggregator.publish.piece import Piece, feed_name, piece, web_address
from aggregator.publish.text import language, one_line
from aggregator.values.item import Item
from aggregator.values.output import Channel, Edition
from aggregator.words import Term

_TITLE = 240  # characters of a title in a list: four lines on a wide page

_EXTRACT = 280  # characters: four lines on a wide page


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """The same news at another source."""

    name: str
    url: str | None  # None: that source gave no link


@dataclass(frozen=True, slots=True)
class Card:
    """An item as pages list it."""

    shown: Piece
    path: str  # of its own page, below the site's address
    title: tuple[Segment, ...]  # no longer than a list bears
    source: str
    elsewhere: tuple[Elsewhere, ...]
    extract: tuple[Segment, ...]


def card(
    item: Item,
    channel: Channel,
    edition: Edition,
    terms: Sequence[Term] = (),
    length: int = _EXTRACT,
    shown: Piece | None = None,
) -> Card:
    """The item as a line of the channel's page.

    Args:
        item: what is shown.
        channel: decides whose names are marked in the extract.
        edition: as for every page.
        terms: what to mark in title and text in place of names.
        length: about how many characters of extract.
        shown: the piece, where the caller has made it already.
    """
    made = shown or piece(item, channel, edition)
    if terms:
        return _card(item, made, spans_of(item.lead.entry.text, terms), terms, length)
    return marked(item, made, plan.shown_slugs(channel, item.slugs), length)


def marked(item: Item, made: Piece, slugs: Sequence[str], length: int = _EXTRACT) -> Card:
    """The item as a line of pages on which the names of these people are marked."""
    return _card(item, made, _names(item, slugs), (), length)


def _card(
    item: Item,
    made: Piece,
    spans: Sequence[tuple[int, int]],
    terms: Sequence[Term],
    length: int,
) -> Card:
    """The item as a line of a page, with these places of its text marked."""
    return Card(
        shown=made,
        path=plan.item_path(item),
        title=extract(made.title, spans_of(made.title, terms), _TITLE),
        source=feed_name(item.lead),
        elsewhere=_elsewhere(item),
        extract=extract(item.lead.entry.text, spans, length),
    )


def by_day(cards: Iterable[Card]) -> tuple[tuple[date, tuple[Card, ...]], ...]:
    """Cards, newest first, under the days (UTC) they were published on."""
    days = groupby(cards, key=lambda card: card.shown.published.date())
    return tuple((day, tuple(group)) for day, group in days)


def _elsewhere(item: Item) -> tuple[Elsewhere, ...]:
    """Every other feed once."""
    found: dict[str, Elsewhere] = {}
    for source in item.sources[1:]:
        name = feed_name(source)
        if source.feed != item.lead.feed and name not in found:
            found[name] = Elsewhere(name, web_address(source.entry.link))
    return tuple(found.values())


def _names(item: Item, slugs: Sequence[str]) -> list[tuple[int, int]]:
    return [
        (match.start, match.end)
        for tag in item.lead.tags
        if tag.slug in slugs
        for match in tag.matches
        if match.field == "text"
    ]


@dataclass(frozen=True, slots=True)
class Witness:
    """A source as the page of an item lists it: what it said, in its own words."""

    source: str
    home: str | None
    title: str | None
    url: str | None
    language: str | None
    published: datetime | None
    first_seen: datetime


def witnesses(item: Item) -> tuple[Witness, ...]:
    """Every source of an item, the lead first."""
    return tuple(
        Witness(
            source=feed_name(source),
            home=web_address(source.feed_home),
            title=one_line(source.entry.title or "") or None,
            url=web_address(source.entry.link),
            language=language(source.entry.language),
            published=source.entry.published,
            first_seen=source.first_seen,
        )
        for source in item.sources
    )
