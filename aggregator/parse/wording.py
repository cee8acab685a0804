"""How feedparser reads texts and addresses, once it knows which they are."""

import re
from contextlib import suppress
from typing import Final
from urllib.parse import urljoin

from aggregator.parse.names import Unusual
from aggregator.urls import WHOLE

PLAIN: Final = "text/plain"
HTML: Final = "text/html"
XHTML: Final = "application/xhtml+xml"
HTML_KINDS: Final = frozenset((HTML, XHTML))
_KINDS = {"text": PLAIN, "plain": PLAIN, "html": HTML, "xhtml": XHTML} | {
    kind: kind for kind in (PLAIN, HTML, XHTML)
}

# Characters that only windows-1252 has, and where other charsets have controls.
_CONTROLS = re.compile("[\x80-\x9f]")
_LEAD = b"\xc2"  # of each of them in UTF-8: found sooner than they are
_PUNCTUATION = b"\xe2"  # of quotes, dashes, dots in UTF-8: letters that iso-8859-1 does not have
_WINDOWS = {
    code: bytes((code,)).decode("windows-1252")
    for code in range(0x80, 0xA0)
    if code not in {0x81, 0x8D, 0x8F, 0x90, 0x9D}
}
_EXTRA_SLASHES = re.compile(r"^([A-Za-z][A-Za-z0-9+-.]*://)(/*)(.*?)")


def kind_of(said: str) -> str:
    """The media type that a `type` stands for.

    Raises:
        Unusual: it is neither text nor HTML.
    """
    kind = _KINDS.get(said.lower())
    if kind is None:
        raise Unusual(f"a text of type {said}")
    return kind


def mended(text: str) -> str:
    """A text without what careless conversion between charsets left in it."""
    if text.isascii():
        return text
    coded = text.encode("utf-8")
    if _PUNCTUATION not in coded:  # else it would fail
        with suppress(UnicodeError):
            text = text.encode("iso-8859-1").decode("utf-8")
            coded = text.encode("utf-8")
    return text.translate(_WINDOWS) if _LEAD in coded and _CONTROLS.search(text) else text


def joined(base: str, address: str) -> str:
    """An address made absolute; empty where it is none."""
    if WHOLE.fullmatch(address):
        return address
    try:
        return urljoin(base, _EXTRA_SLASHES.sub(r"\1\3", address))
    except ValueError:
        return ""


def base_in(around: str, said: str) -> str:
    """The base of addresses that an element gives, in an element with such a base.

    Raises:
        Unusual: it is not an address of a page.
    """
    base = joined(around, said)
    # feedparser joins it with itself in each element
    if not base.startswith(("http://", "https://")) or joined(base, base) != base:
        raise Unusual(f"the base {base}")
    return base
