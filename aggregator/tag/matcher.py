"""The Tagger: which of the listed people a document names, where, and by which rule."""

from collections import defaultdict
from collections.abc import Sequence

from aggregator.tag.excluded import Excluded
from aggregator.tag.index import Index, Word
from aggregator.tag.language import endings_of
from aggregator.tag.line import Line
from aggregator.tag.mentions import Mention, written_out
from aggregator.tag.salience import ABOUT, salience
from aggregator.tag.surnames import alone
from aggregator.tag.things import names_a_thing
from aggregator.tag.unspaced import Unspaced
from aggregator.values.tag import Document, Match, Person, Tag


class Tagger:
    """Finds people in documents; built once for a list of people, then used for every document."""

    def __init__(self, people: Sequence[Person]) -> None:
        """Take the people as they are; slugs are unique."""
        self._people = tuple(people)
        self._index = Index(self._people)
        self._unspaced = Unspaced(self._index.unspaced)
        self._excluded = Excluded(self._people)

    def tag(self, document: Document) -> tuple[Tag, ...]:
        """The people that a document names, sorted by slug; never raises, whatever the text.

        Offsets of the matches are code points of the document's own fields.
        """
        lines = [
            Line(self._index, "title", document.title),
            Line(self._index, "text", document.text),
        ]
        for number, category in enumerate(document.categories):
            lines.append(Line(self._index, "categories", category, number))
        candidates = {number: line.candidates() for number, line in enumerate(lines)}
        found: dict[int, list[Match]] = defaultdict(list)
        if any(candidates.values()):
            self._named(document, lines, candidates, found)
        for line in lines:
            for person, first, last in self._unspaced.find(line.seen.text):
                start, end = line.seen.raw_span(first, last)
                found[person].append(_match(line, start, end, "alias"))
        return self._tags(document, found)

    def _named(
        self,
        document: Document,
        lines: list[Line],
        candidates: dict[int, list[tuple[int, Word]]],
        found: dict[int, list[Match]],
    ) -> None:
        index = self._index
        words = [word for line in lines[:2] for word in line.words]
        endings = endings_of(document.language, words)
        for line in lines:
            line.endings = endings
        barred = {number: self._excluded.find(line) for number, line in enumerate(lines)}
        unclear: list[tuple[int, Line, Mention]] = []
        for number, line in enumerate(lines):
            for at, word in candidates[number]:
                if at in line.taken:
                    continue
                for mention in written_out(line, at, word):
                    line.taken.update(range(mention.first, mention.last + 1), (at,))
                    if names_a_thing(line, mention):
                        continue
                    unclear.append((number, line, mention))
        clear = {
            index.forms[mention.forms[0]].person
            for _, _, mention in unclear
            if len({index.forms[form].person for form in mention.forms}) == 1
        }
        for number, line, mention in unclear:
            people = {index.forms[form].person for form in mention.forms}
            if len(people) > 1:
                people = people & clear or (people if mention.rule == "full name" else set())
            for person in people:
                if not barred[number].bars(person, mention.first, mention.last):
                    rule = "category" if line.field == "categories" else mention.rule
                    start, end = line.span(mention.first, mention.last)
                    found[person].append(_match(line, start, end, rule))
        numbers = {id(line): number for number, line in enumerate(lines)}
        for here in alone(lines, candidates, tuple(found), self._people, endings):
            if not barred[numbers[id(here.line)]].bars(here.person, here.at, here.at):
                start, end = here.line.span(here.at, here.at)
                found[here.person].append(_match(here.line, start, end, here.rule))

    def _tags(self, document: Document, found: dict[int, list[Match]]) -> tuple[Tag, ...]:
        mentions = sum(match.field == "text" for matches in found.values() for match in matches)
        tags = []
        for person, matches in found.items():
            ordered = tuple(sorted(set(matches), key=_place))
            weight = salience(document, ordered, mentions)
            tags.append(Tag(self._people[person].slug, ordered, weight, weight >= ABOUT))
        return tuple(sorted(tags, key=lambda tag: tag.slug))


def _match(line: Line, start: int, end: int, rule: str) -> Match:
    return Match(line.field, start, end, line.raw[start:end], rule, line.number)


_ORDER = {"title": 0, "text": 1, "categories": 2}


def _place(match: Match) -> tuple[int, int, int, int]:
    return _ORDER[match.field], match.index or 0, match.start, match.end
