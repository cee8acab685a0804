"""Surnames alone: who is meant, decided over the whole document."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from aggregator.tag.bearers import Bearers, bearers_of, kin
from aggregator.tag.common import is_frequent, is_word
from aggregator.tag.context import judge
from aggregator.tag.evidence import enough
from aggregator.tag.gender import is_a_womans, is_the_others
from aggregator.tag.given import is_given_name
from aggregator.tag.index import How, Index, Word
from aggregator.tag.line import Line
from aggregator.tag.lists import given_names
from aggregator.tag.names import Form
from aggregator.tag.pairs import endings_agree
from aggregator.tag.scripts import CASELESS, script_of
from aggregator.tag.titled import gender_before
from aggregator.tag.verdict import Verdict
from aggregator.values.tag import Person

FEW = 30  # words of a text that need not name anybody twice
_PLURAL_BEFORE = ("the", "die", "les", "de")


@dataclass(frozen=True, slots=True)
class Found:
    """A surname or one-word alias that stands for a person."""

    line: Line
    at: int
    person: int
    rule: str


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a listed surname stands alone."""

    line: Line
    at: int
    word: Word
    gender: str  # of whom the title before it or its ending tells; empty if they do not


class Surnames:
    """Decides on surnames alone, for a list of people."""

    def __init__(self, people: Sequence[Person], index: Index) -> None:
        self._people = people
        self._index = index
        self._bearers: dict[str, Bearers] = {}

    def find(
        self,
        lines: Sequence[Line],
        candidates: Sequence[list[tuple[int, Word]]],
        confirmed: AbstractSet[int],
    ) -> Iterator[Found]:
        """Whom the surnames mean that no given name stands with.

        Args:
            lines: the document's fields.
            candidates: for each of them, its words that may be listed surnames.
            confirmed: people whose full name the document has.
        """
        heads: dict[str, list[_Place]] = defaultdict(list)
        for line, words in zip(lines, candidates, strict=True):
            for at, word in words:
                if at not in line.taken and _may_stand_alone(line, word):
                    for head in self._readings(line, at, word, confirmed):
                        gender = gender_before(line, at)
                        heads[head].append(_Place(line, at, word, gender))
        for head, places in heads.items():
            bearers = self._bearers_of(head)
            there = confirmed & bearers.forms.keys()
            form = bearers.forms[next(iter(there))] if len(there) == 1 else bearers.likeliest
            if len(bearers.forms) > 1:
                yield from self._by_title(head, places, bearers, confirmed)
            if form is not None and len(there) < 2:  # noqa: PLR2004 - two who are meant
                yield from self._decide(head, places, form, confirmed)
        relatives = kin(lines)
        if relatives:
            yield from self._by_first_name(relatives, candidates, confirmed)

    def _bearers_of(self, head: str) -> Bearers:
        bearers = self._bearers.get(head)
        if bearers is None:
            self._bearers[head] = bearers = bearers_of(head, self._people, self._index)
        return bearers

    def _readings(self, line: Line, at: int, word: Word, confirmed: AbstractSet[int]) -> list[str]:
        """The listed surnames that a word may be; of several, those that are likelier."""
        read = [(head, how) for head, how in word.heads if _may_be_declined(line, at, word, how)]
        heads = [head for head, _ in read]
        if word.alike and not (_is_lone_start(line, at) or is_given_name(line.words[at])):
            heads += [head for head in word.alike if not is_frequent(head)]
        if len(heads) < 2:  # noqa: PLR2004 - nothing to choose
            return heads
        named = [head for head in heads if confirmed & self._bearers_of(head).forms.keys()]
        return named or [head for head, how in read if how == "exact"] or heads

    def _by_title(
        self, head: str, places: list[_Place], bearers: Bearers, confirmed: AbstractSet[int]
    ) -> Iterator[Found]:
        """The one of several whom a title picks out: "Mrs Clinton"."""
        for gender in sorted({place.gender for place in places} - {""}):
            form = bearers.by_gender.get(gender)
            if form is None or (
                form.person not in confirmed and _has_namesakes(head, places, form)
            ):
                continue
            for place in places:
                if place.gender == gender and _verdict(head, place, form) is Verdict.TITLED:
                    yield _found(head, place, form)

    def _by_first_name(
        self,
        relatives: Mapping[str, list[tuple[Line, int]]],
        candidates: Sequence[list[tuple[int, Word]]],
        confirmed: AbstractSet[int],
    ) -> Iterator[Found]:
        """Those of a family whom a document about it calls by the first name: "his wife Nancy"."""
        heads = {head for words in candidates for _, word in words for head, _ in word.heads}
        families = [self._bearers_of(head) for head in sorted(heads)]
        for name, places in relatives.items():
            called = [form for family in families for form in family.by_given_name.get(name, ())]
            if len(called) == 1 and called[0].person not in confirmed:
                for line, at in places:
                    if at not in line.taken:
                        yield Found(line, at, called[0].person, "first name")

    def _decide(
        self, head: str, places: list[_Place], form: Form, confirmed: AbstractSet[int]
    ) -> Iterator[Found]:
        judged = [(place, _verdict(head, place, form)) for place in places]
        good = [(place, verdict) for place, verdict in judged if verdict >= Verdict.UNSURE]
        if form.person not in confirmed:
            if any(verdict is Verdict.OTHER for _, verdict in judged):
                return
            always = self._people[form.person].surname == "always"
            good = [found for found in good if found[1] > Verdict.UNSURE or always]
            if not good or not (always or self._suffices(form, good, confirmed)):
                return
        for place, _ in good:
            word = place.line.words[place.at]
            if not form.acronym or word == word.upper():
                yield _found(head, place, form)

    def _suffices(
        self, form: Form, good: Sequence[tuple[_Place, Verdict]], confirmed: AbstractSet[int]
    ) -> bool:
        place = good[0][0]
        abroad = place.line.endings_in(script_of(place.word.folded)) == "all"
        verdicts = [verdict for _, verdict in good]
        return enough(form, verdicts, seen_others=bool(confirmed), abroad=abroad)


