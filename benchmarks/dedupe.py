"""What recognising an entry costs as the store grows: it should stay the same.

    python -m benchmarks.dedupe [--sizes 10000 100000 1000000] [--items 1000]
                                [--database postgresql://user@host/name] [--limit 1.5]

Fills a store with items of the past, quickly; then lets feeds bring 1,000 new items, a fifth of them
copies of what other feeds told in the last days, and lets them list the same again, edited a little.
That goes the whole way of a poll after parsing: look up, decide, tag, record, refresh. Exit code 1
when an item costs more than `--limit` times as much in the largest store as in the smallest.

Without `--database` a SQLite file in a temporary folder is used; a given database must be empty.
"""

import argparse
import json
import logging
import random
import sys
import time
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from sqlmodel import Session, func, insert, select

from aggregator import pipeline
from aggregator.dedupe.identity import prints
from aggregator.instance import Instance
from aggregator.output.logs import logs_to_stderr
from aggregator.pipeline import Tools
from aggregator.reading import Reading, Visit
from aggregator.store import feeds as stored_feeds
from aggregator.store.rows import entry_columns
from aggregator.store.tables import AppearanceRow, BandRow, EntryRow, FeedRow, ItemRow
from aggregator.values.feed import Feed, Fetched, Validators
from aggregator.values.item import Entry, ParsedFeed

SIZES = (10_000, 100_000, 1_000_000)
ITEMS = 1_000
LIMIT = 1.5
COPIES = 0.2  # of the new items are told by another feed already
ROUNDS = 3  # of which the median counts
POLLED = 40  # feeds that bring the new items
A_FEED = 500  # items a feed of the past has
IN_WINDOW = 6_000  # items of the last days, of which copies may come
STEP = 10_000  # items a transaction
NOW = datetime(2026, 3, 5, tzinfo=UTC)
_WORDS = tuple(
    f"{start}{middle}{end}"
    for start in ("ka", "mi", "so", "tu", "re", "la", "ven", "dor", "pel", "gra")
    for middle in ("n", "rt", "l", "st", "m", "d", "lk", "b")
    for end in ("a", "en", "or", "is", "um", "el", "ian", "o")
)


