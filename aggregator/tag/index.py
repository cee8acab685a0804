"""The listed people's forms, found by the words of a text.

A form is looked up by its *head*, the last word of the surname, together with its first given
name: by letters, by letters less an ending, and by sound. So a look-up costs the same whether
ten or a hundred thousand people are listed.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, TypeAlias, TypeVar

from aggregator.tag.common import is_frequent, is_word
from aggregator.tag.fold import fold, umlauts
from aggregator.tag.inflect import bases, cuts
from aggregator.tag.lists import (
    common_surnames,
    common_words,
    given_names,
    is_title,
    nicknames,
    translated,
    widespread_given_names,
)
from aggregator.tag.names import EPITHETS, Form, forms_of, is_unspaced
from aggregator.tag.scripts import CASELESS, romanised, script_of
from aggregator.tag.sound import skeletons, sounds_the_same
from aggregator.values.tag import Person

# How a word of a text agrees with a listed word: letter for letter, with the ending -s, with
# another ending or prefix.
How: TypeAlias = Literal["exact", "s", "inflected"]
Reading: TypeAlias = tuple[str, How]  # listed word, how the text's word agrees
_WITH_VOWELS = frozenset({"cyrillic", "greek", "georgian", "armenian", "indic"})
_ROYAL = frozenset({"king", "queen", "emperor", "empress", "tsar", "prince", "princess"})
SHORTEST_ALONE = 4  # letters of a given name
LEAST_HEARD = 3  # sounds of a surname that is known by ear alone
MEMORY = 200_000  # words remembered before starting afresh


@dataclass(frozen=True, slots=True)
class Word:
    """What a word of a text may be, wherever it stands."""

    folded: str
    capital: bool  # begins with a capital, or its script has none
    heads: tuple[Reading, ...]  # listed surnames and names of one word
    heard: tuple[tuple[str, str], ...]  # skeletons of listed surnames, with the stem that has it
    alike: tuple[str, ...] = ()  # listed surnames that are this one in the letters of its script


@dataclass(frozen=True, slots=True)
class First:
    """What a word of a text may be before a surname."""

    folded: str
    names: tuple[Reading, ...]
    heard: tuple[tuple[str, str], ...]


class _Keys:
    """The keys of an index while it is built."""

    def __init__(self) -> None:
        self.pairs: dict[str, list[int]] = defaultdict(list)
        self.by_sound: dict[str, list[int]] = defaultdict(list)
        self.alone: dict[str, list[int]] = defaultdict(list)


class _Lexicon:
    """Listed words by spelling and by what endings attach to."""

    __slots__ = ("_bases", "_spelled", "by_ear")

    def __init__(self) -> None:
        self._spelled: dict[str, tuple[str, ...]] = {}
        self._bases: dict[str, tuple[str, ...]] = {}
        self.by_ear: dict[str, tuple[str, ...]] = {}

    def add(self, word: str, spellings: Iterable[str], *, by_ear: bool = True) -> bool:
        """Take a listed word in; False if it was there."""
        if word in self._spelled.get(word, ()):
            return False
        for spelling in (word, *spellings):
            self._spelled[spelling] = (*self._spelled.get(spelling, ()), word)
        for base in bases(word):
            self._bases[base] = (*self._bases.get(base, ()), word)
        for ear in skeletons(word) if by_ear else ():
            self.by_ear[ear] = (*self.by_ear.get(ear, ()), word)
        return True

    def read(self, folded: str) -> tuple[Reading, ...]:
        """The listed words that a text's word may be."""
        found: dict[str, How] = dict.fromkeys(self._spelled.get(folded, ()), "exact")
        if script_of(folded) == "greek":  # a nominative's -s goes without another ending
            found.update(dict.fromkeys(self._bases.get(folded, ()), "inflected"))
        elif folded.endswith("i"):  # Polish "Asia, Asi"
            found.update(dict.fromkeys(self._spelled.get(folded + "a", ()), "inflected"))
        for rest, cut in cuts(folded):
            how: How = "s" if cut == "s" else "inflected"
            for word in (*self._spelled.get(rest, ()), *self._bases.get(rest, ())):
                found.setdefault(word, how)
        return tuple(found.items())

    def alike(self, folded: str) -> tuple[str, ...]:
        """Listed words of another script that sound almost exactly so, in vowels too."""
        return tuple(
            dict.fromkeys(
                word
                for stem in (folded, *(rest for rest, _ in cuts(folded)))
                for ear in skeletons(stem)
                for word in self.by_ear.get(ear, ())
                if len(ear) >= LEAST_HEARD
                and script_of(word) != script_of(stem)
                and sounds_the_same(word, stem)
            )
        )

    def spelled(self, folded: str) -> bool:
        return folded in self._spelled

    def hear(self, folded: str) -> tuple[tuple[str, str], ...]:
        """Skeletons of listed words that a text's word has, itself or less an ending."""
        stems = [folded, *(rest for rest, _ in cuts(folded))]
        if script_of(folded) == "greek" and not folded.endswith("σ"):
            stems.append(folded + "σ")  # all cases but one drop it
        return tuple(
            (skeleton, stem)
            for stem in stems
            for skeleton in skeletons(stem)
            if skeleton in self.by_ear
        )


