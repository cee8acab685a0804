"""Names worth listing: often seen and nobody's, nearly somebody's, or somebody's in other letters.

Read any number of documents, then ask; memory stays bounded, since rare names are forgotten.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from aggregator.tag.common import is_word
from aggregator.tag.fold import fold
from aggregator.tag.given import is_given_name
from aggregator.tag.index import is_capital
from aggregator.tag.line import Join, Line
from aggregator.tag.lists import (
    common_surnames,
    is_title,
    months_and_days,
    places,
    things_after,
    widespread_given_names,
)
from aggregator.tag.matcher import Tagger
from aggregator.tag.scripts import script_of
from aggregator.tag.sound import sounds
from aggregator.values.tag import Document, Person, Tag

Kind: TypeAlias = Literal["person", "near", "native"]
MOST_NAMES = 100_000  # names remembered before those seen once are forgotten
HEADLINES = 2  # examples kept of each
MOST_WORDS = 300_000
LONGEST = 4  # words of a name
UNSURE = 2  # times as many documents for a name whose given name nobody knows
_PLAIN = re.compile(r"\b[^\W\d_A-Z][^\W\d_]+\b")
_BRACKETED = re.compile(
    r"\s*[(\uff08\[]\s*([^\s()\[\]\uff08\uff09][^()\[\]\uff08\uff09,;:0-9]{1,40})[)\uff09\]]"
)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A name that editors may want to list."""

    kind: Kind
    name: str  # as most often written
    slug: str | None  # of the listed person it seems to be; None for a new one
    script: str
    documents: int  # in how many it was seen
    headlines: tuple[str, ...]  # at most two of them
    line: str  # ready to paste into feeds.yaml


@dataclass(slots=True)
class _Seen:
    documents: int = 0
    headlines: list[str] = field(default_factory=list)

    def add(self, headline: str) -> None:
        self.documents += 1
        if headline and headline not in self.headlines and len(self.headlines) < HEADLINES:
            self.headlines.append(headline)


class Suggester:
    """Collects names from documents."""

    def __init__(self, people: Sequence[Person], tagger: Tagger) -> None:
        """Take the people and the tagger that was built for them."""
        self._people = {person.slug: person for person in people}
        self._order = tuple(people)
        self._tagger = tagger
        self._index = tagger.index
        self._strange: dict[str, _Seen] = {}
        self._plain: set[str] = set()  # words seen without a capital
        self._native: dict[tuple[str, str], _Seen] = {}

    def read(self, document: Document) -> None:
        """Note the names of one document."""
        tags = self._tagger.tag(document)
        taken = _taken(tags)
        for name in {*self._names(document, taken)}:
            self._strange.setdefault(name, _Seen()).add(document.title)
        if len(self._plain) < MOST_WORDS:
            self._plain.update(_PLAIN.findall(document.text))
        for slug, spelling in {*self._spellings(document, tags)}:
            self._native.setdefault((slug, spelling), _Seen()).add(document.title)
        if len(self._strange) > MOST_NAMES:
            self._strange = {n: seen for n, seen in self._strange.items() if seen.documents > 1}

    def suggestions(self, *, least: int = 3, most: int = 50) -> tuple[Suggestion, ...]:
        """What is worth listing, most often seen first within each kind.

        Args:
            least: documents in which a name must have been seen; spellings of listed people
                count from the first.
            most: suggestions of each kind.
        """
        kinds: dict[Kind, list[Suggestion]] = {"native": [], "near": [], "person": []}
        for (slug, spelling), seen in self._native.items():
            kinds["native"].append(self._suggestion("native", spelling, slug, seen))
        for name, seen in self._strange.items():
            near = self._near(name)
            if near is not None:
                kinds["near"].append(self._suggestion("near", name, near, seen))
            elif seen.documents >= least and self._is_worthwhile(name, seen.documents, least):
                kinds["person"].append(self._suggestion("person", name, None, seen))
        for found in kinds.values():
            found.sort(key=lambda suggestion: (-suggestion.documents, suggestion.name))
        return tuple(suggestion for found in kinds.values() for suggestion in found[:most])

    def _is_worthwhile(self, name: str, documents: int, least: int) -> bool:
        """Whether a name is one, as far as all that was read can tell."""
        words = name.split()
        if len(words) == 1 or name.isupper():
            return False
        for length in range(2, len(words)):
            shorter = self._strange.get(" ".join(words[:length]))
            if shorter is not None and shorter.documents >= documents:
                return False  # more often without its last words
        if is_given_name(words[0]):
            return True
        ordinary = any(word.lower() in self._plain or is_word(fold(word)) for word in words)
        return documents >= UNSURE * least and not ordinary

    def _suggestion(self, kind: Kind, name: str, slug: str | None, seen: _Seen) -> Suggestion:
        if slug is None:
            line = f"  - name: {_quoted(name)}"
        else:
            line = alias_line(self._people[slug], [name])
        return Suggestion(
            kind, name, slug, script_of(name), seen.documents, tuple(seen.headlines), line
        )

    def _names(self, document: Document, taken: dict[str, list[tuple[int, int]]]) -> Iterator[str]:
        """Full names, begun by a known given name, that were matched to nobody."""
        for line in (
            Line(self._index, "title", document.title),
            Line(self._index, "text", document.text),
        ):
            if line.style in ("title", "capitals"):
                continue
            at = 0
            while at < len(line.words):
                last = _end_of_name(line, at)
                start, end = line.span(at, last)
                spans = taken.get(line.field, ())
                if last > at and not any(s < end and start < e for s, e in spans):
                    yield _written(line, at, last)
                at = last + 1

    def _spellings(self, document: Document, tags: Sequence[Tag]) -> Iterator[tuple[str, str]]:
        """Spellings of listed people that were found by ear, or stand in brackets behind them."""
        for tag in tags:
            person = self._people[tag.slug]
            known = {fold(name) for name in (person.name, *person.aliases)}
            for match in tag.matches:
                if match.rule == "same sound":
                    yield tag.slug, " ".join(match.text.split())
                if match.field == "text":
                    behind = _BRACKETED.match(document.text, match.end)
                    if (
                        behind
                        and _is_native(behind[1], match.text)
                        and fold(behind[1]) not in known
                    ):
                        yield tag.slug, behind[1].strip()

    def _near(self, name: str) -> str | None:
        """The listed person whose name differs from this one by a letter or so."""
        words = [fold(word) for word in name.split()]
        given, head = words[0], words[-1]
        for one in sounds(given):
            for other in sounds(head):
                for number in self._index.by_sound.get(f"{one.skeleton}|{other.skeleton}", ()):
                    form = self._index.forms[number]
                    if _letters_apart(form.given[0], given) + _letters_apart(form.head, head) <= 2:  # noqa: PLR2004 - letters
                        return self._order[form.person].slug
        return None


