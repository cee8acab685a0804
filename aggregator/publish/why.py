"""Why an item carries a tag, so that a reader and an editor can see it for themselves."""

import html
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from aggregator.publish.text import one_line
from aggregator.values.item import Item, ItemTag
from aggregator.values.tag import Field, Match, Person

_MOST_FORMS = 3  # spellings quoted in a line: it stays a line
_PLACES: Mapping[Field, str] = {
    "title": "in the headline",
    "text": "in the text",
    "categories": "as a category",
}


@dataclass(frozen=True, slots=True)
class Found:
    """A spelling of a name in one kind of place."""

    text: str  # as it stands there
    place: Field
    times: int
    rule: str  # the rule that found it first

    def __str__(self) -> str:
        times = f", {self.times} times" if self.times > 1 else ""
        return f"“{self.text}” {_PLACES[self.place]}{times}"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why an item carries one tag."""

    slug: str
    name: str  # of the person; the slug when the person is not listed any more
    about: bool
    by: Literal["rule", "editor"]
    found: tuple[Found, ...]  # headline first, then text, then categories; most often first

    def __str__(self) -> str:
        if self.found:
            return f"{self.name} ({'; '.join(map(str, self.found[:_MOST_FORMS]))})"
        return f"{self.name} (by an editor)" if self.by == "editor" else self.name


def reasons(item: Item, slugs: Collection[str], people: Mapping[str, Person]) -> tuple[Reason, ...]:
    """The reasons for those tags of an item that are in `slugs`, in the order of its tags."""
    return tuple(_reason(item, tag, people) for tag in item.tags if tag.slug in slugs)


def line(item: Item, slugs: Collection[str], people: Mapping[str, Person]) -> str | None:
    """The reasons as one line of plain text; None when the item has none of the tags."""
    return joined(map(str, reasons(item, slugs, people)))


def joined(said: Iterable[str]) -> str | None:
    """Reasons as one line; None when there are none."""
    line = " · ".join(said)
    return f"Names {line}" if line else None


def paragraph(line: str) -> str:
    """The line as it stands below the text of an item, in HTML."""
    return f'\n<p class="why"><small>{html.escape(line)}</small></p>'


def _reason(item: Item, tag: ItemTag, people: Mapping[str, Person]) -> Reason:
    person = people.get(tag.slug)
    return Reason(
        slug=tag.slug,
        name=one_line(person.name) if person else tag.slug,
        about=tag.about,
        by=tag.by,
        found=_found(_matches(item, tag.slug)),
    )


def _matches(item: Item, slug: str) -> list[Match]:
    """Of the first source that names the person: sources that repeat a text add nothing."""
    for source in item.sources:
        for tag in source.tags:
            if tag.slug == slug and tag.matches:
                return list(tag.matches)
    return []


def _found(matches: list[Match]) -> tuple[Found, ...]:
    times = Counter((match.field, one_line(match.text)) for match in matches)
    rules: dict[tuple[Field, str], str] = {}
    for match in matches:
        rules.setdefault((match.field, one_line(match.text)), match.rule)
    order = list(_PLACES)
    ranked = sorted(times.items(), key=lambda pair: (order.index(pair[0][0]), -pair[1], pair[0][1]))
    return tuple(Found(text, place, count, rules[place, text]) for (place, text), count in ranked)
