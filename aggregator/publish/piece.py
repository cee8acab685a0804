"""An item as every format shows it: checked addresses, clean lines, one place for each choice.

Titles, names and labels come out plain: whoever puts them into markup escapes them. `summary_html`
and `content_html` were sanitised when they were parsed, and what is added here is escaped.
"""

import html
import mimetypes
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Literal, Protocol
from urllib.parse import quote, urlsplit
from uuid import NAMESPACE_URL, uuid5

from aggregator import urls
from aggregator.publish import plan, why
from aggregator.publish.text import clean, language, media_type, one_line, shortened
from aggregator.values.item import Enclosure, Item, Picture, Source
from aggregator.values.output import Channel, ChannelContents, Edition

_HEADLINE = 100  # characters of text that stand in for a missing title
_EXTRACT = 300  # characters of a plain summary
_MEDIA_TYPES = mimetypes.MimeTypes()  # the table of the language, not of the machine

_HOST = re.compile(r"[a-z]+://[^/?#]*", re.IGNORECASE)
_FORGIVEN = re.compile(r"[\[\]]|%(?![0-9A-Fa-f]{2})")


@dataclass(frozen=True, slots=True)
class Label:
    """A category as it is published: a tag of ours or a publisher's."""

    term: str
    scheme: str | None
    label: str | None


@dataclass(frozen=True, slots=True)
class Attachment:
    """An enclosure fit to be published."""

    url: str
    media_type: str
    length: int | None  # bytes
    title: str | None


@dataclass(frozen=True, slots=True)
class Reference:
    """A further address of the same news."""

    rel: Literal["via", "related"]  # where we have it from; who else carries it
    href: str
    title: str


@dataclass(frozen=True, slots=True)
class Credit:
    """A feed that brought the news, and where it has it."""

    name: str  # of the feed
    url: str | None


@dataclass(frozen=True, slots=True)
class Origin:
    """The feed that the shown words come from (RFC 4287 §4.2.11)."""

    id: str  # a URI
    title: str
    feed: str | None  # None: a local file
    home: str | None
    updated: datetime


@dataclass(frozen=True, slots=True)
class Piece:
    """An item in a channel, ready for any format."""

    id: str
    title: str  # never empty
    url: str  # the article; our page where no source has a link
    page: str  # our page
    published: datetime
    updated: datetime
    authors: tuple[str, ...]  # never empty: the feed, where it names nobody
    summary_html: str | None  # beside a content only
    content_html: str  # never empty; with the why-line
    extract: str  # plain
    tags: tuple[Label, ...]
    about: frozenset[str]  # slugs of the tags it is about, more than names
    categories: tuple[Label, ...]
    attachments: tuple[Attachment, ...]
    picture: Picture | None
    language: str | None
    origin: Origin
    references: tuple[Reference, ...]
    credits: tuple[Credit, ...]
    why: str | None


def piece(item: Item, channel: Channel, edition: Edition) -> Piece:
    """The item as the channel shows it."""
    bare = plain(item, edition)
    reason = why.line(item, plan.shown_slugs(channel, item.slugs), edition.people)
    if reason is None:
        return bare
    return replace(bare, content_html=bare.content_html + why.paragraph(reason), why=reason)


def with_gap(bare: Piece, gap: str) -> Piece:
    """The same where it is open what the channel's why-line says."""
    return replace(bare, content_html=bare.content_html + gap, why=gap)


def plain(item: Item, edition: Edition) -> Piece:
    """The item without a why-line, in which alone channels differ."""
    lead = item.lead
    page = edition.site.url + plan.item_path(item)
    content = lead.entry.content or lead.entry.summary or f"<p>{html.escape(headline(item))}</p>"
    return Piece(
        id=item.id,
        title=headline(item),
        url=article(item) or page,
        page=page,
        published=item.at.replace(microsecond=0),
        updated=item.updated.replace(microsecond=0),
        authors=authors(lead),
        summary_html=clean(lead.entry.summary or "") if lead.entry.content else None,
        content_html=clean(content),
        extract=shortened(lead.entry.text, _EXTRACT),
        tags=tuple(_tags(item, edition)),
        about=frozenset(tag.slug for tag in item.tags if tag.about),
        categories=tuple(_categories(item.sources)),
        attachments=_attachments(item.sources),
        picture=picture(item),
        language=language(lead.entry.language or edition.languages.get(lead.feed)),
        origin=_origin(lead),
        references=tuple(_references(item)),
        credits=tuple(
            Credit(feed_name(source), web_address(source.entry.link)) for source in item.sources
        ),
        why=None,
    )


def pieces_of(contents: ChannelContents, edition: Edition) -> tuple[Piece, ...]:
    """The items of a channel as every format shows them, in its order."""
    return tuple(piece(item, contents.channel, edition) for item in contents.items)


class Speaking(Protocol):
    """What may declare a language."""

    @property
    def language(self) -> str | None:
        """As xml:lang has it."""


