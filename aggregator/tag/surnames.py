"""Surnames alone: who is meant, decided over the whole document."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from aggregator.tag.context import Verdict, is_common, judge
from aggregator.tag.index import Index, Word
from aggregator.tag.line import Line
from aggregator.tag.lists import common_words, given_names, widespread_given_names
from aggregator.tag.pairs import endings_agree
from aggregator.tag.names import Form
from aggregator.tag.scripts import script_of
from aggregator.values.tag import Person

ENOUGH = 2  # evidence that a common surname alone needs


@dataclass(slots=True)
class _Head:
    """All places of a document where one listed surname stands alone."""

    places: list[tuple[Line, int, Word]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Found:
    """A surname or one-word alias that stands for a person."""

    line: Line
    at: int
    person: int
    rule: str


def alone(
    lines: Sequence[Line],
    candidates: Mapping[int, list[tuple[int, Word]]],
    confirmed: Collection[int],
    people: Sequence[Person],
    endings: str,
) -> list[Found]:
    """Whom the surnames mean that no given name stands with.

    Args:
        lines: the document's fields.
        candidates: number of a line -> its words that may be listed surnames.
        confirmed: people whose full name the document has.
        people: all people.
        endings: what `endings_of` says of the document.
    """
    heads: dict[str, _Head] = defaultdict(_Head)
    for number, line in enumerate(lines):
        for at, word in candidates[number]:
            if at in line.taken or not (
                word.capital or line.field == "categories" or line.style == "small"
            ):
                continue
            for head, how in word.heads:
                if endings_agree(how, endings) and _may_be_declined(word, head, how, line, at):
                    heads[head].places.append((line, at, word))
    found: list[Found] = []
    for head, here in heads.items():
        found.extend(_decide(lines[0].index, head, here, confirmed, people))
    return found


def _may_be_declined(word: Word, head: str, how: str, line: Line, at: int) -> bool:
    if how == "exact":
        return True
    if script_of(word.folded) != "latin":
        return True
    if how == "s" and at and line.words[at - 1].lower() in ("the", "die", "les", "de"):
        return False
    return word.folded not in given_names() and word.folded not in common_words()


def _decide(
    index: Index, head: str, here: _Head, confirmed: Collection[int], people: Sequence[Person]
) -> list[Found]:
    forms = [index.forms[number] for number in index.alone[head]]
    forms = [form for form in forms if not form.given or people[form.person].surname != "never"]
    if not forms:
        return []
    judged = [(line, at, judge(line, at, word, forms[0]), word) for line, at, word in here.places]
    good = [
        (line, at, verdict, word) for line, at, verdict, word in judged if verdict >= Verdict.UNSURE
    ]
    who = _who(forms, confirmed, people)
    if who is None or not good:
        return []
    known = who.person in confirmed
    if not known:
        if any(verdict is Verdict.OTHER for _, _, verdict, _ in judged):
            return []
        always = people[who.person].surname == "always"
        good = [g for g in good if g[2] > Verdict.UNSURE or always]
        if not good or not _enough(
            head, who, [verdict for _, _, verdict, _ in good], confirmed, always
        ):
            return []
    rule = "surname" if who.given else "alias"
    return [
        Found(line, at, who.person, "category" if line.field == "categories" else rule)
        for line, at, verdict, word in good
        if not (who.acronym and line.words[at] != line.words[at].upper())
    ]


def _who(forms: list[Form], confirmed: Collection[int], people: Sequence[Person]) -> Form | None:
    """The one person a surname may mean here; None if there are several."""
    there = {form.person: form for form in forms if form.person in confirmed}
    if len(there) == 1:
        return next(iter(there.values()))
    if there:
        return None
    for chosen in (
        [form for form in forms if not form.given and not form.title],
        [form for form in forms if people[form.person].surname == "always"],
        forms,
    ):
        persons = {form.person for form in chosen}
        if len(persons) == 1:
            return chosen[0]
        if persons:
            return None
    return None


def _enough(
    head: str, form: Form, verdicts: list[Verdict], confirmed: Collection[int], always: bool
) -> bool:
    titled = Verdict.TITLED in verdicts
    if form.title:
        return titled or not (is_common(head) or head in given_names())
    if always or not form.given or not is_common(head):
        return True
    if head in widespread_given_names() and not titled:
        return False
    evidence = 2 * titled + (Verdict.SPOKEN in verdicts) + (len(verdicts) > 1) + bool(confirmed)
    return evidence >= ENOUGH
