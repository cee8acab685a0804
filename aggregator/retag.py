"""Tags everything stored again, after people changed; editors' verdicts stand."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b

from sqlmodel import Session

from aggregator.errors import Outdated
from aggregator.pipeline import Tools, ignore
from aggregator.store import items as stored_items
from aggregator.store import outputs as outbox
from aggregator.store.refresh import refresh
from aggregator.values.item import Item
from aggregator.values.tag import Tag

BATCH = 500  # items a transaction
TAGGED = "people"  # under this name the store remembers for which people everything was tagged
TAGGING = "retag"  # and under this one how far a retag for them has come


@dataclass(frozen=True, slots=True)
class Retagged:
    """What tagging again changes, in items per tag."""

    gained: Counter[str]
    lost: Counter[str]
    items: int  # looked at


def retag(
    tools: Tools,
    *,
    dry_run: bool = False,
    resume: bool = False,
    begin: Callable[[int], None] = ignore,
    watch: Callable[[int], None] = ignore,
) -> Retagged:
    """Tag every stored item again, as people are listed now; editors' verdicts stand.

    Works through the items lot by lot, so that memory stays bounded and others get their turn.

    Args:
        dry_run: only say what would change.
        resume: go on where the last one for these people was cut off.
        begin: is told how many items there are.
        watch: is told of every lot of items that is done.

    Raises:
        Outdated: other people are listed meanwhile.
    """
    gained: Counter[str] = Counter()
    lost: Counter[str] = Counter()
    people = people_digest(tools)
    with tools.store.reading() as session:
        last = _tagged_upto(session, people) if resume else 0
        looked_at, total = stored_items.numbers_upto(session, last)
    begin(total)
    watch(looked_at)
    if not dry_run:
        with tools.store.writing() as session:
            tools = _still(tools, session)
            outbox.keep_note(session, TAGGED, "")  # until it is done, true of no people
    # Reading and writing are one transaction, so that no revision comes between them.
    opened = tools.store.reading if dry_run else tools.store.writing
    while True:
        with opened() as session:
            if not dry_run:
                tools = _still(tools, session)
            items = stored_items.numbered_after(session, last, limit=BATCH)
            if not items:
                break
            tags = {
                source.id: tools.tagger.tag(source.entry.document())
                for item in items
                for source in item.sources
            }
            for item in items:
                before, now = set(item.slugs), item.slugs_with(tags)
                gained.update(now - before)
                lost.update(before - now)
            looked_at, last = looked_at + len(items), items[-1].number
            if not dry_run:
                _save_tags(session, items, tags, tools)
                outbox.keep_note(session, TAGGING, f"{people} {last}")
        watch(len(items))
    if not dry_run:
        with tools.store.writing() as session:
            _still(tools, session)
            outbox.keep_note(session, TAGGED, people)
            outbox.keep_note(session, TAGGING, "")
    return Retagged(gained, lost, looked_at)


def _still(tools: Tools, session: Session) -> Tools:
    """The tools to go on with; raises Outdated when they know other people."""
    found = tools.in_line(session)
    if found is not tools and people_digest(found) != people_digest(tools):
        raise Outdated("feeds.yaml was edited meanwhile: run this again")
    return found


def _tagged_upto(session: Session, people: str) -> int:
    """The number of the last item that an unfinished retag for these people came to; 0 for none."""
    noted, _, last = (outbox.note(session, TAGGING) or "").partition(" ")
    return int(last) if noted == people else 0


def _save_tags(
    session: Session, items: Sequence[Item], tags: Mapping[int, tuple[Tag, ...]], tools: Tools
) -> None:
    from aggregator.store import entries as stored_entries  # noqa: PLC0415 (few verbs tag again)

    sources = [(source, item) for item in items for source in item.sources]
    changed = [(source, item) for source, item in sources if source.tags != tags[source.id]]
    stored_entries.save_tags(session, [(source.id, tags[source.id]) for source, _ in changed])
    refresh(session, {item.number for _, item in changed}, tools.feeds, tools.channels_of)


def people_digest(tools: Tools) -> str:
    """What tagging depends on, in short: equal when nobody changed."""
    told = repr([tools.edition.version, tools.config.people])
    return blake2b(told.encode(), digest_size=16).hexdigest()