def alias_line(person: Person, names: Sequence[str]) -> str:
    """The line of feeds.yaml that gives a listed person these aliases, too."""
    return f"    aliases: [{', '.join(map(_quoted, (*person.aliases, *names)))}]"


def _quoted(name: str) -> str:
    return json.dumps(name, ensure_ascii=False)


def _taken(tags: Sequence[Tag]) -> dict[str, list[tuple[int, int]]]:
    taken: dict[str, list[tuple[int, int]]] = {}
    for tag in tags:
        for match in tag.matches:
            taken.setdefault(match.field, []).append((match.start, match.end))
    return taken


def _end_of_name(line: Line, at: int) -> int:
    """The last word of the full name that begins at words[at]; `at` itself if none does."""
    if not _may_begin(line, at):
        return at
    script = script_of(line.words[at])
    last = at
    while last - at < LONGEST and line.join(last + 1) in (Join.SPACE, Join.HYPHEN):
        word = line.words[last + 1]
        strange = not is_capital(word) or len(word) == 1 or script_of(word) != script
        if strange or fold(word) in things_after():
            break
        last += 1
    given, surname = fold(line.words[at]), fold(line.words[last])
    doubtful = is_title(surname) or ((is_word(surname) or surname in places()) and is_word(given))
    return at if doubtful and surname not in common_surnames() else last


def _may_begin(line: Line, at: int) -> bool:
    """Whether words[at] seems to be a given name, and begins what has capitals."""
    word = line.words[at]
    folded = fold(word)
    if not is_capital(word) or len(word) == 1 or script_of(word) in ("unspaced", "hangul"):
        return False
    if is_title(folded) or folded in months_and_days():
        return False
    if (is_word(folded) or folded in places()) and folded not in widespread_given_names():
        return False
    if not is_given_name(word) and _begins_sentence(line, at):
        return False  # there every word has a capital
    before = line.words[at - 1] if line.join(at) in (Join.SPACE, Join.HYPHEN) else ""
    if not before or not is_capital(before) or is_title(fold(before)):
        return True
    return is_word(fold(before)) and _begins_sentence(line, at - 1)


def _begins_sentence(line: Line, at: int) -> bool:
    return at == 0 or line.join(at) not in (Join.SPACE, Join.HYPHEN)


def _written(line: Line, first: int, last: int) -> str:
    start, end = line.tokens.starts[first], line.tokens.end(last)
    return " ".join(line.seen.text[start:end].split())


def _is_native(spelling: str, match: str) -> bool:
    return script_of(spelling) != script_of(match) and script_of(spelling) != "other"


def _letters_apart(one: str, other: str) -> int:
    """Letters that only one of the words has, counted from the longer one."""
    common = sum((Counter(one) & Counter(other)).values())
    return max(len(one), len(other)) - common