def main() -> int:
    """Print a line for each size; 1 when the cost grows too much."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--items", type=int, default=ITEMS)
    parser.add_argument("--database", help="address of an empty database")
    parser.add_argument("--limit", type=float, default=LIMIT)
    given = parser.parse_args()
    logs_to_stderr(logging.WARNING)
    with TemporaryDirectory() as folder, _opened(Path(folder), given.database) as instance:
        tools = replace(instance.tools, now=lambda: NOW, jitter=lambda: 0.0)
        grown = list(_measured(tools, given.sizes, given.items))
    growth = [last / first for first, last in zip(grown[0], grown[-1], strict=True)]
    print(f"from first to last: new x {growth[0]:.2f}, known x {growth[1]:.2f}")
    return int(max(growth) > given.limit)


def _opened(folder: Path, database: str | None) -> Instance:
    feeds = [f"http://polled{number}.example/feed.xml" for number in range(POLLED)]
    (folder / "feeds.yaml").write_text(json.dumps({"feeds": feeds}))
    instance = Instance(
        folder / "feeds.yaml", {"AGGREGATOR_DATABASE": database} if database else {}
    )
    with instance.store.reading() as session:
        if session.exec(select(func.count()).select_from(ItemRow)).one():
            instance.close()
            sys.exit(f"{database}: holds items already; give an empty database")
    return instance


def _measured(tools: Tools, sizes: Sequence[int], items: int) -> Iterator[tuple[float, float]]:
    """Milliseconds an item that is new costs, and one that is known, at each size."""
    chance = random.Random(1)
    stored = 0
    print(f"{'items':>9} {'new ms':>8} {'known ms':>8} {'filled in s':>12}")
    for size in sizes:
        began = time.perf_counter()
        stored += _filled(tools, chance, size - stored)
        filled = time.perf_counter() - began
        new, known = [], []
        for _ in range(ROUNDS):
            documents = _documents(tools, chance, items)
            new.append(_settled(tools, documents) / items)
            edited = {feed: [_edited(entry) for entry in of] for feed, of in documents.items()}
            known.append(_settled(tools, edited) / items)
            stored += items
        print(f"{size:>9} {median(new):>8.2f} {median(known):>8.2f} {filled:>12.0f}")
        yield median(new), median(known)


# -------------------------------------------------------------------------------- the new items


def _documents(tools: Tools, chance: random.Random, items: int) -> dict[Feed, list[Entry]]:
    """What each feed brings: new stories, every fifth one a copy of a stored one."""
    with tools.store.reading() as session:
        feeds = stored_feeds.configured(session, tools.feeds)
        told = session.exec(
            select(EntryRow.title, EntryRow.text).order_by(EntryRow.id.desc()).limit(IN_WINDOW // 2)  # type: ignore[union-attr]
        ).all()
    documents: dict[Feed, list[Entry]] = {feed: [] for feed in feeds}
    for number in range(items):
        feed = feeds[number % len(feeds)]
        entry = _story(chance, NOW - timedelta(minutes=chance.randint(1, 600)))
        if chance.random() < COPIES:
            title, text = chance.choice(told)
            entry = replace(entry, title=f"UPDATE 1-{title}", text=f"PORT (Agency) - {text}")
        documents[feed].append(entry)
    return documents


def _edited(entry: Entry) -> Entry:
    """An entry as the feed lists it an hour later; every tenth has another headline."""
    if int(entry.guid or 0) % 10:
        return entry
    return replace(entry, title=f"{entry.title}, at last")


def _settled(tools: Tools, documents: dict[Feed, list[Entry]]) -> float:
    """Milliseconds until what the feeds brought is recorded."""
    visits = [
        Visit(feed, Reading(_fetched(feed), ParsedFeed(entries=tuple(entries)), b""))
        for feed, entries in documents.items()
    ]
    began = time.perf_counter()
    pipeline.settle(visits, tools, NOW)
    return (time.perf_counter() - began) * 1000


def _fetched(feed: Feed) -> Fetched:
    address = feed.settings.address
    return Fetched(b"", address, 200, "application/rss+xml", Validators(address))


def _story(chance: random.Random, at: datetime) -> Entry:
    words = chance.choices(_WORDS, k=34)
    number = chance.randrange(10**12)
    link = f"http://paper{number % 977}.example/{number}"
    return Entry(
        guid=str(number),
        link=link,
        title=" ".join(words[:7]).capitalize(),
        text=" ".join(words[7:]).capitalize() + ".",
        published=at,
    )


# ------------------------------------------------------------------------------------- the past


def _filled(tools: Tools, chance: random.Random, missing: int) -> int:
    """Add items of the past; those of the last days with bands, as a store keeps them."""
    left = missing
    while left > 0:
        count = min(STEP, left)
        with tools.store.writing() as session:
            _add(session, chance, count, in_window=min(max(IN_WINDOW - (left - count), 0), count))
        left -= count
    return max(missing, 0)


def _add(session: Session, chance: random.Random, count: int, *, in_window: int) -> None:
    """Add some items in as few statements as can be; the last of them lie in the window."""
    first_item = (session.exec(select(func.max(ItemRow.id))).one() or 0) + 1
    first_entry = (session.exec(select(func.max(EntryRow.id))).one() or 0) + 1
    feeds = _feeds(session, count)
    items, entries, appearances, bands = [], [], [], []
    for place in range(count):
        recent = place >= count - in_window
        at = NOW - (timedelta(hours=chance.uniform(1, 60)) if recent else timedelta(days=30))
        entry = _story(chance, at)
        looks = prints(entry)
        item, number = first_item + place, first_entry + place
        items.append(
            {"id": item, "uid": uuid.uuid4().urn, "url": entry.link, "title": entry.title}
            | {"published": at, "updated": at, "at": at}
        )
        entries.append(
            {"id": number, "feed_id": feeds[place // A_FEED], "item_id": item, "first_seen": at}
            | entry_columns(entry, looks)
        )
        appearances.append({"channel": "all", "item_id": item, "at": at, "archive": 1})
        bands += [{"band": band, "entry_id": number, "at": at} for band in looks.bands if recent]
    for row, rows in ((ItemRow, items), (EntryRow, entries), (AppearanceRow, appearances)):
        session.execute(insert(row), rows)
    if bands:
        session.execute(insert(BandRow), bands)
    _count_on(session)


def _feeds(session: Session, items: int) -> list[int]:
    """Feeds of the past that carried these items; they are polled no more."""
    rows = [
        {"url": f"http://past.example/{uuid.uuid4().hex}", "host": "past.example", "active": False}
        for _ in range(-(-items // A_FEED))
    ]
    added = session.execute(insert(FeedRow).returning(FeedRow.id), rows)  # type: ignore[call-overload]
    return [number for number in islice(added.scalars(), len(rows)) if number is not None]


def _count_on(session: Session) -> None:
    """Let PostgreSQL's counters go on after the numbers that were given here."""
    if session.connection().dialect.name == "postgresql":
        for table in ("items", "entries"):
            session.connection().exec_driver_sql(
                f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}"  # noqa: S608
            )


if __name__ == "__main__":
    sys.exit(main())
