"""Names written out: given name and surname in any order, with initials, middle names, lists."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from aggregator.tag.agree import WITHIN_A_NAME, suffix_after
from aggregator.tag.fold import fold
from aggregator.tag.given import (
    LONGEST_INITIAL,
    has_name_before,
    is_given_name,
    is_initial,
    start_of_name,
)
from aggregator.tag.index import Word, is_capital
from aggregator.tag.line import Join, Line
from aggregator.tag.lists import (
    common_surnames,
    common_words,
    given_names,
    is_title,
    widespread_given_names,
)
from aggregator.tag.names import AND, PARTICLES, SUFFIXES, Form
from aggregator.tag.pairs import Pair, pairs, sharing
from aggregator.tag.scripts import script_of

MOST_MIDDLE = 3  # words between given name and surname
LONGEST = 8  # words of a name
_LONGEST_ENDING = 3  # letters of one that an apostrophe parts from its name
_PATRONYMICS = (
    "ovich", "evich", "ovna", "evna", "ович", "евич", "овна", "евна", "вича", "вичу", "вичем",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Mention:
    """A place where one of the people is named."""

    first: int  # index of the first word
    last: int
    forms: tuple[int, ...]  # more than one: not clear which
    rule: str


def written_out(line: Line, at: int, word: Word) -> Iterator[Mention]:
    """The listed people whose full name has its surname at words[at]."""
    if not _has_company(line, at):
        return
    found = _adjacent(line, at, word) or _leftward(line, at, word) or _rightward(line, at, word)
    if found is not None:
        yield found
    start = found.first if found is not None and found.first < at else start_of_name(line, at)
    if start < at:
        yield from _coordinated(line, word, start)


def _has_company(line: Line, at: int) -> bool:
    """Whether a name can go on beside words[at] at all; most capitals stand alone."""
    words = line.words
    if at:
        before = words[at - 1]
        if before[0].isupper() or is_capital(before) or before in PARTICLES:
            return True
    if at + 1 < len(words) and is_capital(words[at + 1]):
        return True
    return not is_capital(words[at]) or line.join(at) is Join.APOSTROPHE


def _adjacent(line: Line, at: int, word: Word) -> Mention | None:
    """The plainest case, quickly: a listed given name right before its surname."""
    if not word.heads or line.join(at) is not Join.SPACE:
        return None
    index = line.index
    forms = index.pairs.get(f"{line.first(at - 1).folded}|{word.folded}", ())
    if len(forms) != 1 or len(line.words[at - 1]) <= LONGEST_INITIAL or suffix_after(line, at):
        return None
    form = index.forms[forms[0]]
    if form.whole or len(form.surname) > 1:
        return None
    return Mention(at - 1, at, forms, "full name")


def _leftward(line: Line, at: int, word: Word) -> Mention | None:
    """The given name before the surname, over particles and middle names."""
    middle = 0
    if "(" in line.gaps[at] and ")" not in line.gaps[at]:
        return None  # a substitute: "Thomas (Johansson 72)"
    for given in range(at - 1, max(-1, at - LONGEST), -1):
        join, initial = line.join(given + 1), is_initial(line, given)
        text = line.words[given]
        folded = fold(text)
        after_dot = join is Join.DOT and (initial or folded in SUFFIXES)
        if (join not in WITHIN_A_NAME and not after_dot) or middle > MOST_MIDDLE:
            return None
        if _is_small_part(line, given, folded):
            continue
        if word.capital and not is_capital(text):
            return None
        if not (initial and has_name_before(line, given)):
            found = pairs(line, given, at, word)
            if found:
                return _best(given, at, found)
        if not initial and folded in common_words() and line.style in ("title", "capitals"):
            return None
        middle += 1
    return None


def _is_small_part(line: Line, at: int, folded: str) -> bool:
    """Whether words[at] is a particle, or an ending after an apostrophe: "Jean-Claude'a"."""
    text = line.words[at]
    if text.islower() and line.join(at) is Join.APOSTROPHE and len(text) <= _LONGEST_ENDING:
        return folded != "s"
    if folded not in PARTICLES:
        return False
    return text.islower() or not (is_initial(line, at) or line.first(at).names)


def _rightward(line: Line, at: int, word: Word) -> Mention | None:
    """The given name after the surname: "Lavrov, Sergey", "Orbán Viktor", "Xi Jinping"."""
    given = at + 1
    join = line.join(given)
    if join not in (Join.SPACE, Join.COMMA) or not is_capital(line.words[given]):
        return None
    found = [pair for pair in pairs(line, given, at, word) if _may_be_turned(line, pair)]
    if not found:
        return None
    last = _last_given(line, given)
    if join is Join.COMMA:
        possible = _ends_an_entry(line, given, last)
    else:
        possible = _family_first(line, found) or _may_stand_first(line, at, word)
    if not possible:
        return None
    best = _best(at, last, found)
    form = line.index.forms[best.forms[0]]
    last = _end_of_whole(line, form, at, last) if form.whole else last
    return Mention(at, last, best.forms, best.rule)


def _may_be_turned(line: Line, pair: Pair) -> bool:
    """By ear two words are too easily somebody's name the other way round."""
    return pair.rule != "same sound" or _is_family_first(line.index.forms[pair.form])


