"""What editors decide about single items; it stays decided, whatever the rules say later."""

from collections.abc import Mapping

from aggregator.errors import nobody
from aggregator.pipeline import Tools
from aggregator.store import items as stored_items
from aggregator.store import parting
from aggregator.store.refresh import refresh
from aggregator.values.item import Item


def correct(tools: Tools, item_id: str, verdicts: Mapping[str, bool | None]) -> Item:
    """Keep an editor's verdicts on an item, over whatever the rules say, now and at every retag.

    Args:
        verdicts: slug -> whether the item is to have this tag; None takes a verdict back.

    Returns:
        The item as it is now.

    Raises:
        NoSuchItem: no item has this id.
        NoSuchPerson: a tag is to be given that is nobody's, or taken that the item has not.
        Outdated: see `Tools.in_line`.
    """
    now = tools.now()
    with tools.store.writing() as session:
        tools = tools.in_line(session)
        item = stored_items.by_id(session, item_id)
        for slug, wanted in verdicts.items():
            if slug not in tools.edition.people and (wanted or slug not in item.known_slugs):
                raise nobody(slug, tools.edition.people)
        number = stored_items.correct(session, item_id, verdicts, now)
        refresh(session, [number], tools.feeds, tools.channels_of)
        return stored_items.whole(session, [number])[0]


def split(tools: Tools, item_id: str, feed: str) -> str:
    """Part from an item what a feed said of it; no entry of that feed joins the item again.

    Args:
        feed: its address as in feeds.yaml.

    Returns:
        The permanent id of the item made of what was parted.

    Raises:
        NoSuchItem: no item has this id.
        NotParted: the feed is no source of the item, or its only one.
        Outdated: see `Tools.in_line`.
    """
    now = tools.now()
    with tools.store.writing() as session:
        tools = tools.in_line(session)
        parted = parting.part(session, item_id, feed, now)
        refresh(session, [parted.rest, parted.item], tools.feeds, tools.channels_of)
    return parted.item_id
