"""Documents of tests/corpus, and what a store would know of them."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from aggregator.dedupe.decide import decide
from aggregator.dedupe.identity import prints
from aggregator.parse.document import parse
from aggregator.values.item import (
    Decision,
    Duplicate,
    Entry,
    Known,
    KnownEntry,
    New,
    ParsedFeed,
    Prints,
    Revised,
    Seen,
)

CORPUS = Path(__file__).parents[1] / "corpus"
SHARED = Path(__file__).parents[3] / "shared"
URL = "https://harbour.example/feeds/news.xml"
NOW = datetime(2026, 3, 5, tzinfo=UTC)


def body(name: str) -> bytes:
    """A corpus document."""
    return (CORPUS / name).read_bytes()


def parsed(name: str, content_type: str | None = None) -> ParsedFeed:
    """A corpus document, read."""
    return parse(body(name), url=URL, content_type=content_type)


def entries_of(name: str) -> tuple[Entry, ...]:
    """The entries of a corpus document."""
    return parsed(name).entries


class Memory:
    """What a store keeps of decisions, in its smallest form: rows in a list."""

    def __init__(self) -> None:
        self.rows: list[KnownEntry] = []
        self.tombstones: frozenset[int] = frozenset()
        self.parted: dict[int, frozenset[int]] = {}  # items an editor parted from a feed

    def poll(self, entries: Sequence[Entry], feed: int = 1) -> tuple[Decision, ...]:
        """Judge a document of a feed and keep what comes of it."""
        looks = [prints(entry) for entry in entries]
        decisions = decide(entries, looks, self.known(feed, looks), NOW)
        for decision in decisions:
            self._keep(decision, feed)
        return decisions

    def known(self, feed: int, looks: Iterable[Prints]) -> Known:
        """What shares a print or a band with a document."""
        keys = {key for look in looks for key in (look.guid, look.link, look.title, *look.bands)}
        sharing = [row for row in self.rows if keys & _keys(row.prints)]
        return Known(
            mine=tuple(row for row in sharing if row.feed_id == feed),
            others=tuple(row for row in sharing if row.feed_id != feed),
            tombstones=self.tombstones,
            parted=self.parted.get(feed, frozenset()),
        )

    def items(self) -> int:
        """How many items there are."""
        return len({row.item_id for row in self.rows})

    def _keep(self, decision: Decision, feed: int) -> None:
        number = max((row.id for row in self.rows), default=0) + 1
        match decision:
            case New(entry, looks):
                self.rows.append(row(number, number, feed, entry, looks))
            case Duplicate(entry, looks, of):
                self.rows.append(row(number, of.item_id, feed, entry, looks))
            case Revised(entry, looks, known):
                self.rows.remove(known)
                self.rows.append(row(known.id, known.item_id, feed, entry, looks))
            case Seen():
                pass


def _keys(looks: Prints) -> set[int]:
    keys = {looks.guid, looks.link, looks.title, *looks.bands}
    return {key for key in keys if key is not None}


def row(number: int, item: int, feed: int, entry: Entry, looks: Prints) -> KnownEntry:
    """An entry as the store would give it, first seen now."""
    return KnownEntry(
        id=number,
        item_id=item,
        feed_id=feed,
        prints=looks,
        guid=entry.guid,
        link=entry.link,
        title=entry.title,
        text=entry.text,
        published=entry.published,
        first_seen=NOW,
    )


def kinds(decisions: Iterable[Decision]) -> list[str]:
    """The decisions by name, with what changed or why: "Revised title"."""
    return [
        f"Revised {decision.reason}" if isinstance(decision, Revised) else type(decision).__name__
        for decision in decisions
    ]
