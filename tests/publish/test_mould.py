"""What is poured into a mould equals what is rendered for the channel alone."""

import pytest

from aggregator.publish import atom, cards, jsonfeed, listing, plan, rss
from aggregator.publish.foundry import mould
from aggregator.publish.piece import piece
from aggregator.publish.strips import poured
from aggregator.values.item import Item
from aggregator.values.output import ChannelKind
from tests.publish.builders import EDITION, channel, entry, item

ITEMS = [
    item(1),
    item(2, lead=entry(content=None)),
    item(
        3,
        lead=entry(title="“A” & <b>'s\r\nnews", content="<p>\ufffe&amp;\\ufffe</p>"),
    ),
    item(4, lead=entry(content="\ufffe", summary=None)),
    item(5, tags=()),
]


@pytest.mark.parametrize("shown", ITEMS, ids=lambda one: str(one.number))
@pytest.mark.parametrize("kind", ["tag", "about", "all", "search"])
def test_every_format_is_as_if_it_were_rendered_for_the_channel(
    shown: Item, kind: ChannelKind
) -> None:
    made, alone = mould(shown, EDITION), piece(shown, channel(kind), EDITION)
    slugs = plan.shown_slugs(channel(kind), shown.slugs)
    card = cards.card(shown, channel(kind), EDITION)

    assert made.atom_for(slugs) == atom.entry(alone)
    assert made.rss_for(slugs) == rss.item(alone)
    assert made.json_for(slugs) == jsonfeed.item(alone)
    assert made.card_for(slugs, "../../") == listing.item(card, "../../", EDITION).encode()
    strip = poured(made, b"")
    assert (strip.published, strip.updated) == (alone.published, alone.updated)


def test_a_name_that_was_not_known_when_it_was_made_is_marked_later() -> None:
    made = mould(ITEMS[0], EDITION)

    assert made.card_for(("somebody-new",), "./") == made.card_for(made.slugs, "./")
