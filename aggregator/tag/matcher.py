"""The Tagger: which of the listed people a document names, where, and by which rule."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import TypeAlias

from aggregator.tag.excluded import Bars, Excluded
from aggregator.tag.index import Index, Word
from aggregator.tag.language import endings_of
from aggregator.tag.line import Line
from aggregator.tag.mentions import Mention, written_out
from aggregator.tag.salience import ABOUT, salience
from aggregator.tag.surnames import Surnames
from aggregator.tag.things import names_a_thing
from aggregator.tag.unspaced import Unspaced
from aggregator.values.tag import Document, Match, Person, Tag

_Named: TypeAlias = tuple[Line, Mention, set[int]]  # a name written out, and whose it may be
_ORDER = {"title": 0, "text": 1, "categories": 2}


class Tagger:
    """Finds people in documents; made once for a list of people, then used for every document.

    It prepares itself for the first document: most polls bring none.
    """

    def __init__(self, people: Sequence[Person]) -> None:
        """Take the people as they are; slugs are unique."""
        self._people = tuple(people)

    @cached_property
    def index(self) -> Index:
        """Every word of the people's names."""
        return Index(self._people)

    @cached_property
    def _surnames(self) -> Surnames:
        return Surnames(self._people, self.index)

    @cached_property
    def _unspaced(self) -> Unspaced:
        return Unspaced(self.index.unspaced)

    @cached_property
    def _excluded(self) -> Excluded:
        return Excluded(self._people)

    def tag(self, document: Document) -> tuple[Tag, ...]:
        """The people that a document names, sorted by slug; never raises, whatever the text.

        Offsets of the matches are code points of the document's own fields.
        """
        lines = [
            Line(self.index, "title", document.title),
            Line(self.index, "text", document.text),
            *(
                Line(self.index, "categories", category, number)
                for number, category in enumerate(document.categories)
            ),
        ]
        found: dict[int, list[Match]] = defaultdict(list)
        candidates = [line.candidates() for line in lines]
        if any(candidates):
            there = {*lines[0].words, *lines[1].words}
            latin, cyrillic = endings_of(document.language, there)
            for line in lines:
                line.endings, line.cyrillic_endings = latin, cyrillic
            self._find(lines, candidates, found)
        for line in lines:
            for person, start, end in self._unspaced.find(line.seen.text):
                found[person].append(_match(line, *line.seen.raw_span(start, end), "alias"))
        return self._tags(document, found)

    def _find(
        self,
        lines: Sequence[Line],
        candidates: Sequence[list[tuple[int, Word]]],
        found: dict[int, list[Match]],
    ) -> None:
        bars = {id(line): self._excluded.find(line) for line in lines}
        for line, person, first, last, rule in self._named(lines, candidates):
            _keep(found, bars[id(line)], person, line, first, last, rule)
        for alone in self._surnames.find(lines, candidates, frozenset(found)):
            line = alone.line
            _keep(found, bars[id(line)], alone.person, line, alone.at, alone.at, alone.rule)

    def _named(
        self, lines: Sequence[Line], candidates: Sequence[list[tuple[int, Word]]]
    ) -> Iterator[tuple[Line, int, int, int, str]]:
        """People whose names are written out: field, person, first and last word, rule."""
        mentions: list[_Named] = []
        for line, words in zip(lines, candidates, strict=True):
            for at, word in words:
                if at in line.taken:
                    continue
                for mention in written_out(line, at, word):
                    line.taken.update(range(mention.first, mention.last + 1), (at,))
                    if not names_a_thing(line, mention):
                        people = {self.index.forms[form].person for form in mention.forms}
                        mentions.append((line, mention, people))
        mentions = list(_longest(mentions))
        certain = {next(iter(people)) for _, _, people in mentions if len(people) == 1}
        for line, mention, people in mentions:
            # A name that several people have means the one whom the document names otherwise;
            # else all who are listed with exactly this name.
            meant = people if len(people) == 1 else people & certain
            if not meant and mention.rule == "full name":
                meant = people
            for person in meant:
                yield line, person, mention.first, mention.last, mention.rule

    def _tags(self, document: Document, found: dict[int, list[Match]]) -> tuple[Tag, ...]:
        mentions = sum(match.field == "text" for matches in found.values() for match in matches)
        tags = []
        for person, matches in found.items():
            places = {_place(match): match for match in matches}
            ordered = tuple(places[place] for place in sorted(places))
            weight = salience(document, ordered, mentions)
            tags.append(Tag(self._people[person].slug, ordered, weight, weight >= ABOUT))
        return tuple(sorted(tags, key=lambda tag: tag.slug))


def _longest(mentions: Sequence[_Named]) -> Iterator[_Named]:
    """Names that are no part of a longer one: not Martin Luther, in Martin Luther King."""
    line, reach = None, -1
    for found in sorted(mentions, key=_extent):
        if found[0] is not line:
            line, reach = found[0], -1
        if found[1].last > reach or found[1].first == found[1].last:
            yield found
        reach = max(reach, found[1].last)


def _extent(found: _Named) -> tuple[int, int, int]:
    line, mention, _ = found
    return id(line), mention.first, -mention.last


def _keep(
    found: dict[int, list[Match]],
    bars: Bars,
    person: int,
    line: Line,
    first: int,
    last: int,
    rule: str,
) -> None:
    if not bars.bars(person, first, last):
        start, end = line.span(first, last)
        found[person].append(_match(line, start, end, rule))


def _match(line: Line, start: int, end: int, rule: str) -> Match:
    rule = "category" if line.field == "categories" else rule
    return Match(line.field, start, end, line.raw[start:end], rule, line.number)


def _place(match: Match) -> tuple[int, int, int, int]:
    return _ORDER[match.field], match.index or 0, match.start, match.end
