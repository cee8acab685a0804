"""Whether a word is the surname of somebody listed, as the neighbours of another surname ask."""

from aggregator.tag.common import is_frequent, is_word
from aggregator.tag.index import is_capital
from aggregator.tag.line import Line


def names_somebody(line: Line, at: int) -> bool:
    """Whether words[at] is a listed surname that is rare and no word, so surely a person."""
    if not 0 <= at < len(line.words) or not is_capital(line.words[at]):
        return False
    word = line.index.words[line.words[at]]
    return word is not None and any(
        how == "exact" and not is_frequent(head) and not is_word(head) for head, how in word.heads
    )
