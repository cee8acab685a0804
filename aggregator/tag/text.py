"""What a reader sees of a field, plain or HTML, with the way back to the field's own offsets.

Markup becomes white space, entities their characters, `alt` and `title` attributes sentences of
their own; soft hyphens, zero-width characters and hyphens at a line's end vanish. Tokens are
runs of letters and their marks, so hyphens, apostrophes and possessives part words by themselves.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from html import unescape
from itertools import accumulate

# Marks that belong to the letter before them, which `\w` leaves out: accents, Hebrew and Arabic
# vowel points, and the vowel signs of the scripts of South and South-East Asia.
MARKS = (
    "\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7"
    "\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed"
    "\u0900-\u0963\u0971-\u09e3\u0a01-\u0a65\u0a70-\u0ae3\u0b01-\u0b65\u0b71-\u0be3"
    "\u0c00-\u0c65\u0c80-\u0ce3\u0d00-\u0d65\u0d7a-\u0de5\u0e31\u0e34-\u0e3a\u0e47-\u0e4e"
    "\u0eb1\u0eb4-\u0ebc\u0ec8-\u0ece\u0f71-\u0f84\u102b-\u103e\u17b4-\u17d3"
    "\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\u3099\u309a\ufe20-\ufe2f"
)
# In Ukrainian an apostrophe stands within a word: "Герасим’юк".
TOKEN = re.compile(
    rf"([^\W\d_]+(?:[{MARKS}]+[^\W\d_]*|['’](?=[яюєїЯЮЄЇ])[^\W\d_]+)*|[{MARKS}]+[^\W\d_]*)"
)
_ASCII_TOKEN = re.compile("([A-Za-z]+)")

_CAPITALS = re.compile(r"(?<=[a-z])()(?=[A-Z])")  # the empty group is the gap between two words

# Everything that makes the seen text differ from the field. Tags are possessive and never run
# over another "<", so that no input takes more than one look at each character.
_ODD = re.compile(
    r"<!--|<!\[CDATA\[|\]\]>"
    r"""|</?[A-Za-z](?:[^<>"']++|"[^"<]*+"|'[^'<]*+')*+>|</?[A-Za-z][^<>]*+>|<[?!][^<>]*+>"""
    r"|&(?:\#[0-9]{1,8};?|\#[xX][0-9a-fA-F]{1,7};?|[A-Za-z][A-Za-z0-9]{1,31};)"
    r"|(?:https?://|www\.)[^\s<>\"]++"
    r"|(?<=[^\W\d_])[-\u2010\u00ad][ \t]*+\r?\n[ \t]*+(?=[^\W\d_])"
    r"|[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]++"
)
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")
_BROKEN_WORD = re.compile("[-\u2010][ \t\r]*\n")
_TAG_NAME = re.compile(r"</?([A-Za-z][A-Za-z0-9]*)")
_SPOKEN = re.compile(r"""[\s"'](?:alt|title)\s*=\s*(?:"([^"]*)"|'([^']*)')""", re.IGNORECASE)
_HIDDEN = ("script", "style")
_SHOWN_AGAIN = re.compile(r"</(?:script|style)", re.IGNORECASE)
_INLINE = re.compile(
    "a|abbr|acronym|b|bdi|bdo|big|cite|code|data|del|dfn|em|font|i|ins|kbd|mark|q|r[bpt]|ruby|s|"
    "samp|small|span|strike|strong|su[bp]|time|tt|u|var|wbr"
)  # tags that part no words


@dataclass(frozen=True, slots=True)
class Seen:
    """The text a reader sees of one field."""

    text: str
    # Places where seen and raw part ways, in order: seen offset, raw offset, and the raw length
    # that the piece stands for (0: as many raw characters as seen ones). Empty: they are equal.
    pieces: tuple[tuple[int, int, int], ...] = ()
    _starts: tuple[int, ...] = ()

    def raw_span(self, start: int, end: int) -> tuple[int, int]:
        """Offsets in the field of the non-empty `text[start:end]`."""
        if not self.pieces:
            return start, end
        first = self._raw(start)[0]
        return first, self._raw(end - 1)[1]

    def _raw(self, offset: int) -> tuple[int, int]:
        seen, raw, length = self.pieces[bisect_right(self._starts, offset) - 1]
        if length:
            return raw, raw + length
        return raw + offset - seen, raw + offset - seen + 1


def seen(raw: str) -> Seen:
    """Read a field, plain or HTML; never raises, whatever it holds."""
    if not _has_odd(raw):
        return Seen(raw)
    texts: list[str] = []
    pieces: list[tuple[int, int, int]] = []
    length = 0
    for text, start, stands_for in _pieces(raw):
        if text:
            pieces.append((length, start, stands_for))
            texts.append(text)
            length += len(text)
    return Seen("".join(texts), tuple(pieces), tuple(piece[0] for piece in pieces))


def _has_odd(raw: str) -> bool:
    """Whether the seen text may differ from the field; most fields are plain, so be quick."""
    return (
        "<" in raw
        or "&" in raw
        or "://" in raw
        or "www." in raw
        or ("\n" in raw and _BROKEN_WORD.search(raw) is not None)
        or (not raw.isascii() and _INVISIBLE.search(raw) is not None)
    )


def _pieces(raw: str) -> Iterator[tuple[str, int, int]]:
    """Seen pieces: text, raw offset, raw length it stands for (0: as it is)."""
    done = 0
    while (odd := _ODD.search(raw, done)) is not None:
        start, end = odd.span()
        yield raw[done:start], done, 0
        what = odd[0]
        done = end
        if what.startswith("&"):
            yield _visible(what), start, end - start
        elif what == "<!--":
            closed = raw.find("-->", end)
            done = len(raw) if closed < 0 else closed + 3
        elif what.startswith("<") and (tag := _TAG_NAME.match(what)):
            name = tag[1].lower()
            if _INLINE.fullmatch(name) is None:
                yield "\n\n", start, end - start
            yield from _spoken(what, start)
            if name in _HIDDEN and not what.startswith("</"):
                shown = _SHOWN_AGAIN.search(raw, end)
                done = len(raw) if shown is None else shown.start()
        elif what[0] in "hw":
            yield " \u2026 ", start, end - start  # an address holds no names, and parts sentences
        elif what[0] in "-\u2010\u00ad" and "\n" in what and not raw[end : end + 1].islower():
            yield (
                "-",
                start,
                end - start,
            )  # "Jean-\nClaude" keeps its hyphen, "Moghe-\nrini" does not
    yield raw[done:], done, 0


def _visible(entity: str) -> str:
    return _INVISIBLE.sub("", unescape(entity))


def _spoken(tag: str, start: int) -> Iterator[tuple[str, int, int]]:
    """What the attributes of a tag say to a reader: captions of pictures, titles of links."""
    for found in _SPOKEN.finditer(tag):
        group = 1 if found[1] is not None else 2
        value, at = found[group], start + found.start(group)
        yield "\n\n", at, 1
        done = 0
        for entity in _ODD.finditer(value):
            yield value[done : entity.start()], at + done, 0
            done = entity.end()
            if entity[0].startswith("&"):
                yield _visible(entity[0]), at + entity.start(), len(entity[0])
        yield value[done:], at + done, 0
        yield "\n\n", at + len(value), 1


class Tokens:
    """The words of a text, and what stands between them."""

    def __init__(self, parts: list[str]) -> None:
        """Gaps and words in turn, beginning and ending with a gap."""
        self._parts = parts
        self.words = parts[1::2]
        self.gaps = parts[::2]  # gaps[i] stands before words[i]; the last one after all words

    @cached_property
    def starts(self) -> list[int]:
        """The offset of each word; most texts name nobody, and are not asked."""
        return list(accumulate(map(len, self._parts)))[:-1:2]

    def end(self, index: int) -> int:
        """Offset where words[index] ends."""
        return self.starts[index] + len(self.words[index])


def tokens(text: str) -> Tokens:
    """Cut a seen text into words and gaps; a hashtag such as #SergeyLavrov is of several words."""
    parts = (_ASCII_TOKEN if text.isascii() else TOKEN).split(text)
    return Tokens(list(_parts_of_hashtags(parts)) if "#" in text else parts)


def _parts_of_hashtags(parts: list[str]) -> Iterator[str]:
    """Gaps and words in turn, with the words of hashtags cut where a capital follows."""
    for number, part in enumerate(parts):
        if number % 2 and parts[number - 1].endswith("#"):
            yield from _CAPITALS.split(part)
        else:
            yield part
