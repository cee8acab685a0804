"""What stands around a surname alone, and whether that speaks for the person or against."""

from enum import IntEnum

from aggregator.tag.fold import fold
from aggregator.tag.index import Word, is_capital
from aggregator.tag.line import Join, Line
from aggregator.tag.lists import (
    common_surnames,
    common_words,
    given_names,
    is_title,
    months_and_days,
    places,
    section,
    things_after,
    things_before,
    widespread_given_names,
)
from aggregator.tag.given import is_given_name, is_initial
from aggregator.tag.names import ARTICLES, PARTICLES, SUFFIXES, Form
from aggregator.tag.scripts import script_of

SPEECH = section("context.txt", "speech")
_MONTH_BEFORE = section("context.txt", "before a month")
_OF = section("context.txt", "place of")
_GOVERNMENT = section("context.txt", "government")
_LANDMARKS = section("context.txt", "landmarks")
_AT = section("context.txt", "at")


class Verdict(IntEnum):
    """What the words around a surname say."""

    OTHER = 0  # somebody else's name
    THING = 1  # a street, a firm, a town
    UNSURE = 2  # may be no name at all
    PLAIN = 3  # nothing against it
    SPOKEN = 4  # somebody who speaks or acts
    TITLED = 5  # a title stands before it


def is_common(word: str) -> bool:
    """Whether a surname alone points to nobody: frequent, a word, a given name or a town."""
    return (
        word in common_surnames()
        or word in common_words()
        or word in widespread_given_names()
        or word in places()
        or (len(word) < 3 and script_of(word) != "unspaced")  # noqa: PLR2004 - letters
    )


def judge(line: Line, at: int, word: Word, form: Form) -> Verdict:
    """Read the neighbours of words[at], which may be the surname of `form` standing alone."""
    left = _left(line, at, word, form)
    if left in (Verdict.OTHER, Verdict.THING):
        return left
    right = _right(line, at, word)
    if right in (Verdict.OTHER, Verdict.THING):
        return right
    if left is Verdict.TITLED:
        return left
    if _may_be_no_name(line, at, word):
        return Verdict.UNSURE
    return max(left, right)


def _left(line: Line, at: int, word: Word, form: Form) -> Verdict:
    j = at - 1
    for part in reversed(form.surname[:-1]):
        if line.join(j + 1) not in (Join.HYPHEN, Join.SPACE) or fold(line.words[j]) != part:
            return Verdict.OTHER
        j -= 1
    particles = list(form.particles)
    crossed = False
    while j >= 0 and line.join(j + 1) is not Join.BREAK and fold(line.words[j]) in PARTICLES:
        text = fold(line.words[j])
        if particles and text == particles[-1]:
            particles.pop()
            crossed = True
        elif text in ("o", "d", "l", "mc", "mac") and line.join(j + 1) is Join.APOSTROPHE:
            if line.words[j].isupper():
                return Verdict.OTHER  # O'Lavrov
        elif text not in ARTICLES:
            break
        j -= 1
    if particles and not crossed and set(particles) - ARTICLES and is_common(form.head):
        return Verdict.OTHER
    if particles and not crossed and {"bin", "ibn", "ben", "o"} & set(particles):
        return Verdict.OTHER
    if j < 0:
        return Verdict.PLAIN
    return _before(line, j, at, word)


def _before(line: Line, j: int, at: int, word: Word) -> Verdict:
    """What words[j], just before the name, makes of it."""
    join = line.join(j + 1)
    text = line.words[j]
    folded = fold(text)
    if join is Join.DOT:
        if is_title(folded):
            return Verdict.TITLED
        if folded in ("st", "ул", "ul", "пр", "пл", "str", "av", "pl"):
            return Verdict.THING
        return Verdict.OTHER if is_initial(line, j) else Verdict.PLAIN
    if join is Join.HYPHEN:
        if not is_capital(text) or text.isupper() or folded in common_words():
            return Verdict.PLAIN
        if is_given_name(text) or folded in common_surnames():
            return Verdict.PLAIN if line.index.words[text] is not None else Verdict.OTHER
        return Verdict.PLAIN
    if join is Join.QUOTE and is_capital(text):
        k = j - 1  # Robert "Bob" Lavrov
        if '"' in line.gaps[at] or "”" in line.gaps[at] or ")" in line.gaps[at]:
            return (
                Verdict.OTHER
                if is_given_name(text) and k >= 0 and is_given_name(line.words[k])
                else Verdict.PLAIN
            )
        return Verdict.PLAIN
    if join is not Join.SPACE:
        return Verdict.PLAIN
    if folded in things_before():
        return Verdict.THING
    if folded in ("of", "de") and j and fold(line.words[j - 1]) in _OF:
        return Verdict.THING
    if is_title(folded):
        return Verdict.TITLED
    if not is_capital(text):
        if folded in _AT and (word.folded in places() or word.folded in common_words()):
            return Verdict.THING
        return Verdict.PLAIN
    if is_initial(line, j):
        return Verdict.OTHER
    if is_given_name(text):
        doubtful = folded in common_words() or folded in places()
        if doubtful and line.starts_sentence(j):
            return Verdict.PLAIN
        return Verdict.OTHER
    return Verdict.PLAIN


def _right(line: Line, at: int, word: Word) -> Verdict:
    join = line.join(at + 1)
    if join is Join.BREAK:
        return Verdict.PLAIN
    text = line.words[at + 1]
    folded = fold(text)
    if join in (Join.SPACE, Join.HYPHEN):
        if is_capital(text) or script_of(text) != "latin":
            if folded in things_after() and not (
                line.style == "capitals" and folded not in _LANDMARKS
            ):
                return Verdict.THING
        elif folded in _LANDMARKS:
            return Verdict.THING
    if join in (Join.SPACE, Join.COMMA) and folded in SUFFIXES and is_capital(text):
        return Verdict.OTHER
    if (
        join is Join.SPACE
        and is_capital(text)
        and script_of(text) in ("latin", "cyrillic", "greek")
    ):
        known = folded in _GOVERNMENT or folded in months_and_days() or is_title(folded)
        if known:
            return Verdict.PLAIN
        if (
            word.folded in given_names()
            and folded not in common_words()
            and line.style != "capitals"
        ):
            return Verdict.OTHER  # Clinton Portis
        if (
            line.style == "sentence"
            and script_of(text) == "latin"
            and not text.isupper()
            and line.endings == "none"
        ):
            return Verdict.THING
    if join is Join.SPACE and folded in SPEECH:
        return Verdict.SPOKEN
    return Verdict.PLAIN


def _may_be_no_name(line: Line, at: int, word: Word) -> bool:
    if word.folded in months_and_days():
        digits = any(c.isdigit() for c in line.gaps[at] + line.gaps[at + 1])
        before = fold(line.words[at - 1]) if at else ""
        if digits or before in _MONTH_BEFORE:
            return True
    if word.folded not in common_words():
        return False
    return line.starts_sentence(at) or line.style != "sentence"
