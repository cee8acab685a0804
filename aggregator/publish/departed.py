"""Channels that left feeds.yaml: which of them only changed their slug, and what answers for them.

An address that somebody follows must not fall silent. A channel that is listed under another slug
is found again by what it is known by; any other has ended, and says so.
"""

from collections.abc import Iterable

from aggregator.publish import plan
from aggregator.publish.text import one_line
from aggregator.values.output import Channel, Departed, Known, View
from aggregator.values.tag import Person


def known(people: Iterable[Person], views: Iterable[View]) -> tuple[Known, ...]:
    """The channels of feeds.yaml that may leave it, and what they are known by."""
    found: list[Known] = []
    for person in people:
        said = [f"wikidata:{person.wikidata}"] if person.wikidata else []
        marks = (*said, f"name:{one_line(person.name).casefold()}")
        found.append(Known(Channel("tag", person.slug, person.name), marks))
        found.append(Known(plan.about(person), marks))
    for view in views:
        marks = (f"match:{view.match}", f"title:{one_line(view.title).casefold()}")
        found.append(Known(Channel("view", view.slug, view.title), marks))
    return tuple(found)


def departed(gone: Iterable[Known], listed: Iterable[Known]) -> tuple[Departed, ...]:
    """What became of channels that are listed no more."""
    there = tuple(listed)
    return tuple(
        Departed(one.channel, one.gone, _successor(one, there))
        for one in gone
        if one.gone is not None
    )


def _successor(one: Known, listed: Iterable[Known]) -> Channel | None:
    """The channel that is the same under another slug; None where there is none.

    It is of the same kind and shares a mark, the surest that any does. People of one name whom
    Wikidata tells apart are not the same.
    """
    others = [other for other in listed if other.channel.kind == one.channel.kind]
    for mark in one.marks:
        for other in others:
            if mark in other.marks and not _told_apart(one, other):
                return other.channel
    return None


def _told_apart(one: Known, other: Known) -> bool:
    ids = [{mark for mark in known.marks if mark.startswith("wikidata:")} for known in (one, other)]
    return bool(ids[0] and ids[1] and ids[0] != ids[1])


def fate(path: str, gone: Iterable[Departed]) -> tuple[Departed, str | None] | None:
    """The departed channel that an address belongs to, and where that address is now.

    None: it belongs to no such channel. Without a new address the channel has ended.

    Args:
        path: below the site's address, without leading slash.
        gone: the departed channels.
    """
    mine = [one for one in gone if f"{path}/".startswith(f"{one.channel.path}/")]
    if not mine:
        return None
    found = max(mine, key=lambda one: len(one.channel.path))  # about/ is below its person
    if found.successor is None:
        return found, None
    return found, found.successor.path + (path.removeprefix(found.channel.path) or "/")
