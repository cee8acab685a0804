"""Headline tests that editors write beside a person, and what weakens the finding of people."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from aggregator.tag.fold import fold
from aggregator.tag.lists import common_surnames, common_words, places, widespread_given_names
from aggregator.tag.matcher import Tagger
from aggregator.tag.names import Form, forms_of, is_unspaced, uninverted
from aggregator.tag.scripts import Script, script_of
from aggregator.values.tag import Document, Person

MOST_NAMED = 20  # people who are warned of one by one for the same thing


@dataclass(frozen=True, slots=True)
class Failure:
    """A headline that is tagged otherwise than its editor demands."""

    person: int  # index into the people
    kind: Literal["must", "must_not"]
    test: int  # index into the person's tests of this kind
    message: str


@dataclass(frozen=True, slots=True)
class Weakness:
    """Something about a listed person that makes it hard to find him, or to find only him."""

    person: int  # index into the people
    place: Literal["name", "aliases"]
    alias: int | None  # index into the aliases; None for the name or all of them
    message: str


# Languages whose script listed names can hardly be guessed in, and what to call that script.
_SCRIPTS: dict[str, tuple[Script, str]] = {
    **dict.fromkeys(("ru", "uk", "bg", "sr", "mk", "be", "kk", "ky", "mn"), ("cyrillic", "Cyrillic")),
    "el": ("greek", "Greek"),
    **dict.fromkeys(("ar", "fa", "ur", "ps", "ckb"), ("arabic", "Arabic")),
    **dict.fromkeys(("he", "yi"), ("hebrew", "Hebrew")),
    **dict.fromkeys(("zh", "yue"), ("unspaced", "Chinese")),
    "ja": ("unspaced", "Japanese"),
    **dict.fromkeys(("th", "lo", "km", "my"), ("unspaced", "South-East Asian")),
    "ko": ("hangul", "Korean"),
    **dict.fromkeys(("hi", "mr", "ne", "bn", "ta", "te", "gu", "pa", "kn", "ml"), ("indic", "Indic")),
    "ka": ("georgian", "Georgian"),
    "hy": ("armenian", "Armenian"),
}  # fmt: skip


def failures(people: Sequence[Person], tagger: Tagger) -> tuple[Failure, ...]:
    """The headline tests that fail, in the order of the people and their tests.

    Args:
        people: the people that `tagger` was built for.
        tagger: tags each headline as a document that has nothing but a title.
    """
    return tuple(_failures(people, tagger))


def _failures(people: Sequence[Person], tagger: Tagger) -> Iterator[Failure]:
    for number, person in enumerate(people):
        for test, headline in enumerate(person.must):
            tags = {tag.slug for tag in tagger.tag(Document(title=headline))}
            if person.slug not in tags:
                yield Failure(
                    number,
                    "must",
                    test,
                    f'"{headline}" must be tagged {person.slug}, and is tagged '
                    f"{', '.join(sorted(tags)) or 'with nobody'}: add the spelling to aliases, "
                    "or set surname to always",
                )
        for test, headline in enumerate(person.must_not):
            for tag in tagger.tag(Document(title=headline)):
                if tag.slug == person.slug:
                    match = tag.matches[0]
                    yield Failure(
                        number,
                        "must_not",
                        test,
                        f'"{headline}" must not be tagged {person.slug}, and is, for '
                        f'"{match.text}" ({match.rule}): add the phrase to exclude, '
                        "or set surname to never",
                    )


def warnings(
    people: Sequence[Person], languages: Mapping[str, int] | None = None
) -> tuple[Weakness, ...]:
    """What weakens the finding of each person; none of it is an error.

    Args:
        people: everybody listed.
        languages: BCP 47 language -> how many of the polled feeds are in it; may be None.
    """
    found = [*_collisions(people), *_common(people), *_missing(people, languages or {})]
    return tuple(sorted(found, key=lambda weakness: weakness.person))


def _names(person: Person) -> Iterator[tuple[Literal["name", "aliases"], int | None, str]]:
    yield "name", None, person.name
    for number, alias in enumerate(person.aliases):
        yield "aliases", number, alias


def _collisions(people: Sequence[Person]) -> Iterator[Weakness]:
    owners: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for number, person in enumerate(people):
        for _, _, name in _names(person):
            key = _heard(name)
            if number not in owners[key]:
                owners[key].append(number)
    for number, person in enumerate(people):
        for place, alias, name in _names(person):
            others = [n for n in owners[_heard(name)] if n != number]
            if others:
                slugs = ", ".join(people[other].slug for other in others)
                yield Weakness(
                    number,
                    place,
                    alias,
                    f'"{name}" is also a name of {slugs}: {_outcome(name)}',
                )


def _heard(name: str) -> tuple[str, ...]:
    """A name as texts are compared with it: neither case nor dots nor a comma's order count."""
    spoken = uninverted(name) if "," in name else name
    return tuple(fold(word) for word in spoken.replace(".", " ").split())


def _outcome(name: str) -> str:
    if " " in name.strip() or is_unspaced(name):
        return "a text with it is tagged with both"
    return "alone it counts for neither, only beside a full name"


def _common(people: Sequence[Person]) -> Iterator[Weakness]:
    for number, person in enumerate(people):
        form = _form(number, person.name)
        if form is None or person.surname != "auto":
            continue
        what = _kind(form.head)
        if what:
            yield Weakness(
                number,
                "name",
                None,
                f'the surname of "{person.name}" is also {what}: alone it counts only where '
                "the text gives more reason, such as a title",
            )


def _kind(head: str) -> str:
    if head in common_words():
        return "a common word"
    if head in places():
        return "a place"
    if head in widespread_given_names():
        return "a given name"
    return "a very frequent surname" if head in common_surnames() else ""


def _form(number: int, name: str) -> Form | None:
    if is_unspaced(name):
        return None
    return next(iter(forms_of(number, name, alias=False)), None)


def _missing(people: Sequence[Person], languages: Mapping[str, int]) -> Iterator[Weakness]:
    polled: dict[tuple[Script, str], int] = defaultdict(int)
    for language, feeds in languages.items():
        known = _SCRIPTS.get(language.split("-")[0].lower())
        if known is not None and feeds:
            polled[known] += feeds
    scripts = [
        {script_of(word) for _, _, name in _names(person) for word in name.split()}
        for person in people
    ]
    for (script, called), feeds in sorted(polled.items()):
        lacking = [number for number, own in enumerate(scripts) if script not in own]
        end = f"no {called} alias, and {feeds} {'feed is' if feeds == 1 else 'feeds are'} in that script"
        if len(lacking) > MOST_NAMED:
            first, *_ = lacking
            others = f'"{people[first].name}" and {len(lacking) - 1} others have'
            yield Weakness(first, "aliases", None, f"{others} {end}; `people suggest` finds some")
            continue
        for number in lacking:
            yield Weakness(number, "aliases", None, f'"{people[number].name}" has {end}')
