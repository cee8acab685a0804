"""Small news, made up, for everything that is published."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from aggregator.publish import outputs
from aggregator.publish.foundry import mould
from aggregator.publish.strips import Layout, body_of, poured
from aggregator.values.feed import FeedSettings
from aggregator.values.item import Entry, Item, ItemTag, Source
from aggregator.values.output import (
    ArchiveDocument,
    Channel,
    ChannelContents,
    ChannelKind,
    Edition,
    Output,
    PublishSettings,
    Site,
)
from aggregator.values.tag import Match, Person, Tag

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
WIRE = "https://wire.example/feed.xml"
PAPER = "https://paper.example/rss"

LAVROV = Person(slug="sergei-lavrov", name="Sergey Lavrov")
MOGHERINI = Person(slug="federica-mogherini", name="Federica Mogherini")
PEOPLE = {person.slug: person for person in (LAVROV, MOGHERINI)}

SITE = Site(
    title="Diplomacy Watch",
    url="https://watch.example/",
    contact="mailto:desk@watch.example",
    hub="https://hub.example/",
)


def feed(url: str, title: str | None = None, groups: tuple[str, ...] = ()) -> FeedSettings:
    return FeedSettings(
        url=url, address=url, title=title, interval=None, language=None, groups=groups, headers=()
    )


EDITION = Edition(
    site=SITE,
    people=PEOPLE,
    feeds=(feed(WIRE, "The Wire", ("agencies",)), feed(PAPER)),
    publish=PublishSettings(entries=50, to="public/"),
    interval=timedelta(minutes=60),
    version="1.2.3",
)


def tag_of(slug: str, entry: Entry, *words: str) -> Tag:
    """The tag that a rule finding these words in the entry's title and text would give."""
    matches = []
    for word in words:
        for field, text in (("title", entry.title or ""), ("text", entry.text)):
            for found in re.finditer(re.escape(word), text):
                place = (found.start(), found.end(), word, "surname")
                matches.append(Match("title" if field == "title" else "text", *place))
    return Tag(slug=slug, matches=tuple(matches), salience=0.5, about=True)


def source(
    entry: Entry, *, feed: str = WIRE, title: str | None = "The Wire", tags: tuple[Tag, ...] = ()
) -> Source:
    home = re.sub(r"(?<=[^/])/[^/].*", "/", feed) if feed.startswith("http") else None
    return Source(
        id=1, feed=feed, feed_title=title, feed_home=home, entry=entry, first_seen=NOON, tags=tags
    )


def entry(number: int = 1, **changes: object) -> Entry:
    """An ordinary entry; `changes` are fields of Entry."""
    text = (
        f"The ministers met for the {number}. time this year. Lavrov spoke first, "
        "and Federica Mogherini answered him at length."
    )
    made = Entry(
        guid=f"g{number}",
        link=f"https://wire.example/{number}",
        title=f"Lavrov in Milan, day {number}",
        published=NOON,
        authors=("Ada Writer",),
        content=f"<p>{text}</p>",
        text=text,
        language="en",
    )
    return replace(made, **changes)  # type: ignore[arg-type]  # names are checked at run time


def item(number: int = 1, *others: Source, lead: Entry | None = None, **changes: object) -> Item:
    """An item of one ordinary source, and others; `changes` are fields of Item."""
    said = lead or entry(number)
    tags = (
        tag_of("federica-mogherini", said, "Federica Mogherini"),
        tag_of("sergei-lavrov", said, "Lavrov"),
    )
    at = NOON + timedelta(hours=number)
    made = Item(
        number=number,
        id=f"urn:uuid:00000000-0000-4000-8000-{number:012}",
        url=said.link,
        title=said.title,
        published=at,
        updated=at,
        at=at,
        sources=(source(said, tags=tags), *others),
        tags=(
            ItemTag("federica-mogherini", about=False, salience=0.2),
            ItemTag("sergei-lavrov", about=True, salience=0.8),
        ),
    )
    return replace(made, **changes)  # type: ignore[arg-type]  # names are checked at run time


def channel(kind: ChannelKind = "tag") -> Channel:
    match kind:
        case "all":
            return Channel("all", "", "Everything")
        case "search":
            return Channel("search", "q=Milan", "Search: Milan")
        case "view":
            return Channel("view", "eu-russia", "EU and Russia")
        case "tag":
            return Channel("tag", LAVROV.slug, LAVROV.name)
        case "about":
            return Channel("about", LAVROV.slug, f"About {LAVROV.name}")
        case "search":
            return Channel("search", "q=Lavrov&tag=sergei-lavrov", "Lavrov")


def contents(
    *items: Item, kind: ChannelKind = "tag", archive: int | None = None
) -> ChannelContents:
    newest_first = tuple(sorted(items, key=lambda item: item.at, reverse=True))
    return ChannelContents(
        channel=channel(kind), items=newest_first, total=len(items), archive=archive
    )


def whole(layout: Layout, items: Iterable[Item], edition: Edition) -> Output:
    """A document as it is when nothing was published before."""
    strips = [poured(one, layout.make(one)) for one in (mould(item, edition) for item in items)]
    return Output(layout.path, body_of(layout.bind(strips)))


def outputs_of(shown: ChannelContents, edition: Edition) -> list[Output]:
    layouts = outputs.layouts_of(shown, edition, [one.number for one in shown.items])
    return [whole(layout, shown.items, edition) for layout in layouts]


def month_output(
    shown: ChannelContents, month: date, items: Sequence[Item], edition: Edition
) -> Output:
    layout = outputs.month_layout(shown, month, [one.number for one in items], edition)
    return whole(layout, items, edition)


def month_page(
    shown: ChannelContents, month: date, items: Sequence[Item], edition: Edition
) -> bytes:
    return month_output(shown, month, items, edition).body


def archive_output(
    shown_in: Channel, document: ArchiveDocument, items: Sequence[Item], edition: Edition
) -> Output:
    layout, _ = outputs.archive_layouts(shown_in, document, [one.number for one in items], edition)
    return whole(layout, items, edition)
