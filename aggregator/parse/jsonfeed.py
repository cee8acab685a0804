"""JSON Feed documents, versions 1.0 and 1.1.

Source: https://www.jsonfeed.org/version/1.1/
"""

import json
from collections.abc import Mapping
from typing import Any

from aggregator.errors import NotAFeed
from aggregator.parse import dates, html
from aggregator.parse.entry import Body, guid_of, name_of_feed, names, number, reading, tongue
from aggregator.parse.scan import MAX_ENTRIES
from aggregator.urls import absolute
from aggregator.values.item import Category, Enclosure, Entry, ParsedFeed, Picture

_MAX_LABELS = 100


def parse(text: str, *, url: str) -> ParsedFeed:
    """Read a JSON Feed.

    Args:
        text: the document.
        url: its address, for relative links.

    Raises:
        NotAFeed: it is no JSON, or JSON that is no feed.
    """
    try:
        feed = json.loads(text)
    except json.JSONDecodeError as error:
        raise NotAFeed(f"the JSON cannot be read: {error}") from error
    except RecursionError:
        raise NotAFeed("the JSON cannot be read: it is nested too deep") from None
    except ValueError:
        raise NotAFeed(
            "the JSON cannot be read: it holds a number of thousands of digits"
        ) from None
    version = _text(feed, "version") or ""
    if not isinstance(feed, dict) or not isinstance(feed.get("items"), list):
        raise NotAFeed("JSON, but no JSON Feed: it has no list of items")
    if "jsonfeed.org" not in version and "title" not in feed:
        raise NotAFeed("JSON, but no JSON Feed: it names no version")
    things = [thing for thing in feed["items"] if isinstance(thing, dict)]
    notes = []
    if len(things) > MAX_ENTRIES:
        notes.append(f"more than {MAX_ENTRIES} entries: only the first were read")
    if len(things) < len(feed["items"]):
        notes.append("some of the items are no objects")
    language = tongue(feed.get("language"))
    authors = _authors(feed)
    return ParsedFeed(
        title=name_of_feed(html.title_of(_text(feed, "title") or "", is_html=False)),
        home=_address(feed, "home_page_url", url),
        language=language,
        icon=_address(feed, "icon", url) or _address(feed, "favicon", url),
        hub=_hub(feed, url),
        self_link=_address(feed, "feed_url", url),
        version="json11" if version.rstrip("/").endswith("1.1") else "json1",
        entries=tuple(_entry(thing, url, language, authors) for thing in things[:MAX_ENTRIES]),
        notes=tuple(notes),
    )


def _entry(
    thing: Mapping[str, Any], url: str, language: str | None, authors: tuple[str, ...]
) -> Entry:
    content = _body(thing, "content_html", url, is_html=True)
    spoken = _body(thing, "content_text", url, is_html=False)
    summary = _body(thing, "summary", url, is_html=False)
    body = content or spoken
    if body is None or summary is None:  # one text is all there is
        body, summary = None, body or summary
    texts = [text.text() for text in (body, summary, spoken) if text]
    published = dates.from_text(thing.get("date_published"))
    updated = dates.from_text(thing.get("date_modified"))
    return Entry(
        guid=_guid(thing.get("id")),
        link=_address(thing, "url", url) or _address(thing, "external_url", url),
        title=html.title_of(_text(thing, "title") or "", is_html=False),
        published=published or updated,
        updated=updated,
        authors=_authors(thing) or authors,
        categories=_categories(thing),
        summary=summary.markup() if summary else None,
        content=body.markup() if body else None,
        text=reading(texts),
        enclosures=tuple(_enclosures(thing, url)),
        picture=_picture(thing, content, url),
        language=tongue(thing.get("language")) or language,
        guid_is_link=False,
    )


def _guid(said: object) -> str | None:
    """An id, which some feeds give as a number (§ Items: "coerce it to a string")."""
    if isinstance(said, bool) or not isinstance(said, str | int | float):
        return None
    return guid_of(str(said))


def _text(thing: object, key: str) -> str | None:
    value = thing.get(key) if isinstance(thing, dict) else None
    return value if isinstance(value, str) else None


def _address(thing: object, key: str, url: str) -> str | None:
    value = _text(thing, key)
    return absolute(url, value) if value and value.strip() else None


def _body(thing: Mapping[str, Any], key: str, url: str, *, is_html: bool) -> Body | None:
    value = _text(thing, key)
    return Body(value, url, is_html=is_html) if value and value.strip() else None


def _list(thing: Mapping[str, Any], key: str) -> list[Any]:
    value = thing.get(key)
    return value[:_MAX_LABELS] if isinstance(value, list) else []


def _authors(thing: Mapping[str, Any]) -> tuple[str, ...]:
    """Names of `authors` (1.1) and `author` (1.0)."""
    people = [*_list(thing, "authors"), thing.get("author")]
    return names(_text(person, "name") or "" for person in people)


def _categories(thing: Mapping[str, Any]) -> tuple[Category, ...]:
    terms = (html.title_of(str(tag), is_html=False) for tag in _list(thing, "tags"))
    return tuple(dict.fromkeys(Category(term[:300]) for term in terms if term))


def _enclosures(thing: Mapping[str, Any], url: str) -> list[Enclosure]:
    found = []
    for attached in _list(thing, "attachments"):
        address = _address(attached, "url", url)
        if address:
            found.append(
                Enclosure(
                    address,
                    _text(attached, "mime_type"),
                    number(attached.get("size_in_bytes")),
                    html.title_of(_text(attached, "title") or "", is_html=False),
                )
            )
    return found


def _picture(thing: Mapping[str, Any], content: Body | None, url: str) -> Picture | None:
    address = _address(thing, "image", url) or _address(thing, "banner_image", url)
    if address:
        return Picture(address)
    found = html.first_picture(content.value) if content else None
    address = absolute(url, found[0]) if found else None
    return Picture(address, found[1]) if found and address else None


def _hub(feed: Mapping[str, Any], url: str) -> str | None:
    hubs = [hub for hub in _list(feed, "hubs") if (_text(hub, "type") or "").lower() == "websub"]
    return next(filter(None, (_address(hub, "url", url) for hub in hubs)), None)