def common_language(pieces: Iterable[Speaking]) -> str | None:
    """The language that all pieces declare; None when they differ or one says nothing."""
    languages = {shown.language for shown in pieces}
    return languages.pop() if len(languages) == 1 else None


@lru_cache(maxsize=4096)
def web_address(url: str | None) -> str | None:
    """The address as it may be published; None where it is none of the web.

    Credentials go, and what no address may hold is quoted.
    """
    address = urls.absolute("", urls.without_credentials(clean(url))) if url else None
    return _well_formed(address) if address else None


def _well_formed(address: str) -> str:
    """The address with what browsers forgive, and RFC 3986 does not, quoted.

    That is brackets outside of a host (§3.2.2), a second "#" (§3.5), and "%" without a number (§2.1).
    """
    start = _HOST.match(address)
    behind = start.end() if start else 0
    rest, mark, fragment = address[behind:].partition("#")
    rest += mark + fragment.replace("#", "%23")
    return address[:behind] + _FORGIVEN.sub(lambda found: quote(found[0]), rest)


def article(item: Item) -> str | None:
    """Where the news can be read: at the lead, else at the first source that has a link."""
    links = (item.url, *(source.entry.link for source in item.sources))
    return next(filter(None, map(web_address, links)), None)


def headline(item: Item) -> str:
    """The title, or what stands in for it: the start of the text, the name of the feed."""
    said = one_line(item.title or "") or shortened(item.lead.entry.text, _HEADLINE)
    return said or f"Untitled, from {feed_name(item.lead)}"


def feed_name(source: Source) -> str:
    """What a feed is called where it is credited."""
    return _feed_name(source.feed, source.feed_title)


@lru_cache(maxsize=1024)
def _feed_name(url: str, title: str | None) -> str:
    return one_line(title or "") or urls.host(url) or urls.without_credentials(url)


def authors(source: Source) -> tuple[str, ...]:
    """Who wrote the words: the feed is credited where it names nobody."""
    named = tuple(dict.fromkeys(filter(None, map(one_line, source.entry.authors))))
    return named or (feed_name(source),)


def picture(item: Item) -> Picture | None:
    """The picture of the first source that has one."""
    for source in item.sources:
        shown = source.entry.picture
        if shown is not None and (url := web_address(shown.url)):
            caption = one_line(shown.caption or "") or None
            return Picture(url, caption, _pixels(shown.width), _pixels(shown.height))
    return None


def _pixels(size: int | None) -> int | None:
    return size if size is not None and 0 < size < 100_000 else None  # noqa: PLR2004  no picture is wider


def _tags(item: Item, edition: Edition) -> Iterator[Label]:
    for tag in item.tags:
        person = edition.people.get(tag.slug)
        name = one_line(person.name) if person else tag.slug
        yield Label(tag.slug, f"{edition.site.url}tags/", name)


def _categories(sources: Iterable[Source]) -> Iterator[Label]:
    seen: set[str] = set()
    for source in sources:
        for category in source.entry.categories:
            term, label = one_line(category.term), one_line(category.label or "") or None
            name = label or term
            if name and name.casefold() not in seen:
                seen.add(name.casefold())
                yield Label(term or name, web_address(category.scheme), label)


def _attachments(sources: Iterable[Source]) -> tuple[Attachment, ...]:
    """Those of the first source that has any: wire copy would repeat them at other addresses."""
    for source in sources:
        found = {made.url: made for made in map(_attachment, source.entry.enclosures) if made}
        if found:
            return tuple(found.values())
    return ()


def _attachment(enclosure: Enclosure) -> Attachment | None:
    url = web_address(enclosure.url)
    if url is None:
        return None
    guessed = _MEDIA_TYPES.guess_type(urlsplit(url).path)[0]
    return Attachment(
        url=url,
        media_type=media_type(enclosure.media_type) or guessed or "application/octet-stream",
        length=enclosure.length if (enclosure.length or 0) > 0 else None,
        title=one_line(enclosure.title or "") or None,
    )


def _origin(source: Source) -> Origin:
    feed = web_address(source.feed)
    entry = source.entry
    return Origin(
        id=feed or uuid5(NAMESPACE_URL, source.feed).urn,
        title=feed_name(source),
        feed=feed,
        home=web_address(source.feed_home),
        updated=(entry.updated or entry.published or source.first_seen).replace(microsecond=0),
    )


def _references(item: Item) -> Iterator[Reference]:
    """The articles of the other sources, each once, then the feeds that brought any of them."""
    known = {article(item)}
    for source in item.sources:
        url = web_address(source.entry.link)
        if url and url not in known:
            known.add(url)
            yield Reference("related", url, feed_name(source))
    for source in item.sources:
        url = web_address(source.feed_home) or web_address(source.feed)
        if url and url not in known:
            known.add(url)
            yield Reference("via", url, feed_name(source))
