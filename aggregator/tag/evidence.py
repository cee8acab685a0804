"""Whether a document says enough for a surname that no full name explains."""

from collections.abc import Collection

from aggregator.tag.common import is_frequent, is_frequent_abroad, is_word
from aggregator.tag.lists import given_names, widespread_given_names
from aggregator.tag.names import Form
from aggregator.tag.verdict import Verdict

ENOUGH = 2  # evidence that a common surname alone needs


def enough(form: Form, verdicts: Collection[Verdict], *, seen_others: bool, abroad: bool) -> bool:
    """Whether what the words around say suffices for the only bearer of a name.

    A rare surname speaks for itself. A common one needs a title, or two of: it speaks or acts,
    it stands there more than once, other listed people are named.

    Args:
        form: the listed form that the name belongs to.
        verdicts: of all places where the name stands alone; not empty.
        seen_others: whether the document names other listed people in full.
        abroad: whether the document is in a language that declines names, so not in English.
    """
    titled = Verdict.TITLED in verdicts
    frequent = is_frequent_abroad(form.head) if abroad else is_frequent(form.head)
    if form.title:
        return titled or not (frequent or is_word(form.head) or form.head in given_names())
    acts = Verdict.SPOKEN in verdicts
    repeated = len(verdicts) > 1
    if form.first_name:
        return acts or repeated or form.head not in given_names()
    if not form.given or not (frequent or _may_be_turned(form)):
        return True
    if not titled and (form.head in widespread_given_names() or _may_be_turned(form)):
        return False
    accompanied = max(verdicts) >= Verdict.ACCOMPANIED
    return 2 * accompanied + acts + repeated + seen_others >= ENOUGH


def _may_be_turned(form: Form) -> bool:
    """Whether a form's surname may in truth be its given name, as in Hungarian "Orbán Viktor"."""
    return form.head in given_names() and form.given[0] not in given_names()
