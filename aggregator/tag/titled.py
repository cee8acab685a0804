"""What a title before a surname says: that a person follows, and sometimes whether a man or a woman."""

from aggregator.tag.fold import fold
from aggregator.tag.index import Word
from aggregator.tag.line import Join, Line
from aggregator.tag.lists import gender_of_title, given_names, section
from aggregator.tag.names import Form
from aggregator.tag.verdict import Verdict

_BEFORE_A_GIVEN_NAME = section("context.txt", "before a given name")
_FRENCH = frozenset({"le", "la", "les", "du", "des", "et", "Le", "La", "Les"})
_ENGLISH = frozenset({"the", "The"})


def after_title(line: Line, folded: str, word: Word, form: Form) -> Verdict:
    """Read a folded title before `word`, which may be the surname of `form`."""
    gender = gender_of_title(folded)
    if gender and form.gender and gender != form.gender:
        return Verdict.OTHER  # Mrs Blair is not Tony
    if folded in _BEFORE_A_GIVEN_NAME:
        is_given = bool(form.given) and word.folded in given_names()
        return Verdict.OTHER if is_given else Verdict.TITLED  # King Charles is no Mr Charles
    if form.first_name:
        return Verdict.OTHER  # Mr Tracey
    if folded == "don" and line.has_any(_ENGLISH):
        return Verdict.OTHER  # Don Gibson
    return Verdict.TITLED


def after_m(line: Line) -> Verdict:
    """Read "M." before a surname: monsieur in French, elsewhere an initial."""
    return Verdict.TITLED if line.has_any(_FRENCH) else Verdict.OTHER


def gender_before(line: Line, at: int) -> str:
    """Whether the title before words[at] is a woman's ("f") or a man's ("m"); else empty."""
    if line.join(at) not in (Join.SPACE, Join.DOT):
        return ""
    return gender_of_title(fold(line.words[at - 1]))
