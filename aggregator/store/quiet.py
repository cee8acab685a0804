"""Whether a poll would find nothing to do, told without opening the instance.

`poll` is often run by the minute, and mostly nothing is due. Reading feeds.yaml, loading the
database layer and matching names takes most of a second of processor time before it can say so.
So a poll that leaves nothing undone notes for which feeds.yaml that is, and the next one asks the
SQLite file itself. Any doubt is answered by "no".
"""

import json
import re
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from datetime import datetime, timedelta
from hashlib import blake2b
from pathlib import Path
from urllib.parse import quote

from aggregator import __version__
from aggregator.store.revision import HEAD

NOTE = "quiet"  # under this name
DATABASE = Path("db/aggregator.db")  # of an instance that names no other
_OTHER_DATABASE = "AGGREGATOR_DATABASE"
_VARIABLE = re.compile(rb"\$\{(\w+)\}")
_DUE = """
SELECT 1 FROM feeds WHERE active AND NOT gone AND (last_poll IS NULL OR next_poll IS NULL OR next_poll <= :now
    OR next_poll > :now + :ceiling OR last_poll > :now)
UNION ALL SELECT 1 FROM stale
UNION ALL SELECT 1 FROM pings
UNION ALL SELECT 1 FROM letters WHERE due <= :now
LIMIT 1
"""
_LAST = "SELECT last_poll FROM feeds WHERE active AND NOT gone AND url = ?"


def note(
    config: Path,
    environ: Mapping[str, str],
    *,
    ceiling: timedelta,
    fixed: Mapping[str, timedelta],
    index: Path | None,
) -> str:
    """What a poll that leaves nothing undone notes.

    Args:
        config: feeds.yaml, as it was read.
        environ: as it was read with.
        ceiling: a next poll further away was planned before the clock went back.
        fixed: intervals of feeds that have one, by address as in feeds.yaml.
        index: a published file; while it is missing, there is something to do. None: it is in a
            bucket, which costs more to ask than it tells.
    """
    said = {
        "for": _digest(config, environ),
        "ceiling": ceiling // timedelta(microseconds=1),
        "fixed": {url: every // timedelta(microseconds=1) for url, every in fixed.items()},
        "index": None if index is None else str(index.absolute()),
    }
    return json.dumps(said)


def nothing_to_do(config: Path, environ: Mapping[str, str], now: datetime) -> bool:
    """Whether no feed is due and nothing waits to be published.

    Args:
        config: feeds.yaml.
        environ: as `poll` would read it with.
        now: aware UTC.
    """
    file = config.absolute().parent / DATABASE
    if _OTHER_DATABASE in environ or not file.is_file():
        return False
    try:
        with closing(sqlite3.connect(f"file:{quote(str(file))}?mode=ro", uri=True)) as database:
            found = database.execute("SELECT value FROM notes WHERE name = ?", (NOTE,)).fetchone()
            revision = database.execute("SELECT version_num FROM alembic_version").fetchone()
            if found is None or revision != (HEAD,):
                return False
            said = json.loads(found[0])
            missing = said["index"] is not None and not Path(said["index"]).exists()
            if missing or said["for"] != _digest(config, environ):
                return False
            at = round(now.timestamp() * 1_000_000)
            if database.execute(_DUE, {"now": at, "ceiling": said["ceiling"]}).fetchone():
                return False
            last = (
                (database.execute(_LAST, (url,)).fetchone(), said["fixed"][url])
                for url in said["fixed"]
            )
            return all(row is None or row[0] + every > at for row, every in last)
    except (sqlite3.Error, OSError, ValueError, KeyError, TypeError):
        return False


def _digest(config: Path, environ: Mapping[str, str]) -> str:
    """Of all that reading feeds.yaml depends on."""
    text = config.read_bytes()
    names = sorted({name.decode() for name in _VARIABLE.findall(text)})
    used = repr((__version__, [(name, environ.get(name)) for name in names]))
    return blake2b(text + used.encode("utf-8", "surrogateescape"), digest_size=16).hexdigest()
