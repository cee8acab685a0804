"""RSS 2.0 (https://www.rssboard.org/rss-specification), with the modules readers know.

One feed in RSS says less than the same in Atom: one enclosure, one author at best. Dublin Core
names authors, `content:encoded` holds the whole text, `atom:link` the other addresses.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from email.utils import format_datetime
from functools import lru_cache
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

from lxml import etree

from aggregator.publish import plan
from aggregator.publish.atom import stylesheet, updated
from aggregator.publish.escape import xml, xml_again, xml_value
from aggregator.publish.piece import (
    Attachment,
    Label,
    Origin,
    Piece,
    Reference,
    common_language,
    pieces_of,
)
from aggregator.publish.strips import Told
from aggregator.publish.text import one_line
from aggregator.values.item import Picture
from aggregator.values.output import ChannelContents, Edition

MEDIA_TYPE = "application/rss+xml"

_ATOM = "http://www.w3.org/2005/Atom"
_CONTENT = "http://purl.org/rss/1.0/modules/content/"
_DC = "http://purl.org/dc/elements/1.1/"
_MEDIA = "http://search.yahoo.com/mrss/"
_NAMESPACES = {"atom": _ATOM, "content": _CONTENT, "dc": _DC, "media": _MEDIA}

_CLOSING = b"</channel></rss>"

_NOT_ASCII = re.compile(r"[^\x00-\x7f]+")
# What most addresses are, and stay: nothing of them has to be taken apart.
_PLAIN = re.compile(
    r"https?://[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63})*(?::[0-9]+)?(?:/[!-\"$->@-~]*)?"
)

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
    authors = "".join(f"<dc:creator>{xml(name)}</dc:creator>" for name in shown.authors)
    language = f"<dc:language>{xml(shown.language)}</dc:language>" if shown.language else ""
    labels = "".join(map(_category, (*shown.tags, *shown.categories)))
    content = xml_again(shown.content_html)
    texts = (
        f"<description>{xml_again(shown.summary_html)}</description>"
        f"<content:encoded>{content}</content:encoded>"
        if shown.summary_html
        else f"<description>{content}</description>"
    )
    return (
        f"<item><title>{xml(_title(shown.title))}</title><link>{xml(_uri(shown.url))}</link>"
        f'<guid isPermaLink="false">{xml(shown.id)}</guid><pubDate>{_date(shown.published)}</pubDate>'
        f"{authors}{language}{labels}{texts}{_source(shown.origin)}"
        f"{''.join(map(_enclosure, shown.attachments[:1]))}{_thumbnail(shown.picture)}"
        f"{''.join(map(_reference, shown.references))}</item>"
    ).encode()


def _category(label: Label) -> str:
    domain = f' domain="{xml_value(_uri(label.scheme))}"' if label.scheme else ""
    return f"<category{domain}>{xml(label.label or label.term)}</category>"


def _source(origin: Origin) -> str:
    if not origin.feed:
        return ""
    return f'<source url="{xml_value(_uri(origin.feed))}">{xml(origin.title)}</source>'


def _enclosure(attachment: Attachment) -> str:
    return (
        f'<enclosure url="{xml_value(_uri(attachment.url))}" length="{attachment.length or 0}" '
        f'type="{xml_value(attachment.media_type)}"/>'
    )


def _thumbnail(picture: Picture | None) -> str:
    return f'<media:thumbnail url="{xml_value(_uri(picture.url))}"/>' if picture else ""


def _reference(reference: Reference) -> str:
    title = f' title="{xml_value(reference.title)}"' if reference.title else ""
    return f'<atom:link rel="{reference.rel}" href="{xml_value(_uri(reference.href))}"{title}/>'


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


def _text(parent: Any, name: str, text: str) -> None:
    etree.SubElement(parent, name).text = text


def _link(parent: Any, rel: str, href: str, media_type: str | None = None) -> None:
    link = etree.SubElement(parent, f"{{{_ATOM}}}link", rel=rel, href=_uri(href))
    if media_type:
        link.set("type", media_type)


def _title(text: str) -> str:
    return _TAG_START.sub("&lt;", text)


@lru_cache(maxsize=1024)
def _uri(address: str) -> str:
    """The address in ASCII: RSS knows no IRIs (RFC 3987 §3.1)."""
    if _PLAIN.fullmatch(address):
        return address
    parts = urlsplit(address)
    try:
        host = parts.netloc.encode("idna").decode("ascii")
    except UnicodeError:  # no host name, but readers may make something of it
        host = quote(parts.netloc, safe="@:[]")
    return _NOT_ASCII.sub(lambda found: quote(found[0]), urlunsplit(parts._replace(netloc=host)))


def _date(when: datetime) -> str:
    """As RFC 822 writes it, with the four-digit year that RSS prefers."""
    return format_datetime(when)
