"""The foundry: makes the moulds of an item, by the very functions that render it alone."""

from aggregator.publish import atom, cards, jsonfeed, listing, rss, why
from aggregator.publish.mould import GAP, Mould, Slugs
from aggregator.publish.piece import plain, with_gap
from aggregator.publish.strips import names_of, seconds_of
from aggregator.values.item import Item
from aggregator.values.output import Edition


def mould(item: Item, edition: Edition) -> Mould:
    """All that channels may show of an item."""
    bare = plain(item, edition)
    open_one = with_gap(bare, GAP)
    ways: set[Slugs] = {item.slugs, *((slug,) for slug in item.slugs)}
    pages = {
        slugs: listing.item(cards.marked(item, bare, slugs), GAP, edition).encode()
        for slugs in ways
    }
    return Mould(
        number=item.number,
        published_s=seconds_of(bare.published),
        updated_s=seconds_of(bare.updated),
        language=bare.language,
        names=names_of(item),
        reasons=tuple(
            (reason.slug, str(reason)) for reason in why.reasons(item, item.slugs, edition.people)
        ),
        atom=atom.entry(open_one),
        rss=rss.item(open_one),
        json=jsonfeed.item(open_one),
        cards=pages,
    )