class Index:
    """All forms of all people, and the words that lead to them."""

    def __init__(self, people: Sequence[Person]) -> None:
        self.forms: list[Form] = []
        self.unspaced: list[tuple[str, int]] = []  # alias as written, person
        self.pairs: dict[str, tuple[int, ...]] = {}  # "sergey|lavrov" -> forms
        self.by_sound: dict[str, tuple[int, ...]] = {}  # "SRK|LPRP" -> forms
        self.alone: dict[str, tuple[int, ...]] = {}  # "lavrov" -> forms
        self._heads = _Lexicon()
        self._firsts = _Lexicon()
        self.words = _Words(self._word)
        self.firsts = _Words(self._first)
        keys = _Keys()
        seen: set[Form] = set()
        for number, person in enumerate(people):
            for alias, name in enumerate((person.name, *person.aliases)):
                if is_unspaced(name):
                    self.unspaced.append((name, number))
                    continue
                for form in forms_of(number, name, alias=alias > 0):
                    if form not in seen:
                        seen.add(form)
                        self._add(form, name, keys)
        for form in self._rare_first_names(people):
            keys.alone[form.head].append(len(self.forms))
            self.forms.append(form)
            self._heads.add(form.head, (), by_ear=False)
        self.pairs = {key: tuple(ids) for key, ids in keys.pairs.items()}
        self.by_sound = {key: tuple(ids) for key, ids in keys.by_sound.items()}
        self.alone = {key: tuple(ids) for key, ids in keys.alone.items()}

    def _add(self, form: Form, name: str, keys: "_Keys") -> None:
        number = len(self.forms)
        self.forms.append(form)
        head = form.head
        self._heads.add(head, (*_spellings(name, head), *_translations(form)))
        if EPITHETS.isdisjoint(form.particles):
            keys.alone[head].append(number)
        if not (form.given or form.title):
            return
        first = form.given[0] if form.given else form.title
        variants = _variants(form, first)
        for given in variants:
            self._firsts.add(given, _spellings(name, given))
            keys.pairs[f"{given}|{head}"].append(number)
        if form.given:
            for letter in initials(first):
                keys.pairs[f"{letter}.|{head}"].append(number)
            for key in _heard_as(form, variants):
                keys.by_sound[key].append(number)

    def _rare_first_names(self, people: Sequence[Person]) -> list[Form]:
        """Given names of one listed person only that are nobody's surname, and hardly others'."""
        owners: dict[str, set[int]] = defaultdict(set)
        for form in self.forms:
            if form.given and not form.whole and people[form.person].surname != "never":
                owners[form.given[0]].add(form.person)
        return [
            Form(next(iter(persons)), (), (first,), first_name=True)
            for first, persons in owners.items()
            if len(persons) == 1 and may_stand_alone(first) and not self._heads.spelled(first)
        ]

    def _word(self, word: str) -> Word | None:
        folded = fold(word)
        if not folded:
            return None
        capital = is_capital(word)
        if not capital:
            if not self._heads.spelled(folded):
                return None
            return Word(folded, capital, self._heads.read(folded), ())
        heads = self._heads.read(folded)
        heard = () if _has_own_meaning(folded) else self._heads.hear(folded)
        if not (heads or heard):
            return None
        vowels = script_of(folded) in _WITH_VOWELS and not heads
        return Word(folded, capital, heads, heard, self._heads.alike(folded) if vowels else ())

    def _first(self, word: str) -> First:
        folded = fold(word)
        heard = () if is_word(folded) and folded not in given_names() else self._firsts.hear(folded)
        return First(folded, self._firsts.read(folded), heard)


