"""Whether the words around a given name and a surname agree with the form they belong to."""

from aggregator.tag.fold import fold
from aggregator.tag.index import is_capital
from aggregator.tag.inflect import bases, cuts
from aggregator.tag.line import Join, Line
from aggregator.tag.names import ARTICLES, NUMERALS, PARTICLES, SUFFIXES, Form
from aggregator.tag.scripts import CASELESS, script_of
from aggregator.tag.sound import sounds_alike

WITHIN_A_NAME = (Join.SPACE, Join.HYPHEN, Join.APOSTROPHE, Join.QUOTE)
_PLAIN_SUFFIX = {"jnr": "jr", "junior": "jr", "snr": "sr", "senior": "sr"}
_MOST_GIVEN = 4  # words of given names
_SHORT = 2  # letters of an initial
LEAST_OF_WHOLE = 0.6  # of the letters: other scripts spell shorter


def agreement(line: Line, form: Form, given: int, head: int) -> int | None:
    """How well a text's name agrees with a form; None if it contradicts it.

    Args:
        line: the field.
        form: a listed form with this given name and this surname.
        given: place of the given name; before or after the surname.
        head: place of the last word of the surname.
    """
    between = list(range(given + 1, head))
    for part in reversed(form.surname[:-1]):
        if not between or not _may_be(fold(line.words[between.pop()]), part):
            return None
    if _suffixes_differ(form, suffix_after(line, max(given, head))):
        return None
    if form.whole:
        return _whole(line, form, given, head)
    middle = _middle(line, form, [k for k in between if fold(line.words[k]) not in PARTICLES])
    if middle is None:
        return None
    particles = {fold(line.words[k]) for k in between} & PARTICLES
    strange = particles - ARTICLES - set(form.particles)
    return middle + len(particles & set(form.particles)) - (1 if strange else 0)


def suffix_after(line: Line, at: int) -> str:
    """The "Jr", "Sr" or "II" behind words[at], in one spelling; empty if there is none."""
    if line.join(at + 1) not in (Join.SPACE, Join.COMMA) or not is_capital(line.words[at + 1]):
        return ""
    word = line.words[at + 1]
    folded = fold(word)
    if folded in SUFFIXES:
        return _PLAIN_SUFFIX.get(folded, folded)
    return folded if folded in NUMERALS and len(word) > 1 and word.isupper() else ""


def _suffixes_differ(form: Form, suffix: str) -> bool:
    """The son is another person; "Sr" only tells the father from him."""
    if not suffix or suffix == _PLAIN_SUFFIX.get(form.suffix, form.suffix):
        return False
    return bool(form.suffix) or suffix != "sr"


def _middle(line: Line, form: Form, between: list[int]) -> int | None:
    """Agreement of middle names: "George W." may be "George Walker", never "George H."."""
    listed = list(form.given[1:])
    score = 0
    for k in between:
        text = fold(line.words[k])
        hit = next((name for name in listed if _same_middle(name, text)), None)
        if hit is not None:
            listed.remove(hit)
            score += 2
        elif (len(text) == 1 and listed) or script_of(text) in CASELESS:
            return None  # where no capital shows a name, any word may stand between
        else:
            score -= 1
    return score - len(listed)


def _same_middle(listed: str, text: str) -> bool:
    if listed == text:
        return True
    if len(listed) == 1 or len(text) == 1:
        return listed[:1] == text[:1]
    return sounds_alike(listed, text)


def _whole(line: Line, form: Form, given: int, head: int) -> int | None:
    """Given names of which no part may be missing must be the same when run together."""
    if _piece_by_piece(line, form, given):
        return 1
    wanted = "".join(form.given)
    spelled = ""
    stop = head if given < head else min(len(line.words), given + _MOST_GIVEN)
    for k in range(given, stop):
        if k > given and line.join(k) not in (*WITHIN_A_NAME, Join.DOT):
            break
        if line.words[k].islower() and line.join(k) is Join.APOSTROPHE:
            continue  # the ending in "Jean-Claude'a"
        spelled += fold(line.words[k])
        if spelled == wanted:
            return 2
        if len(spelled) >= LEAST_OF_WHOLE * len(wanted) and _nearly(wanted, spelled):
            return 1
    short = given < head and all(len(fold(line.words[k])) <= _SHORT for k in range(given, head))
    return 0 if short else None


def _piece_by_piece(line: Line, form: Form, given: int) -> bool:
    """Each of the given names with an ending of its own: "Jeanem-Claudem"."""
    words = line.words[given : given + len(form.given)]
    return len(words) == len(form.given) and all(
        _may_be(fold(word), listed) for listed, word in zip(form.given, words, strict=True)
    )


def _may_be(folded: str, listed: str) -> bool:
    """Whether a word is a listed one, as it is, with an ending or in another script."""
    stems = (folded, *(rest for rest, _ in cuts(folded)))
    if script_of(folded) != script_of(listed):
        return any(sounds_alike(listed, stem) for stem in stems)
    return folded == listed or any(rest == listed or rest in bases(listed) for rest in stems[1:])


def _nearly(wanted: str, spelled: str) -> bool:
    return sounds_alike(wanted, spelled) or any(
        rest == wanted or sounds_alike(wanted, rest) for rest, _ in cuts(spelled)
    )
