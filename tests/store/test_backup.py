"""Copies of the database: whole, checked, and never at the price of what is there."""

import sqlite3
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from aggregator.errors import Busy, SchemaTooNew, Unusable
from aggregator.store import migrate, outputs
from aggregator.store.backup import backup, check, restore
from aggregator.store.engine import Store

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
ADDRESS = "sqlite:///db/aggregator.db"


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """A database that remembers one thing."""
    remember(tmp_path, "first")
    return tmp_path / "db/aggregator.db"


def remember(root: Path, value: str) -> None:
    store = Store(ADDRESS, root)
    with store.writing() as session:
        outputs.keep_note(session, "thing", value)
    store.close()


def remembered(root: Path) -> str | None:
    store = Store(ADDRESS, root)
    with store.reading() as session:
        value = outputs.note(session, "thing")
    store.close()
    return value


def test_a_backup_restored_holds_what_was_there_then(database: Path, tmp_path: Path) -> None:
    backup(database, tmp_path / "copy.db")
    remember(tmp_path, "second")

    kept = restore(database, tmp_path / "copy.db", NOW)

    assert remembered(tmp_path) == "first"
    assert kept == tmp_path / "db/aggregator-before-20261120T120000Z.db"
    kept.replace(database)
    assert remembered(tmp_path) == "second"


def test_a_backup_can_be_restored_where_there_is_no_database(
    database: Path, tmp_path: Path
) -> None:
    backup(database, tmp_path / "copy.db")

    assert restore(tmp_path / "new/db/aggregator.db", tmp_path / "copy.db", NOW) is None
    assert remembered(tmp_path / "new") == "first"


def test_a_damaged_database_is_replaced_and_kept(database: Path, tmp_path: Path) -> None:
    backup(database, tmp_path / "copy.db")
    database.write_bytes(b"torn" * 1000)

    kept = restore(database, tmp_path / "copy.db", NOW)

    assert remembered(tmp_path) == "first"
    assert kept is not None
    assert kept.read_bytes() == b"torn" * 1000


def test_after_a_restore_everything_is_published_again(database: Path, tmp_path: Path) -> None:
    store = Store(ADDRESS, tmp_path)
    with store.writing() as session:
        outputs.keep_note(session, outputs.EDITION, "of today")
    store.close()
    backup(database, tmp_path / "copy.db")

    restore(database, tmp_path / "copy.db", NOW)

    store = Store(ADDRESS, tmp_path)
    with store.reading() as session:
        assert outputs.note(session, outputs.EDITION) is None
    store.close()


def test_a_backup_while_somebody_writes_is_one_moment(database: Path, tmp_path: Path) -> None:
    store, enough = Store(ADDRESS, tmp_path), threading.Event()

    def write() -> None:
        for number in range(1000):
            with store.writing() as session:
                outputs.keep_note(session, "one", str(number))
                outputs.keep_note(session, "other", str(number))
            if enough.is_set():
                return

    writer = threading.Thread(target=write)
    writer.start()
    for number in range(5):
        backup(database, tmp_path / f"{number}.db")
    enough.set()
    writer.join()
    store.close()

    for number in range(5):
        check(tmp_path / f"{number}.db")
        with sqlite3.connect(tmp_path / f"{number}.db") as copy:
            notes = dict(copy.execute("SELECT name, value FROM notes").fetchall())
        assert notes.get("one") == notes.get("other")


def test_a_database_in_use_is_not_replaced(database: Path, tmp_path: Path) -> None:
    backup(database, tmp_path / "copy.db")
    store = Store(ADDRESS, tmp_path)

    with pytest.raises(Busy, match="stop the service"):
        restore(database, tmp_path / "copy.db", NOW)

    store.close()


@pytest.mark.parametrize("content", [b"", b"feeds: []\n", b"SQLite format 3\0" + b"x" * 9000])
def test_what_is_no_backup_is_neither_restored_nor_overwritten(
    database: Path, tmp_path: Path, content: bytes
) -> None:
    other = tmp_path / "other"
    other.write_bytes(content)

    with pytest.raises(Unusable, match="no database of aggregator's"):
        restore(database, other, NOW)
    with pytest.raises(Unusable, match="no database of aggregator's"):
        backup(database, other)

    assert other.read_bytes() == content
    assert remembered(tmp_path) == "first"


def test_a_damaged_backup_is_refused(database: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    backup(database, copy)
    pages = bytearray(copy.read_bytes())
    pages[len(pages) // 2 :] = b"\xff" * (len(pages) - len(pages) // 2)
    copy.write_bytes(pages)

    with pytest.raises(Unusable):
        restore(database, copy, NOW)

    assert remembered(tmp_path) == "first"


def test_a_backup_of_a_newer_release_is_refused(database: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    backup(database, copy)
    with sqlite3.connect(copy) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()

    with pytest.raises(SchemaTooNew, match="9999"):
        restore(database, copy, NOW)


def test_a_folder_that_is_not_there_is_told_in_one_line(database: Path, tmp_path: Path) -> None:
    with pytest.raises(Unusable, match="nowhere: there is no such folder"):
        backup(database, tmp_path / "nowhere/copy.db")


def test_there_is_a_copy_of_what_a_new_schema_replaces(
    database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrate, "HEAD", "9999")
    monkeypatch.setattr(migrate, "run", lambda _: None)  # the next schema is not known yet

    Store(ADDRESS, tmp_path).close()

    check(tmp_path / "db/aggregator-schema-0001.db")


def test_a_damaged_database_does_not_replace_a_backup(database: Path, tmp_path: Path) -> None:
    backup(database, tmp_path / "copy.db")
    before = (tmp_path / "copy.db").read_bytes()
    content = bytearray(database.read_bytes())
    content[len(content) // 3 :] = b"\xa5" * len(content[len(content) // 3 :])
    database.write_bytes(content)

    with pytest.raises(Unusable, match="damaged"):
        backup(database, tmp_path / "copy.db")

    assert (tmp_path / "copy.db").read_bytes() == before
    assert sorted(file.name for file in tmp_path.iterdir()) == ["copy.db", "db"]


def test_the_database_is_no_place_for_its_own_backup(database: Path) -> None:
    with pytest.raises(Unusable, match="is the database itself"):
        backup(database, database)

    assert remembered(database.parent.parent) == "first"


def test_a_restore_waits_for_no_other_program_and_takes_nothing_from_it(
    database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aggregator.store.backup.PATIENCE_S", 0.1)
    backup(database, tmp_path / "copy.db")
    before = database.read_bytes()

    with sqlite3.connect(database) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Busy, match="another program"):
            restore(database, tmp_path / "copy.db", NOW)
        other.rollback()

    assert database.read_bytes() == before
    assert remembered(tmp_path) == "first"
