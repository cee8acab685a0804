"""What a word with a capital before a surname says: a given name, or a part of something else."""

from aggregator.tag.common import is_frequent, is_inflected_word, is_word
from aggregator.tag.fold import fold
from aggregator.tag.given import is_given_name, is_initial
from aggregator.tag.index import Word, is_capital
from aggregator.tag.line import Join, Line
from aggregator.tag.lists import (
    given_names,
    is_title,
    months_and_days,
    places,
    section,
)
from aggregator.tag.names import Form
from aggregator.tag.scripts import script_of
from aggregator.tag.sound import distance
from aggregator.tag.verdict import Verdict

_HARDLY_GIVEN = section("context.txt", "hardly given names at the start")
_OF_A_PEOPLE = ("an", "ese", "ish", "ch", "ss", "i")  # Russian, Chinese, Swedish, French, Swiss
MISSPELLED = 0.15  # how far by ear a given name may be off, a letter


def after_capital(line: Line, at: int, word: Word, form: Form) -> Verdict:
    """Read words[at], which has a capital and is no title, before a surname."""
    text = line.words[at]
    folded = fold(text)
    if folded in form.given[1:] and not form.whole:
        return Verdict.PLAIN  # Suu Kyi, of Aung San Suu Kyi
    if is_initial(line, at) or _is_a_given_name(line, at, folded) or _is_middle_name(line, at):
        return Verdict.OTHER
    if is_inflected_word(folded):
        return Verdict.THING if _may_be_a_title_of_a_thing(line, at, word) else Verdict.PLAIN
    known = is_given_name(text) or text.isupper() or folded in places()
    if known or (line.starts_sentence(at) and not is_frequent(word.folded)):
        return Verdict.PLAIN
    return Verdict.OTHER if _is_strangers_name(line, at, word, form) else Verdict.PLAIN


def _is_a_given_name(line: Line, at: int, folded: str) -> bool:
    """Whether words[at] is a given name, and not "Will" or "Paris" with a sentence's capital."""
    doubtful = folded in _HARDLY_GIVEN or folded in places()
    return is_given_name(line.words[at]) and not (doubtful and line.starts_sentence(at))


def _may_be_a_title_of_a_thing(line: Line, at: int, word: Word) -> bool:
    """Whether an English word with a capital goes before a surname that may be one: Final Straw."""
    if line.style != "sentence" or line.endings != "none" or line.starts_sentence(at):
        return False
    return fold(line.words[at]) not in months_and_days() and (
        is_frequent(word.folded) or is_word(word.folded)
    )


def _is_strangers_name(line: Line, at: int, word: Word, form: Form) -> bool:
    """Whether a capital before a surname can only be a name, if one that no list has."""
    text = line.words[at]
    folded = fold(text)
    if line.style != "sentence" or script_of(text) != "latin":
        return False
    if line.endings == "all":  # in Hungarian Puskás Ferenc is nobody called Ferenc
        return word.folded in given_names() and not line.starts_sentence(at)
    if line.endings != "none":
        return False
    listed = line.index.words[text]
    if folded.endswith(_OF_A_PEOPLE) or (listed is not None and listed.heads):
        return is_frequent(word.folded)
    return not (form.given and distance(folded, form.given[0]) <= MISSPELLED * len(folded))


def _is_middle_name(line: Line, at: int) -> bool:
    """Whether a given name stands before words[at]: Sandra *Day* O'Connor."""
    if line.join(at) is not Join.SPACE or line.style != "sentence" or at in line.taken:
        return False
    text = line.words[at - 1]
    listed = line.index.words[line.words[at]]
    if not is_capital(text) or is_title(fold(text)) or (listed is not None and listed.heads):
        return False
    return fold(text) in given_names() and not (
        is_word(fold(text)) and line.starts_sentence(at - 1)
    )