_What = TypeVar("_What")


class _Words(dict[str, _What]):
    """Remembers what a word came to; starts afresh when it has grown large."""

    def __init__(self, read: Callable[[str], _What]) -> None:
        super().__init__()
        self._read = read

    def __missing__(self, word: str) -> _What:
        if len(self) >= MEMORY:
            self.clear()
        self[word] = found = self._read(word)
        return found


def _has_own_meaning(folded: str) -> bool:
    """Whether a word is too well known as another to be somebody's name in another spelling."""
    return folded in common_words() or folded in common_surnames()


def _variants(form: Form, first: str) -> set[str]:
    """What may stand before the surname in place of a first name or title."""
    variants = {first, *nicknames().get(first, ())}
    if form.title in _ROYAL:
        variants |= _ROYAL
    if form.title == "pope":
        variants.update(translated()["pope"])
    if form.whole:
        variants.add("".join(form.given))
    return variants


def _translations(form: Form) -> tuple[str, ...]:
    """What other languages call a pope or monarch."""
    named = form.title == "pope" or form.title in _ROYAL
    return translated().get(form.head, ()) if named else ()


def _heard_as(form: Form, variants: set[str]) -> set[str]:
    """Keys by ear: first name, as it is or as other scripts have it, or initial, with surname."""
    first = form.given[0]
    script = script_of(first)
    names = {first, *(name for name in variants if script_of(name) != script)}
    if form.whole:
        names.add("".join(form.given))
    before = {skeleton for name in names for skeleton in skeletons(name)}
    before.update(f"{letter}." for letter in initials(first))
    return {f"{given}|{ear}" for ear in skeletons(form.head) for given in before}


def is_capital(word: str) -> bool:
    """Whether a word may be a name by its first letter: a capital, or of a script without."""
    first = word[0]
    if first.isupper() or not first.islower():
        return True
    return first >= "\u0590" and script_of(word) in CASELESS  # Georgian has small letters only


@lru_cache(maxsize=65536)
def initials(name: str) -> tuple[str, ...]:
    """Letters that may stand for a folded given name, in Latin and as written."""
    latin = romanised(name)
    found = {name[0], latin[:1]} - {""}
    for spelling, letters in _INITIALS:
        if latin.startswith(spelling):
            found.update(letters)
    return tuple(sorted(found))


def may_stand_alone(first: str) -> bool:
    """Whether a folded given name is rare enough to tell its bearer without a surname."""
    return (
        len(first) >= SHORTEST_ALONE
        and script_of(first) == "latin"
        and first not in widespread_given_names()
        and not is_frequent(first)
        and not is_word(first)
        and not is_title(first)
    )


# Given names whose first sound other languages write with another letter.
_INITIALS = (
    ("zh", "j"), ("j", "yj"), ("y", "ji"), ("e", "ey"), ("w", "v"), ("v", "w"), ("ph", "f"),
    ("kh", "h"), ("ch", "t"), ("k", "c"), ("c", "kch"), ("g", "gh"), ("h", "gk"), ("f", "p"),
)  # fmt: skip


def _spellings(name: str, folded: str) -> tuple[str, ...]:
    """Other folded spellings of one word of a name."""
    low = name.casefold()
    if low.isascii() and not any(pair in folded for pair in ("ue", "oe", "ae")):
        return ()
    for word in low.replace("-", " ").split():
        if fold(word) == folded:
            return umlauts(word)
    return ()
