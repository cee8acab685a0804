"""The feeds of a page: what it announces, then what its site is likely to have.

Source: HTML Standard §4.6.6.1 (`rel=alternate`), and the habits of common publishing programs.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import urlsplit

from aggregator import urls

_MAX_LINKS = 50
_MAX_MARKUP = 1_000_000  # characters of a page that are read; announcements stand at its top
_FEED_TYPES = {
    "application/atom+xml": 0,
    "application/rss+xml": 0,
    "application/feed+json": 1,
    "application/rdf+xml": 2,
    "application/json": 3,
    "application/xml": 3,
    "text/xml": 3,
}  # with how much they are preferred, least first
_COMMON_PATHS = (
    "/feed/", "/feed.xml", "/rss.xml", "/atom.xml", "/index.xml", "/rss", "/feed.json",
    "/feeds/posts/default", "/rss/", "/?feed=rss2",
)  # fmt: skip
_STARTS = ("<?xml", "<rss", "<feed", "<rdf:rdf")
_FEED_ROOTS = ("<rss", "<feed", "<rdf:rdf", "<atom:feed")


@dataclass(frozen=True, slots=True)
class Announced:
    """A feed that a page speaks of."""

    url: str  # absolute http(s)
    title: str | None
    media_type: str


def is_feed(body: bytes) -> bool:
    """Whether a document looks like a feed rather than a page; cheap, and only a first look."""
    start = _text(body[:4096]).lstrip("\ufeff \t\r\n").lower()
    if start.startswith("{"):
        return "jsonfeed.org/version" in start
    if not start.startswith(_STARTS) and not start.startswith("<!--"):
        return False
    return any(root in start for root in _FEED_ROOTS) and "<html" not in start


def announced(body: bytes, base: str) -> tuple[Announced, ...]:
    """The feeds that a page announces, the best choice first.

    Atom and RSS before JSON Feed before vaguer types; feeds of comments last; else as the page has
    them. Addresses are made absolute by the page's own `<base>`, and come once.
    """
    page = _Page(base)
    page.feed(_text(body)[:_MAX_MARKUP])
    found: dict[str, Announced] = {}
    for link in page.links:
        if link.url not in found:
            found[link.url] = link
    return tuple(sorted(found.values(), key=_preference))[:_MAX_LINKS]


def likely(address: str) -> Iterator[str]:
    """Where the feed of a page may be that announces none: common places, nearest first."""
    parts = urlsplit(address)
    root = f"{parts.scheme}://{parts.netloc}"
    folder = parts.path.rpartition("/")[0]
    for path in _COMMON_PATHS:
        if folder:
            yield f"{root}{folder}{path}"
    for path in _COMMON_PATHS:
        yield root + path


def _preference(link: Announced) -> tuple[bool, int]:
    about = f"{link.title or ''} {link.url}".lower()
    return "comment" in about or "kommentar" in about, _FEED_TYPES[link.media_type]


def _text(body: bytes) -> str:
    """Markup as text: names and addresses are ASCII, so a wrong guess costs a title at most."""
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        return body.decode("latin-1")


class _Page(HTMLParser):
    """Collects what a page announces."""

    def __init__(self, base: str) -> None:
        super().__init__()
        self.links: list[Announced] = []
        self._base = base
        self._has_base = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at `<base>`, `<link>` and `<a>`."""
        given = {name: value or "" for name, value in reversed(attrs)}
        if tag == "base" and not self._has_base and "href" in given:
            self._base = urls.absolute(self._base, given["href"]) or self._base
            self._has_base = True
        if tag in {"link", "a"} and "href" in given:
            self._announce(given)

    def _announce(self, given: dict[str, str]) -> None:
        relations = given.get("rel", "").lower().split()
        media_type = given.get("type", "").partition(";")[0].strip().lower()
        if "feed" in relations and media_type not in _FEED_TYPES:
            media_type = "application/rss+xml"
        elif "alternate" not in relations or media_type not in _FEED_TYPES:
            return
        url = urls.absolute(self._base, given["href"])
        if url is not None and len(self.links) < _MAX_LINKS:
            title = " ".join(given.get("title", "").split()) or None
            self.links.append(Announced(url, title, media_type))
