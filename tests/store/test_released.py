"""A database of every release is opened by this one, and holds all that it held."""

import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import create_engine, event

from aggregator.store import engine, migrate
from aggregator.store.backup import check
from aggregator.store.engine import Store
from aggregator.store.revision import HEAD
from tests.support import next_release
from tests.support.cli import arguments, called, environment

RELEASED = Path(__file__).parent / "released"
KEPT = sorted(file.stem for file in RELEASED.glob("*.sql"))
FEEDS = """\
feeds: ["file:wire.xml", "file:courier.xml"]
people:
  - {name: Sergei Lavrov, aliases: [Лавров]}
  - {name: Anna May, surname: always}
"""


def make(revision: str, file: Path) -> None:
    """A database as a release of this schema left it."""
    file.parent.mkdir(parents=True)
    made = create_engine(f"sqlite:///{file}")
    event.listen(made, "connect", engine._prepare)
    event.listen(made, "begin", engine._begin)
    with made.begin() as connection:
        migrate.run(connection, revision)
    made.dispose()
    with closing(sqlite3.connect(file)) as database:
        database.executescript((RELEASED / f"{revision}.sql").read_text(encoding="utf-8"))


def held(file: Path) -> dict[str, list[dict[str, object]]]:
    """Every row of every table, less what the search index keeps for itself."""
    with closing(sqlite3.connect(file)) as database:
        database.row_factory = sqlite3.Row
        named = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        return {
            name: [
                dict(row)
                for row in database.execute(f'SELECT * FROM "{name}" ORDER BY 1, 2')  # noqa: S608 (ours)
            ]
            for (name,) in named
            if not name.startswith(("search", "sqlite_", "alembic_"))
        }


def test_a_database_is_kept_of_every_schema_before_the_newest() -> None:
    missing = sorted(migrate.known() - {HEAD} - set(KEPT))

    assert not missing, (
        f"no database is kept of {missing}: check the last release out, run"
        " `python -m scripts.keep_schema` there, and add its file to tests/store/released/"
    )


@pytest.mark.parametrize("revision", KEPT)
def test_a_kept_database_migrates_forward_with_all_its_data(revision: str, tmp_path: Path) -> None:
    file = tmp_path / "db/aggregator.db"
    make(revision, file)
    before = held(file)

    Store("sqlite:///db/aggregator.db", tmp_path).close()

    after = held(file)
    assert before["items"]
    for table, rows in before.items():
        assert len(after[table]) == len(rows), table
        for was, row in zip(rows, after[table], strict=True):
            assert row == row | {name: was[name] for name in was.keys() & row.keys()}, table
    with closing(sqlite3.connect(file)) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert database.execute("PRAGMA foreign_key_check").fetchall() == []
        found = database.execute("SELECT count(*) FROM search WHERE search MATCH 'ostrava'")
        assert found.fetchone() == (2,)
    copies = [copy.name for copy in file.parent.glob("aggregator-schema-*.db")]
    assert copies == ([] if revision == HEAD else [f"aggregator-schema-{revision}.db"])


def test_the_next_release_may_be_started_twice_at_once_and_may_replace_tables(
    tmp_path: Path,
) -> None:
    (tmp_path / "feeds.yaml").write_text(FEEDS, encoding="utf-8")
    file = tmp_path / "db/aggregator.db"
    make(HEAD, file)
    before = held(file)

    both = [
        subprocess.Popen(
            arguments("status", program=next_release.PROGRAM),
            cwd=tmp_path,
            env=environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    told = [process.communicate(timeout=100)[1] for process in both]

    assert told == ["", ""]
    after = held(file)
    for table in ("entries", "items"):
        assert after[table] == [row | {"remark": row["title"]} for row in before[table]]
    for table in ("entry_tags", "item_tags", "corrections"):
        assert after[table] == before[table] != []
    check(file.with_name(f"aggregator-schema-{HEAD}.db"))


@pytest.mark.parametrize("revision", KEPT)
def test_what_editors_decided_in_a_kept_database_still_holds(revision: str, tmp_path: Path) -> None:
    (tmp_path / "feeds.yaml").write_text(FEEDS, encoding="utf-8")
    make(revision, tmp_path / "db/aggregator.db")

    assert called(tmp_path, "retag").code == 0
    assert called(tmp_path, "publish", "--all").code == 0

    listed = called(tmp_path, "items", "--json").json_lines()
    tags = {source["url"]: set(item["tags"]) for item in listed for source in item["sources"]}
    told = [item for item in listed if item["title"] == "Lavrov opens the bridge"]
    assert tags["http://courier.example/may"] == {"sergei-lavrov"}
    assert tags["http://courier.example/milan"] == {"sergei-lavrov"}
    assert [len(item["sources"]) for item in told] == [1, 1]  # an editor parted them
    published = (tmp_path / "public/tags/sergei-lavrov/atom.xml").read_text(encoding="utf-8")
    assert published.count("<entry") == len(listed)
