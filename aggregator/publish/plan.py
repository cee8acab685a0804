"""Which channels there are, and which of them an item is in."""

import re
from collections.abc import Collection, Iterable, Mapping
from functools import lru_cache
from typing import assert_never

from aggregator import expression
from aggregator.values.item import Item
from aggregator.values.output import Channel, Site, View
from aggregator.values.tag import Person

_SLUG = r"[a-z0-9][a-z0-9-]{0,79}"
_COMBINATION = re.compile(rf"{_SLUG}(?:\+{_SLUG})+|{_SLUG}(?:,{_SLUG})+")
_MOST_SLUGS = 8  # in a combination; more is a mistake, or somebody who tries how long it takes

ALL = Channel(kind="all", slug="", title="Everything")


def channels(people: Iterable[Person], views: Iterable[View]) -> tuple[Channel, ...]:
    """Every channel of an instance, in the order of feeds.yaml: people, views, everything.

    A person has two: what names the person, and what is about the person.
    """
    planned: list[Channel] = []
    for person in people:
        planned.append(Channel(kind="tag", slug=person.slug, title=person.name))
        planned.append(about(person))
    planned.extend(Channel(kind="view", slug=view.slug, title=view.title) for view in views)
    return (*planned, ALL)


def about(person: Person) -> Channel:
    """The channel of what is about a person, without passing mentions."""
    return Channel(kind="about", slug=person.slug, title=f"About {person.name}")


def facts(item: Item, groups: Mapping[str, Collection[str]]) -> expression.Facts:
    """What the expression of a view may ask of an item.

    Args:
        item: with all its sources: a view of a feed holds what any source brought.
        groups: of every feed, by its address as in feeds.yaml.
    """
    feeds = frozenset(source.feed for source in item.sources)
    return expression.Facts(
        tags=frozenset(item.slugs),
        groups=frozenset(group for feed in feeds for group in groups.get(feed, ())),
        feeds=feeds,
        languages=frozenset(
            source.entry.language for source in item.sources if source.entry.language
        ),
    )


def memberships(
    facts: expression.Facts, views: Iterable[View], about: Collection[str] = ()
) -> frozenset[str]:
    """Keys of the channels that an item is in.

    Args:
        facts: of the item.
        views: all of them; their expressions have been checked with feeds.yaml.
        about: slugs of the people the item is about.

    Raises:
        NotAnExpression: a view's expression cannot be read.
    """
    keys = {ALL.key}
    keys.update(f"tag:{slug}" for slug in facts.tags)
    keys.update(f"about:{slug}" for slug in about)
    keys.update(
        f"view:{view.slug}" for view in views if expression.matches(_read(view.match), facts)
    )
    return frozenset(keys)


def combined(text: str, moved: Mapping[str, str]) -> str | None:
    """A combination as an address has it, with the slugs of today and nobody twice.

    A single slug where only one is left; None when the text is no combination.

    Args:
        text: `A+B` or `A,B`, in any order.
        moved: slugs of today, by those of yesterday.
    """
    if not _COMBINATION.fullmatch(text):
        return None
    slugs = dict.fromkeys(moved.get(slug, slug) for slug in slugs_of(text))
    return ("+" if "+" in text else ",").join(slugs) if len(slugs) <= _MOST_SLUGS else None


def combination(text: str, people: Mapping[str, Person], *, about: bool = False) -> Channel | None:
    """The channel that `A+B` (items with both) or `A,B` (items with any) means.

    It is the same in whatever order the people are named: `slug` has them in order, and so its
    path is `tags/A+B`; `slugs_of` takes it apart. None when the text is no combination, or names
    somebody twice or somebody who is not listed.

    Args:
        text: as in an address.
        people: by slug.
        about: only what is about them, without passing mentions.
    """
    slugs = sorted(slugs_of(text))
    if text != combined(text, {}) or len(slugs) == 1 or not people.keys() >= set(slugs):
        return None
    joint, word = ("+", "and") if "+" in text else (",", "or")
    names = [people[slug].name for slug in slugs]
    title = f"{', '.join(names[:-1])} {word} {names[-1]}"
    slug = joint.join(slugs)
    return Channel("about", slug, f"About {title}") if about else Channel("tag", slug, title)


def slugs_of(slug: str) -> tuple[str, ...]:
    """The people that a channel's slug names: one, but for combinations."""
    return tuple(re.split(r"[+,]", slug))


def shown_slugs(channel: Channel, slugs: tuple[str, ...]) -> tuple[str, ...]:
    """Whose names matter when an item with these tags is shown in a channel: its people, else all."""
    if channel.kind in ("tag", "about"):
        wanted = slugs_of(channel.slug)
        return tuple(slug for slug in slugs if slug in wanted)
    return slugs


def item_path(item: Item) -> str:
    """Where an item's page is, below the site's address: `items/` and its UUID."""
    return "items/" + item.id.removeprefix("urn:uuid:")


def title(channel: Channel, site: Site) -> str:
    """What a channel is called among other feeds in a reader."""
    return site.title if channel.kind == "all" else f"{channel.title} – {site.title}"


def home(channel: Channel, site: Site) -> str:
    """The address of a channel's page."""
    if channel.kind == "search":
        return f"{site.url}{channel.path}?{channel.slug}"
    return f"{site.url}{channel.path}/"


def address(channel: Channel, site: Site, file: str) -> str:
    """The address of a channel's feed of this file name."""
    return site.url + feed_path(channel, file)


def feed_path(channel: Channel, file: str) -> str:
    """The same below the site's address."""
    query = f"?{channel.slug}" if channel.kind == "search" else ""
    return f"{channel.path}/{file}{query}"


def hub(channel: Channel, site: Site) -> str | None:
    """The hub that is told when the channel changes; None for what is only made when asked for."""
    is_published = channel.kind != "search" and len(slugs_of(channel.slug)) == 1
    return site.hub if is_published else None


def subtitle(channel: Channel) -> str:
    """What a channel holds, in a sentence."""
    match channel.kind:
        case "tag":
            return f"News that names {channel.title}"
        case "about":
            return f"News {channel.title[0].lower()}{channel.title[1:]}, without passing mentions"
        case "view":
            return f"News selected for {channel.title}"
        case "all":
            return "All news, from every feed"
        case "search":
            return f"News found by searching for {channel.title}"
        case _:
            assert_never(channel.kind)


@lru_cache(maxsize=1024)
def _read(match: str) -> expression.Expression:
    return expression.parse(match)
