"""What stands after a surname that stands without a listed given name."""

from aggregator.tag.common import is_word
from aggregator.tag.fold import fold
from aggregator.tag.index import Word, is_capital
from aggregator.tag.line import Join, Line
from aggregator.tag.lists import given_names, is_title, months_and_days, section, things_after
from aggregator.tag.names import AND, SUFFIXES, Form
from aggregator.tag.scripts import script_of
from aggregator.tag.verdict import Verdict

_SPEECH = section("context.txt", "speech")
_GOVERNMENT = section("context.txt", "government")
_LANDMARKS = section("context.txt", "landmarks")
_CASED = ("latin", "cyrillic", "greek")


def after(line: Line, at: int, word: Word, form: Form) -> Verdict:
    """Read what stands after words[at], which may be the surname of `form`."""
    join = line.join(at + 1)
    if join is Join.BREAK:
        gap = line.gaps[at + 1]
        headline = line.field == "title" and at == 0 and gap.startswith(":")
        return Verdict.SPOKEN if headline else Verdict.PLAIN
    text = line.words[at + 1]
    folded = fold(text)
    if join in (Join.SPACE, Join.HYPHEN) and _makes_a_thing(line, text, folded):
        return Verdict.THING
    if join in (Join.SPACE, Join.COMMA) and folded in SUFFIXES and is_capital(text):
        return Verdict.OTHER
    if join is not Join.SPACE:
        return Verdict.PLAIN
    if folded in _SPEECH or (folded in AND and names_somebody(line, at + 2)):
        return Verdict.SPOKEN
    return _before_capital(line, text, folded, word, form)


def names_somebody(line: Line, at: int) -> bool:
    """Whether words[at] may be a listed person's surname itself."""
    if line.join(at) is not Join.SPACE or not is_capital(line.words[at]):
        return False
    word = line.index.words[line.words[at]]
    return word is not None and bool(word.heads)


def _makes_a_thing(line: Line, text: str, folded: str) -> bool:
    """In English a small letter makes a thing of few words: "Trump tower", but "Trump plan"."""
    if script_of(text) == "latin" and (not is_capital(text) or line.style == "capitals"):
        return folded in _LANDMARKS
    return folded in things_after()


def _before_capital(line: Line, text: str, folded: str, word: Word, form: Form) -> Verdict:
    if not is_capital(text) or script_of(text) not in _CASED:
        return Verdict.PLAIN
    if folded in _GOVERNMENT or folded in months_and_days() or is_title(folded):
        return Verdict.PLAIN
    may_be_given = word.folded in given_names() or form.first_name
    if may_be_given and not is_word(folded) and line.style != "capitals":
        return Verdict.OTHER  # Clinton Portis
    compound = line.style == "sentence" and line.endings == "none" and not text.isupper()
    return Verdict.THING if compound and script_of(text) == "latin" else Verdict.PLAIN
