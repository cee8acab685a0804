"""Who of the listed people bears a surname, and whom it means where only that is written."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aggregator.tag.fold import fold
from aggregator.tag.index import Index, is_capital
from aggregator.tag.line import Join, Line
from aggregator.tag.lists import section
from aggregator.tag.names import Form
from aggregator.values.tag import Person

_KIN = section("context.txt", "kin as it is written")


@dataclass(frozen=True, slots=True)
class Bearers:
    """Everybody listed with one surname or name of one word."""

    forms: Mapping[int, Form]  # person -> a form with it, an alias of one word before others
    likeliest: Form | None  # whom it means where no full name tells; None: nobody, or unclear
    by_gender: Mapping[str, Form]  # "f", "m" -> the only one who can be a woman, a man
    by_given_name: Mapping[str, Sequence[Form]]


def bearers_of(head: str, people: Sequence[Person], index: Index) -> Bearers:
    """Everybody who may be meant by a listed surname that stands alone."""
    forms = [
        form
        for form in map(index.forms.__getitem__, index.alone.get(head, ()))
        if not (form.given or form.first_name) or people[form.person].surname != "never"
    ]
    by_person = {form.person: form for form in sorted(forms, key=lambda form: form.alias)}
    by_gender = {
        gender: found[0]
        for gender in ("f", "m")
        if len(found := [form for form in by_person.values() if form.gender in ("", gender)]) == 1
        and found[0].gender
    }
    by_given_name = defaultdict(list)
    for form in by_person.values():
        if form.given:
            by_given_name[form.given[0]].append(form)
    return Bearers(by_person, _likeliest(forms, people), by_gender, by_given_name)


def _likeliest(forms: Sequence[Form], people: Sequence[Person]) -> Form | None:
    for chosen in (
        [form for form in forms if not (form.given or form.title or form.first_name)],
        [form for form in forms if people[form.person].surname == "always"],
        forms,
    ):
        persons = {form.person for form in chosen}
        if persons:
            return chosen[0] if len(persons) == 1 else None
    return None


def kin(lines: Sequence[Line]) -> Mapping[str, list[tuple[Line, int]]]:
    """Where relatives go by their given name alone ("his wife Cherie"), by its folded letters."""
    found: dict[str, list[tuple[Line, int]]] = defaultdict(list)
    for line in lines:
        for at in [at for at, word in enumerate(line.words, 1) if word in _KIN]:
            if (
                line.join(at) is Join.SPACE
                and is_capital(line.words[at])
                and not _goes_on(line, at)
            ):
                found[fold(line.words[at])].append((line, at))
    return found


def _goes_on(line: Line, at: int) -> bool:
    """Whether more of a name stands after words[at]."""
    join = line.join(at + 1)
    return join in (Join.SPACE, Join.HYPHEN, Join.QUOTE) and is_capital(line.words[at + 1])
