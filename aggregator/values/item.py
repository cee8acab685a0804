"""Entries, which feeds say, and items, which are ours."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, TypeAlias

from aggregator.values.feed import Hints
from aggregator.values.tag import Document, Tag


@dataclass(frozen=True, slots=True)
class Category:
    """A label the publisher gave (RFC 4287 §4.2.2)."""

    term: str
    scheme: str | None = None
    label: str | None = None

    @property
    def name(self) -> str:
        """What people read: the label, else the term."""
        return self.label or self.term


@dataclass(frozen=True, slots=True)
class Enclosure:
    """Attached media."""

    url: str  # http(s)
    media_type: str | None = None
    length: int | None = None  # bytes, as the feed claims
    title: str | None = None


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that stands for the entry."""

    url: str  # http(s)
    caption: str | None = None  # plain text
    width: int | None = None  # pixels
    height: int | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """What one feed says: parsed, not yet judged. All text is plain, but for the two HTML fields."""

    guid: str | None = None  # opaque, compared byte by byte
    link: str | None = None  # absolute http(s)
    title: str | None = None
    published: datetime | None = None  # aware UTC
    updated: datetime | None = None  # aware UTC
    authors: tuple[str, ...] = ()
    categories: tuple[Category, ...] = ()
    summary: str | None = None  # sanitised HTML with absolute links
    content: str | None = None  # sanitised HTML with absolute links; None: the summary is all
    text: str = ""  # all there is to read: content or summary, captions, alt texts
    enclosures: tuple[Enclosure, ...] = ()
    picture: Picture | None = None
    language: str | None = None  # BCP 47
    guid_is_link: bool = False  # RSS isPermaLink, said or implied
    comments: str | None = None  # address of the comments page
    via: str | None = None  # the address behind a redirector that the feed itself gives (origLink)

    def document(self) -> Document:
        """The entry as the tagger reads it."""
        return Document(
            title=self.title or "",
            text=self.text,
            categories=tuple(category.name for category in self.categories),
            language=self.language,
        )


@dataclass(frozen=True, slots=True)
class ParsedFeed:
    """A feed document, read."""

    title: str | None = None
    home: str | None = None  # absolute http(s)
    language: str | None = None
    icon: str | None = None
    hub: str | None = None
    self_link: str | None = None
    version: str = ""  # "rss20", "atom10", "json11", ...
    hints: Hints = field(default_factory=Hints)
    entries: tuple[Entry, ...] = ()  # in document order
    notes: tuple[str, ...] = ()  # what was odd, a line each: "not well formed: ..."
    marks: tuple[bytes, ...] = ()  # of each entry: of all that reading it depends on; or none
    seen: tuple[bytes, ...] = ()  # marks of entries that were not read, as they were seen before


@dataclass(frozen=True, slots=True)
class Prints:
    """What an entry is looked up by: 64-bit signed hashes, None where the entry gives nothing."""

    guid: int | None  # of the guid, verbatim
    link: int | None  # of the canonical link
    title: int | None  # of title and date, folded; of the text where there is no title
    digest: int  # of all that makes a revision when it changes
    bands: tuple[int, ...] = ()  # near-duplicates share at least one
    sketch: int = 0  # bits of the text's words, of which near-duplicates share many; 0: not made

    def name_the_same(self, other: "Prints") -> bool:
        """Whether all but bands and sketch is equal."""
        return (self.guid, self.link, self.title, self.digest) == (
            other.guid,
            other.link,
            other.title,
            other.digest,
        )

    def share_a_name(self, other: "Prints") -> bool:
        """Whether the guid, the link or title and date are the same, of those that there are."""
        return (
            (self.guid is not None and self.guid == other.guid)
            or (self.link is not None and self.link == other.link)
            or (self.title is not None and self.title == other.title)
        )


@dataclass(frozen=True, slots=True)
class KnownEntry:
    """A stored entry, as much of it as deciding needs."""

    id: int
    item_id: int
    feed_id: int
    prints: Prints
    guid: str | None
    link: str | None
    title: str | None
    text: str
    published: datetime | None
    first_seen: datetime

    def sharing(self, bands: Iterable[int]) -> "KnownEntry":
        """The same, found by these bands."""
        bands = tuple(bands)
        if bands == self.prints.bands:
            return self
        prints = self.prints  # written out, as `replace` takes four times as long: they are many
        return KnownEntry(
            self.id,
            self.item_id,
            self.feed_id,
            Prints(prints.guid, prints.link, prints.title, prints.digest, bands, prints.sketch),
            self.guid,
            self.link,
            self.title,
            self.text,
            self.published,
            self.first_seen,
        )


