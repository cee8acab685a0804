"""What stands before a surname that stands without a listed given name."""

from aggregator.tag.capital import after_capital
from aggregator.tag.common import is_frequent, is_word
from aggregator.tag.company import names_somebody
from aggregator.tag.fold import fold
from aggregator.tag.given import is_given_name, is_initial
from aggregator.tag.index import Word, is_capital
from aggregator.tag.line import Join, Line
from aggregator.tag.lists import (
    common_surnames,
    given_names,
    is_title,
    places,
    section,
    things_before,
)
from aggregator.tag.names import AND, ARTICLES, PARTICLES, Form
from aggregator.tag.titled import after_m, after_title
from aggregator.tag.verdict import Verdict

_PLACES_OF = section("context.txt", "place of")
_AT = section("context.txt", "at")
_INDEFINITE = frozenset({"a", "an"})
_OF = frozenset({"of", "de"})
_STREET = frozenset({"st", "ул", "ul", "пр", "пл", "str", "av", "pl", "вул", "бул"})
_NEEDED = frozenset({"bin", "ibn", "ben", "o"})  # without these it is another family
_CLOSING = ('"', "”", ")", "»")


def before(line: Line, at: int, word: Word, form: Form) -> Verdict:
    """Read what stands before words[at], which may be the surname of `form`."""
    first = _start_of_surname(line, at, form)
    if first is None:
        return Verdict.OTHER
    return _read(line, first, word, form) if first else Verdict.PLAIN


def _start_of_surname(line: Line, at: int, form: Form) -> int | None:
    """Where the surname begins with its particles; None if they belong to another family."""
    first = at
    for part in reversed(form.surname[:-1]):
        first -= 1
        if line.join(first + 1) not in (Join.HYPHEN, Join.SPACE) or fold(line.words[first]) != part:
            return None
    wanted = list(form.particles)
    while line.join(first) is not Join.BREAK and fold(line.words[first - 1]) in PARTICLES:
        text = line.words[first - 1]
        folded = fold(text)
        if wanted and folded == wanted[-1]:
            wanted.pop()
        elif line.join(first) is Join.APOSTROPHE and text.isupper():
            return None  # O'Lavrov
        elif folded not in ARTICLES:
            break
        first -= 1
    missing = set(wanted) - ARTICLES if len(wanted) == len(form.particles) else set()
    if missing & _NEEDED or (missing and is_frequent(form.head)):
        return None
    return first


def _read(line: Line, first: int, word: Word, form: Form) -> Verdict:
    """Read the word before words[first]."""
    match line.join(first):
        case Join.SPACE:
            return _after_space(line, first - 1, word, form)
        case Join.DOT:
            return _after_dot(line, first - 1, word, form)
        case Join.HYPHEN:
            return _after_hyphen(line, first - 1)
        case Join.QUOTE:
            return _after_quote(line, first)
        case Join.COMMA if names_somebody(line, first - 1) and not is_frequent(word.folded):
            return Verdict.ACCOMPANIED
        case _:
            return Verdict.PLAIN


def _after_dot(line: Line, at: int, word: Word, form: Form) -> Verdict:
    folded = fold(line.words[at])
    if folded == "m":
        return after_m(line)
    if is_title(folded):
        return after_title(line, folded, word, form)
    if folded in _STREET:
        return Verdict.THING
    return Verdict.OTHER if is_initial(line, at) else Verdict.PLAIN


def _after_hyphen(line: Line, at: int) -> Verdict:
    """A double surname is another person's; "US-Putin" and "Merkel-Macron" are not double."""
    text = line.words[at]
    folded = fold(text)
    if not is_capital(text) or text.isupper() or line.index.words[text] is not None:
        return Verdict.PLAIN
    if is_word(folded):
        return Verdict.THING if folded in common_surnames() else Verdict.PLAIN  # Day-Lewis
    name = is_given_name(text) or folded in common_surnames()
    return Verdict.OTHER if name else Verdict.PLAIN


def _after_quote(line: Line, first: int) -> Verdict:
    """A nickname in quotes, with a stranger's given name before it: Robert "Bob" Lavrov."""
    closing = any(sign in line.gaps[first] for sign in _CLOSING)
    if not closing or first < 2:  # noqa: PLR2004 - given name and nickname
        return Verdict.PLAIN
    named = is_given_name(line.words[first - 1]) and is_given_name(line.words[first - 2])
    return Verdict.OTHER if named else Verdict.PLAIN


def _after_space(line: Line, at: int, word: Word, form: Form) -> Verdict:
    text = line.words[at]
    folded = fold(text)
    if folded in things_before() or (folded in _OF and _of_a_place(line, at)):
        return Verdict.THING
    if is_title(folded):
        return after_title(line, folded, word, form)
    if folded in AND and line.join(at) in (Join.SPACE, Join.COMMA) and names_somebody(line, at - 1):
        return Verdict.ACCOMPANIED
    if is_capital(text):
        return after_capital(line, at, word, form)
    return _after_small(line, at, folded, word)


def _after_small(line: Line, at: int, folded: str, word: Word) -> Verdict:
    if folded in PARTICLES - ARTICLES and line.join(at) is Join.SPACE:
        given = line.words[at - 1]
        if is_capital(given) and fold(given) in given_names():
            return Verdict.OTHER  # Jorge da Cunha
    if folded in _AT and (word.folded in places() or is_word(word.folded)):
        return Verdict.THING
    if folded == "the" and (is_word(word.folded) or word.folded in places()):
        return Verdict.UNSURE  # Pitt the Younger, the Hague
    if folded in _INDEFINITE and (is_frequent(word.folded) or not is_listed_surname(line, word)):
        return Verdict.UNSURE
    return Verdict.PLAIN


def _of_a_place(line: Line, at: int) -> bool:
    return at > 0 and fold(line.words[at - 1]) in _PLACES_OF


def is_listed_surname(line: Line, word: Word) -> bool:
    """Whether the word is a surname of somebody listed, and no name of one word only."""
    index = line.index
    return any(
        index.forms[form].given for head, _ in word.heads for form in index.alone.get(head, ())
    )
