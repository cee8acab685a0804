"""Surnames alone: who is meant, decided over the whole document."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from aggregator.tag.common import is_frequent, is_word
from aggregator.tag.context import judge
from aggregator.tag.given import is_given_name
from aggregator.tag.index import How, Index, Word
from aggregator.tag.line import Line
from aggregator.tag.lists import given_names, widespread_given_names
from aggregator.tag.names import Form
from aggregator.tag.pairs import endings_agree
from aggregator.tag.scripts import script_of
from aggregator.tag.verdict import Verdict
from aggregator.values.tag import Person

ENOUGH = 2  # evidence that a common surname alone needs
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
    """Where a listed surname stands alone, and what the words around it say."""

    line: Line
    at: int
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class _Bearers:
    """Everybody listed with one surname or name of one word."""

    forms: Mapping[int, Form]  # person -> a form with it, an alias of one word before others
    likeliest: Form | None  # whom it means where no full name tells; None: nobody, or unclear


class Surnames:
    """Decides on surnames alone, for a list of people."""

    def __init__(self, people: Sequence[Person], index: Index) -> None:
        self._people = people
        self._index = index
        self._bearers: dict[str, _Bearers] = {}

    def find(
        self,
        lines: Sequence[Line],
        candidates: Sequence[list[tuple[int, Word]]],
        confirmed: Collection[int],
    ) -> Iterator[Found]:
        """Whom the surnames mean that no given name stands with.

        Args:
            lines: the document's fields.
            candidates: for each of them, its words that may be listed surnames.
            confirmed: people whose full name the document has.
        """
        heads: dict[str, list[tuple[Line, int, Word]]] = defaultdict(list)
        for line, words in zip(lines, candidates, strict=True):
            for at, word in words:
                if at in line.taken or not _may_stand_alone(line, word):
                    continue
                for head, how in word.heads:
                    if _may_be_declined(line, at, word, how):
                        heads[head].append((line, at, word))
                for head in word.alike:
                    if not (
                        is_frequent(head)
                        or _is_lone_start(line, at)
                        or is_given_name(line.words[at])
                    ):
                        heads[head].append((line, at, word))
        for head, here in heads.items():
            yield from self._decide(head, here, confirmed)

    def _decide(
        self, head: str, here: list[tuple[Line, int, Word]], confirmed: Collection[int]
    ) -> Iterator[Found]:
        bearers = self._bearers.get(head)
        if bearers is None:
            self._bearers[head] = bearers = self._bearers_of(head)
        there = [person for person in confirmed if person in bearers.forms]
        form = bearers.forms[there[0]] if len(there) == 1 else bearers.likeliest
        if form is None or len(there) > 1:
            return
        places = [_Place(line, at, judge(line, at, word, form)) for line, at, word in here]
        good = [place for place in places if place.verdict >= Verdict.UNSURE]
        if not there:
            if any(place.verdict is Verdict.OTHER for place in places):
                return
            always = self._people[form.person].surname == "always"
            good = [place for place in good if place.verdict > Verdict.UNSURE or always]
            verdicts = [place.verdict for place in good]
            if not verdicts or not (always or _enough(form, verdicts, seen_others=bool(confirmed))):
                return
        for place in good:
            word = place.line.words[place.at]
            if not form.acronym or word == word.upper():
                rule = "surname" if form.given else "first name" if form.first_name else "alias"
                rule = rule if script_of(head) == script_of(word) else "same sound"
                yield Found(place.line, place.at, form.person, rule)

    def _bearers_of(self, head: str) -> _Bearers:
        forms = [
            form
            for form in map(self._index.forms.__getitem__, self._index.alone.get(head, ()))
            if not (form.given or form.first_name) or self._people[form.person].surname != "never"
        ]
        by_person = {
            form.person: form for form in sorted(forms, key=lambda form: not form.alias)[::-1]
        }
        for chosen in (
            [form for form in forms if not (form.given or form.title or form.first_name)],
            [form for form in forms if self._people[form.person].surname == "always"],
            forms,
        ):
            persons = {form.person for form in chosen}
            if persons:
                return _Bearers(by_person, chosen[0] if len(persons) == 1 else None)
        return _Bearers(by_person, None)


def _is_lone_start(line: Line, at: int) -> bool:
    """Whether a word has its capital from the sentence only, as far as its field tells."""
    return line.field == "text" and line.starts_sentence(at) and line.alike(at) == 1


def _may_stand_alone(line: Line, word: Word) -> bool:
    return word.capital or line.field == "categories" or line.style == "small"


def _may_be_declined(line: Line, at: int, word: Word, how: How) -> bool:
    """Whether a word that is not the bare surname may be it with an ending."""
    if how == "exact":
        return True
    if script_of(word.folded) != "latin":
        return True
    if not endings_agree(how, line.endings):
        return False
    if how == "s" and at and line.words[at - 1].lower() in _PLURAL_BEFORE:
        return False
    return word.folded not in given_names() and not is_word(word.folded)


def _enough(form: Form, verdicts: Collection[Verdict], *, seen_others: bool) -> bool:
    """Whether a document says enough for a surname that no full name explains.

    A rare surname speaks for itself. A common one needs a title, or two of: it speaks or acts,
    it stands there more than once, other listed people are named.
    """
    titled = Verdict.TITLED in verdicts
    if form.title:
        return titled or not (
            is_frequent(form.head) or is_word(form.head) or form.head in given_names()
        )
    evidence = (
        2 * (max(verdicts) >= Verdict.ACCOMPANIED)
        + (Verdict.SPOKEN in verdicts)
        + (len(verdicts) > 1)
        + seen_others
    )
    if form.first_name:
        return evidence > 0 or form.head not in given_names()
    if not form.given or not is_frequent(form.head):
        return True
    if form.head in widespread_given_names() and not titled:
        return False
    return evidence >= ENOUGH
