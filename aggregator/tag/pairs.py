"""Which listed people a given name and a surname of a text make together."""

from collections.abc import Iterator
from dataclasses import dataclass

from aggregator.tag.agree import agreement
from aggregator.tag.fold import fold
from aggregator.tag.given import LONGEST_INITIAL, is_initial
from aggregator.tag.index import First, How, Index, Word
from aggregator.tag.inflect import VOWELS
from aggregator.tag.line import Line
from aggregator.tag.lists import common_surnames, common_words, given_names, nicknames
from aggregator.tag.names import Form
from aggregator.tag.scripts import ABJADS, romanised, script_of
from aggregator.tag.sound import distance, sounds_alike, sounds_the_same

LEAST_UNVOWELLED = 6  # consonants of a full name in a script that leaves vowels out
SAME = 0.15  # how far a shorter one may be off
OFF = 0.08  # how far a longer one may be off, a consonant
LETTER = 0.4  # how far by ear a vowel may be off where a language writes names as it hears them


@dataclass(frozen=True, slots=True)
class Pair:
    """A given name beside a surname that are listed together."""

    form: int
    rule: str
    score: int  # the higher, the closer to how the form is listed


def endings_agree(how: How, endings: str) -> bool:
    """Whether an ending is one of the document's language; see `endings_of`."""
    return how == "exact" or endings in ("all", "unknown") or (how == "s" and endings == "s")


def pairs(line: Line, given: int, head: int, word: Word) -> list[Pair]:
    """Forms whose given name may be words[given] and whose surname words[head]."""
    if not _worth_trying(line, given, word):
        return []
    best: dict[int, Pair] = {}
    for number, rule, score in _candidates(line, given, head, word):
        extra = agreement(line, line.index.forms[number], given, head)
        if extra is None:
            continue
        pair = Pair(number, rule, 10 * score + extra)
        if number not in best or best[number].score < pair.score:
            best[number] = pair
    return list(best.values())


def _worth_trying(line: Line, given: int, word: Word) -> bool:
    """Whether the two words can be anybody's name at all; most neighbours cannot."""
    first = line.first(given)
    return bool(
        (first.names and word.heads)
        or (first.heard and word.heard)
        or len(line.words[given]) <= LONGEST_INITIAL
    )


def sharing(line: Line, given: int, word: Word) -> list[Pair]:
    """Forms of a given name that borrows its surname: "Bill" in "Bill and Hillary Clinton"."""
    index, first, endings = line.index, line.first(given), line.endings_in(script_of(word.folded))
    found = [form for form, _ in _by_letters(index, first, word, endings)]
    if not found and word.capital:
        found = list(_by_sound(index, first, word, endings))
    return [Pair(form, "shared surname", 0) for form in found if not index.forms[form].whole]


def _candidates(line: Line, given: int, head: int, word: Word) -> Iterator[tuple[int, str, int]]:
    """Number of a form, the rule that found it, and how sure it is; the surest kind only."""
    index, text, endings = line.index, line.words[given], line.endings_in(script_of(word.folded))
    if is_initial(line, given) and len(text) <= LONGEST_INITIAL:
        found = list(_by_initial(index, fold(text), word, endings))
        yield from found
        if found or len(text) == 1:
            return
    first = line.first(given)
    exact = False
    turned = given > head  # "Orbán Viktornak": only the last word takes the ending
    for form, how in _by_letters(index, first, word, endings, turned=turned):
        exact = True
        yield (form, "full name", 4) if how == "exact" else (form, "inflected", 3)
    if not exact and word.capital:
        for form in _by_sound(index, first, word, endings):
            yield form, "same sound", 1


