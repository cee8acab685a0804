"""What documents come to: look up ─▶ decide ─▶ tag ─▶ record.

All documents that are taken in together are looked up together and recorded together; each is
decided knowing what those before it brought.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from aggregator.dedupe import near
from aggregator.dedupe.decide import decide, gap, is_apart
from aggregator.dedupe.identity import prints
from aggregator.dedupe.meanwhile import Meanwhile
from aggregator.dedupe.meet import could_meet
from aggregator.reading import dated, marks_of
from aggregator.store import entries as stored_entries
from aggregator.store import known as stored_known
from aggregator.tag.matcher import Tagger
from aggregator.values.feed import News
from aggregator.values.item import Decision, Judged, Known, ParsedFeed, Recorded, Seen
from aggregator.values.tag import Tag


@dataclass(frozen=True, slots=True)
class Taken:
    """What a document came to."""

    recorded: Recorded
    news: News  # what it means for planning
    marks: bytes  # of the entries that need not be read again


def take_in(
    session: Session, documents: Mapping[int, ParsedFeed], tagger: Tagger, now: datetime
) -> dict[int, Taken]:
    """Record the entries of documents.

    Args:
        documents: by the number of their feed.
        now: when new entries count as first seen.

    Returns:
        What each came to, by the number of its feed. Absent: nothing of it was recorded, as entries
        that were not read may have a say.
    """
    since = now - near.WINDOW
    entries = {
        feed: [dated(entry, now) for entry in parsed.entries] for feed, parsed in documents.items()
    }
    looks = {feed: [prints(entry) for entry in of_feed] for feed, of_feed in entries.items()}
    known = stored_known.known(session, looks, since=since, worth=could_meet)
    shared = _sources(session, documents, known)
    meanwhile = Meanwhile(looks.values(), now, since)
    lot: list[Judged] = []
    for feed, parsed in documents.items():
        there = meanwhile.beside(looks[feed], known[feed])
        if parsed.seen and (
            not is_apart(looks[feed], there)
            or any((other.item_id, feed) in shared for other in there.others)
        ):
            continue
        decisions = decide(entries[feed], looks[feed], there, now)
        meanwhile.keep(feed, decisions)
        lot.append(Judged(feed, decisions, [_tags(one, tagger) for one in decisions]))
    whole = [judged.feed_id for judged in lot if not documents[judged.feed_id].seen]
    before = stored_known.bringing(session, whole)
    recorded = stored_entries.record(session, lot, now)
    stored_entries.forget_bands(session, before=since)
    return {
        judged.feed_id: _taken(
            documents[judged.feed_id], judged.decisions, one, judged.feed_id in before
        )
        for judged, one in zip(lot, recorded, strict=True)
    }


def _sources(
    session: Session, documents: Mapping[int, ParsedFeed], known: Mapping[int, Known]
) -> set[tuple[int, int]]:
    """Which feeds are sources of which items, of those that documents read in part may meet."""
    others = [
        other for feed, parsed in documents.items() if parsed.seen for other in known[feed].others
    ]
    return stored_known.sources(session, others)


def _taken(
    parsed: ParsedFeed,
    decisions: Sequence[Decision],
    recorded: Recorded,
    brought_before: bool,
) -> Taken:
    first = not parsed.seen and not brought_before
    new = [one.entry.published for one in decisions if not isinstance(one, Seen)]
    missed = gap(decisions) and not first and not parsed.seen
    dates = tuple(when for when in new if when is not None)
    news = News(parsed.hints, dates, new.count(None), first, gap=missed)
    return Taken(recorded, news, marks_of(parsed, decisions))


def _tags(decision: Decision, tagger: Tagger) -> tuple[Tag, ...]:
    return () if isinstance(decision, Seen) else tagger.tag(decision.entry.document())
