"""Atom 1.0 (RFC 4287): documents through feedgen, their entries written here.

An entry is written by one function, byte for byte as feedgen would: a document has fifty, and
feedgen takes ten times as long for each. What feedgen 1.0.0 leaves out or gets wrong in entries
is right here: enclosures keep their type and length
(https://github.com/lkiesow/python-feedgen/issues/135), `atom:source` has id, updated and all
links, entries have `xml:lang`. Documents get `fh:archive` (RFC 5005) by an extension.
"""

import html
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from feedgen.entry import FeedEntry
from feedgen.ext.base import BaseExtension
from feedgen.feed import FeedGenerator
from lxml import etree

from aggregator.publish import archive, plan
from aggregator.publish.escape import xml, xml_again, xml_value
from aggregator.publish.piece import Label, Origin, Piece, common_language, pieces_of
from aggregator.publish.strips import Told
from aggregator.publish.text import one_line
from aggregator.values.item import Picture
from aggregator.values.output import ArchiveDocument, Channel, ChannelContents, Edition, Site
from aggregator.values.watch import Event

MEDIA_TYPE = "application/atom+xml"
WATCH = "watch/atom.xml"  # where editors follow what is out of the ordinary
NEVER = datetime(
    2000, 1, 1, tzinfo=UTC
)  # when an empty channel changed last; validators doubt 1970

_FEED_HISTORY = "http://purl.org/syndication/history/1.0"
_MEDIA = "http://search.yahoo.com/mrss/"
_DECLARED = {"media": _MEDIA}  # on the root, for entries
_CLOSING = b"</feed>"


def render(
    contents: ChannelContents, edition: Edition, pieces: Sequence[Piece] | None = None
) -> bytes:
    """The subscription document of a channel.

    Args:
        contents: what it holds.
        edition: what it needs to know besides.
        pieces: of the contents, where the caller has made them already.
    """
    shown = pieces_of(contents, edition) if pieces is None else pieces
    head, tail = frame(contents, edition, shown)
    return b"".join((head, *map(entry, shown), tail))


def frame(
    contents: ChannelContents, edition: Edition, shown: Sequence[Told]
) -> tuple[bytes, bytes]:
    """What stands before and after the entries of a subscription document.

    Args:
        contents: its items do not matter.
        edition: what it needs to know besides.
        shown: what is told of the items.
    """
    channel, site = contents.channel, edition.site
    feed = _feed(channel, shown, edition)
    _link(feed, "self", plan.address(channel, site, "atom.xml"))
    if hub := plan.hub(channel, site):
        feed.link(rel="hub", href=hub)
    for rel, href in archive.subscription_links(channel, contents.archive, site):
        _link(feed, rel, href)
    return _open(_written(feed, site))


def archive_frame(
    channel: Channel, document: ArchiveDocument, edition: Edition, shown: Sequence[Told]
) -> tuple[bytes, bytes]:
    """What stands before and after the entries of a closed archive document."""
    site = edition.site
    feed = _feed(channel, shown, edition)
    feed.register_extension("fh", _ArchiveMark, rss=False)
    _link(feed, "self", site.url + archive.path(channel, document.number))
    for rel, href in archive.document_links(channel, document, site):
        _link(feed, rel, href)
    return _open(_written(feed, site))


def entry(shown: Piece) -> bytes:
    """A piece as an entry, the same in every document."""
    language = f' xml:lang="{xml_value(shown.language)}"' if shown.language else ""
    authors = "".join(f"<author><name>{xml(name)}</name></author>" for name in shown.authors)
    summary = (
        f'<summary type="html">{xml_again(shown.summary_html)}</summary>'
        if shown.summary_html
        else ""
    )
    return (
        f"<entry{language}><id>{xml(shown.id)}</id>{_title(shown.title)}"
        f"<updated>{shown.updated.isoformat()}</updated>{authors}"
        f'<content type="html">{xml_again(shown.content_html)}</content>{_links(shown)}{summary}'
        f"{''.join(map(_category, (*shown.tags, *shown.categories)))}"
        f"<published>{shown.published.isoformat()}</published>"
        f"{_thumbnail(shown.picture)}{_source(shown.origin)}</entry>"
    ).encode()


def _title(title: str) -> str:
    if "<" in title:  # readers that take all titles for HTML find no tag either
        return f'<title type="html">{xml(html.escape(title, quote=False))}</title>'
    return f"<title>{xml(title)}</title>"


def _links(shown: Piece) -> str:
    own = ""
    if shown.page != shown.url:
        own = _entry_link(shown.page, "related", "text/html", title="All sources, and why")
    return (
        _entry_link(shown.url, "alternate", "text/html")
        + "".join(_entry_link(one.href, one.rel, title=one.title) for one in shown.references)
        + own
        + "".join(
            _entry_link(one.url, "enclosure", one.media_type, one.length, one.title)
            for one in shown.attachments
        )
    )


def _entry_link(
    href: str,
    rel: str,
    media_type: str | None = None,
    length: int | None = None,
    title: str | None = None,
) -> str:
    said = (("rel", rel), ("type", media_type), ("length", length), ("title", title))
    more = "".join(f' {name}="{xml_value(str(value))}"' for name, value in said if value)
    return f'<link href="{xml_value(href)}"{more}/>'


