"""HTML made safe to show, and the words in it."""

import re
from functools import lru_cache
from html import escape, unescape

import nh3

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
# Never closed, or closed by what follows.
_SHALLOW = frozenset((
    "area", "base", "br", "col", "dd", "dt", "embed", "hr", "img", "input", "li", "link", "meta",
    "option", "p", "param", "source", "tbody", "td", "tfoot", "th", "thead", "tr", "track",
    "wbr",
))  # fmt: skip
_MAX_DEPTH = 200  # sanitising takes the square of it

# What a space stands for.
_SPACES = "\t\n\r\f\v\u00a0"
_NAMED_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9:]*)[^<>]*>?")
# Tags as browsers find them. What never ends goes to the end: no match fails after looking far.
_REST = r"""(?:[^>=]++|=\s*+(?:"[^"]*+(?:"|\Z)|'[^']*+(?:'|\Z))?+)*+(?:>|\Z)"""
_TAG = re.compile(rf"</?+([a-zA-Z][^\s/>]*+)({_REST})")
_REMARK = re.compile(r"<!--.*?(?:-->|\Z)|<[!?][^>]*+(?:>|\Z)", re.DOTALL)
_UNREAD_TAGS = frozenset(
    ("script", "style", "template", "noscript", "head", "object", "iframe", "svg", "math")
)
_PICTURES = frozenset(("img", "area"))
_UNREAD = re.compile(
    rf"<({'|'.join(sorted(_UNREAD_TAGS))})(?=[\s/>]){_REST}"
    r"(?:(?<=/>)|.*?(?:</\1(?=[\s/>])[^>]*+(?:>|\Z)|\Z))",
    re.IGNORECASE | re.DOTALL,
)
_IMAGE = re.compile(rf"<[iI][mM][gG](?=[\s/]){_REST}")
_ATTRIBUTE = re.compile(
    r"""[\s/"'](src|alt|width|height)\s*+=\s*+(?:"([^"]*+)|'([^']*+)|([^\s>]++))""", re.IGNORECASE
)
_BREAK = "\x1e"  # between blocks: no text holds it
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
# WordPress keeps captions in short codes; some feeds give them unrendered.
_SHORT_CODE = re.compile(r"\[(?:wp_)?caption\b([^\]]{0,1000})\]", re.IGNORECASE)
_SHORT_CODE_END = re.compile(r"\[/(?:wp_)?caption\]", re.IGNORECASE)
_CAPTION_INSIDE = re.compile(
    r"\bcaption=(?:\"([^\"]*)\"|'([^']*)'|&quot;(.*?)&quot;)", re.IGNORECASE
)


def sanitised(markup: str, base: str) -> str:
    """HTML that is safe to show: no script, no style, links http(s) only and absolute.

    Args:
        markup: a fragment as the publisher wrote it.
        base: address that its links are relative to.
    """
    safe = _cleaner(base).clean(_prepared(markup))
    return (clean(safe) if "&#" in markup else safe).strip()


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
    text = "".join(_pieces(_prepared(markup)))
    if "&" in text:
        text = unescape(text)
    lines = (line.strip(" ") for line in _one_spaced(text).split(_BREAK))
    return "\n".join(filter(None, lines))


def _pieces(markup: str) -> list[str]:
    """Texts and what their tags stand for: nothing, a break, or the words of a picture."""
    if "<" not in markup:
        return [markup]
    markup = _without_remarks(markup)
    pieces = _TAG.split(markup)
    tags = [tag.lower() for tag in pieces[1::3]]
    if not _UNREAD_TAGS.isdisjoint(tags):
        pieces = _TAG.split(_UNREAD.sub("<hr>", markup))
        tags = [tag.lower() for tag in pieces[1::3]]
    pieces[1::3] = ["" if tag in _INLINE else _BREAK for tag in tags]
    rest = [""] * len(tags)
    for place, tag in enumerate(tags):
        if tag in _PICTURES:
            rest[place] = _alternative(pieces[3 * place + 2]) + _BREAK
    pieces[2::3] = rest
    return pieces


def _one_spaced(text: str) -> str:
    """The text with single spaces, and no other characters like them."""
    for space in _SPACES:
        if space in text:
            text = text.replace(space, " ")
    while "  " in text:
        text = text.replace("  ", " ")
    return text


def _without_remarks(markup: str) -> str:
    if ("!" in markup and "<!" in markup) or ("?" in markup and "<?" in markup):
        return _REMARK.sub("", markup)
    return markup


def _alternative(said: str) -> str:
    """What a picture with such attributes says to those who do not see it, escaped as it was."""
    return _attributes(said).get("alt", "").replace("<", "&lt;")


def _attributes(tag: str) -> dict[str, str]:
    """Of a picture, those that are read, as written."""
    found: dict[str, str] = {}
    for name, *values in _ATTRIBUTE.findall(tag):
        found.setdefault(name.lower(), "".join(values))
    return found


def title_of(value: str, *, is_html: bool) -> str | None:
    """A title as plain text on one line, cut where none goes on; None when nothing is left of it."""
    value = value[:_MAX_LENGTH]
    if is_html:
        value = text_of(value)
    elif "&" in value:  # escaped once too often; nobody means to write "&amp;" in a headline
        value = _ENTITY.sub(lambda entity: unescape(entity[0]), value)
    return _one_spaced(clean(value)).strip()[:_MAX_TITLE].rstrip() or None


def plain(text: str) -> str:
    """Plain text without spaces that mean nothing; lines stay lines."""
    lines = (_one_spaced(line).strip() for line in clean(text).splitlines())
    return "\n".join(line for line in lines if line)


def first_picture(markup: str) -> tuple[str, str | None] | None:
    """Address, as written, and alternative text of the first picture; None if there is none."""
    markup = _without_remarks(_prepared(markup))
    for image in _IMAGE.finditer(markup):
        said = {name: unescape(value) for name, value in _attributes(image[0]).items()}
        if said.get("src") and said.get("width") != "1" and said.get("height") != "1":
            return clean(said["src"]), clean(said.get("alt", "")).strip() or None
    return None


@lru_cache(maxsize=4)  # a body is sanitised, its words are read, and its picture is looked for
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
