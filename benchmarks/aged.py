"""A tick over a SQLite store with years of history, beside the same over one that is new.

    python -m benchmarks.aged [--items 1000000] [--feeds 100] [--ticks 3] [--keep FOLDER]

Two instances poll the same feeds, in turns. Before their first poll one is filled by the database
itself, as polling would have: items with one entry each, spread evenly over two years, over the
feeds and, every second one, over the people; archive documents of fifty, closed but for the newest;
bands of the last days. The rows are narrow, and the texts short. Needs `nginx`.
"""

import argparse
import sqlite3
import sys
import time
from pathlib import Path

from aggregator.store.packed import packed
from benchmarks import cycle, made, peers, tree

DAYS = 730
_DAY_US = 86_400_000_000
# Rows first and indexes after them: ten times faster, and as if they had been built so.
_INDEXES = """
    SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL AND tbl_name IN
        ('items', 'entries', 'entry_tags', 'item_tags', 'appearances', 'bands', 'archives', 'outputs')
"""
_TRIGGER = "SELECT sql FROM sqlite_master WHERE name = 'search_insert'"
_STORY = """
    CREATE TEMPORARY TABLE story AS
    WITH RECURSIVE numbers (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM numbers WHERE i < :items)
    SELECT i, :now - :span + :step * i AS at, 1 + i % :feeds AS feed,
        CASE WHEN i % 2 = 0 THEN i / 2 % :people END AS person,
        i / 2 / :people / 50 AS page  -- of the person's archive, from 0
    FROM numbers
"""
_STEPS = (
    """
    INSERT INTO items (id, uid, url, title, published, updated, at)
    SELECT i, printf('urn:uuid:77712fa2-f132-5ff0-a6f3-%012x', i),
        'http://feed' || feed || '.example/' || i, 'Story ' || i || ' of the day', at, at, at
    FROM story
    """,
    """
    INSERT INTO entries (id, feed_id, item_id, guid, link, title, text, published, first_seen,
        details, guid_print, link_print, title_print, digest)
    SELECT i, feed, i, 'guid-' || i, 'http://feed' || feed || '.example/' || i,
        'Story ' || i || ' of the day', coalesce(name, 'Nobody')
            || ' on the bridge and the harbour of town ' || i % 50000,
        at, at, :details, random(), random(), random(), random()
    FROM story LEFT JOIN persons ON person = number
    """,
    """
    INSERT INTO entry_tags (entry_id, slug, about, salience, matches)
    SELECT i, slug, true, 0.8, json_array(json_array('text', 0, 9, name, 'full name', NULL))
    FROM story JOIN persons ON person = number ORDER BY i
    """,
    """
    INSERT INTO item_tags (item_id, slug, about, salience, by)
    SELECT i, slug, true, 0.8, 'rule' FROM story JOIN persons ON person = number ORDER BY i
    """,
    """
    INSERT INTO bands (band, entry_id, at)
    SELECT random(), i, at FROM story, generated WHERE at > :now - 3 * :day
    """,
    """
    INSERT INTO appearances (channel, item_id, at, shown, archive)
    SELECT 'all', i, at, at, CASE WHEN (i - 1) / 50 < (:items - 1) / 50 THEN 1 + (i - 1) / 50 END
    FROM story
    """,
    """
    INSERT INTO appearances (channel, item_id, at, shown, archive)
    SELECT kind || slug, i, at, at, CASE WHEN page < :items / 2 / :people / 50 THEN 1 + page END
    FROM story JOIN persons ON person = number, (SELECT 'about:' AS kind UNION SELECT 'tag:')
    ORDER BY 1, 2
    """,
    """
    INSERT INTO archives (channel, number, before, newest)
    SELECT channel, archive, nullif(archive - 1, 0), max(at) FROM appearances
    WHERE archive IS NOT NULL GROUP BY channel, archive
    """,
    """
    INSERT INTO outputs (path, channel)
    SELECT CASE WHEN channel = 'all' THEN 'all'
            WHEN channel LIKE 'tag:%' THEN 'tags/' || substr(channel, 5)
            ELSE 'tags/' || substr(channel, 7) || '/about' END
        || '/archive/' || number || '/' || file, channel
    FROM archives, (SELECT 'atom.xml' AS file UNION SELECT 'feed.json')
    WHERE true ON CONFLICT DO NOTHING
    """,
    "INSERT INTO search (search) VALUES ('rebuild')",
)


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--items", type=int, default=1_000_000)
    parser.add_argument("--feeds", type=int, default=100)
    parser.add_argument("--ticks", type=int, default=3)
    parser.add_argument("--keep", type=Path, help="work here, and leave everything there")
    given = parser.parse_args()
    names = made.people(cycle.PEOPLE)
    feeds = made.Feeds(given.feeds, newest=made.now(), names=names)
    with cycle.workplace(given.keep) as folder:
        feeds.write(folder / "public", 0)
        with cycle.serving(folder) as base:
            urls = [f"{base}/{feeds.path(feed)}" for feed in range(given.feeds)]
            new, aged = (peers.product(folder / name, urls, names) for name in ("new", "aged"))
            tree.run([*aged.command[:-3], "publish"], limit=cycle.LIMIT_S)  # there are feeds now
            fill(aged.database / "aggregator.db", given.items, given.feeds, names)
            print(f"CPU s of a cycle of {given.feeds} feeds     new  of {given.items} items  ratio")
            for turn, kind in enumerate(("cold", "warm", *("tick",) * given.ticks)):
                if kind == "tick":
                    time.sleep(1.1)  # a file's time is its validator, in whole seconds
                    feeds.write(folder / "public", turn)
                costs = [tree.run(each.command, limit=cycle.LIMIT_S).cpu for each in (new, aged)]
                print(f"{kind:29}{costs[0]:9.2f} {costs[1]:13.2f} {costs[1] / costs[0]:12.2f}")


