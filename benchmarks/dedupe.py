"""What recognising an entry costs as the store grows: it should stay the same.

    python -m benchmarks.dedupe [--sizes 10000 100000 1000000] [--items 1000] [--limit 1.5]
                                [--server postgresql://postgres@/postgres?host=/run/postgresql]

Fills a store of each size with items of the past, quickly; then lets feeds bring 1,000 new items, a
fifth of them copies of what other feeds told in the last days, and lets them list the same again, a
tenth under another headline. That goes the whole way of a poll after parsing: look up, decide, tag,
record, refresh. The stores take turns, so that what else the machine does slows all of them alike.
Exit code 1 when an item costs more than `--limit` times as much in the last store as in the first.

SQLite files in a temporary folder are used, or databases made on the given server, which are dropped
afterwards.
"""

import argparse
import json
import logging
import random
import sys
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import sqlalchemy as sa
from sqlmodel import Session, col, func, insert, select

from aggregator import pipeline
from aggregator.dedupe import near
from aggregator.instance import Instance
from aggregator.output.logs import logs_to_stderr
from aggregator.pipeline import Tools
from aggregator.reading import Reading, Visit
from aggregator.store import feeds as stored_feeds
from aggregator.store.rows import entry_columns
from aggregator.store.tables import AppearanceRow, BandRow, EntryRow, FeedRow, ItemRow
from aggregator.values.feed import Feed, Fetched, Validators
from aggregator.values.item import Entry, ParsedFeed, Prints

SIZES = (10_000, 100_000, 1_000_000)
ITEMS = 1_000
LIMIT = 1.5
ROUNDS = 5  # of which the median counts
COPIES = 0.2  # of the new items are told by another feed already
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
    parser.add_argument("--server", help="address of a PostgreSQL server")
    parser.add_argument("--limit", type=float, default=LIMIT)
    given = parser.parse_args()
    logs_to_stderr(logging.WARNING)
    with ExitStack() as stack:
        stores = [stack.enter_context(_store(size, given.server)) for size in given.sizes]
        costs = _measured(stores, given.items)
    print(f"{'items':>9} {'new, ms an item':>16} {'known, ms an item':>18}")
    for size, (new, known) in zip(given.sizes, costs, strict=True):
        print(f"{size:>9} {new:>16.2f} {known:>18.2f}")
    growth = [last / first for first, last in zip(costs[0], costs[-1], strict=True)]
    print(f"from first to last: new x {growth[0]:.2f}, known x {growth[1]:.2f}")
    return int(max(growth) > given.limit)


@contextmanager
def _store(size: int, server: str | None) -> Iterator[Tools]:
    """A store of that many items, and what polls need to work on it."""
    chance = random.Random(size)
    with TemporaryDirectory() as folder, _database(server) as environ:
        feeds = [f"http://polled{number}.example/feed.xml" for number in range(POLLED)]
        (Path(folder) / "feeds.yaml").write_text(json.dumps({"feeds": feeds}))
        with Instance(Path(folder) / "feeds.yaml", environ) as instance:
            tools = replace(instance.tools, now=lambda: NOW, jitter=lambda: 0.0)
            began = time.perf_counter()
            _fill(tools, chance, size)
            print(f"{size} items in {time.perf_counter() - began:.0f} s", file=sys.stderr)
            yield tools


@contextmanager
def _database(server: str | None) -> Iterator[dict[str, str]]:
    """The environment that names a new database on that server; none where it is SQLite's."""
    if server is None:
        yield {}
        return
    url = sa.make_url(server).set(drivername="postgresql+psycopg")
    name = f"dedupe_{uuid.uuid4().hex[:8]}"
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")
    address = url.set(drivername="postgresql", database=name)
    try:
        yield {"AGGREGATOR_DATABASE": address.render_as_string(hide_password=False)}
    finally:
        with engine.connect() as connection:
            connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
        engine.dispose()


def _measured(stores: Sequence[Tools], items: int) -> list[tuple[float, float]]:
    """Milliseconds an item that is new costs, and one that is known, in each store."""
    chance = random.Random(1)
    new: list[list[float]] = [[] for _ in stores]
    known: list[list[float]] = [[] for _ in stores]
    for _ in range(ROUNDS):
        for place, tools in enumerate(stores):
            documents = _documents(tools, chance, items)
            new[place].append(_settled(tools, documents) / items)
            edited = {feed: [_edited(entry) for entry in of] for feed, of in documents.items()}
            known[place].append(_settled(tools, edited) / items)
    return [(median(one), median(other)) for one, other in zip(new, known, strict=True)]


# -------------------------------------------------------------------------------- the new items


def _documents(tools: Tools, chance: random.Random, items: int) -> dict[Feed, list[Entry]]:
    """What each feed brings: new stories, every fifth one a copy of a stored one."""
    with tools.store.reading() as session:
        feeds = stored_feeds.configured(session, tools.feeds)
        told = session.exec(
            select(EntryRow.title, EntryRow.text)
            .order_by(col(EntryRow.id).desc())
            .limit(IN_WINDOW // 2)
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


def _fill(tools: Tools, chance: random.Random, size: int) -> None:
    """Add items of the past; those of the last days with bands, as a store keeps them."""
    for start in range(0, size, STEP):
        count = min(STEP, size - start)
        recent = max(start + count - max(size - IN_WINDOW, start), 0)
        with tools.store.writing() as session:
            _add(session, chance, count, recent=recent)
    with tools.store.writing() as session:
        session.connection().exec_driver_sql("ANALYZE")


def _add(session: Session, chance: random.Random, count: int, *, recent: int) -> None:
    """Add some items in as few statements as can be; the last of them lie in the window."""
    first_item = (session.exec(select(func.max(ItemRow.id))).one() or 0) + 1
    first_entry = (session.exec(select(func.max(EntryRow.id))).one() or 0) + 1
    feeds = _feeds(session, count)
    items, entries, appearances, bands = [], [], [], []
    for place in range(count):
        is_recent = place >= count - recent
        at = NOW - (timedelta(hours=chance.uniform(1, 60)) if is_recent else timedelta(days=30))
        entry = _story(chance, at)
        looks = Prints(*(chance.getrandbits(64) - 2**63 for _ in range(4)))
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
        if is_recent:
            found = near.traces(entry.title, entry.text).bands
            bands += [{"band": band, "entry_id": number, "at": at} for band in found]
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
    added = session.execute(insert(FeedRow).returning(col(FeedRow.id)), rows)
    return [number for number in added.scalars() if number is not None]


def _count_on(session: Session) -> None:
    """Let PostgreSQL's counters go on after the numbers that were given here."""
    if session.connection().dialect.name == "postgresql":
        for table in ("items", "entries"):
            session.connection().exec_driver_sql(
                f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}"  # noqa: S608
            )


if __name__ == "__main__":
    sys.exit(main())