def _by_initial(
    index: Index, letter: str, word: Word, endings: str
) -> Iterator[tuple[int, str, int]]:
    found = False
    for head, how in word.heads:
        if endings_agree(how, endings):
            for form in index.pairs.get(f"{letter}.|{head}", ()):
                found = True
                yield form, "initials", 2 if how == "exact" else 1
    if not found and script_of(word.folded) != "latin":
        latin = romanised(letter)[:1]
        for ear, stem in word.heard:
            for form in index.by_sound.get(f"{latin}.|{ear}", ()):
                if sounds_the_same(index.forms[form].head, stem):
                    yield form, "initials", 0


def _by_letters(
    index: Index, first: First, word: Word, endings: str, *, turned: bool = False
) -> Iterator[tuple[int, How]]:
    for name, name_how in first.names:
        if not endings_agree(name_how, endings):
            continue
        for head, how in word.heads:
            if not endings_agree(how, endings):
                continue
            forms = index.pairs.get(f"{name}|{head}", ())
            if forms and (turned or _cases_agree(name, name_how, head, how, first.folded)):
                exact = how == name_how == "exact"
                for form in forms:
                    yield form, "exact" if exact else "inflected"


def _cases_agree(name: str, name_how: How, head: str, how: How, text: str) -> bool:
    """A man's given name is not declined without his surname: "Petra Novak" is not Petr."""
    if name_how != "inflected" or how != "exact" or script_of(name) not in ("latin", "cyrillic"):
        return True
    return name[-1] in VOWELS or head[-1] in VOWELS or len(text) < len(name)


def _by_sound(index: Index, first: First, word: Word, endings: str) -> Iterator[int]:
    plain = endings == "none" and script_of(word.folded) == "latin"
    unvowelled = script_of(word.folded) in ABJADS
    for ear, head in word.heard:
        for given_ear, given in first.heard:
            heard = (len(ear.lstrip("A")), len(given_ear.lstrip("A")))
            if plain and (given != first.folded or head != word.folded):
                continue
            for number in index.by_sound.get(f"{given_ear}|{ear}", ()):
                form = index.forms[number]
                if unvowelled and not _surely_sounds_alike(form, given, head, heard):
                    continue
                read = any(name == form.given[0] for name, _ in first.names)
                if may_be_spelled(form.head, head, endings) and (
                    read or _given_may_be(form, given, endings)
                ):
                    yield number


def _surely_sounds_alike(form: Form, given: str, head: str, heard: tuple[int, int]) -> bool:
    """Whether two words that are written without vowels can hardly be anything else.

    Any two words have a few consonants like those of some name: short names must have the very
    same, long ones nearly. `heard` are the numbers of consonants.
    """
    off = distance(form.head, head) + distance(form.given[0], given)
    if sum(heard) >= LEAST_UNVOWELLED:
        return off <= OFF * sum(heard)
    return min(heard) > 1 and off < SAME


def _given_may_be(form: Form, given: str, endings: str) -> bool:
    first = form.given[0]
    if given in nicknames().get(first, ()) or may_be_spelled(first, given, endings):
        return True
    return form.whole and sounds_alike("".join(form.given), given)


def may_be_spelled(listed: str, text: str, endings: str) -> bool:
    """Whether a word may be another spelling of a listed one, and is no name of its own."""
    if listed == text:
        return True
    if script_of(text) != "latin" or script_of(listed) != "latin":
        given = text in given_names() and listed not in given_names()
        return not given and sounds_alike(listed, text)
    by_ear = endings == "all" and distance(listed, text) <= LETTER
    if not by_ear and not sounds_alike(listed, text):
        return False
    if text in common_words() or text in common_surnames():
        return False
    names = given_names()
    return not (listed in names and text in names) or _skim(listed) == _skim(text)


def _skim(name: str) -> str:
    """A given name without what its spellings in one script differ by: Sergei, Sergey, Serguei."""
    out: list[str] = []
    for letter in name.replace("ou", "u").replace("gu", "g").replace("ch", "k"):
        plain = {"y": "i", "j": "i", "w": "v", "c": "k", "h": ""}.get(letter, letter)
        if plain and (not out or out[-1] != plain):
            out.append(plain)
    return "".join(out)
