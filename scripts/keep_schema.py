"""Keep what a database of this release holds: `python -m scripts.keep_schema`.

Polls, edits and splits in a folder of its own, makes up a row for every table that only a running
service fills, and writes all rows as SQL to tests/store/released/REVISION.sql. The test of
migrations loads it into the schema of that revision, and migrates it forward.
"""

import sqlite3
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

from aggregator.store.revision import HEAD
from aggregator.store.tables import Base
from tests.support.cli import called
from tests.support.wordpress import Post, wordpress

RELEASED = Path(__file__).parents[1] / "tests/store/released"
FEEDS = """\
site: {title: Kept Watch, url: "http://kept.example/"}
feeds:
  - {url: "file:wire.xml", title: The Wire, groups: [eu]}
  - "file:courier.xml"
people:
  - {name: Sergei Lavrov, aliases: [Лавров]}
  - {name: Anna May, surname: always}
views:
  - {slug: both, title: Both of them, match: "sergei-lavrov or anna-may"}
"""
STORY = "<p>Sergei Lavrov opened the long bridge of Ostrava and spoke of its eleven builders.</p>"


def main() -> None:
    """Write the file."""
    with TemporaryDirectory() as made:
        folder = Path(made)
        _live(folder)
        with closing(sqlite3.connect(folder / "db/aggregator.db")) as database, database:
            database.execute("PRAGMA foreign_keys=ON")
            made_up = _fill(database)
            lines = [line for name in _tables() for line in _inserts(database, name)]
    target = RELEASED / f"{HEAD}.sql"
    target.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{target}: {len(lines)} rows; made up for: {', '.join(made_up) or 'none'}")


def _live(folder: Path) -> None:
    """What an editor's first days look like."""
    (folder / "feeds.yaml").write_text(FEEDS, encoding="utf-8")
    shared = Post("Lavrov opens the bridge", STORY, "http://wire.example/bridge")
    copied = Post("Lavrov opens the bridge", STORY, "http://courier.example/bridge")
    own = Post("Anna May writes home", "<p>A letter of Anna May.</p>", "http://courier.example/may")
    said = Post("Лавров прибыл", "<p>Лавров прибыл в Милан.</p>", "http://courier.example/milan")
    (folder / "wire.xml").write_bytes(wordpress([shared], "The Wire"))
    (folder / "courier.xml").write_bytes(wordpress([copied, own, said], "The Courier"))
    _run(folder, "poll")
    renamed = Post("Anna May writes home again", own.body, own.link)
    (folder / "courier.xml").write_bytes(wordpress([copied, renamed, said], "The Courier"))
    _run(folder, "poll", "--all")
    ids = {
        source["url"]: item["id"]
        for item in called(folder, "items", "--json").json_lines()
        for source in item["sources"]
    }
    _run(folder, "correct", ids[own.link], "+sergei-lavrov", "-anna-may")
    _run(folder, "split", ids[shared.link], "file:courier.xml")


def _run(folder: Path, *words: str) -> None:
    ran = called(folder, *words)
    if ran.code:
        sys.exit(f"{' '.join(words)}: {ran.err}")


def _tables() -> Sequence[str]:
    """Ours, what others refer to first."""
    return [table.name for table in Base.metadata.sorted_tables]


def _fill(database: sqlite3.Connection) -> list[str]:
    """Give every empty table a row; their names."""
    empty = [
        table
        for table in Base.metadata.sorted_tables
        if not database.execute(f'SELECT 1 FROM "{table.name}"').fetchone()  # noqa: S608 (ours)
    ]
    for table in empty:
        row: dict[str, object] = {}
        for column in table.columns:
            if column.foreign_keys:
                other = next(iter(column.foreign_keys)).column
                said = f'SELECT min("{other.name}") FROM "{other.table.name}"'  # noqa: S608 (ours)
                [row[column.name]] = database.execute(said).fetchone()
            elif column.nullable:
                row[column.name] = None
            elif str(column.type) in {"VARCHAR", "TEXT"}:
                row[column.name] = f"kept {column.name}"
            elif str(column.type) == "BLOB":
                row[column.name] = b"kept"
            elif str(column.type) == "JSON":
                row[column.name] = "[]"
            else:
                row[column.name] = 1
        names = ", ".join(f'"{name}"' for name in row)
        places = ", ".join("?" for _ in row)
        said = f'INSERT INTO "{table.name}" ({names}) VALUES ({places})'  # noqa: S608 (ours)
        database.execute(said, tuple(row.values()))
    return [table.name for table in empty]


def _inserts(database: sqlite3.Connection, table: str) -> list[str]:
    """Every row of a table as a statement."""
    columns = [row[1] for row in database.execute(f'PRAGMA table_info("{table}")')]
    names = ", ".join(f'"{name}"' for name in columns)
    quoted = " || ', ' || ".join(f'quote("{name}")' for name in columns)
    rows = database.execute(f'SELECT {quoted} FROM "{table}" ORDER BY 1')  # noqa: S608 (our names)
    return [f'INSERT INTO "{table}" ({names}) VALUES ({row});' for (row,) in rows]  # noqa: S608


if __name__ == "__main__":
    main()
