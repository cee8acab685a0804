"""What feeds.yaml may say: every key, its type, its range and its default with unit and reason.

An empty value counts as an absent one.
"""

import json
from datetime import timedelta
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    WithJsonSchema,
)

from aggregator.config import addresses, checks, names, units

INTERVAL = timedelta(minutes=60)  # what publishers' own rules ask of readers
MIN_INTERVAL = timedelta(minutes=15)  # no publisher minds, and news is not late
MAX_INTERVAL = timedelta(hours=24)  # a silent feed that wakes is seen within a day

_VARIABLE = r"\$\{[A-Za-z_][A-Za-z0-9_]*\}"  # may stand anywhere in a text


def _or_variable(pattern: str, **more: object) -> dict[str, object]:
    """JSON Schema of a text with this shape, or with an environment variable in it."""
    return {"type": "string", "pattern": f"^{pattern}$|{_VARIABLE}", **more}


_DURATION_SCHEMA = WithJsonSchema(_or_variable(units.DURATION_PATTERN))
Interval: TypeAlias = Annotated[
    timedelta, BeforeValidator(checks.between("1s", "30d")), _DURATION_SCHEMA
]  # 1 s serves tests and bridges of one's own; beyond 30 days a feed is as good as not polled
Timeout: TypeAlias = Annotated[
    timedelta, BeforeValidator(checks.between("1s", "5m")), _DURATION_SCHEMA
]
Age: TypeAlias = Annotated[
    timedelta, BeforeValidator(checks.between("1d", "100y")), _DURATION_SCHEMA
]
Size: TypeAlias = Annotated[
    int, BeforeValidator(checks.byte_count), WithJsonSchema(_or_variable(units.SIZE_PATTERN))
]
Line: TypeAlias = Annotated[
    str, AfterValidator(checks.line), Field(json_schema_extra={"minLength": 1})
]
Spelling: TypeAlias = Annotated[
    str, AfterValidator(checks.spelling), Field(json_schema_extra={"minLength": 1})
]
HeadlineTest: TypeAlias = Annotated[
    str, AfterValidator(checks.headline), Field(json_schema_extra={"minLength": 1})
]
Slug: TypeAlias = Annotated[
    str, AfterValidator(checks.slug), WithJsonSchema(_or_variable(names.SLUG_PATTERN))
]
Group: TypeAlias = Annotated[
    str, AfterValidator(checks.group), WithJsonSchema(_or_variable('[^"]+'))
]
Language: TypeAlias = Annotated[
    str, AfterValidator(checks.language), WithJsonSchema(_or_variable(checks.LANGUAGE.pattern))
]
FeedAddress: TypeAlias = Annotated[
    str,
    AfterValidator(addresses.feed),
    WithJsonSchema({"type": "string", "pattern": rf"^(https?://|file:).|{_VARIABLE}"}),
]
WebAddress: TypeAlias = Annotated[
    str,
    AfterValidator(addresses.http),
    WithJsonSchema({"type": "string", "pattern": rf"^https?://.|{_VARIABLE}"}),
]
HostAndPort: TypeAlias = Annotated[
    str, AfterValidator(addresses.host_and_port), WithJsonSchema(_or_variable(r".+:[0-9]+"))
]


