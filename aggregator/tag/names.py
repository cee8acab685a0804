"""What editors list, taken apart: a name or alias becomes a form with given names and surname."""

import re
from dataclasses import dataclass

from aggregator.tag.fold import fold
from aggregator.tag.lists import common_surnames, gender_of, given_names, is_title, section
from aggregator.tag.scripts import script_of
from aggregator.tag.text import TOKEN, seen

# Small words that belong to the surname after them.
PARTICLES = section("name_parts.txt", "particles")
# Articles that writers drop; other particles part one family from another.
ARTICLES = section("name_parts.txt", "articles")
AND = section("name_parts.txt", "and")
SUFFIXES = section("name_parts.txt", "suffixes")
NUMERALS = section("name_parts.txt", "numerals")
EPITHETS = frozenset({"of", "the"})  # what follows is no surname: "Ivan the Terrible"
_PARENTHESES = re.compile(r"\s*[(\[（].*?[)\]）]\s*")
_ORDINAL = re.compile(r"\b\d+(?:st|nd|rd|th)\b")  # "14th Dalai Lama"
_REALM = re.compile(r"(\s[IVX]+) of (?:the )?\w.*$")  # "Juan Carlos I of Spain"
# Family names that stand first when what follows looks Chinese or Korean.
_FAMILIES = section("name_parts.txt", "families")
_SYLLABLES = re.compile(
    r"(?:zh|ch|sh|kh|h?[bpmfdtnlgkhjqxrzcswy])?[wyu]?(?:iang|iong|uang|ang|eng|ing|ong|ian|iao|uai|"
    r"uan|eon|eok|yeo|eun|eul|ook|ai|an|ao|ei|en|er|ia|ie|in|iu|ou|ua|ue|ui|un|uo|ae|oo|eo|eu|a|e|i|"
    r"o|u)(?:k|l|m|n|p|ng|h)?",
)


@dataclass(frozen=True, slots=True)
class Form:
    """One way a person is written: `Sergey Viktorovich` + `Lavrov`, all folded."""

    person: int  # index into the people
    given: tuple[str, ...]  # given and middle names; empty for a name of one word
    surname: tuple[str, ...]  # more than one word where hyphens join them
    particles: tuple[str, ...] = ()  # "von der", before the surname
    suffix: str = ""  # "jr", "ii"
    whole: bool = False  # every given name is needed: "Jean-Claude", "Jong-un"
    alias: bool = False  # listed as an alias of one word
    title: str = ""  # of a name of one word that is listed with a title: "pope" of Pope Francis
    acronym: bool = False  # counts in capitals only: "MBS"
    first_name: bool = False  # a given name so rare that it may stand alone: "Oprah"

    @property
    def gender(self) -> str:
        """The bearer's, by the given name: "f", "m", or empty if it does not tell."""
        return gender_of(self.given[0]) if self.given else ""

    @property
    def head(self) -> str:
        """The word by which the form is found."""
        return self.surname[-1]


def is_unspaced(name: str) -> bool:
    """Whether a name is to be found as it stands: in a script without spaces, or "50 Cent"."""
    if name.isascii():
        return any(map(str.isdigit, name)) and len(TOKEN.findall(_ORDINAL.sub(" ", name))) == 1
    return any(script_of(c) == "unspaced" for c in name)


def forms_of(person: int, name: str, *, alias: bool) -> tuple[Form, ...]:
    """The forms that a listed name or alias stands for; none if it holds no letters."""
    name = seen(name).text
    name = _PARENTHESES.sub(" ", name).strip() or name
    name = _ORDINAL.sub(" ", name)
    if _REALM.search(name):
        name = _REALM.sub(r"\1", name)
    if "," in name:
        name = uninverted(name)
    words = TOKEN.findall(name)
    gaps = TOKEN.split(name)[::2]
    hyphened = ["-" in gap or "‐" in gap or "‑" in gap for gap in gaps]
    folded = [fold(word) for word in words]
    kept = [(w, f, h) for w, f, h in zip(words, folded, hyphened, strict=False) if f]
    title = ""
    while len(kept) > 1 and is_title(kept[0][1]) and len(kept[0][1]) > 1:
        title, kept = kept[0][1], kept[1:]
    suffix = ""
    while len(kept) > 1 and (kept[-1][1] in SUFFIXES or _is_numeral(kept[-1][0])):
        suffix = kept.pop()[1]
    if not kept:
        return ()
    if len(kept) == 1:
        word = kept[0]
        acronym = word[0].isupper() and word[0].isascii() and 1 < len(word[0]) < 6  # noqa: PLR2004 - letters
        return (
            Form(
                person,
                (),
                (word[1],),
                suffix=suffix,
                alias=alias and not title,
                title=title or ("king" if suffix else ""),
                acronym=acronym,
            ),
        )
    form = _full(person, kept, suffix)
    if len(kept) == 2 and not form.whole and _is_turned(kept[0][1], kept[1][1]):  # noqa: PLR2004
        return form, Form(person, form.surname, form.given, suffix=suffix)
    if "of" in form.particles and len(form.given) == 1:  # Hussein of Jordan, "King Hussein"
        return form, Form(person, (), form.given, suffix=suffix, title="king")
    return (form,)


def _full(person: int, kept: list[tuple[str, str, bool]], suffix: str) -> Form:
    folded = [word[1] for word in kept]
    hyphened = [word[2] for word in kept]
    if is_family_first(folded, hyphened):
        return Form(person, tuple(folded[1:]), (folded[0],), suffix=suffix, whole=True)
    start = len(kept) - 1
    while start > 1 and hyphened[start] and folded[start - 1] not in PARTICLES:
        start -= 1
    first = start
    while first > 1 and folded[first - 1] in PARTICLES:
        first -= 1
    given = tuple(folded[:first])
    whole = len(given) > 1 and any(hyphened[1:first])
    return Form(
        person, given, tuple(folded[start:]), tuple(folded[first:start]), suffix, whole=whole
    )


def is_family_first(folded: list[str], hyphened: list[bool]) -> bool:
    """Whether a name reads as Chinese or Korean in its own order: "Xi Jinping", "Kim Jong-un"."""
    if folded[0] not in _FAMILIES or len(folded) > 3:  # noqa: PLR2004 - words
        return False
    if len(folded) == 3:  # noqa: PLR2004 - words
        return hyphened[2] or all(_SYLLABLES.fullmatch(word) for word in folded[1:])
    given = folded[1]
    return re.fullmatch(rf"(?:{_SYLLABLES.pattern}){{1,2}}", given) is not None and len(given) < 9  # noqa: PLR2004 - letters


def _is_turned(first: str, last: str) -> bool:
    """Whether a name seems to have its given name last: Hungarian "Orbán Viktor"."""
    names = given_names()
    if script_of(last) != "latin" or last in common_surnames():
        return False
    return last in names and first not in names


def _is_numeral(word: str) -> bool:
    return word.isupper() and word.lower() in NUMERALS


def uninverted(name: str) -> str:
    """A name that has a comma in the order it is spoken: `Lavrov, Sergei` as `Sergei Lavrov`."""
    before, after = name.split(",", 1)
    first = TOKEN.search(after)
    if first is None:
        return before
    if is_title(fold(first[0])):  # "Diana, Princess of Wales"
        return f"{first[0]} {before}" if " " not in before.strip() else before
    if fold(first[0]) in SUFFIXES:
        return name.replace(",", " ")
    return f"{after} {before}"
