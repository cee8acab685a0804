"""JSON Feed 1.1 (https://www.jsonfeed.org/version/1.1/), with one extension of ours.

`_aggregator` in an item holds what other formats have no words for: every source, the tags with
the names of the people, and whether the item is about them. No key in it is called "feed": the
reader feedme takes whatever follows such a key for the feed itself.
"""

from collections.abc import Sequence
from typing import Any

from aggregator.publish import archive, plan
from aggregator.publish.escape import in_json
from aggregator.publish.piece import Piece, common_language, pieces_of
from aggregator.publish.strips import Told
from aggregator.publish.text import one_line
from aggregator.values.output import ArchiveDocument, Channel, ChannelContents, Edition

MEDIA_TYPE = "application/feed+json"

JOINT = b", "
"""What stands between items."""

_CLOSING = b"]}"
_VERSION = "https://jsonfeed.org/version/1.1"


def render(
    contents: ChannelContents,
    edition: Edition,
    pieces: Sequence[Piece] | None = None,
    *,
    expired: bool = False,
) -> bytes:
    """The channel as JSON Feed.

    Args:
        contents: what it holds.
        edition: what it needs to know besides.
        pieces: of the contents, where the caller has made them already.
        expired: nothing will ever be added.
    """
    shown = pieces_of(contents, edition) if pieces is None else pieces
    head, tail = frame(contents, edition, shown, expired=expired)
    return head + JOINT.join(map(item, shown)) + tail


def frame(
    contents: ChannelContents, edition: Edition, shown: Sequence[Told], *, expired: bool = False
) -> tuple[bytes, bytes]:
    """What stands before and after the items.

    Args:
        contents: its items do not matter.
        edition: what it needs to know besides.
        shown: what is told of the items.
        expired: nothing will ever be added.
    """
    channel, site = contents.channel, edition.site
    hub = plan.hub(channel, site)
    feed = _head(channel, edition, shown) | {
        "feed_url": plan.address(channel, site, "feed.json"),
        "next_url": archive.next_url(channel, contents.archive, site),
        "hubs": [{"type": "WebSub", "url": hub}] if hub else None,
        "expired": expired or None,
    }
    return _framed(feed)


def archive_frame(
    channel: Channel, document: ArchiveDocument, edition: Edition, shown: Sequence[Told]
) -> tuple[bytes, bytes]:
    """The same for a page of older items, which never changes."""
    site = edition.site
    feed = _head(channel, edition, shown) | {
        "feed_url": archive.next_url(channel, document.number, site),
        "next_url": archive.next_url(channel, document.before, site),
    }
    return _framed(feed)


def _head(channel: Channel, edition: Edition, shown: Sequence[Told]) -> dict[str, Any]:
    site = edition.site
    return {
        "version": _VERSION,
        "title": one_line(plan.title(channel, site)),
        "home_page_url": plan.home(channel, site),
        "feed_url": None,  # the place of what differs from page to page
        "next_url": None,
        "description": one_line(plan.subtitle(channel)),
        "icon": f"{site.url}static/icon.png",
        "favicon": f"{site.url}static/icon.png",
        "authors": [{"name": one_line(site.title), "url": site.url}],
        "language": common_language(shown),
    }


def _framed(feed: dict[str, Any]) -> tuple[bytes, bytes]:
    written = in_json(_said(feed) | {"items": []}).encode()
    return written.removesuffix(_CLOSING), _CLOSING + b"\n"


def item(shown: Piece) -> bytes:
    """A piece as an item, the same in every document."""
    return in_json(_item(shown)).encode()


def _item(shown: Piece) -> dict[str, Any]:
    labels = (*shown.tags, *shown.categories)
    attachments = [
        _said(
            {
                "url": attachment.url,
                "mime_type": attachment.media_type,
                "title": attachment.title,
                "size_in_bytes": attachment.length,
            }
        )
        for attachment in shown.attachments
    ]
    return _said(
        {
            "id": shown.id,
            "url": shown.url,
            "title": shown.title,
            "content_html": shown.content_html,
            "summary": shown.extract or None,
            "image": shown.picture.url if shown.picture else None,
            "date_published": shown.published.isoformat(),
            "date_modified": shown.updated.isoformat(),
            "authors": [{"name": name} for name in shown.authors],
            "tags": list(dict.fromkeys(label.label or label.term for label in labels)),
            "language": shown.language,
            "attachments": attachments,
            "_aggregator": _ours(shown),
        }
    )


def _ours(shown: Piece) -> dict[str, Any]:
    return {
        "page": shown.page,
        "why": shown.why,
        "tags": [
            {"slug": label.term, "name": label.label, "about": label.term in shown.about}
            for label in shown.tags
        ],
        "sources": [{"name": credit.name, "url": credit.url} for credit in shown.credits],
    }


def _said(fields: dict[str, Any]) -> dict[str, Any]:
    """The fields that say something: the format leaves out what is absent."""
    return {name: value for name, value in fields.items() if value not in (None, [], "")}
