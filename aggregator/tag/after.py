"""What stands after a surname that stands without a listed given name."""

from aggregator.tag.agree import suffix_after
from aggregator.tag.common import is_word
from aggregator.tag.company import names_somebody
from aggregator.tag.fold import fold
from aggregator.tag.index import Word, initials, is_capital
from aggregator.tag.line import Join, Line
from aggregator.tag.lists import (
    given_names,
    is_title,
    months_and_days,
    section,
    things_after,
    widespread_given_names,
)
from aggregator.tag.names import AND, Form
from aggregator.tag.scripts import script_of
from aggregator.tag.verdict import Verdict

_SPEECH = section("context.txt", "speech")
_IN_POWER = section("context.txt", "in power")
_GOVERNMENT = section("context.txt", "government")
_LANDMARKS = section("context.txt", "landmarks")
_OF_A_FAMILY = frozenset({"de", "di", "da", "del", "von", "van", "of", "bin"})
_PARTNERS = frozenset({"sons", "son", "co", "company", "partners", "bros", "brothers", "daughters"})
_OF_A_PLACE = frozenset({"del", "della", "dei"})  # Costa del Sol
_CASED = ("latin", "cyrillic", "greek")


def after(line: Line, at: int, word: Word, form: Form) -> Verdict:
    """Read what stands after words[at], which may be the surname of `form`."""
    join = line.join(at + 1)
    if join is Join.BREAK:
        return Verdict.SPOKEN if _heads_a_quote(line, at) else Verdict.PLAIN
    folded = fold(line.words[at + 1])
    if _goes_on_as_a_thing(line, at, join, folded):
        return Verdict.THING
    if join is Join.SPACE and _is_strange_initial(line, at, form):
        return Verdict.OTHER
    suffix = suffix_after(line, at)
    if suffix:
        return Verdict.TITLED if suffix == form.suffix else Verdict.OTHER  # Elizabeth II
    if _beside_somebody(line, at, folded):
        return Verdict.ACCOMPANIED
    return _next_word(line, at, word, form) if join is Join.SPACE else Verdict.PLAIN


def _goes_on_as_a_thing(line: Line, at: int, join: Join, folded: str) -> bool:
    """Whether what follows makes it a tower, a firm or half of another name."""
    if join is Join.SPACE and folded in _OF_A_PLACE:
        return True
    if join in (Join.SPACE, Join.HYPHEN) and _makes_a_thing(line, line.words[at + 1], folded):
        return True
    return _is_double(line, at, join) or _names_a_firm(line, at, join, folded)


def _is_double(line: Line, at: int, join: Join) -> bool:
    """Whether a hyphen makes it half of another name: "Joliot-Curie", "Левски-Спартак".

    In English and German much else goes on with a hyphen: "Merkel-Besuch", "Bush-Blair".
    """
    if join is not Join.HYPHEN or not is_capital(line.words[at + 1]):
        return False
    declined = line.endings_in(script_of(line.words[at])) == "all"
    return declined and not names_somebody(line, at + 1)


def _names_a_firm(line: Line, at: int, join: Join, folded: str) -> bool:
    """Whether partners follow: "Edwards & Sons", "Lavrov and Partners"."""
    if join is Join.AND:
        return folded in _PARTNERS
    return (
        join is Join.SPACE
        and folded in AND
        and line.join(at + 2) is Join.SPACE
        and is_capital(line.words[at + 2])
        and fold(line.words[at + 2]) in _PARTNERS
    )


def _is_strange_initial(line: Line, at: int, form: Form) -> bool:
    """Whether initials of somebody else follow: "Порошенко О.П."."""
    text = line.words[at + 1]
    if len(text) > 1 or not is_capital(text) or not line.gaps[at + 2].startswith("."):
        return False
    return bool(form.given) and fold(text) not in initials(form.given[0])


def _next_word(line: Line, at: int, word: Word, form: Form) -> Verdict:
    text = line.words[at + 1]
    folded = fold(text)
    if folded in _SPEECH or folded in _IN_POWER:
        return Verdict.SPOKEN
    if folded in _OF_A_FAMILY and (form.first_name or word.folded in widespread_given_names()):
        return Verdict.OTHER  # Gerhard de Kock
    return _before_capital(line, text, folded, word, form)


def _heads_a_quote(line: Line, at: int) -> bool:
    """Whether a headline quotes: "Lavrov: we will not allow it"."""
    return line.field == "title" and at == 0 and line.gaps[at + 1].startswith(":")


def _beside_somebody(line: Line, at: int, folded: str) -> bool:
    """Whether a list goes on with somebody listed: "Reagan and Thatcher", "Marx, Freud"."""
    if line.join(at + 1) is Join.COMMA:
        return names_somebody(line, at + 1)
    conjunction = folded in AND and line.join(at + 1) is line.join(at + 2) is Join.SPACE
    return conjunction and names_somebody(line, at + 2)


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
    if word.folded != form.head:
        return Verdict.PLAIN  # with an ending on it, it is no part of another name
    may_be_given = word.folded in given_names() or form.first_name
    if may_be_given and not is_word(folded) and line.style != "capitals":
        return Verdict.OTHER  # Clinton Portis
    compound = (
        line.style == "sentence" and line.endings in ("none", "unknown") and not text.isupper()
    )
    return Verdict.THING if compound and script_of(text) == "latin" else Verdict.PLAIN
