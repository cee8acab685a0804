"""Atom 1.0 (RFC 4287) through feedgen, with what feedgen 1.0.0 leaves out or gets wrong.

Mended by subclass and extension:

- an entry's links lose everything but `href`, so enclosures vanish
  (https://github.com/lkiesow/python-feedgen/issues/135);
- `atom:source` knows neither id nor updated nor more than one link;
- entries have no `xml:lang`, and feeds no `fh:archive` (RFC 5005).
"""

import html
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from feedgen.entry import FeedEntry
from feedgen.ext.base import BaseEntryExtension, BaseExtension
from feedgen.feed import FeedGenerator
from lxml import etree

from aggregator.publish import archive, plan
from aggregator.publish.memo import Memo
from aggregator.publish.piece import Label, Origin, Piece, common_language, pieces_of, with_why
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
_OPENING = f'<feed xmlns:media="{_MEDIA}">'.encode()
_CLOSING = b"</feed>"
_LATELY: Memo[bytes] = Memo(1200)
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


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
    plain = shown.plain or shown
    written = _LATELY.get((plain,), None, lambda: _entry_bytes(plain))
    return with_why(written, shown, b"</content>")


def _entry_bytes(shown: Piece) -> bytes:
    feed = etree.Element("feed", nsmap=_DECLARED)
    feed.append(_entry(shown).atom_entry())
    written: bytes = etree.tostring(feed, encoding="UTF-8", xml_declaration=False)
    return written[len(_OPENING) : -len(_CLOSING)]


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


def _entry(shown: Piece) -> FeedEntry:
    entry = _Entry()
    entry.register_extension("additions", _Additions, rss=False)
    entry.additions.shown = shown
    entry.id(shown.id)
    entry.title(shown.title)
    entry.published(shown.published)
    entry.updated(shown.updated)
    for name in shown.authors:
        entry.author(name=name)
    entry.link(rel="alternate", href=shown.url, type="text/html")
    for reference in shown.references:
        entry.link(rel=reference.rel, href=reference.href, title=reference.title)
    if shown.page != shown.url:
        entry.link(rel="related", href=shown.page, type="text/html", title="All sources, and why")
    for attachment in shown.attachments:
        said = {"length": str(attachment.length) if attachment.length else None}
        said["title"] = attachment.title
        given = {key: value for key, value in said.items() if value}
        entry.link(rel="enclosure", href=attachment.url, type=attachment.media_type, **given)
    for label in (*shown.tags, *shown.categories):
        entry.category(_category(label))
    if shown.summary_html:
        entry.summary(shown.summary_html, type="html")
    entry.content(shown.content_html, type="html")
    return entry


def _category(label: Label) -> dict[str, str]:
    said = {"term": label.term, "scheme": label.scheme, "label": label.label}
    return {key: value for key, value in said.items() if value}


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


class _Additions(BaseEntryExtension):  # type: ignore[misc]  # feedgen is untyped
    """What feedgen has no words for: language, thumbnail, and all of the source."""

    shown: Piece

    def extend_atom(self, entry: Any) -> Any:
        if self.shown.language:
            entry.set(_LANG, self.shown.language)
        if self.shown.picture:
            _add_thumbnail(entry, self.shown.picture)
        _add_source(entry, self.shown.origin)
        return entry


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


def _add_thumbnail(entry: Any, picture: Picture) -> None:
    thumbnail = etree.SubElement(entry, f"{{{_MEDIA}}}thumbnail", url=picture.url)
    for name, pixels in (("width", picture.width), ("height", picture.height)):
        if pixels:
            thumbnail.set(name, str(pixels))


def _add_source(entry: Any, origin: Origin) -> None:
    source = etree.SubElement(entry, "source")
    etree.SubElement(source, "id").text = origin.id
    etree.SubElement(source, "title").text = origin.title
    etree.SubElement(source, "updated").text = origin.updated.isoformat()
    if origin.feed:
        etree.SubElement(source, "link", rel="self", href=origin.feed)
    if origin.home:
        etree.SubElement(source, "link", rel="alternate", href=origin.home)
