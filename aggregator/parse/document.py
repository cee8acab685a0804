"""A feed document, read.

    bytes -> characters -> (JSON Feed) or
             DOCTYPE defused -> looked over -> mapping, else feedparser -> entries -> ParsedFeed

feedparser knows every dialect of RSS and Atom there ever was, and how people get them wrong. What
it is bad at is done here: charsets, captions, safety (its sanitiser is switched off, ours is nh3),
and documents made to keep a parser busy.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from datetime import timedelta
from typing import Any

from aggregator.errors import NotAFeed
from aggregator.parse import html, jsonfeed, mapping, reference
from aggregator.parse.entry import authors_of_feed, entry_of, name_of_feed, tongue
from aggregator.parse.excerpt import Doubtful, excerpt
from aggregator.parse.increment import own_digests
from aggregator.parse.names import Unusual
from aggregator.parse.reference import Read
from aggregator.parse.scan import (
    MAX_ENTRIES,
    Scan,
    scan,
    without_long_names,
    without_taken_names,
)
from aggregator.parse.xmltext import (
    OUR_DECLARATION,
    EntityBomb,
    clean,
    decoded,
    untouched,
    without_bad_references,
    without_entities,
    without_many_labels,
)
from aggregator.urls import absolute
from aggregator.values.feed import Hints
from aggregator.values.item import ParsedFeed

_DECLARATION = re.compile(r"<\?xml[^>]{0,300}?\?>")
_LATE_DECLARATION = re.compile(r"<\?xml\s[^>]{0,300}?\?>")
_JUNK = 4_000  # characters before the document that a broken template may leave
_ENTRY_START = re.compile(r"<(?:item|entry)[\s>]", re.IGNORECASE)
_WEB_PAGE = re.compile(r"<!doctype\s+html|<html[\s>]|<body[\s>]", re.IGNORECASE)
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_PERIODS = {
    "hourly": timedelta(hours=1),
    "daily": timedelta(days=1),
    "weekly": timedelta(weeks=1),
    "monthly": timedelta(days=30),
    "yearly": timedelta(days=365),
}


def parse(
    body: bytes, *, url: str, content_type: str | None, seen: Collection[bytes] = ()
) -> ParsedFeed:
    """Read a feed document of any dialect, well formed or not.

    Args:
        body: the document, content coding undone.
        url: its final address, which relative links are relative to.
        content_type: the header as sent; its charset wins over the document's.
        seen: marks of entries that need not be read again, where that is sure to change nothing.

    Returns:
        What could be read. Every entry in document order; nothing is left out because it lacks a
        link, an id or a date. `notes` say what was odd.

    Raises:
        NotAFeed: it holds no feed, or is built to be slow to read; nothing else is ever raised.
    """
    if seen:
        with suppress(Doubtful):
            return _rest(body, url, content_type, seen)
    document = untouched(body, content_type)
    look = scan(document, salt=url, seen=seen) if document else None
    if document and look and look.is_whole:
        return _read(document, url, [], look)
    text, odd_charset = decoded(body, content_type)
    notes = [odd_charset] if odd_charset else []
    tidy = clean(text)
    if len(tidy) < len(text):
        notes.append("held characters that XML forbids")
    tidy = tidy.lstrip("\ufeff\u200b \t\r\n")
    if not tidy:
        raise NotAFeed("the document is empty")
    if tidy[0] in "{[":
        return jsonfeed.parse(tidy, url=url)
    try:
        document = _prepared(tidy)
    except EntityBomb:
        raise NotAFeed("declares entities made of entities") from None
    return _read(document, url, notes, scan(document, salt=url, seen=seen))


def _rest(body: bytes, url: str, content_type: str | None, seen: Collection[bytes]) -> ParsedFeed:
    """Read a document of which most is not even looked at.

    Raises:
        Doubtful: that may not come to the same as reading all of it.
    """
    rest = excerpt(body, own_digests(seen))
    document = untouched(rest.document, content_type) if rest.left_out else None
    if document is None:
        raise Doubtful
    try:
        return _read(document, url, [], scan(document, salt=url, seen=seen, left_out=rest.left_out))
    except NotAFeed:
        raise Doubtful from None


def _prepared(text: str) -> bytes:
    """The characters as one XML document in UTF-8, as well formed as can be had cheaply."""
    if not text.startswith("<"):
        late = _LATE_DECLARATION.search(text, 0, _JUNK)
        text = text[late.start() :] if late else text
    text = without_entities(without_bad_references(_DECLARATION.sub("", text, count=1).lstrip()))
    return OUR_DECLARATION + text.encode("utf-8")


def _read(document: bytes, url: str, notes: list[str], look: Scan) -> ParsedFeed:
    """Read what the quick look left, and add what the quick look found."""
    captions, marks = look.captions, look.marks
    whole, shortened = document, look.shortened
    if look.error:
        notes.append(f"not well formed: {look.error}")
        whole, shortened = _spared(document)
    elif look.torn:
        notes.append("cut off before its end")
    if shortened:
        notes.append(f"more than {MAX_ENTRIES} entries: only the first were read")
    feed, entries, version = _said(look, whole, url)
    if len(entries) != look.entries:
        if look.is_excerpt:
            raise Doubtful
        if look.seen:
            return _read(document, url, notes, scan(document, salt=url))
        captions = marks = ()
        if look.cut:
            feed, entries, version = reference.read(document, url)
    if not entries and not version and not look.seen:
        raise NotAFeed(_what_it_is(document, look.root))
    language = tongue(feed.get("language"))
    authors = authors_of_feed(feed) if version.startswith("atom") else ()
    return ParsedFeed(
        title=name_of_feed(
            html.title_of(str(feed.get("title") or ""), is_html=_is_html(feed, "title"))
        ),
        home=_address(feed.get("link"), url),
        language=language,
        icon=_address(feed.get("icon") or (feed.get("image") or {}).get("href"), url),
        hub=_linked(feed, "hub", url),
        self_link=_linked(feed, "self", url),
        version=version,
        hints=_hints(feed, look),
        entries=tuple(
            entry_of(
                entry,
                url=url,
                language=language,
                authors=authors,
                captions=captions[index] if captions else (),
            )
            for index, entry in enumerate(entries[:MAX_ENTRIES])
        ),
        notes=tuple(notes),
        marks=marks,
        seen=look.seen,
    )


def _said(look: Scan, whole: bytes, url: str) -> Read:
    """What a document says: as `mapping` reads it, else as feedparser does."""
    if look.error:
        return reference.read(whole, url)
    try:
        return mapping.read(look.document, url, look.declared)
    except Unusual:
        return reference.read(look.document, url)


def _spared(document: bytes) -> tuple[bytes, bool]:
    """A document that is not well formed, less what would keep feedparser busy.

    Returns:
        The document, and whether it has lost entries.
    """
    text = without_many_labels(without_long_names(document.decode("utf-8")))
    text = without_taken_names(text)
    for count, start in enumerate(_ENTRY_START.finditer(text)):
        if count == MAX_ENTRIES:
            return text[: start.start()].encode(), True
    return text.encode(), False


def _what_it_is(document: bytes, root: str | None) -> str:
    """What a document that is no feed seems to be instead."""
    head = document[:_JUNK].decode("utf-8", "ignore")
    if _WEB_PAGE.search(head):
        return "a web page, not a feed"
    if root is not None:
        return f"XML, but no feed: it starts with <{root}>"
    return "neither XML nor JSON"


def _is_html(said: Mapping[str, Any], key: str) -> bool:
    return (said.get(f"{key}_detail") or {}).get("type") in {"text/html", "application/xhtml+xml"}


def _address(said: object, url: str) -> str | None:
    return absolute(url, said) if isinstance(said, str) and said.strip() else None


def _linked(feed: Mapping[str, Any], rel: str, url: str) -> str | None:
    links: Iterable[Mapping[str, Any]] = feed.get("links") or ()
    found = (_address(link.get("href"), url) for link in links if link.get("rel") == rel)
    return next(filter(None, found), None)


def _hints(feed: Mapping[str, Any], look: Scan) -> Hints:
    """How often the feed says it should be read."""
    period = _PERIODS.get(str(feed.get("sy_updateperiod") or "").strip().lower())
    if period is not None:
        period /= max(_count(feed.get("sy_updatefrequency")) or 1, 1)
    minutes = _count(feed.get("ttl"))
    hours = {_count(hour) for hour in look.hours}
    days = {day.strip().lower() for day in look.days}
    return Hints(
        ttl=timedelta(minutes=minutes) if minutes else None,
        update_period=period,
        skip_hours=frozenset(hour % 24 for hour in hours if hour is not None and hour <= 24),  # noqa: PLR2004  some write 24 for midnight
        skip_days=frozenset(_WEEKDAYS.index(day) for day in days if day in _WEEKDAYS),
    )


def _count(said: object) -> int | None:
    """A small whole number; None for anything else."""
    with suppress(ValueError):
        value = int(str(said).strip())
        return value if 0 <= value <= 10**6 else None
    return None
