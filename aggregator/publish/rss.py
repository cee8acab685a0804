"""RSS 2.0 (https://www.rssboard.org/rss-specification), with the modules readers know.

One feed in RSS says less than the same in Atom: one enclosure, one author at best. Dublin Core
names authors, `content:encoded` holds the whole text, `atom:link` the other addresses.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from email.utils import format_datetime
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

from lxml import etree

from aggregator.publish import plan
from aggregator.publish.atom import stylesheet, updated
from aggregator.publish.memo import Memo
from aggregator.publish.piece import Piece, common_language, pieces_of, with_why
from aggregator.publish.strips import Told
from aggregator.publish.text import one_line
from aggregator.values.output import ChannelContents, Edition

MEDIA_TYPE = "application/rss+xml"

_ATOM = "http://www.w3.org/2005/Atom"
_CONTENT = "http://purl.org/rss/1.0/modules/content/"
_DC = "http://purl.org/dc/elements/1.1/"
_MEDIA = "http://search.yahoo.com/mrss/"
_NAMESPACES = {"atom": _ATOM, "content": _CONTENT, "dc": _DC, "media": _MEDIA}

_WHOLE_END, _ONLY_END = b"</content:encoded>", b"</description>"  # of the content
_CLOSING = b"</channel></rss>"
_LATELY: Memo[bytes] = Memo(1200)

_NOT_ASCII = re.compile(r"[^\x00-\x7f]+")

# Readers take an RSS title for HTML as often as for text. An opening bracket that could start a
# tag is therefore escaped once more: what it shows in the one is odd, what it does is nothing.
_TAG_START = re.compile(r"<(?=[A-Za-z/!?])")


def render(
    contents: ChannelContents, edition: Edition, pieces: Sequence[Piece] | None = None
) -> bytes:
    """The channel as RSS.

    Args:
        contents: what it holds.
        edition: what it needs to know besides.
        pieces: of the contents, where the caller has made them already.
    """
    shown = pieces_of(contents, edition) if pieces is None else pieces
    head, tail = frame(contents, edition, shown)
    return b"".join((head, *map(item, shown), tail))


def frame(
    contents: ChannelContents, edition: Edition, shown: Sequence[Told]
) -> tuple[bytes, bytes]:
    """What stands before and after the items.

    Args:
        contents: its items do not matter.
        edition: what it needs to know besides.
        shown: what is told of the items.
    """
    rss = etree.Element("rss", version="2.0", nsmap=_NAMESPACES)
    _describe(etree.SubElement(rss, "channel"), contents, edition, shown)
    body: bytes = etree.tostring(rss, encoding="UTF-8", xml_declaration=False)
    declaration = b"<?xml version='1.0' encoding='UTF-8'?>\n"
    opened = body.removesuffix(_CLOSING)
    return declaration + stylesheet(edition.site) + opened, _CLOSING + b"\n"


def item(shown: Piece) -> bytes:
    """A piece as an item, the same in every document."""
    plain = shown.plain or shown
    written = _LATELY.get((plain,), None, lambda: _item_bytes(plain))
    return with_why(written, shown, _WHOLE_END if shown.summary_html else _ONLY_END)


def _item_bytes(shown: Piece) -> bytes:
    channel = etree.Element("channel", nsmap=_NAMESPACES)
    _item(channel, shown)
    written: bytes = etree.tostring(channel, encoding="UTF-8", xml_declaration=False)
    return written[written.index(b">") + 1 : -len(b"</channel>")]


def _describe(
    channel: Any, contents: ChannelContents, edition: Edition, told: Sequence[Told]
) -> None:
    site, shown = edition.site, contents.channel
    title = _title(one_line(plan.title(shown, site)))
    home = plan.home(shown, site)
    _text(channel, "title", title)
    _text(channel, "link", home)
    _text(channel, "description", _title(one_line(plan.subtitle(shown))))
    _link(channel, "self", plan.address(shown, site, "rss.xml"), MEDIA_TYPE)
    if hub := plan.hub(shown, site):
        _link(channel, "hub", hub)
    if language := common_language(told):
        _text(channel, "language", language)
    _text(channel, "lastBuildDate", _date(updated(told)))
    _text(channel, "generator", f"aggregator {edition.version}")
    _text(channel, "docs", "https://www.rssboard.org/rss-specification")
    _text(channel, "ttl", str(max(1, int(edition.interval.total_seconds() // 60))))
    image = etree.SubElement(channel, "image")
    _text(image, "url", f"{site.url}static/icon.png")
    _text(image, "title", title)
    _text(image, "link", home)


def _item(channel: Any, shown: Piece) -> None:
    item = etree.SubElement(channel, "item")
    _text(item, "title", _title(shown.title))
    _text(item, "link", _uri(shown.url))
    etree.SubElement(item, "guid", isPermaLink="false").text = shown.id
    _text(item, "pubDate", _date(shown.published))
    for name in shown.authors:
        _text(item, f"{{{_DC}}}creator", name)
    if shown.language:
        _text(item, f"{{{_DC}}}language", shown.language)
    for label in (*shown.tags, *shown.categories):
        category = etree.SubElement(item, "category")
        category.text = label.label or label.term
        if label.scheme:
            category.set("domain", _uri(label.scheme))
    if shown.summary_html:
        _text(item, "description", shown.summary_html)
        _text(item, f"{{{_CONTENT}}}encoded", shown.content_html)
    else:
        _text(item, "description", shown.content_html)
    if shown.origin.feed:
        etree.SubElement(item, "source", url=_uri(shown.origin.feed)).text = shown.origin.title
    for attachment in shown.attachments[:1]:
        length = str(attachment.length or 0)
        etree.SubElement(
            item, "enclosure", url=_uri(attachment.url), length=length, type=attachment.media_type
        )
    if shown.picture:
        etree.SubElement(item, f"{{{_MEDIA}}}thumbnail", url=_uri(shown.picture.url))
    for reference in shown.references:
        _link(item, reference.rel, reference.href, title=reference.title)


def _text(parent: Any, name: str, text: str) -> None:
    etree.SubElement(parent, name).text = text


def _link(
    parent: Any, rel: str, href: str, media_type: str | None = None, title: str | None = None
) -> None:
    link = etree.SubElement(parent, f"{{{_ATOM}}}link", rel=rel, href=_uri(href))
    if media_type:
        link.set("type", media_type)
    if title:
        link.set("title", title)


def _title(text: str) -> str:
    return _TAG_START.sub("&lt;", text)


def _uri(address: str) -> str:
    """The address in ASCII: RSS knows no IRIs (RFC 3987 §3.1)."""
    parts = urlsplit(address)
    try:
        host = parts.netloc.encode("idna").decode("ascii")
    except UnicodeError:  # no host name, but readers may make something of it
        host = quote(parts.netloc, safe="@:[]")
    return _NOT_ASCII.sub(lambda found: quote(found[0]), urlunsplit(parts._replace(netloc=host)))


def _date(when: datetime) -> str:
    """As RFC 822 writes it, with the four-digit year that RSS prefers."""
    return format_datetime(when)
