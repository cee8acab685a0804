"""A PostgreSQL store with years of history, made by the database itself.

Every table that a tick reads is filled as polling would have: items with one entry each, spread evenly
over two years and over the feeds, every second one about a person; archive documents of fifty, closed
but for the newest; bands of the last days. The rows are narrow, and the texts short.
"""

from collections.abc import Callable
from typing import LiteralString

import psycopg

from benchmarks.publishers import PEOPLE

DAYS = 730
SLUGS = tuple(name.lower().replace(" ", "-") for name in PEOPLE)
_FILLED = (
    "items",
    "entries",
    "entry_tags",
    "item_tags",
    "appearances",
    "bands",
    "archives",
    "outputs",
)
_SPAN_US = DAYS * 86_400_000_000
_WORDS = "array['bridge','harbour','council','treaty','border','election','river','budget','strike','court']"

_FEEDS: LiteralString = """
    UPDATE feeds SET title = 'Feed ' || id, home = 'http://feed' || id || '.example/',
        last_poll = %(now)s - 1000000::bigint * (id %% 3600), last_ok = %(now)s - 1000000::bigint * (id %% 3600),
        next_poll = %(now)s + 1000000::bigint * (7200 + id %% 3600), etag = '"' || id || '"',
        validators_url = url, marks = decode(repeat('0123456789abcdef', 20), 'hex')
"""
_STORY: LiteralString = """
    CREATE TEMPORARY TABLE story AS
    SELECT i, %(now)s - %(span)s + %(step)s * i AS at, 1 + i %% %(feeds)s AS feed,
        CASE WHEN i %% 2 = 0 THEN (i / 2) %% 5 END AS person
    FROM generate_series(1, %(items)s::bigint) AS i
"""
_STEPS: tuple[LiteralString, ...] = (
    """
    INSERT INTO items (id, uid, url, title, published, updated, at)
    SELECT i, 'urn:uuid:77712fa2-f132-5ff0-a6f3-' || lpad(to_hex(i), 12, '0'),
        'http://feed' || feed || '.example/' || i, 'Story ' || i || ' of the day', at, at, at
    FROM story
    """,
    """
    INSERT INTO entries (id, feed_id, item_id, guid, link, title, text, published, first_seen,
        details, guid_print, link_print, title_print, digest)
    SELECT i, feed, i, 'guid-' || i, 'http://feed' || feed || '.example/' || i,
        'Story ' || i || ' of the day',
        coalesce((%(people)s::text[])[person + 1], 'Nobody') || ' on the '
            || (%(words)s::text[])[1 + i %% 10] || ' and the ' || (%(words)s::text[])[1 + i / 10 %% 10]
            || ' of town ' || i %% 50000,
        at, at, %(details)s, hashint8extended(i, 1), hashint8extended(i, 2),
        hashint8extended(i, 3), hashint8extended(i, 4)
    FROM story
    """,
    """
    INSERT INTO entry_tags (entry_id, slug, about, salience, matches)
    SELECT i, (%(slugs)s::text[])[person + 1], true, 0.8,
        json_build_array(json_build_array('text', 0, 9, 'Anna Lindqvist', 'full name', null))
    FROM story WHERE person IS NOT NULL
    """,
    """
    INSERT INTO item_tags (item_id, slug, about, salience, by)
    SELECT i, (%(slugs)s::text[])[person + 1], true, 0.8, 'rule' FROM story WHERE person IS NOT NULL
    """,
    """
    INSERT INTO bands (band, entry_id, at)
    SELECT hashint8extended(i, 10 + b), i, at FROM story, generate_series(1, 16) AS b
    WHERE at > %(now)s - 3 * 86400000000
    """,
    """
    INSERT INTO appearances (channel, item_id, at, shown, archive)
    SELECT 'all', i, at, at, CASE WHEN (i - 1) / 50 < (%(items)s - 1) / 50 THEN 1 + (i - 1) / 50 END
    FROM story
    """,
    """
    INSERT INTO appearances (channel, item_id, at, shown, archive)
    SELECT kind || (%(slugs)s::text[])[person + 1], i, at, at,
        CASE WHEN place < %(items)s / 10 / 50 THEN 1 + place END
    FROM (SELECT *, (i / 10) / 50 AS place FROM story WHERE person IS NOT NULL) AS mine,
        (VALUES ('tag:'), ('about:')) AS kinds (kind)
    """,
    """
    INSERT INTO archives (channel, number, before, newest)
    SELECT channel, archive, nullif(archive - 1, 0), max(at) FROM appearances
    WHERE archive IS NOT NULL GROUP BY channel, archive
    """,
    """
    INSERT INTO outputs (path, channel)
    SELECT CASE channel WHEN 'all' THEN 'all' ELSE 'tags/' || split_part(channel, ':', 2)
            || CASE WHEN channel LIKE 'about:%%' THEN '/about' ELSE '' END END
        || '/archive/' || number || '/' || name, channel
    FROM archives, (VALUES ('atom.xml'), ('rss.xml'), ('feed.json')) AS files (name)
    ON CONFLICT DO NOTHING
    """,
    "SELECT setval('items_id_seq', %(items)s), setval('entries_id_seq', %(items)s)",
)


def fill(
    address: str, items: int, feeds: int, now_us: int, details: bytes, watch: Callable[[str], None]
) -> None:
    """Fill a store in which nothing was polled yet.

    Args:
        address: of the database, as in feeds.yaml.
        items: how many, with an entry each.
        feeds: how many there are, numbered from 1.
        now_us: microseconds since 1970; the newest item is a little older.
        details: what an entry without any has in this column.
        watch: is told what is done next.
    """
    given = {"now": now_us, "span": _SPAN_US, "step": _SPAN_US // (items + 1), "items": items}
    given |= {"feeds": feeds, "details": details, "people": list(PEOPLE), "slugs": list(SLUGS)}
    with psycopg.connect(address) as connection:
        # Rows first and indexes after them: ten times faster, and as if they had been built so.
        connection.execute("SET session_replication_role = replica")
        connection.execute("SET maintenance_work_mem = '1GB'")
        connection.execute("SET work_mem = '256MB'")
        indexes = connection.execute(_INDEXES, {"tables": list(_FILLED)}).fetchall()
        for name, _ in indexes:
            connection.execute(f'DROP INDEX "{name}"'.encode())
        connection.execute(_FEEDS, given)
        connection.execute(_STORY, given)
        for statement in _STEPS:
            watch(" ".join(statement.split()[:3]))
            connection.execute(statement.replace("%(words)s", _WORDS).encode(), given)
        for name, definition in indexes:
            watch(name)
            connection.execute(definition.encode())
    with psycopg.connect(address, autocommit=True) as connection:
        watch("VACUUM")
        connection.execute("VACUUM ANALYZE")
        connection.execute("CHECKPOINT")


_INDEXES: LiteralString = """
    SELECT indexname, indexdef FROM pg_indexes
    WHERE schemaname = 'public' AND tablename = ANY(%(tables)s)
        AND indexname NOT IN (SELECT conname FROM pg_constraint)
"""
