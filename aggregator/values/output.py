"""What is published: channels, and the files that show them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Literal, TypeAlias

from aggregator.values.feed import FeedSettings
from aggregator.values.item import Item
from aggregator.values.tag import Person

ChannelKind: TypeAlias = Literal["tag", "about", "view", "all", "search"]


@dataclass(frozen=True, slots=True)
class Site:
    """The `site` section of feeds.yaml."""

    title: str
    url: str  # absolute, ends in "/"
    contact: str | None
    hub: str | None  # WebSub


@dataclass(frozen=True, slots=True)
class View:
    """A feed of our own over an expression (see aggregator.expression)."""

    slug: str
    title: str
    match: str


@dataclass(frozen=True, slots=True)
class PublishSettings:
    """The `publish` section of feeds.yaml."""

    entries: int  # in a subscription document
    to: str  # folder, relative to the instance, or "s3://bucket/prefix"
    compress: bool = True  # in a bucket


@dataclass(frozen=True, slots=True)
class Channel:
    """Something that can be followed: a person, what is about one, a view, everything, a search."""

    kind: ChannelKind
    slug: str  # "" for all; of a search, its query as it stands in an address
    title: str  # a person's name, a view's title, the words that are searched for

    @property
    def key(self) -> str:
        """Its name in the store: "tag:sergei-lavrov", "view:eu", "all"."""
        return f"{self.kind}:{self.slug}" if self.slug else self.kind

    @property
    def path(self) -> str:
        """Its folder below `public/`, without slashes at the ends."""
        match self.kind:
            case "tag":
                return f"tags/{self.slug}"
            case "about":
                return f"tags/{self.slug}/about"
            case "view":
                return f"views/{self.slug}"
            case "all":
                return "all"
            case "search":
                return "search"


@dataclass(frozen=True, slots=True)
class Known:
    """A channel, and what it would be known by if it had another slug."""

    channel: Channel
    marks: tuple[str, ...]  # "wikidata:Q58217", "name:sergey lavrov"; the surest first
    gone: datetime | None = None  # since when it is listed no more


@dataclass(frozen=True, slots=True)
class Departed:
    """A channel that was published once, and is no more."""

    channel: Channel
    since: datetime
    successor: Channel | None  # the same under another slug


@dataclass(frozen=True, slots=True)
class ChannelContents:
    """What the outputs of one channel show."""

    channel: Channel
    items: tuple[Item, ...]  # newest first; as many as a subscription document holds
    total: int  # items in the channel
    months: tuple[tuple[date, int], ...] = ()  # first day of a month, items in it; newest first
    together: tuple[tuple[str, int], ...] = ()  # slugs most often named with it, and how often
    archive: int | None = None  # the archive document in which the subscription document goes on


@dataclass(frozen=True, slots=True)
class ArchiveDocument:
    """A closed archive document of a channel (RFC 5005 §4)."""

    number: int
    before: int | None  # number of the one before it; None: it is the oldest


@dataclass(frozen=True, slots=True)
class ChannelSummary:
    """A channel as a line of the index."""

    channel: Channel
    total: int
    latest: datetime | None
    days: tuple[int, ...]  # items on each of the last 90 days with news, oldest first


@dataclass(frozen=True, slots=True)
class Edition:
    """All that renderers need to know besides what a channel contains."""

    site: Site
    people: Mapping[str, Person]  # by slug
    feeds: tuple[FeedSettings, ...]
    publish: PublishSettings
    interval: timedelta  # how soon it may be worth asking again: what subscribers are told
    version: str  # of this program
    languages: Mapping[str, str] = field(default_factory=dict)  # of feeds, as feeds.yaml says them
    departed: tuple[Departed, ...] = ()  # channels whose addresses still answer


@dataclass(frozen=True, slots=True)
class Output:
    """One file to publish."""

    path: str  # below `public/`, with "/"
    body: bytes
