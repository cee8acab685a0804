"""Names written out that name no person: "Charles de Gaulle Airport", "rue Victor Hugo"."""

from aggregator.tag.fold import fold
from aggregator.tag.index import is_capital
from aggregator.tag.line import Join, Line
from aggregator.tag.lists import things_after, things_before
from aggregator.tag.mentions import Mention
from aggregator.tag.scripts import script_of


def names_a_thing(line: Line, mention: Mention) -> bool:
    """Whether the words beside a full name make it a street, an airport, a foundation."""
    before, after = mention.first - 1, mention.last + 1
    if line.join(mention.first) is Join.SPACE and fold(line.words[before]) in things_before():
        return True
    k = after
    while line.join(k) is Join.SPACE and fold(line.words[k]) == "international":
        k += 1
    if line.join(k) not in (Join.SPACE, Join.HYPHEN):
        return False
    text = line.words[k]
    if not is_capital(text) and script_of(text) == "latin":
        return False
    return fold(text) in things_after()
