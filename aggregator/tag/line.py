"""One field of a document as the rules look at it: words, the gaps between, what each may be."""

import re
from collections import Counter
from enum import Enum
from functools import lru_cache

from aggregator.tag.index import First, Index, Word
from aggregator.tag.scripts import Script
from aggregator.tag.text import Seen, Tokens, seen, tokens
from aggregator.values.tag import Field

SAME_START = 4  # letters that the forms of one name share
LONGEST_SMALL = 3  # letters of words that stay small in titles


class Join(Enum):
    """How a gap joins the words beside it."""

    SPACE = "space"
    HYPHEN = "hyphen"
    APOSTROPHE = "apostrophe"
    DOT = "dot"  # after an initial, or a sentence's end
    COMMA = "comma"
    QUOTE = "quote"  # around a nickname
    AND = "and"  # the sign &
    BREAK = "break"


_JOINS = {
    "": Join.SPACE, "-": Join.HYPHEN, "‐": Join.HYPHEN, "‑": Join.HYPHEN, "־": Join.HYPHEN,
    "'": Join.APOSTROPHE, "’": Join.APOSTROPHE, "ʼ": Join.APOSTROPHE, "‘": Join.APOSTROPHE,
    "`": Join.APOSTROPHE, "´": Join.APOSTROPHE, "＇": Join.APOSTROPHE,
    ".": Join.DOT, ".-": Join.DOT, ",": Join.COMMA, "،": Join.COMMA, "&": Join.AND, "·": Join.SPACE,
    "・": Join.SPACE, "(": Join.QUOTE, ")": Join.QUOTE,
    **dict.fromkeys(('"', "“", "”", "„", "«", "»", "''", "``"), Join.QUOTE),
}  # fmt: skip
_ENDS = re.compile(r"[.!?:;…。！？•|\n\r\t\u2028\u2029\u0964\u061f\"“„«»‘(\[–—]|\s-")


@lru_cache(maxsize=4096)
def join_of(gap: str) -> Join:
    """What a gap between two words means for a name that may go on over it."""
    if gap.count("\n") > 1:
        return Join.BREAK
    return _JOINS.get(gap.strip(), Join.BREAK)


@lru_cache(maxsize=4096)
def _parts(gap: str) -> bool:
    return _ENDS.search(gap) is not None


class Line:
    """A field, cut into words; remembers which words are spoken for."""

    __slots__ = (
        "_starts",
        "_style",
        "_vocabulary",
        "cyrillic_endings",
        "endings",
        "field",
        "gaps",
        "index",
        "number",
        "raw",
        "seen",
        "taken",
        "tokens",
        "words",
    )

    def __init__(self, index: Index, field: Field, raw: str, number: int | None = None) -> None:
        self.index = index
        self.field: Field = field
        self.number = number
        self.raw = raw
        self.seen: Seen = seen(raw)
        self.tokens: Tokens = tokens(self.seen.text)
        self.words = self.tokens.words
        self.gaps = self.tokens.gaps
        self.taken: set[int] = set()
        self._style: str | None = None
        self._vocabulary: frozenset[str] | None = None
        self._starts: Counter[str] | None = None
        # What names may end in here; set once the document is read. See `endings_of`.
        self.endings = "all"
        self.cyrillic_endings = "all"

    def candidates(self) -> list[tuple[int, Word]]:
        """The words that may be a listed surname."""
        read = map(self.index.words.__getitem__, self.words)
        return [
            (at, word)
            for at, word in enumerate(read)
            if word is not None and (word.capital or self._in_small_letters(at, word))
        ]

    def _in_small_letters(self, at: int, word: Word) -> bool:
        """Whether a surname without a capital may be one: with its given name, or all is small."""
        if self.field == "categories" or self.style == "small":
            return True
        before = self.words[at - 1] if at else ""
        return any(f"{before}|{head}" in self.index.pairs for head, _ in word.heads)

    def first(self, at: int) -> First:
        """What words[at] may be before a surname."""
        return self.index.firsts[self.words[at]]

    def join(self, at: int) -> Join:
        """How words[at] hangs on the word before it; a break at the field's start and end."""
        if at <= 0 or at >= len(self.words):
            return Join.BREAK
        gap = self.gaps[at]
        return Join.SPACE if gap == " " else join_of(gap)

    def starts_sentence(self, at: int) -> bool:
        """Whether a capital at words[at] says nothing, since a sentence starts there."""
        return at == 0 or _parts(self.gaps[at])

    @property
    def style(self) -> str:
        """How the field uses capitals: "sentence", "title" (Most Words), "capitals" or "small"."""
        if self._style is None:
            self._style = _style_of(self.words)
        return self._style

    def endings_in(self, script: Script) -> str:
        """What names may end in here in a script; most leave it to no language."""
        if script == "latin":
            return self.endings
        return self.cyrillic_endings if script == "cyrillic" else "all"

    def has_any(self, words: frozenset[str]) -> bool:
        """Whether the field has one of the words, as they are written."""
        if self._vocabulary is None:
            self._vocabulary = frozenset(self.words)
        return not words.isdisjoint(self._vocabulary)

    def alike(self, at: int) -> int:
        """How many words of the field begin like words[at], itself among them."""
        if self._starts is None:
            self._starts = Counter(word[:SAME_START] for word in self.words)
        return self._starts[self.words[at][:SAME_START]]

    def span(self, first: int, last: int) -> tuple[int, int]:
        """Offsets in the raw field of words[first] to words[last]."""
        return self.seen.raw_span(self.tokens.starts[first], self.tokens.end(last))


def _style_of(words: list[str]) -> str:
    """See `Line.style`; words of scripts without case say nothing."""
    small = sum(map(str.islower, words))
    if small > len(words) // 2:
        return "sentence" if any(word[0].isupper() for word in words) else "small"
    cased = [word for word in words if word.lower() != word.upper()]
    if not any(word[0].isupper() for word in cased):
        return "small"
    if len(cased) > 1 and sum(map(str.isupper, cased)) == len(cased):
        return "capitals"
    # "and", "the" stay small in titles
    small = sum(word.islower() for word in cased if len(word) > LONGEST_SMALL)
    long = sum(len(word) > LONGEST_SMALL for word in cased)
    return "title" if len(cased) > LONGEST_SMALL and small < 0.2 * long else "sentence"
