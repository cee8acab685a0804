"""Whether the words around a surname alone speak for the listed person or against him."""

from aggregator.tag.after import after
from aggregator.tag.before import before
from aggregator.tag.common import is_word
from aggregator.tag.fold import fold
from aggregator.tag.index import Word
from aggregator.tag.line import Line
from aggregator.tag.lists import given_names, months_and_days, section
from aggregator.tag.names import Form
from aggregator.tag.scripts import script_of
from aggregator.tag.verdict import Verdict

_MONTH_BEFORE = section("context.txt", "before a month")


def judge(line: Line, at: int, word: Word, form: Form) -> Verdict:
    """Read the neighbours of words[at], which may be the surname of `form` standing alone."""
    left = before(line, at, word, form)
    if left <= Verdict.THING:
        return left
    right = after(line, at, word, form)
    if right <= Verdict.THING:
        return right
    if form.first_name and _may_be_anybody(line, word):
        return Verdict.UNSURE
    if left is Verdict.UNSURE or _is_a_date(line, at, word):
        return Verdict.UNSURE
    if max(left, right) is Verdict.PLAIN and _may_be_a_word(line, at, word):
        return Verdict.UNSURE
    return max(left, right)


def _is_a_date(line: Line, at: int, word: Word) -> bool:
    if word.folded not in months_and_days():
        return False
    if any(c.isdigit() for c in line.gaps[at] + line.gaps[at + 1]):
        return True
    return at > 0 and fold(line.words[at - 1]) in _MONTH_BEFORE


def _may_be_a_word(line: Line, at: int, word: Word) -> bool:
    """Whether a capital proves nothing, so that "Brown" may be the colour."""
    written = line.words[at]
    if line.starts_sentence(at) and line.has_any(frozenset({written.lower()}) - {written}):
        return True  # the field has it without a capital, too
    if not is_word(word.folded) or line.endings == "all":
        return False
    # languages that add only -s write all their nouns (German), or English loans, with capitals
    return line.starts_sentence(at) or line.style != "sentence" or line.endings == "s"


def _may_be_anybody(line: Line, word: Word) -> bool:
    """Whether a given name alone can hardly mean the listed person, of all who have it."""
    if line.style == "capitals":
        return True
    declined = line.endings_in(script_of(word.folded)) in ("all", "s")
    return declined and word.folded in given_names()