class Section(BaseModel):
    """What all parts of the file share: no unknown keys, no type taken for another."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Site(Section):
    """How the published site presents itself."""

    title: Line = Field(
        default="Aggregator",
        description="Title of the index page, and part of every feed's title.",
        examples=["Diplomacy Watch"],
    )
    url: Annotated[
        str,
        AfterValidator(checks.site_url),
        WithJsonSchema({"type": "string", "pattern": rf"^https?://[^?#]+$|{_VARIABLE}"}),
    ] = Field(
        default="http://localhost:8000/",  # where `aggregator serve` listens unless told otherwise
        description="Address under which the published files are reached; all links start with it.",
        examples=["https://news.example.org/"],
    )
    contact: (
        Annotated[
            str,
            AfterValidator(checks.contact),
            WithJsonSchema(_or_variable(r"(mailto:.+@.+|https?://.+)")),
        ]
        | None
    ) = Field(
        default=None,  # nobody's address can be made up
        description="How publishers reach us; sent in User-Agent and shown on the pages.",
        examples=["mailto:desk@example.org"],
    )
    hub: WebAddress | None = Field(
        default=None,  # readers poll; a hub only makes them faster
        description="WebSub hub that is told of every change.",
        examples=["https://hub.example.org/"],
    )


class Poll(Section):
    """How feeds are fetched."""

    interval: Interval | None = Field(
        default=None,  # INTERVAL
        description="Time between polls of a feed whose rhythm is not known yet. Default 60m.",
        examples=["60m"],
    )
    min_interval: Interval | None = Field(
        default=None,  # MIN_INTERVAL, or `interval` if that is less
        description="However often a feed has news, it is not polled more often. Default 15m.",
        examples=["15m"],
    )
    max_interval: Interval | None = Field(
        default=None,  # MAX_INTERVAL, or `interval` if that is more
        description="However silent a feed is, it is polled this often. Default 24h.",
        examples=["24h"],
    )
    timeout: Timeout = Field(
        default=timedelta(
            seconds=20
        ),  # a slow press office answers in ten; a dead one must not hold a slot
        description="For a whole exchange, redirects included. Default 20s.",
        examples=["20s"],
        json_schema_extra={"default": "20s"},
    )
    concurrency: int = Field(
        default=64,  # exchanges; keeps one small machine busy without starving its memory
        ge=1,
        le=1000,
        description="Exchanges at once.",
    )
    per_host: int = Field(
        default=2,  # connections; as many as a polite browser of old
        ge=1,
        le=1000,
        description="Exchanges at once with one host.",
    )
    max_bytes: Size = Field(
        default=10_000_000,  # bytes; the largest honest feeds have some 5 MB
        description="Size of a body, as sent and as decoded, beyond which it is given up."
        " Default 10MB.",
        examples=["10MB"],
        json_schema_extra={"default": "10MB"},
    )
    allow_private_networks: bool = Field(
        default=False,  # an address in feeds.yaml, or a redirect, must not reach what only this machine can
        description="May feeds lie on private addresses (10.0.0.0/8, localhost, ...)?",
    )
    allow_hosts: list[HostAndPort] = Field(
        default=[],  # a bridge of one's own is named here
        description="Hosts with port that may be private all the same.",
        examples=[["127.0.0.1:8080"]],
    )
    proxy: (
        Annotated[str, AfterValidator(checks.proxy), WithJsonSchema(_or_variable(r"http://.+"))]
        | None
    ) = Field(
        default=None,  # direct; the environment's proxy variables are not looked at
        description="HTTP proxy for every exchange.",
        examples=["http://proxy.example.org:3128"],
    )
    websub: bool = Field(
        default=True,  # fresher than any polling, for less
        description="May `serve` subscribe to feeds that name a WebSub hub? Their hubs then call"
        " site.url.",
    )


class Publish(Section):
    """What is published, and where."""

    entries: int = Field(
        default=50,  # items: a reader that looks once a day misses none of a person in the news
        ge=1,
        le=1000,
        description="Items in a feed; older ones are in its archive.",
    )
    to: Annotated[str, AfterValidator(checks.outlet), Field(json_schema_extra={"minLength": 1})] = (
        Field(
            default="public/",
            description="Folder for the published files, below the instance; or a bucket of an"
            " object store, s3://bucket/folder.",
            examples=["public/", "s3://diplomacy-watch/site"],
        )
    )
    compress: bool = Field(
        default=True,  # few CDNs compress Atom and JSON Feed by themselves
        description="Are feeds and pages in a bucket stored as gzip? false: for a CDN that"
        " compresses everything by itself, and for readers that cannot take gzip.",
    )


class Keep(Section):
    """How long what was polled is kept."""

    items: Age | None = Field(
        default=None,  # for ever: a million items take some 2 GB
        description="Age beyond which items are removed; those an editor corrected stay."
        " Without it, all are kept.",
        examples=["5y"],
    )


class Feed(Section):
    """A feed to poll; its address alone may stand for it."""

    url: FeedAddress = Field(
        description="http:// or https:// address, or file: with a path below the instance.",
        examples=["https://example.org/feed.xml", "file:samples/wire.xml"],
    )
    title: Line | None = Field(default=None, description="Shown instead of the feed's own title.")
    interval: Interval | None = Field(
        default=None,
        description="Time between polls, fixed; without it, the feed's rhythm decides.",
        examples=["10m"],
    )
    language: Language | None = Field(
        default=None,
        description="Language of the feed, where the feed itself says none or a wrong one.",
        examples=["de"],
    )
    groups: list[Group] = Field(
        default=[],
        description="Labels that views can name (group:eu), and folders of feeds.opml.",
        examples=[["eu", "wire"]],
    )
    headers: dict[
        Annotated[str, AfterValidator(checks.header_name)],
        Annotated[str, AfterValidator(checks.header_value)],
    ] = Field(
        default={},
        description="Sent with every request to the feed's own host, and to no other.",
        examples=[{"Authorization": "Bearer ${EXAMPLE_TOKEN}"}],
    )


class Person(Section):
    """Somebody whose name becomes a tag."""

    name: Spelling = Field(description="Full name, as shown.", examples=["Sergey Lavrov"])
    slug: Slug | None = Field(
        default=None,
        description="The tag, as in addresses; from the name if absent. Changing it starts a new"
        " feed.",
        examples=["sergei-lavrov"],
    )
    aliases: list[Spelling] = Field(
        default=[],
        description="Other names and spellings, above all in other scripts; inflected forms and"
        " accents are found by rule.",
        examples=[["Sergei Lavrov", "Лавров"]],
    )
    surname: Literal["auto", "always", "never"] = Field(
        default="auto",
        description="May the surname alone count? auto: if it is distinctive or the text has the"
        " full name, too.",
    )
    exclude: list[Spelling] = Field(
        default=[],
        description="Phrases in which the name never counts.",
        examples=[["Lavrov Foundation"]],
    )
    must: list[HeadlineTest] = Field(
        default=[],
        description="Headline tests: `aggregator check` fails unless these get the tag.",
        examples=[["Lavrov arrives in Milan"]],
    )
    must_not: list[HeadlineTest] = Field(
        default=[],
        description="Headline tests: `aggregator check` fails if these get the tag.",
        examples=[["Pianist Kirill Lavrov on tour"]],
    )
    wikidata: (
        Annotated[
            str, AfterValidator(checks.wikidata), WithJsonSchema(_or_variable("Q[1-9][0-9]*"))
        ]
        | None
    ) = Field(
        default=None,
        description="Item in Wikidata, published with the tag and used to propose aliases.",
        examples=["Q58217"],
    )


class View(Section):
    """A feed of our own over an expression."""

    slug: Slug = Field(description="As in addresses.", examples=["eu-russia"])
    title: Line = Field(description="As shown.", examples=["EU and Russia"])
    match: Annotated[str, Field(json_schema_extra={"minLength": 1})] = Field(
        description="`and`, `or`, `not` and parentheses over people's slugs, group:NAME,"
        " feed:ADDRESS and lang:CODE.",
        examples=["federica-mogherini and sergei-lavrov", "group:eu and not lang:fr"],
    )


class Alert(Section):
    """Somewhere to send a message when something happens."""

    url: WebAddress = Field(
        description="http:// or https:// address that takes a JSON document by POST.",
        examples=["https://hooks.example.org/${HOOK_TOKEN}"],
    )
    on: list[
        Annotated[
            str,
            AfterValidator(checks.occasion),
            WithJsonSchema(_or_variable(rf"(feed-failed|silence|burst|tag:{names.SLUG_PATTERN})")),
        ]
    ] = Field(
        min_length=1,
        description="What to tell of: feed-failed, silence, burst, or tag:SLUG for new items.",
        examples=[["feed-failed", "silence", "burst", "tag:sergei-lavrov"]],
    )
    secret: str | None = Field(
        default=None,
        description="Signs what is sent: X-Hub-Signature-256 holds the HMAC-SHA256 of the body.",
        examples=["${ALERT_SECRET}"],
    )


class FeedsFile(Section):
    """feeds.yaml: what an instance of aggregator polls, whom it looks for, what it publishes."""

    site: Site = Field(default=Site(), description="How the published site presents itself.")
    database: Annotated[
        str,
        AfterValidator(checks.database),
        WithJsonSchema(_or_variable(r"(sqlite:///.+|postgresql(\+psycopg)?://.+)")),
    ] = Field(
        default="sqlite:///db/aggregator.db",
        description="SQLite file relative to this file's folder, or a PostgreSQL database."
        " AGGREGATOR_DATABASE in the environment wins.",
    )
    poll: Poll = Field(default=Poll(), description="How feeds are fetched.")
    publish: Publish = Field(default=Publish(), description="What is published, and where.")
    keep: Keep = Field(default=Keep(), description="How long what was polled is kept.")
    feeds: list[Feed] = Field(default=[], description="The feeds to poll.")
    people: list[Person] = Field(default=[], description="Whose names become tags.")
    views: list[View] = Field(default=[], description="Feeds over expressions.")
    alerts: list[Alert] = Field(default=[], description="Whom to tell when something happens.")


def json_schema() -> dict[str, Any]:
    """JSON Schema of feeds.yaml, for editors that complete and check while typing.

    Draft 7, because that is what all of them know. Wider than what `load` takes: it knows nothing
    of ranges of durations, of doubles, and of names that only exist elsewhere in the file.
    """
    schema = FeedsFile.model_json_schema(ref_template="#/definitions/{model}")
    definitions = schema.pop("$defs")
    for key in ("site", "poll", "publish", "keep"):
        schema["properties"][key].pop("default", None)  # the defaults stand with each key
    address = definitions["Feed"]["properties"]["url"]
    schema["properties"]["feeds"]["items"] = {
        "anyOf": [
            {"type": "string", "pattern": address["pattern"], "description": "Its address alone."},
            {"$ref": "#/definitions/Feed"},
        ]
    }
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        **schema,
        "title": "feeds.yaml of aggregator",
        "definitions": definitions,
    }


def json_schema_text() -> str:
    """The same as the text of `feeds.schema.json`."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"
