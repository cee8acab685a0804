"""How a long channel is cut into archive documents that never change (RFC 5005 §4).

What a subscription document shows is *open*. When more is open than it may hold, what came first
is *closed*: written to the next archive document, which never changes again. So every item is in
exactly one document, and who walks from the subscription document along `prev-archive` meets each
once.

Each is there in two formats. A page of JSON Feed knows only what comes after it (`next_url`): it
leads to the older items, and nothing leads back.

An archive document links to its successor from the day it is written, because it could not do so
later without changing. Until that successor is closed, our web server sends whoever asks for it to
the subscription document.
"""

from collections.abc import Sequence
from typing import Literal, TypeAlias

from aggregator.values.output import ArchiveDocument, Channel, Site

FILES = ("atom.xml", "feed.json")
Rel: TypeAlias = Literal["prev-archive", "next-archive", "current"]


def close(open_items: Sequence[int], entries: int) -> tuple[tuple[int, ...], ...]:
    """Which open items go into new archive documents.

    Args:
        open_items: numbers of the items in no archive document yet, those to close first in front.
        entries: how many a subscription document may hold, at least 1.

    Returns:
        The items of each new document, in the order of the documents. At most `entries` items
        stay open, and never fewer than half of that, so that a feed is never nearly empty.
    """
    size = (entries + 1) // 2
    documents = []
    start = 0
    while len(open_items) - start > entries:
        documents.append(tuple(open_items[start : start + size]))
        start += size
    return tuple(documents)


def path(channel: Channel, number: int, file: str = "atom.xml") -> str:
    """Where an archive document is, below the site's address; the oldest has number 1."""
    return f"{channel.path}/archive/{number}/{file}"


def paths(channel: Channel, number: int) -> tuple[str, ...]:
    """The same in every format."""
    return tuple(path(channel, number, file) for file in FILES)


def next_url(channel: Channel, number: int | None, site: Site) -> str | None:
    """The page of JSON Feed that has the items of this archive document; None: there are no more."""
    return None if number is None else site.url + path(channel, number, "feed.json")


def subscription_links(
    channel: Channel, newest: int | None, site: Site
) -> tuple[tuple[Rel, str], ...]:
    """Links of a subscription document that goes on in this archive document; None: in none."""
    return () if newest is None else (("prev-archive", site.url + path(channel, newest)),)


def document_links(
    channel: Channel, document: ArchiveDocument, site: Site
) -> tuple[tuple[Rel, str], ...]:
    """Links of a closed document; they do not depend on what came after it."""
    current: tuple[Rel, str] = ("current", f"{site.url}{channel.path}/atom.xml")
    following: tuple[Rel, str] = ("next-archive", site.url + path(channel, document.number + 1))
    if document.before is None:
        return current, following
    return current, ("prev-archive", site.url + path(channel, document.before)), following
