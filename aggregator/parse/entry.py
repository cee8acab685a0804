"""What feedparser says of one entry, as an Entry."""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aggregator.parse import dates, html
from aggregator.parse.xmltext import clean
from aggregator.urls import absolute
from aggregator.values.item import Category, Enclosure, Entry, Picture

_MAX_LABELS = 100  # categories, authors, enclosures of one entry
_MAX_LABEL = 300  # characters
_MAX_GUID = 2_000  # characters
_MAX_TEXT = 200_000  # characters of all there is to read
_HTML_TYPES = {"text/html", "application/xhtml+xml"}
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8}){0,4}")
_MAIL_AND_NAME = re.compile(r"\s*[^\s@]+@[^\s@]+\s+\(([^()]+)\)\s*")  # RSS 2.0 <author>
_CUT_OFF = re.compile(
    r"(?:\s*(?:\[?(?:…|\.\.\.)\]?|\(more\)|(?:read|continue) (?:more|reading)\W{0,3}))+$",
    re.IGNORECASE,
)
_CUT_OFF_WORD = 12  # characters: the last word of such a mark, and what may stand behind it
_CUT_OFF_LENGTH, _CUT_OFF_MARK = 100, 30  # characters: longer than all such marks are, and than one
_PICTURE_FILE = re.compile(r"\.(?:jpe?g|png|gif|webp|avif)(?:$|\?)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Body:
    """A text of an entry: its content, its summary."""

    value: str
    base: str  # address its links are relative to
    is_html: bool = True

    def markup(self) -> str | None:
        """The text as sanitised HTML; None when nothing is left."""
        if self.is_html:
            return html.sanitised(self.value, self.base) or None
        return html.markup_of(self.value) or None

    def text(self) -> str:
        """The text as plain text, a block a line."""
        return html.text_of(self.value) if self.is_html else html.plain(self.value)


def entry_of(
    said: Mapping[str, Any],
    *,
    url: str,
    language: str | None = None,
    authors: tuple[str, ...] = (),
    captions: Sequence[str] = (),
) -> Entry:
    """An entry as one feed says it.

    Args:
        said: feedparser's result, under its own keys.
        url: address of the document, for links that feedparser left relative.
        language: of the feed, where the entry names none.
        authors: of the feed, where the entry names none.
        captions: titles and descriptions of the entry's media, as written.
    """
    captions = [text for text in map(html.text_of, captions) if text]
    title = _title(said)
    if title is None and captions:
        title, captions = " ".join(captions[0].split()), captions[1:]
    content, summary, others = _bodies(said, url)
    if summary is None and content is None and captions:
        summary = Body("\n".join(captions), url, is_html=False)
    texts = [body.text() for body in (content, summary, *others) if body]
    published = _time(said, "published") or _time(said, "created") or _time(said, "updated")
    enclosures, pictures = _media(said, url)
    return Entry(
        guid=guid_of(str(said.get("id") or "")),
        link=_link(said, url),
        title=title,
        published=published,
        updated=_time(said, "updated"),
        authors=names(_authors(said)) or authors,
        categories=_categories(said.get("tags") or ()),
        summary=summary.markup() if summary else None,
        content=content.markup() if content else None,
        text=reading([*texts, *captions]),
        enclosures=enclosures,
        picture=_picture(pictures, captions, content or summary),
        language=tongue(_declared_language(said)) or language,
        guid_is_link=bool(said.get("guidislink")),
        comments=_address(said.get("comments"), url),
        via=_address(said.get("feedburner_origlink") or said.get("pheedo_origlink"), url),
    )


def reading(texts: Iterable[str]) -> str:
    """All there is to read: the first text, and the lines of the others that add something.

    A teaser that only repeats how the article starts adds nothing; a caption may.
    """
    lines: list[str] = []
    read = ""
    for text in texts:
        fresh = []
        for line in text.splitlines():
            words = _without_cut_off(line).strip()
            if words and words not in read:
                fresh.append(line)
        lines += fresh
        read = " ".join([read, *fresh])
    return "\n".join(lines)[:_MAX_TEXT]


def _without_cut_off(line: str) -> str:
    """A line without the marks of a teaser at its end; only the end is looked at."""
    said = line[-_CUT_OFF_WORD:].lower()
    if not ("…" in said or "..." in said or "more" in said or "reading" in said):
        return line
    end = line[-_CUT_OFF_LENGTH:]
    found = _CUT_OFF.search(end)
    if found is None:
        return line
    if found.start() < _CUT_OFF_MARK:  # there may be more of them, or one cut in two
        return _CUT_OFF.sub("", line)
    return line[: len(line) - len(end) + found.start()]


def names(said: Iterable[str]) -> tuple[str, ...]:
    """People's names, each once, without what is no name."""
    tidy = (" ".join(clean(name).split())[:_MAX_LABEL] for name in said)
    return tuple(dict.fromkeys(name for name in tidy if name))[:_MAX_LABELS]


def guid_of(said: str) -> str | None:
    """A guid as written; a digest of one that is longer than any guid; None where nothing is said."""
    guid = clean(said).strip()
    if len(guid) > _MAX_GUID:
        return f"urn:sha256:{hashlib.sha256(guid.encode()).hexdigest()}"
    return guid or None


def name_of_feed(title: str | None) -> str | None:
    """What a feed calls itself, no longer than any name."""
    return title and title[:_MAX_LABEL].rstrip()


def tongue(said: object) -> str | None:
    """A language as BCP 47 writes it; None where a feed says something else."""
    text = str(said or "").strip().replace("_", "-")
    return text if _LANGUAGE.fullmatch(text) else None


def number(said: object) -> int | None:
    """A count of pixels or bytes; None where it is none."""
    text = str(said if said is not None else "").strip().removesuffix("px")
    return (
        int(text) if text.isascii() and text.isdigit() and len(text) < len("1e15_bytes_") else None
    )


def _title(said: Mapping[str, Any]) -> str | None:
    detail = said.get("title_detail") or {}
    return html.title_of(str(said.get("title") or ""), is_html=detail.get("type") in _HTML_TYPES)


def _link(said: Mapping[str, Any], url: str) -> str | None:
    """Where readers go: the entry's link, else any alternate that is an address."""
    links = said.get("links") or ()
    candidates = [
        said.get("link"),
        *(link.get("href") for link in links if link.get("rel") == "alternate"),
    ]
    return next(filter(None, (_address(candidate, url) for candidate in candidates)), None)


def _address(said: object, url: str) -> str | None:
    return absolute(url, said) if isinstance(said, str) and said.strip() else None


def _bodies(said: Mapping[str, Any], url: str) -> tuple[Body | None, Body | None, list[Body]]:
    """Content, summary, and what else there is to read.

    feedparser files a second summary under content, and copies content where there is no summary:
    the longest text is the content, unless it is all there is.
    """
    details = [detail for detail in said.get("content") or () if _is_text(detail)]
    texts = [_body(detail, url) for detail in details if detail.get("value")]
    summary = _body(said.get("summary_detail") or {}, url, str(said.get("summary") or ""))
    texts.sort(key=lambda body: len(body.value), reverse=True)
    if not texts:
        return None, summary if summary.value else None, []
    content, *others = texts
    if not summary.value or summary.value == content.value:
        return (content, None, others) if others else (None, content, [])
    if len(summary.value) > len(content.value):
        content, summary = summary, content
    return content, summary, others


def _body(detail: Mapping[str, Any], url: str, value: str | None = None) -> Body:
    base = str(detail.get("base") or url)
    said = str(detail.get("type") or "text/html").lower()
    text = str(detail.get("value") or "") if value is None else value
    return Body(text, base, is_html=said not in {"text/plain", "text"})


def _is_text(detail: Mapping[str, Any]) -> bool:
    """Whether a content is something to read, not a picture in base64."""
    said = str(detail.get("type") or "text/html").lower()
    return said.startswith("text") or said.endswith(("xml", "html")) or "/" not in said


def _time(said: Mapping[str, Any], key: str) -> Any:
    return dates.from_tuple(said.get(f"{key}_parsed")) or dates.from_text(said.get(key))


def _authors(said: Mapping[str, Any]) -> Iterator[str]:
    people = [person for person in said.get("authors") or () if person]
    named = _MAIL_AND_NAME.fullmatch(str(said.get("author") or ""))
    if len(people) == 1 and named:  # feedparser cuts addresses after four letters of ".example"
        yield named[1]
        return
    for person in people:
        yield str(person.get("name") or person.get("email") or "")
    if not people:
        yield str(said.get("author") or "")


def authors_of_feed(said: Mapping[str, Any]) -> tuple[str, ...]:
    """Who wrote the entries that name nobody (RFC 4287 §4.1.2)."""
    return names(_authors(said))


def _categories(said: Iterable[Mapping[str, Any]]) -> tuple[Category, ...]:
    found = []
    for tag in said:
        label = html.title_of(str(tag["label"]), is_html=False) if tag.get("label") else None
        term = html.title_of(str(tag.get("term") or ""), is_html=False) or label
        if term:
            scheme = clean(str(tag.get("scheme") or "")).strip()[:_MAX_LABEL] or None
            found.append(Category(term[:_MAX_LABEL], scheme, label and label[:_MAX_LABEL]))
    return tuple(dict.fromkeys(found))[:_MAX_LABELS]


def _media(said: Mapping[str, Any], url: str) -> tuple[tuple[Enclosure, ...], list[Picture]]:
    """Attached media, and the pictures among them, best first."""
    attached = [link for link in said.get("links") or () if link.get("rel") == "enclosure"]
    media = list(said.get("media_content") or ())
    enclosures: dict[str, Enclosure] = {}
    pictures: list[Picture] = []
    for place, thing in enumerate(attached + media):
        address = _address(thing.get("href") or thing.get("url"), url)
        if address is None:
            continue
        kind = str(thing.get("type") or "").strip().lower() or None
        if _is_picture(thing, kind, address):
            pictures.append(_picture_of(thing, address))
        if place < len(attached) or thing.get("medium") != "image":
            length = number(thing.get("length") or thing.get("filesize"))
            title = html.title_of(str(thing.get("title") or ""), is_html=False)
            enclosures.setdefault(address, Enclosure(address, kind, length, title))
    thumbnails = [*(said.get("media_thumbnail") or ()), said.get("image") or {}]
    for thing in thumbnails:
        address = _address(thing.get("url") or thing.get("href"), url)
        if address:
            pictures.append(_picture_of(thing, address))
    return tuple(enclosures.values())[:_MAX_LABELS], pictures


def _is_picture(thing: Mapping[str, Any], kind: str | None, address: str) -> bool:
    if kind is None and "medium" not in thing:
        return _PICTURE_FILE.search(address) is not None
    return thing.get("medium") == "image" or (kind or "").startswith("image/")


def _picture_of(thing: Mapping[str, Any], address: str) -> Picture:
    return Picture(address, None, number(thing.get("width")), number(thing.get("height")))


def _picture(
    pictures: Sequence[Picture], captions: Sequence[str], body: Body | None
) -> Picture | None:
    """The widest picture of the media, else the first in the text."""
    if pictures:
        best = max(pictures, key=lambda picture: picture.width or 0)
        caption = " ".join(captions[-1].split()) if captions else None
        return Picture(best.url, caption, best.width, best.height)
    found = html.first_picture(body.value) if body and body.is_html else None
    address = found and absolute(body.base, found[0]) if body else None
    return Picture(address, found[1]) if found and address else None


def _declared_language(said: Mapping[str, Any]) -> object:
    """The language an entry names for its text, else for its title."""
    details = [*(said.get("content") or ()), said.get("summary_detail"), said.get("title_detail")]
    found = (detail.get("language") for detail in details if detail)
    return said.get("language") or next(filter(None, found), None)
