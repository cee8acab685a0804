"""HTML made safe to show, and the words in it."""

import re
from collections.abc import Iterator
from functools import lru_cache
from html import escape, unescape

import nh3
from lxml import etree

from aggregator.parse.xmltext import clean
from aggregator.urls import absolute

_MAX_LENGTH = 500_000  # characters of one HTML field; no article is longer
_MAX_TITLE = 5_000  # characters; some feeds put a whole post there

_ATTRIBUTES = {
    tag: names - {"align", "char", "charoff"} for tag, names in nh3.ALLOWED_ATTRIBUTES.items()
} | {"*": {"lang", "dir", "title"}}

# Elements inside a line of text. All others part it: better a word too many than two glued.
_INLINE = frozenset((
    "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "blink", "cite", "code", "data", "del",
    "dfn", "em", "font", "i", "ins", "kbd", "label", "mark", "nobr", "q", "rb", "rp", "rt",
    "ruby", "s", "samp", "small", "span", "strike", "strong", "sub", "sup", "time", "tt", "u",
    "var", "wbr",
))  # fmt: skip
_UNREAD = frozenset(
    ("script", "style", "template", "noscript", "head", "object", "iframe", "embed", "svg", "math")
)

# Never closed, or closed by what follows.
_SHALLOW = frozenset((
    "area", "base", "br", "col", "dd", "dt", "embed", "hr", "img", "input", "li", "link", "meta",
    "option", "p", "param", "source", "tbody", "td", "tfoot", "th", "thead", "tr", "track",
    "wbr",
))  # fmt: skip
_MAX_DEPTH = 200  # sanitising takes the square of it

# What one space stands for: not the single ones there are, which are most.
_SPACE = re.compile(r"[ \t\n\r\f\v\u00a0]{2,}|[\t\n\r\f\v\u00a0]")
_TAG = re.compile(r"<[!/?a-zA-Z]")
_NAMED_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9:]*)[^<>]*>?")
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
# WordPress keeps captions in short codes; some feeds give them unrendered.
_SHORT_CODE = re.compile(r"\[(?:wp_)?caption\b([^\]]{0,1000})\]", re.IGNORECASE)
_SHORT_CODE_END = re.compile(r"\[/(?:wp_)?caption\]", re.IGNORECASE)
_CAPTION_INSIDE = re.compile(
    r"\bcaption=(?:\"([^\"]*)\"|'([^']*)'|&quot;(.*?)&quot;)", re.IGNORECASE
)

_PARSER_SETTINGS = {"recover": True, "huge_tree": True, "remove_comments": True, "remove_pis": True}


def sanitised(markup: str, base: str) -> str:
    """HTML that is safe to show: no script, no style, links http(s) only and absolute.

    Args:
        markup: a fragment as the publisher wrote it.
        base: address that its links are relative to.
    """
    return clean(_cleaner(base).clean(_prepared(markup))).strip()


@lru_cache(maxsize=32)
def _cleaner(base: str) -> nh3.Cleaner:
    """A sanitiser for fragments with that base; making one costs more than using it."""
    return nh3.Cleaner(
        attributes=_ATTRIBUTES,
        url_schemes={"http", "https"},
        url_relative=lambda url: absolute(base, url),
    )


def markup_of(text: str) -> str:
    """Plain text as HTML, line by line."""
    return "<br>\n".join(escape(line, quote=False) for line in clean(text).strip().splitlines())


def text_of(markup: str) -> str:
    """All there is to read in a fragment: a block a line, captions and alternative texts too."""
    markup = _prepared(markup)
    if not _TAG.search(markup):
        return clean(_SPACE.sub(" ", unescape(markup))).strip()
    read = "".join(_pieces(_root(markup)))
    lines = (_SPACE.sub(" ", line).strip() for line in read.split("\n"))
    return clean("\n".join(line for line in lines if line))


def title_of(value: str, *, is_html: bool) -> str | None:
    """A title as plain text on one line, cut where none goes on; None when nothing is left of it."""
    value = value[:_MAX_LENGTH]
    if is_html:
        value = text_of(value)
    elif "&" in value:  # escaped once too often; nobody means to write "&amp;" in a headline
        value = _ENTITY.sub(lambda entity: unescape(entity[0]), value)
    return _SPACE.sub(" ", clean(value)).strip()[:_MAX_TITLE].rstrip() or None


def plain(text: str) -> str:
    """Plain text without spaces that mean nothing; lines stay lines."""
    lines = (_SPACE.sub(" ", line).strip() for line in clean(text).splitlines())
    return "\n".join(line for line in lines if line)


def first_picture(markup: str) -> tuple[str, str | None] | None:
    """Address, as written, and alternative text of the first picture; None if there is none."""
    if "<img" not in markup.lower():
        return None
    for image in _root(_prepared(markup)).iter("img"):
        if image.get("src") and image.get("width") != "1" and image.get("height") != "1":
            return clean(image.get("src")), clean(image.get("alt") or "").strip() or None
    return None


def _prepared(markup: str) -> str:
    """The fragment within its limit and alphabet, with WordPress's captions as captions."""
    markup = clean(markup[:_MAX_LENGTH])
    if "caption" in markup and "[" in markup:
        markup = _SHORT_CODE_END.sub("</figcaption></figure>", markup)
        markup = _SHORT_CODE.sub(_opened, markup)
    return _NAMED_TAG.sub("\n", markup) if _is_too_deep(markup) else markup


def _is_too_deep(markup: str) -> bool:
    """Whether elements are nested beyond what any article needs."""
    if markup.count("<") <= _MAX_DEPTH:
        return False
    depth = 0
    for tag in _NAMED_TAG.finditer(markup):
        if tag[2].lower() not in _SHALLOW:
            depth = max(depth - 1, 0) if tag[1] else depth + 1
        if depth > _MAX_DEPTH:
            return True
    return False


def _opened(short_code: re.Match[str]) -> str:
    """`[caption ...]` as HTML; the oldest form holds the words in an attribute."""
    found = _CAPTION_INSIDE.search(short_code[1])
    words = next((group for group in found.groups() if group), "") if found else ""
    return f"<figure><figcaption>{words} "


@lru_cache(maxsize=4)  # of one body the words are read, and its first picture is looked for
def _root(markup: str) -> etree._Element:
    """The tree of a fragment; nobody changes it."""
    return etree.fromstring(f"<div>{markup}</div>", etree.HTMLParser(**_PARSER_SETTINGS))


def _pieces(root: etree._Element) -> Iterator[str]:
    """The text of a tree in order, with a line break where a block starts or ends."""
    unread: etree._Element | None = None
    for event, node in etree.iterwalk(root, events=("start", "end")):
        if unread is not None:
            if event == "end" and node is unread:
                unread = None
                yield "\n" + _words(node.tail)
            continue
        inline = node.tag in _INLINE
        if event == "start":
            if node.tag in _UNREAD:
                unread = node
                continue
            yield ("" if inline else "\n") + _words(node.text)
            if node.tag in {"img", "area"}:
                yield _words(node.get("alt"))
        else:
            yield ("" if inline else "\n") + _words(node.tail)


def _words(text: str | None) -> str:
    """Text between tags, where a line break is but a space."""
    return _SPACE.sub(" ", text) if text else ""