@dataclass(frozen=True, slots=True)
class Known:
    """What the store holds that the entries of one document may be."""

    mine: tuple[KnownEntry, ...] = ()  # of the same feed, sharing any print or a band
    others: tuple[KnownEntry, ...] = ()  # of other feeds, sharing a link print or a band
    tombstones: frozenset[int] = frozenset()  # guid, link, title prints of what retention removed
    parted: frozenset[int] = frozenset()  # items that an editor parted from this feed


@dataclass(frozen=True, slots=True)
class New:
    """Never seen, in any feed: becomes an item."""

    entry: Entry
    prints: Prints
    reason: str


@dataclass(frozen=True, slots=True)
class Duplicate:
    """New in this feed, but an item that another entry brought already: becomes a source of it."""

    entry: Entry
    prints: Prints
    of: KnownEntry
    reason: str


@dataclass(frozen=True, slots=True)
class Revised:
    """A known entry that says something else now."""

    entry: Entry
    prints: Prints
    known: KnownEntry
    reason: str  # what changed: "title", "text"


@dataclass(frozen=True, slots=True)
class Seen:
    """A known entry with nothing to tell; `prints` are those of today."""

    prints: Prints
    known: KnownEntry | None  # None: retention removed it, and the feed still lists it
    reason: str


Decision: TypeAlias = New | Duplicate | Revised | Seen

UNSTORED = 1 << 62
"""The number, until it is stored, of the first new item of documents judged together; and so on."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A document, judged; several are stored together."""

    feed_id: int  # each of another feed
    decisions: Sequence[Decision]  # one for each entry, in document order
    tags: Sequence[Sequence[Tag]]  # of each entry, for those that are new or revised


@dataclass(frozen=True, slots=True)
class Recorded:
    """What recording one document came to."""

    new: int = 0  # items
    updated: int = 0  # items
    duplicates: int = 0  # entries that joined an item
    items: frozenset[int] = frozenset()  # whose tags, channels or words may have changed


@dataclass(frozen=True, slots=True)
class Source:
    """An entry that witnesses an item."""

    id: int  # of the entry
    feed: str  # address as in feeds.yaml
    feed_title: str | None
    feed_home: str | None
    entry: Entry
    first_seen: datetime
    tags: tuple[Tag, ...] = ()  # by rule; offsets point into `entry`


@dataclass(frozen=True, slots=True)
class ItemTag:
    """A tag of an item: of any of its sources, or by an editor's verdict."""

    slug: str
    about: bool
    salience: float
    by: Literal["rule", "editor"] = "rule"


@dataclass(frozen=True, slots=True)
class Headline:
    """A title the item had before."""

    title: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Item:
    """One piece of news, carried by one or more entries."""

    number: int  # ours, within the store; also the order of arrival
    id: str  # permanent: urn:uuid:...
    url: str | None  # http(s), of the lead source
    title: str | None
    published: datetime | None  # as the feed gave it
    updated: datetime  # last real change; at first the publication
    at: datetime  # published, else first seen: never None, what lists are sorted by
    sources: tuple[Source, ...]  # the lead first
    tags: tuple[ItemTag, ...] = ()  # by slug
    earlier: tuple[Headline, ...] = ()  # headlines it had, newest first
    denied: frozenset[str] = frozenset()  # slugs an editor took away, whatever the rules say

    @property
    def lead(self) -> Source:
        """The source whose words are shown."""
        return self.sources[0]

    @property
    def slugs(self) -> tuple[str, ...]:
        """Slugs of the tags."""
        return tuple(tag.slug for tag in self.tags)

    @property
    def known_slugs(self) -> frozenset[str]:
        """Slugs that the item has, or that an editor took from it."""
        return self.denied | set(self.slugs)

    def slugs_with(self, tags: Mapping[int, Sequence[Tag]]) -> set[str]:
        """Slugs it would have if the rules gave its sources these tags, by entry."""
        by_rule = {tag.slug for source in self.sources for tag in tags[source.id]}
        by_editor = {tag.slug for tag in self.tags if tag.by == "editor"}
        return (by_rule - self.denied) | by_editor
