"""Entries of several feeds that tell the same story meet in one item.

By the page they lead to, or by their words. A wrong meeting is worse than a missed one: readers
cannot see what it hides. So a page that a feed gives to several stories brings nobody together,
and no item takes two entries of one document.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime, timedelta

from aggregator.dedupe import near
from aggregator.dedupe.likeness import (
    HOPELESS,
    contradict,
    have_nothing_in_common,
    likeness,
    titles_alike,
)
from aggregator.dedupe.recognise import Said
from aggregator.values.item import Known, KnownEntry, Prints

_SAME_PAGE = timedelta(days=14)  # a page with one story; later it may be used again
_SAME_DAY = timedelta(hours=12)  # however it was edited since
_WORDS = "same words"
_LOOKED_AT = 12  # entries that one could meet, those that share most bands
_CARRIERS = 60  # entries of one band that are looked at, the earliest: many are robots' texts


@dataclass(frozen=True, slots=True)
class Meeting:
    """An entry of another feed that tells the same story."""

    of: KnownEntry
    reason: str


def could_meet(looks: Prints, band: int, sketch: int) -> bool:
    """Whether laying an entry beside another that shares this band could show that they are alike.

    Most that share a band share but a phrase. Not where it is the last one, which is that of the
    headline, if that is one.

    Args:
        looks: prints of one.
        sketch: of the other.
    """
    return band == looks.bands[-1] or not near.share_too_little(looks.sketch, sketch, HOPELESS)


# How sure, the smaller the surer; two ties that do not depend on the document's order; the pair.
_Found = tuple[float, int, int, Said, KnownEntry, str]


def met(
    rest: Sequence[Said], document: Sequence[Said], known: Known, now: datetime
) -> dict[int, Meeting]:
    """Which entries of other feeds tell the same stories, by place; absent: none does.

    Args:
        rest: the entries that are new in this feed.
        document: every distinct entry.
        known: what the store holds that they may be.
        now: aware time of the poll; stands in for missing dates.
    """
    taken = {entry.item_id for entry in known.mine} | known.parted
    others = [entry for entry in known.others if entry.item_id not in taken]
    found = [*_by_link(rest, document, known, taken, now), *_by_words(rest, others, now)]
    carriers: defaultdict[int, list[KnownEntry]] = defaultdict(list)
    for entry in others if found else ():
        carriers[entry.item_id].append(entry)
    meetings: dict[int, Meeting] = {}
    items: set[int] = set()
    for _, _, _, said, other, reason in sorted(found, key=_surest_first):
        if said.place in meetings or other.item_id in items:
            continue
        if reason == _WORDS and _contradicts(said, carriers[other.item_id]):
            continue
        meetings[said.place] = Meeting(other, reason)
        items.add(other.item_id)
    return meetings


def _surest_first(found: _Found) -> tuple[float, int, int, int, int]:
    """How sure, and ties that do not depend on the order of the document."""
    unsure, digest, number, said, *_ = found
    return unsure, digest, number, said.prints.guid or 0, said.prints.link or 0


def _contradicts(said: Said, carriers: Iterable[KnownEntry]) -> bool:
    """Whether another entry of an item says something else, which the one met had cut off."""
    told = _told(said)
    return any(contradict(told, _telling(carrier)) for carrier in carriers)


def _by_link(
    rest: Sequence[Said],
    document: Sequence[Said],
    known: Known,
    taken: AbstractSet[int],
    now: datetime,
) -> Iterable[_Found]:
    """Pairs that lead to one page, where that page has one story in each feed."""
    ours = Counter(said.prints.link for said in document)
    mine = {entry.prints.link for entry in known.mine}
    links = {said.prints.link for said in rest}
    pages: defaultdict[int, list[KnownEntry]] = defaultdict(list)
    stories: defaultdict[tuple[int, int], set[int]] = defaultdict(set)
    for entry in known.others:
        link = entry.prints.link
        if link is not None and link in links:  # most only share words
            stories[link, entry.feed_id].add(entry.item_id)
            if entry.item_id not in taken:
                pages[link].append(entry)
    shared = {link for (link, _), items in stories.items() if len(items) > 1}
    for said in rest:
        link = said.prints.link
        if link is None or link in shared or link in mine or ours[link] > 1:
            continue
        for other in pages.get(link, ()):
            if _is_one_story(said, other, now):
                yield -2.0, said.prints.digest, other.id, said, other, "same page"


def _is_one_story(said: Said, other: KnownEntry, now: datetime) -> bool:
    """Whether one page tells one story: some are used again, for the next day's briefing."""
    told, known = _told(said), _telling(other)
    if have_nothing_in_common(told, known):
        return False
    apart = _apart(said, other, now)
    if apart <= _SAME_DAY:
        return True
    if contradict(told, known) or told.recurring or known.recurring:
        return likeness(told, known) > 0
    return apart <= _SAME_PAGE or titles_alike(told, known)


def _by_words(rest: Sequence[Said], others: Iterable[KnownEntry], now: datetime) -> list[_Found]:
    """Pairs that tell the same story in the same words within the window."""
    sharing: defaultdict[int, list[KnownEntry]] = defaultdict(list)
    for other in sorted(others, key=lambda other: other.id):
        for band in other.prints.bands:
            if len(sharing[band]) < _CARRIERS:
                sharing[band].append(other)
    found: list[_Found] = []
    entries: dict[int, KnownEntry] = {}
    for said in rest:
        bands: defaultdict[int, list[int]] = defaultdict(list)  # shared, by number
        for band in said.prints.bands:
            for other in sharing.get(band, ()):
                bands[other.id].append(band)
                entries[other.id] = other
        hopeful = [
            number
            for number, shared in bands.items()
            if could_meet(said.prints, shared[-1], entries[number].prints.sketch)
        ]
        ranked = sorted(hopeful, key=lambda number: (-len(bands[number]), number))
        for number in ranked[:_LOOKED_AT]:
            other = entries[number]
            if _apart(said, other, now) <= near.WINDOW:
                alike = likeness(_told(said), _telling(other))
                if alike > 0:
                    found.append((-alike, said.prints.digest, number, said, other, _WORDS))
    return found


def _apart(said: Said, other: KnownEntry, now: datetime) -> timedelta:
    """Time between two publications; of what has no date, the time it was first seen."""
    return abs((said.entry.published or now) - (other.published or other.first_seen))


def _told(said: Said) -> near.Telling:
    return near.telling(said.entry.title, said.entry.text)


def _telling(entry: KnownEntry) -> near.Telling:
    return near.telling(entry.title, entry.text)