def _last_given(line: Line, given: int) -> int:
    """The last of the given names, initials and patronymics that begin at words[given]."""
    last = given
    while line.join(last + 1) in (Join.SPACE, Join.HYPHEN, Join.DOT):
        word, join = line.words[last + 1], line.join(last + 1)
        more = is_initial(line, last + 1) or join is Join.HYPHEN or _is_patronymic(word)
        if not (more and is_capital(word)) or (join is Join.DOT and not is_initial(line, last)):
            break
        last += 1
    return last


def _ends_an_entry(line: Line, given: int, last: int) -> bool:
    """After a comma the given name must not begin another full name: "Trump, Donald Tusk"."""
    if is_initial(line, given):
        return line.gaps[given + 1].startswith(".")
    return not (line.join(last + 1) is Join.SPACE and is_capital(line.words[last + 1]))


def _family_first(line: Line, found: Sequence[Pair]) -> bool:
    return any(_is_family_first(line.index.forms[pair.form]) for pair in found)


def _is_family_first(form: Form) -> bool:
    return form.whole and len(form.surname) == 1 and not form.particles


def _may_stand_first(line: Line, at: int, word: Word) -> bool:
    """Whether words[at] may be a surname before its given name with no comma between."""
    latin = script_of(word.folded) == "latin"
    given = fold(line.words[at + 1])
    both = given in common_surnames() or given in widespread_given_names()
    if latin and both and word.folded in given_names():
        return False  # Cameron James is not James Cameron
    if is_initial(line, at + 1) and (latin or not line.gaps[at + 2].startswith(".")):
        return False
    before = line.words[at - 1] if line.join(at) is Join.SPACE else ""
    return not (before and is_capital(before) and is_given_name(before))


def _best(first: int, last: int, found: Sequence[Pair]) -> Mention:
    top = max(pair.score for pair in found)
    best = [pair for pair in found if pair.score == top]
    return Mention(first, last, tuple(pair.form for pair in best), best[0].rule)


def _end_of_whole(line: Line, form: Form, first: int, last: int) -> int:
    size = sum(map(len, form.given)) + len(form.head)
    while sum(len(fold(line.words[k])) for k in range(first, last + 1)) < size - 1 and line.join(
        last + 1
    ) in (Join.SPACE, Join.HYPHEN):
        last += 1
    return last


def _coordinated(line: Line, word: Word, start: int) -> Iterator[Mention]:
    """The first ones of "Bill and Hillary Clinton", "Bill, Hillary & Chelsea Clinton"."""
    while (given := _listed_before(line, start)) is not None:
        text = line.words[given]
        full = line.join(given) in (Join.SPACE, Join.HYPHEN) and is_capital(line.words[given - 1])
        if not is_capital(text) or (full and _begins_a_name(line.words[given - 1])):
            return
        found = sharing(line, given, word)
        if found:
            yield _best(given, given, found)
        elif not is_given_name(text):
            return
        start = given


def _listed_before(line: Line, start: int) -> int | None:
    """The word that a comma or an "and" joins to the name at words[start]."""
    if line.join(start) in (Join.AND, Join.COMMA):
        return start - 1
    if (
        line.join(start) is line.join(start - 1) is Join.SPACE
        and line.words[start - 1].lower() in AND
    ):
        return start - 2
    return None


def _begins_a_name(word: str) -> bool:
    return fold(word) in given_names() and not is_title(fold(word))


def _is_patronymic(word: str) -> bool:
    return fold(word).endswith(_PATRONYMICS)
