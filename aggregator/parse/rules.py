"""What single elements say, by feedparser's rules and under its keys.

A rule adds to what is said of a feed or an entry, or raises `Unusual`.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from lxml.etree import _Element as Element

from aggregator.parse import reference
from aggregator.parse.dates import quickly
from aggregator.parse.elements import (
    Place,
    address,
    attributes_of,
    only,
    place_in,
    with_one_href,
    words,
)
from aggregator.parse.names import Unusual, named
from aggregator.parse.reference import Said
from aggregator.parse.wording import HTML, HTML_KINDS, PLAIN, XHTML, joined, kind_of, mended
from aggregator.parse.xhtml import inside

_QUERY_VARIABLE = re.compile(r"&([A-Za-z0-9_]+);")
ITUNES: Final = "http://www.itunes.com/"
_MEDIA: Final = "http://search.yahoo.com/mrss/category_schema"

PERSONAL = frozenset(("name", "email", "uri", "url", "homepage"))
OWNER = PERSONAL | {"itunes_name", "itunes_email"}
_OF_SOURCE = PERSONAL | frozenset((
    "author", "contributor", "title", "subtitle", "id", "link", "updated", "published", "rights",
    "generator", "icon", "logo", "category",
))  # fmt: skip
OF_IMAGE = frozenset(("url", "title", "link", "width", "height", "description"))
OF_INPUT = frozenset(("title", "description", "name", "link"))


_Label: TypeAlias = tuple[str | None, str | None, str | None]  # term, scheme, label


@dataclass(slots=True)
class Course:
    """What was told so far of a feed or an entry, as far as it changes how the next is read."""

    is_atom: bool
    titled: bool = False  # no other title counts
    has_content: bool = False  # no further summary is content
    labels: set[_Label] = field(default_factory=set)  # there is no use for one of them again


@dataclass(slots=True)
class Telling:
    """An element that is told, and where to."""

    course: Course
    said: Said
    element: Element
    attributes: Said
    place: Place


Rule: TypeAlias = Callable[[Telling], None]
Rules: TypeAlias = dict[str | None, Rule]


# ------------------------------------------------------------------------------------- texts


def _text(it: Telling, usual: str) -> tuple[str, str]:
    """A text, and of which kind it is."""
    kind = kind_of(it.attributes["type"]) if "type" in it.attributes else usual
    if "mode" in it.attributes or "src" in it.attributes:
        raise Unusual("a text from elsewhere, or in base64")
    if kind == XHTML:
        return mended(inside(it.element, wrapped=it.course.is_atom)), kind
    text = words(it.element)
    if kind == PLAIN and not it.course.is_atom and reference.is_html(text):
        kind = HTML
    return text, kind


def title(it: Telling) -> None:
    """A title; the first that is not empty."""
    text, kind = _text(it, PLAIN)
    if not it.course.titled:
        it.said["title"], it.said["title_detail"] = text, it.place.detail(kind)
        it.course.titled = bool(text)


def summary(usual: str) -> Rule:
    """A summary, or, where there is one, the content."""

    def rule(it: Telling) -> None:
        if "summary" in it.said and not it.course.has_content:
            _add_content(it, PLAIN)
        else:
            _set_summary(it, usual)

    return rule


def abstract(it: Telling) -> None:
    """A summary, whatever there is."""
    _set_summary(it, PLAIN)


def content(usual: str) -> Rule:
    """Content, of a kind that is usual there."""
    return lambda it: _add_content(it, usual)


def _set_summary(it: Telling, usual: str) -> None:
    text, kind = _text(it, usual)
    it.said["summary"], it.said["summary_detail"] = text, it.place.detail(kind)


def _add_content(it: Telling, usual: str) -> None:
    it.course.has_content = True
    text, kind = _text(it, usual)
    it.said.setdefault("content", []).append(it.place.detail(kind) | {"value": text})
    it.said.setdefault("summary", text)


def feed_description(it: Telling) -> None:
    """What a feed is about: nobody reads it, but it may change how the first entry is read."""
    _text(it, HTML)
    if "summary" in it.said:  # then this one is content, and changes how the first entry is read
        it.course.has_content = True


def feed_summary(it: Telling) -> None:
    """The same in other words."""
    feed_description(it)
    it.said["summary"] = ""


# --------------------------------------------------------------------------- addresses and ids


def link(it: Telling) -> None:
    """A link of an entry, in its text or its attributes."""
    if not _add_link(it):
        text = _without_entities(address(it.element, it.place).replace("&amp;", "&"))
        it.said["link"] = text
        if text:
            it.attributes["href"] = text


def feed_link(it: Telling) -> None:
    """A link of a feed, in its text or its attributes."""
    if not _add_link(it):
        text = _without_entities(address(it.element, it.place))
        it.said["link"] = it.attributes["href"] = text


def _without_entities(address: str) -> str:
    """An address in which what looks like an entity is the variable of a query."""
    return _QUERY_VARIABLE.sub(r"&\1", address) if "&" in address else address


def _add_link(it: Telling) -> bool:
    """Add a link; whether it says where to in its attributes."""
    link = it.attributes
    rel = link.setdefault("rel", "alternate")
    kind = link.setdefault("type", "application/atom+xml" if rel == "self" else HTML)
    with_one_href(link)
    it.said.setdefault("links", []).append(link)
    if "href" not in link:
        return False
    words(it.element)
    link["href"] = joined(it.place.base, link["href"])
    if rel == "alternate" and (kind in HTML_KINDS or kind in {"html", "xhtml"}):
        it.said["link"] = link["href"]
    return True


def guid(it: Telling) -> None:
    """A guid, which may be a link."""
    is_link = it.attributes.get("ispermalink", "true") == "true"
    text = address(it.element, it.place) if is_link else words(it.element)
    it.said["id"] = text
    it.said.setdefault("guidislink", is_link and "link" not in it.said)
    if is_link:
        it.said.setdefault("link", text)


# -------------------------------------------------------------------- people, times and labels


def time(key: str) -> Rule:
    """A time, as written and as read."""

    def rule(it: Telling) -> None:
        text = words(it.element)
        it.said[key] = text
        it.said[f"{key}_parsed"] = quickly(text) or reference.time(text)

    return rule


def language(it: Telling) -> None:
    """The language of a feed, or of an entry."""
    it.said["language"] = words(it.element)


def category(it: Telling) -> None:
    """A label."""
    said = it.attributes
    _add_label(it, said.get("term"), said.get("scheme", said.get("domain")), said.get("label"))
    _end_category(it)


def media_category(it: Telling) -> None:
    """A label of media."""
    it.attributes.setdefault("scheme", _MEDIA)
    category(it)


def itunes_category(it: Telling) -> None:
    """A label of a podcast."""
    _add_label(it, it.attributes.get("text"), ITUNES, None)
    _end_category(it)


def keywords(scheme: str | None) -> Rule:
    """Labels in a list."""

    def rule(it: Telling) -> None:
        if it.attributes:
            raise Unusual("keywords with attributes")
        for term in words(it.element).split(","):
            if term.strip():
                _add_label(it, term.strip(), scheme, None)

    return rule


def _end_category(it: Telling) -> None:
    """The text of a label is its term, unless it had one; then it is another label."""
    text = words(it.element)
    last = it.said["tags"][-1] if it.said["tags"] else {"term": text}
    if text and not last["term"]:
        it.course.labels.discard((last["term"], last["scheme"], last["label"]))
        last["term"] = text
        it.course.labels.add((text, last["scheme"], last["label"]))
    elif text:
        _add_label(it, text, None, None)


def _add_label(it: Telling, term: str | None, scheme: str | None, label: str | None) -> None:
    tags = it.said.setdefault("tags", [])
    value = (term, scheme, label)
    if any(value) and value not in it.course.labels:
        it.course.labels.add(value)
        tags.append({"term": term, "scheme": scheme, "label": label})


# ------------------------------------------------------------------------------------- media


def enclosure(it: Telling) -> None:
    """Attached media."""
    words(it.element)
    link = with_one_href(it.attributes) | {"rel": "enclosure"}
    it.said.setdefault("links", []).append(link)


def thumbnail(it: Telling) -> None:
    """A small picture."""
    text = address(it.element, it.place)
    thumbnail = {"url": text} | it.attributes if text else it.attributes
    it.said.setdefault("media_thumbnail", []).append(thumbnail)


def itunes_image(it: Telling) -> None:
    """The picture of a podcast, or of one of its episodes."""
    words(it.element)
    href = it.attributes.get("href") or it.attributes.get("url")
    if href:
        it.said["image"] = {"href": href}


def feed_image(it: Telling) -> None:
    """The picture of a feed."""
    it.course.titled = False
    image = it.said.setdefault("image", {})
    only(it.element, OF_IMAGE)
    for child in it.element:
        if named(child.tag) == "url":
            image["href"] = address(child, place_in(attributes_of(child), it.place))


# -------------------------------------------------------------------------- and all the others


def source(it: Telling) -> None:
    """Of whom an entry was taken: nobody reads that, but a title may follow it."""
    it.course.titled = False
    for child in it.element.iterdescendants():
        name = named(child.tag)
        if name not in _OF_SOURCE or (len(child) and name not in {"author", "contributor"}):
            raise Unusual(f"{child.tag} in a source")


def text_input(it: Telling) -> None:
    """A form, which nobody reads; but a title may follow it."""
    it.course.titled = False
    only(it.element, OF_INPUT)


def text_of(key: str) -> Rule:
    """An element that feedparser does not know: its text, unless it has attributes."""

    def rule(it: Telling) -> None:
        text = words(it.element)
        it.said[key] = it.attributes or text

    return rule


def address_of(key: str) -> Rule:
    """An element of which feedparser only knows that it holds an address."""

    def rule(it: Telling) -> None:
        text = address(it.element, it.place)
        it.said[key] = it.attributes or text

    return rule
