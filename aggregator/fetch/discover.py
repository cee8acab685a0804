"""The feed of an address that people have: what a page announces, links to, or is likely to have.

The rules; what asks the network is handed to `find`.

Source: HTML Standard §4.6.6.1 (`rel=alternate`), and the habits of common publishing programs.
"""

import re
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from itertools import chain
from typing import TypeAlias
from urllib.parse import unquote, urlsplit

from aggregator import urls
from aggregator.errors import NotAFeed
from aggregator.values.feed import Failed, Fetched

Get: TypeAlias = Callable[[str], Awaitable[Fetched | Failed]]
"""Asks for an address, as `Client.get` does."""

MAX_ASKED = 16  # addresses that are tried for one page, itself included
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
_START = 16_384  # bytes of a document among which its root element stands
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_ROOT = re.compile(r"<(?:[a-z][\w.-]*:)?(rss|feed|rdf|html|head|body|opml|svg|urlset)[\s>/]")
_FEED_ROOTS = frozenset({"rss", "feed", "rdf"})
# A link in the text of a page that seems to lead to a feed.
_FEED_LINK = re.compile(
    r"(?:^|[/?&=._-])(?:rss\d?|atom\d?|feeds?|rdf)(?:[/?&=._-]|$)|\.(?:rss|atom|rdf)$",
    re.IGNORECASE,
)
_SCHEME = re.compile(r"^(?:feed:)?(?://)?(https?://)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Announced:
    """A feed that a page speaks of."""

    url: str  # absolute http(s)
    title: str | None
    media_type: str


@dataclass(frozen=True, slots=True)
class Found:
    """The feed of an address, and the others one may have meant."""

    url: str  # as feeds.yaml should have it
    title: str | None  # as the page announces it; None when it says none
    others: tuple[Announced, ...]  # what else the page announces, the better first; not tried
    answer: Fetched  # the feed's document, as it came


async def find(address: str, get: Get) -> Found:
    """The feed that an address means: its own, or the best of the page it leads to.

    What a page announces is tried before what it links to, and that before common places. Asks for
    `MAX_ASKED` addresses at most, one after the other, and stops at the first that has a feed.

    Args:
        address: as people have it: `https://` may be missing, `feed:` may stand before it.
        get: asks the network.

    Raises:
        NotAFeed: the address cannot be read, or no feed was found; the text says which.
    """
    url, page = await _first(address, get)
    if is_feed(page.body):
        return Found(_lasting(url, page), None, (), page)
    offered = announced(page.body, page.url)
    linked = (Announced(url, None, "") for url in _linked(page.body, page.url))
    common = (Announced(url, None, "") for url in likely(page.url))
    asked = {page.url, url}
    for candidate in chain(offered, linked, common):
        if candidate.url in asked or len(asked) >= MAX_ASKED:
            continue
        asked.add(candidate.url)
        match await get(candidate.url):
            case Fetched() as answer if is_feed(answer.body):
                url = _lasting(candidate.url, answer)
                others = tuple(other for other in offered if other != candidate)
                return Found(url, candidate.title, others, answer)
            case Failed(unreachable=True) as failed if not offered:
                raise NotAFeed(f"{urls.without_credentials(candidate.url)}: {failed.reason}")
    shown = urls.without_credentials(page.url)
    if offered:
        raise NotAFeed(f"{shown} announces {offered[0].url}, but there is no feed")
    raise NotAFeed(f"{shown} is a page, and no feed was found for it: give the feed's own address")


def is_feed(body: bytes) -> bool:
    """Whether a document looks like a feed rather than a page; cheap, and only a first look."""
    start = _text(body[:_START]).lstrip("\ufeff \t\r\n").lower()
    if start.startswith("{"):
        return "jsonfeed.org/version" in start
    root = _ROOT.search(_COMMENT.sub("", start))
    return root is not None and root[1] in _FEED_ROOTS


def announced(body: bytes, base: str) -> tuple[Announced, ...]:
    """The feeds that a page announces, the best choice first.

    Feeds below the page's own path (a section's) first, and feeds of comments last; Atom and RSS
    before JSON Feed before vaguer types; else as the page has them. Addresses are made absolute by
    the page's own `<base>`, and come once.
    """
    found: dict[str, Announced] = {}
    for link in _read(body, base).links:
        found.setdefault(link.url, link)
    return tuple(sorted(found.values(), key=lambda link: _preference(link, base)))[:_MAX_LINKS]


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


async def _first(address: str, get: Get) -> tuple[str, Fetched]:
    """What the address itself brings, and the address it was asked by.

    Raises:
        NotAFeed: nothing.
    """
    bare = _SCHEME.sub(r"\1", address.strip(), count=1)
    tries = [bare] if "://" in bare else [f"https://{bare}", f"http://{bare}"]
    reasons = []
    for url in tries:
        match await get(url):
            case Fetched() as answer:
                return url, answer
            case Failed(reason=reason, status=status):
                reasons.append(reason)
                if status is not None:  # somebody is there
                    break
    raise NotAFeed(f"{urls.without_credentials(tries[0])}: {reasons[0]}")


def _lasting(url: str, answer: Fetched) -> str:
    """The address to keep: where it moved for good, unless that would lose its credentials."""
    if answer.moved_to is None or urls.without_credentials(url) != url:
        return url
    return answer.moved_to


def _linked(body: bytes, base: str) -> Iterator[str]:
    """Addresses on the page's own site that it links to and that seem to be feeds."""
    for url in _read(body, base).anchors:
        if urls.host(url) == urls.host(base):
            yield url


def _preference(link: Announced, page: str) -> tuple[bool, bool, int]:
    about = unquote(f"{link.title or ''} {link.url}").lower()
    folder = urlsplit(page).path.rpartition("/")[0]
    is_near = bool(folder) and urlsplit(link.url).path.startswith(f"{folder}/")
    of_comments = "comment" in about or "kommentar" in about
    return of_comments, not is_near, _FEED_TYPES[link.media_type]


def _read(body: bytes, base: str) -> "_Page":
    page = _Page(base)
    page.feed(_text(body)[:_MAX_MARKUP])
    return page


def _text(body: bytes) -> str:
    """Markup as text: names and addresses are ASCII, so a wrong guess costs a title at most."""
    if body.startswith((b"\xff\xfe", b"\xfe\xff")):
        return body.decode("utf-16", errors="replace")
    return body.decode("utf-8", errors="replace")


class _Page(HTMLParser):
    """Collects what a page announces."""

    def __init__(self, base: str) -> None:
        super().__init__()
        self.links: list[Announced] = []
        self.anchors: list[str] = []
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
            self._link(given["href"])
            return
        url = urls.absolute(self._base, given["href"])
        if url is not None and len(self.links) < _MAX_LINKS:
            title = " ".join(given.get("title", "").split()) or None
            self.links.append(Announced(url, title, media_type))

    def _link(self, href: str) -> None:
        url = urls.absolute(self._base, href) if _FEED_LINK.search(href) else None
        if url is not None and url not in self.anchors and len(self.anchors) < _MAX_LINKS:
            self.anchors.append(url)