def _category(label: Label) -> str:
    said = (("term", label.term), ("scheme", label.scheme), ("label", label.label))
    given = "".join(f' {name}="{xml_value(value)}"' for name, value in said if value)
    return f"<category{given}/>"


def _thumbnail(picture: Picture | None) -> str:
    if picture is None:
        return ""
    pixels = (("width", picture.width), ("height", picture.height))
    sizes = "".join(f' {name}="{size}"' for name, size in pixels if size)
    return f'<media:thumbnail url="{xml_value(picture.url)}"{sizes}/>'


def _source(origin: Origin) -> str:
    links = (("self", origin.feed), ("alternate", origin.home))
    shown = "".join(f'<link rel="{rel}" href="{xml_value(href)}"/>' for rel, href in links if href)
    return (
        f"<source><id>{xml(origin.id)}</id><title>{xml(origin.title)}</title>"
        f"<updated>{origin.updated.isoformat()}</updated>{shown}</source>"
    )


def _open(document: bytes) -> tuple[bytes, bytes]:
    """A document without entries, cut where they are to stand."""
    ending = _CLOSING + b"\n"
    return document.removesuffix(ending), ending


def render_watch(events: Sequence[Event], edition: Edition) -> bytes:
    """What began to be out of the ordinary, newest first, for editors to follow."""
    site = edition.site
    feed = FeedGenerator()
    feed.id(site.url + WATCH)
    feed.title(one_line(f"Out of the ordinary: {site.title}"))
    feed.subtitle("People and feeds much less or much more in the news than usual; failing feeds.")
    feed.updated(max((event.at for event in events), default=NEVER))
    feed.author(name=one_line(site.title), uri=site.url)
    feed.generator("aggregator", version=edition.version)
    feed.link(rel="alternate", href=f"{site.url}sources", type="text/html")
    _link(feed, "self", site.url + WATCH)
    for event in events:
        entry = _Entry()
        entry.id(event.id)
        entry.title(one_line(event.title))
        entry.published(event.at)
        entry.updated(event.at)
        entry.link(rel="alternate", href=site.url + event.page, type="text/html")
        entry.category({"term": event.kind})
        entry.content(event.text)
        feed.add_entry(entry, order="append")
    return _written(feed, site)


def updated(pieces: Iterable[Told]) -> datetime:
    """When a document with these pieces changed last: no clock, so equal ones give equal bytes."""
    return max((shown.updated for shown in pieces), default=NEVER)


def stylesheet(site: Site) -> bytes:
    """The line that lets a browser show the document readably (https://www.w3.org/TR/xml-stylesheet)."""
    href = urlsplit(site.url).path + "static/feed.css"
    return f'<?xml-stylesheet type="text/css" href="{href}"?>\n'.encode()


def _feed(channel: Channel, shown: Sequence[Told], edition: Edition) -> FeedGenerator:
    """A document without entries, and without the links that tell its kind."""
    site = edition.site
    home = plan.home(channel, site)
    feed = FeedGenerator()
    feed.register_extension("media", _Media, rss=False)
    feed.id(home)
    feed.title(one_line(plan.title(channel, site)))
    feed.subtitle(one_line(plan.subtitle(channel)))
    feed.updated(updated(shown))
    if language := common_language(shown):  # entries that say nothing would inherit any other
        feed.language(language)
    feed.author(name=one_line(site.title), uri=site.url)
    feed.generator("aggregator", version=edition.version)
    feed.icon(f"{site.url}static/icon.png")
    feed.logo(f"{site.url}static/logo.png")
    feed.link(rel="alternate", href=home, type="text/html")
    return feed


def _link(feed: FeedGenerator, rel: str, href: str) -> None:
    feed.link(rel=rel, href=href, type=MEDIA_TYPE)


def _written(feed: FeedGenerator, site: Site) -> bytes:
    body: bytes = feed.atom_str(xml_declaration=False)
    return b"<?xml version='1.0' encoding='UTF-8'?>\n" + stylesheet(site) + body + b"\n"


class _Entry(FeedEntry):  # type: ignore[misc]  # feedgen is untyped
    """An entry whose links say what they are."""

    def atom_entry(self, extensions: bool = True) -> Any:
        element = super().atom_entry(extensions)
        for link, said in zip(element.findall("link"), self.link(), strict=True):
            link.attrib.update(said)
        title = element.find("title")
        if "<" in title.text:  # readers that take all titles for HTML find no tag either
            title.set("type", "html")
            title.text = html.escape(title.text, quote=False)
        return element


class _Media(BaseExtension):  # type: ignore[misc]  # feedgen is untyped
    """Declares on the root what thumbnails use."""

    def extend_ns(self) -> dict[str, str]:
        return _DECLARED


class _ArchiveMark(BaseExtension):  # type: ignore[misc]  # feedgen is untyped
    """Says that the document is closed (RFC 5005 §4)."""

    def extend_ns(self) -> dict[str, str]:
        return {"fh": _FEED_HISTORY}

    def extend_atom(self, feed: Any) -> Any:
        etree.SubElement(feed, f"{{{_FEED_HISTORY}}}archive")
        return feed
