"""The part of a text that shows why it is listed, with the words that count marked."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from aggregator.publish.text import one_line
from aggregator.words import Term, folded

_BEFORE = 70  # characters kept before the first marked word where the start is left out
_SEARCHED = 20_000  # characters of a text in which words of a search are looked for
_LONGEST_WORD = 40  # characters; a word that is longer is cut


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of text, marked or not."""

    text: str  # plain
    marked: bool = False


def extract(text: str, spans: Iterable[tuple[int, int]], length: int) -> tuple[Segment, ...]:
    """The start of a text, or the part around the first span when that comes late.

    Args:
        text: plain text.
        spans: start and end of the words to mark, in code points; any order, may overlap, and
            those outside the text are passed over.
        length: about how many characters to show.
    """
    marks = _merged(spans, len(text))
    first = marks[0] if marks else (0, 0)
    start = 0 if first[1] <= length else _after_word(text, max(0, first[0] - _BEFORE), first[0])
    end = _before_word(text, start + length, start)
    segments = list(_segments(text, marks, start, end))
    if start > 0:
        segments.insert(0, Segment("… "))
    if text[end:].strip():
        segments.append(Segment(" …"))
    return tuple(segments)


def spans_of(text: str, terms: Sequence[Term]) -> tuple[tuple[int, int], ...]:
    """Where the terms of a search stand in a text, whatever their case and accents.

    Args:
        text: plain; of a very long one only the beginning is looked at.
        terms: as `terms_of` gives them.
    """
    if not terms:
        return ()
    letters, places = folded(text[:_SEARCHED])
    patterns = sorted(map(_pattern, terms), key=len, reverse=True)
    found = re.finditer("|".join(patterns), letters)
    return tuple(
        (places[match.start()], places[match.end() - 1] + 1) for match in found if match[0]
    )


def _pattern(term: Term) -> str:
    spelled = r"\W+".join(re.escape(folded(word)[0]) for word in term.words)
    if term.is_unspaced:
        return spelled
    return rf"\b{spelled}\w*" if term.begins else rf"\b{spelled}\b"


def _merged(spans: Iterable[tuple[int, int]], size: int) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if not 0 <= start < end <= size:
            continue
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _after_word(text: str, position: int, latest: int) -> int:
    """The start of the next word, but no later than `latest`."""
    space = re.compile(r"\s+").search(text, position, latest)
    return space.end() if space else position


def _before_word(text: str, position: int, earliest: int) -> int:
    """The end of the last whole word before `position`; `position` in scripts without spaces."""
    if position >= len(text):
        return len(text)
    nearby = max(earliest + 1, position - _LONGEST_WORD)
    spaces = list(re.finditer(r"\s", text[nearby : position + 1]))
    return nearby + spaces[-1].start() if spaces else position


def _segments(text: str, marks: list[tuple[int, int]], start: int, end: int) -> Iterator[Segment]:
    at = start
    for mark_start, mark_end in marks:
        left, right = max(mark_start, start), min(mark_end, end)
        if left >= right:
            continue
        yield from _segment(text[at:left], marked=False)
        yield from _segment(text[left:right], marked=True)
        at = right
    yield from _segment(text[at:end], marked=False)


def _segment(text: str, *, marked: bool) -> Iterator[Segment]:
    """One line, but with the spaces that part it from its neighbours."""
    line = one_line(text)
    before = " " if text[:1].isspace() else ""
    after = " " if text[-1:].isspace() and line else ""
    if before or line:
        yield Segment(before + line + after, marked)