def fill(database: Path, items: int, feeds: int, names: list[str]) -> None:
    """Fill a store in which nothing was polled yet.

    Args:
        items: how many, with an entry each; the newest is a little older than now.
        feeds: how many there are, numbered from 1.
        names: of the people listed.
    """
    began = time.monotonic()
    given = {"items": items, "feeds": feeds, "people": len(names), "details": packed({})}
    given |= {"now": time.time_ns() // 1000, "span": DAYS * _DAY_US, "day": _DAY_US}
    given["step"] = DAYS * _DAY_US // (items + 1)
    connection = sqlite3.connect(database, isolation_level=None)
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute("PRAGMA journal_mode = OFF")
    connection.execute("PRAGMA cache_size = -200000")
    indexes = connection.execute(_INDEXES).fetchall()
    (trigger,) = connection.execute(_TRIGGER).fetchone()
    for name, _ in indexes:
        connection.execute(f'DROP INDEX "{name}"')
    connection.execute("DROP TRIGGER search_insert")
    connection.execute("CREATE TEMPORARY TABLE persons (number INTEGER PRIMARY KEY, slug, name)")
    connection.executemany(
        "INSERT INTO persons VALUES (?, ?, ?)",
        ((number, name.lower().replace(" ", "-"), name) for number, name in enumerate(names)),
    )
    connection.execute("CREATE TEMPORARY TABLE generated AS SELECT number FROM persons LIMIT 16")
    for statement in (_STORY, *_STEPS, *(sql for _, sql in indexes), trigger):
        connection.execute(statement, given if ":" in statement else {})
        print(
            f"{time.monotonic() - began:7.0f} s  {' '.join(statement.split()[:3])}", file=sys.stderr
        )
    connection.execute("PRAGMA journal_mode = WAL")
    connection.close()


if __name__ == "__main__":
    main()
