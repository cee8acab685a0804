"""What each entry of a document is to us: new, a duplicate, revised, or seen.

    entries ─▶ the same one twice? ─▶ known in this feed? ─▶ removed by retention?
            ─▶ told by another feed? ─▶ new

Each hard case of real feeds has one rule, here or in the modules named after the questions;
docs/identity.md tells them in a sentence each. No rule looks at the order of the document, and a
known entry is one entry of the document at most.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from aggregator.dedupe.identity import same_scheme, wording
from aggregator.dedupe.meet import met
from aggregator.dedupe.recognise import Said, distinct, recognised
from aggregator.values.item import (
    Decision,
    Duplicate,
    Entry,
    Known,
    KnownEntry,
    New,
    Prints,
    Revised,
    Seen,
)

_TWICE = "twice in this document"


def decide(
    entries: Sequence[Entry], prints: Sequence[Prints], known: Known, now: datetime
) -> tuple[Decision, ...]:
    """Judge the entries of one document.

    Args:
        entries: in document order.
        prints: of each entry.
        known: what the store holds that they may be.
        now: aware time of the poll; stands in for dates that are missing.

    Returns:
        One decision for each entry, in order.
    """
    document = [
        Said(place, entry, looks)
        for place, (entry, looks) in enumerate(zip(entries, prints, strict=True))
    ]
    once = distinct(document)
    mine = recognised(once, known.mine)
    rest = [said for said in once if said.place not in mine]
    links = Counter(said.prints.link for said in once)
    removed = {said.place for said in rest if _is_removed(said, known.tombstones, links)}
    rest = [said for said in rest if said.place not in removed]
    meetings = met(rest, once, known, now)
    new = {said.place for said in rest if said.place not in meetings}
    decisions: list[Decision] = []
    for said in document:
        place = said.place
        if place in mine:
            decisions.append(_again(said, mine[place]))
        elif place in meetings:
            meeting = meetings[place]
            decisions.append(Duplicate(said.entry, said.prints, meeting.of, meeting.reason))
        elif place in new:
            decisions.append(New(said.entry, said.prints, "nothing known is like it"))
        else:
            reason = "removed by retention" if place in removed else _TWICE
            decisions.append(Seen(said.prints, None, reason))
    return tuple(decisions)


def is_apart(prints: Sequence[Prints], known: Known) -> bool:
    """Whether entries can be judged without the rest of their document.

    Not when one of them may be something the feed said before: then which is which depends on all
    of the document. Whether the rest keeps items taken, only the store can tell.

    Args:
        prints: of the entries that were read.
        known: what the store holds that they may be.
    """
    if known.tombstones:
        return False
    if known.mine:  # what only shares words with them is told from them by its link
        return all(
            looks.link is not None
            and not any(looks.share_a_name(entry.prints) for entry in known.mine)
            for looks in prints
        )
    return all(looks.guid is not None or looks.link is not None for looks in prints)


def gap(decisions: Sequence[Decision]) -> bool:
    """Whether even the oldest entry was new, so that others may have come and gone unseen.

    Asked of a document of a feed that was polled before.
    """
    told = [decision for decision in decisions if decision.reason != _TWICE]
    return bool(told) and all(isinstance(decision, New | Duplicate) for decision in told)


def _again(said: Said, known: KnownEntry) -> Revised | Seen:
    """A known entry: does it say something else now?"""
    if said.prints.digest == known.prints.digest:
        return Seen(said.prints, known, "as before")
    changed = []
    if wording(said.entry.title) != wording(known.title):
        changed.append("title")
    if wording(said.entry.text) != wording(known.text):
        changed.append("text")
    if not changed and same_scheme(said.prints.digest, known.prints.digest):
        changed.append("labels")
    if not changed:
        return Seen(said.prints, known, "as before, by an older measure")
    return Revised(said.entry, said.prints, known, " and ".join(changed))


def _is_removed(said: Said, tombstones: frozenset[int], links: Counter[int | None]) -> bool:
    """Whether retention removed this entry: what tells it best has a tombstone."""
    prints = said.prints
    if prints.guid in tombstones:
        return True
    dated = said.entry.published is not None and prints.title in tombstones
    if prints.guid is not None:  # ... which may change at every poll
        return prints.link in tombstones and dated
    if prints.link is not None and links[prints.link] == 1:
        return prints.link in tombstones
    return prints.title in tombstones
