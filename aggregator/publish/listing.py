"""Items as pages list them, under the days they were published on.

The same for every page that lists any. It is written by functions and not by a template: a page
holds hundreds, and most of what publishing writes is this (see publish/escape.py).
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime

from aggregator.publish import charts
from aggregator.publish.cards import Card, Elsewhere, by_day
from aggregator.publish.escape import html
from aggregator.publish.extract import Segment
from aggregator.values.item import Picture
from aggregator.values.output import Edition

CLOSING = "</section>\n"
"""What ends the items of a day."""

_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def listed(cards: Iterable[Card], root: str, edition: Edition) -> str:
    """Cards, newest first, under their days (UTC)."""
    return "".join(
        opening(day) + "".join(item(card, root, edition) for card in group) + CLOSING
        for day, group in by_day(cards)
    )


def opening(day: date) -> str:
    """What begins the items of a day."""
    return f'<section class="day">\n<h2 class="date">{day_name(day)}</h2>\n'


def day_name(day: date) -> str:
    """A day as a heading: "Friday, 20 November 2026"."""
    return f"{_WEEKDAYS[day.weekday()]}, {day.day} {charts.month_name(day)}"


def clock(when: datetime) -> str:
    """The time of day (UTC): the heading names the day."""
    when = when.astimezone(UTC)
    return f'<time datetime="{when:%Y-%m-%dT%H:%M:%SZ}">{when:%H:%M}</time>'


def item(card: Card, root: str, edition: Edition) -> str:
    """An item.

    Args:
        card: what is shown of it.
        root: relative address of the site.
        edition: knows whose tags lead to a page.
    """
    shown = card.shown
    language = _language(shown.language)
    tags = "".join(
        f'<a class="tag" href="{root}tags/{html(tag.term)}/"><bdi>{html(tag.label or "")}</bdi></a>\n'
        for tag in shown.tags
        if tag.term in edition.people
    )
    extract = (
        f'<p{language} dir="auto" class="extract">{_marked(card.extract)}</p>\n'
        if card.extract
        else ""
    )
    return (
        '<article class="item">\n'
        f'<h3{language} dir="auto"><a href="{html(shown.url)}">{_marked(card.title)}</a></h3>\n'
        f'<p class="meta"><bdi class="source">{html(card.source)}</bdi> · '
        f"{clock(shown.published)}</p>\n"
        f"{_picture(shown.picture)}{extract}{_elsewhere(card.elsewhere)}"
        f'<p class="tags">\n{tags}'
        f'<a class="more" href="{root}{html(card.path)}">Sources and reasons'
        f'<span class="hidden"> for “<bdi>{html(shown.title)}</bdi>”</span></a></p>\n'
        "</article>\n\n"
    )


def _language(code: str | None) -> str:
    """The page is English; "" says that nobody declared a language, so none is guessed aloud."""
    return "" if code == "en" else f' lang="{html(code or "")}"'


def _marked(segments: Iterable[Segment]) -> str:
    return "".join(
        f"<mark>{html(segment.text)}</mark>" if segment.marked else html(segment.text)
        for segment in segments
    )


def _picture(picture: Picture | None) -> str:
    if picture is None:
        return ""
    return (
        f'<img class="thumb" src="{html(picture.url)}" alt="{html(picture.caption or "")}" '
        'loading="lazy" width="160" height="107">\n'
    )


def _elsewhere(others: Iterable[Elsewhere]) -> str:
    named = [
        f'<a href="{html(other.url)}"><bdi>{html(other.name)}</bdi></a>'
        if other.url
        else f"<bdi>{html(other.name)}</bdi>"
        for other in others
    ]
    return f'<p class="also">Also at {", ".join(named)}</p>\n' if named else ""