def _has_namesakes(head: str, places: Sequence[_Place], form: Form) -> bool:
    """Whether a document names a stranger of that surname."""
    return any(
        _verdict(head, place, form) is Verdict.OTHER
        for place in places
        if place.gender in ("", form.gender)
    )


def _verdict(head: str, place: _Place, form: Form) -> Verdict:
    """What the word itself and the words around it say about a form."""
    if form.gender == "m" and is_a_womans(head, place.line.words[place.at]):
        return Verdict.OTHER
    if is_the_others(head, place.word.folded):
        return Verdict.OTHER
    return judge(place.line, place.at, place.word, form)


def _found(head: str, place: _Place, form: Form) -> Found:
    rule = "surname" if form.given else "first name" if form.first_name else "alias"
    same = script_of(head) == script_of(place.word.folded)
    return Found(place.line, place.at, form.person, rule if same else "same sound")


def _is_lone_start(line: Line, at: int) -> bool:
    """Whether a word has its capital from the sentence only, as far as its field tells."""
    if line.field != "text" or not line.starts_sentence(at) or line.alike(at) > 1:
        return False
    if len(line.words) < FEW:
        return False
    return script_of(line.words[at]) not in CASELESS


def _may_stand_alone(line: Line, word: Word) -> bool:
    return word.capital or line.field == "categories" or line.style == "small"


def _may_be_declined(line: Line, at: int, word: Word, how: How) -> bool:
    """Whether a word that is not the bare surname may be it with an ending."""
    if how == "exact":
        return True
    script = script_of(word.folded)
    if not endings_agree(how, line.endings_in(script)) or _is_lone_start(line, at):
        return False
    if script != "latin":
        return True
    if how == "s" and at and line.words[at - 1].lower() in _PLURAL_BEFORE:
        return False
    return word.folded not in given_names() and not is_word(word.folded)
