"""feedparser, which decides what a document says: the only place that knows it.

It is imported when a document needs it: most are of a common shape, and `mapping` reads those.
"""

from collections.abc import Sequence
from io import BytesIO
from types import SimpleNamespace
from typing import Any, TypeAlias

from aggregator.errors import NotAFeed

Said: TypeAlias = dict[str, Any]  # what is said of a feed or an entry, under feedparser's keys
Read: TypeAlias = tuple[Said, list[Said], str]  # the feed, its entries, the version of its format


def read(document: bytes, url: str) -> Read:
    """What feedparser makes of a document.

    Its own dict maps keys onto each other, with warnings; a plain one holds what was said.

    Raises:
        NotAFeed: it makes feedparser raise, whatever that is.
    """
    import feedparser  # noqa: PLC0415

    headers = {"content-type": "application/xml; charset=utf-8", "content-location": url}
    try:
        result = feedparser.parse(
            BytesIO(document),
            response_headers=headers,
            sanitize_html=False,
            resolve_relative_uris=False,
        )
    except Exception as error:  # whatever a hostile document makes it raise
        raise NotAFeed(f"cannot be read: {type(error).__name__}") from error
    return (
        dict(result["feed"]),
        [dict(entry) for entry in result["entries"]],
        result["version"] or "",
    )


def time(text: str) -> Sequence[int] | None:
    """A time as feedparser reads it: year to second, and more, in UTC; None if it cannot."""
    from feedparser.datetimes import _parse_date  # noqa: PLC0415

    parts: Sequence[int] | None = _parse_date(text)
    return parts


def is_html(text: str) -> bool:
    """Whether feedparser takes a text for HTML that claims to be plain."""
    if "<" not in text and "&" not in text:
        return False
    from feedparser.mixin import _FeedParserMixin  # noqa: PLC0415

    return bool(_FeedParserMixin.looks_like_html(text))


def person(text: str) -> Said:
    """Name and address of mail that feedparser finds in what stands for an author."""
    if "@" not in text:
        return {"name": text} if text else {}
    from feedparser.mixin import _FeedParserMixin  # noqa: PLC0415

    found: Said = {}
    said = {"author": text, "authors": [found]}
    _FeedParserMixin._sync_author_detail(SimpleNamespace(_get_context=lambda: said))  # noqa: SLF001
    return found
