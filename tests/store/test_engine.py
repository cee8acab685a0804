"""Opening a database, and what is said when it cannot be used."""

import sqlite3
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlmodel import col, select

from aggregator.errors import SchemaTooNew, Unusable
from aggregator.store import engine, migrate, outputs
from aggregator.store.engine import Store
from aggregator.store.revision import HEAD
from aggregator.store.tables import Base, NoteRow
from tests.support.postgres import PostgresServer

ADDRESS = "sqlite:///db/aggregator.db"


def test_the_file_is_made_on_first_use_with_every_table(tmp_path: Path) -> None:
    store = Store(ADDRESS, tmp_path)

    with sqlite3.connect(tmp_path / "db/aggregator.db") as database:
        tables = {row[0] for row in database.execute("SELECT name FROM sqlite_master")}
    assert Base.metadata.tables.keys() <= tables
    store.close()


def test_the_migrations_make_just_the_tables_that_the_rows_describe(tmp_path: Path) -> None:
    from alembic.autogenerate import compare_metadata  # noqa: PLC0415 (slow to import)
    from alembic.migration import MigrationContext  # noqa: PLC0415

    store = Store(ADDRESS, tmp_path)

    with store.reading() as session:
        context = MigrationContext.configure(session.connection())
        differences = [
            difference
            for difference in compare_metadata(context, Base.metadata)
            if "search" not in repr(difference)  # the index of words belongs to SQLite alone
        ]
    assert differences == []
    store.close()


def test_the_newest_revision_is_the_one_the_program_knows() -> None:
    assert max(migrate.known()) == HEAD


def test_what_a_transaction_wrote_is_there_after_opening_again(tmp_path: Path) -> None:
    store = Store(ADDRESS, tmp_path)
    with store.writing() as session:
        outputs.keep_note(session, "name", "kept")
    store.close()

    again = Store(ADDRESS, tmp_path)

    with again.reading() as session:
        assert outputs.note(session, "name") == "kept"
    again.close()


def test_a_block_that_raises_leaves_nothing_behind(store: Store) -> None:
    def cut_off() -> None:
        with store.writing() as session:
            outputs.keep_note(session, "name", "lost")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        cut_off()

    with store.reading() as session:
        assert session.exec(select(col(NoteRow.value))).all() == []


def test_a_database_of_a_newer_release_is_left_alone(tmp_path: Path) -> None:
    Store(ADDRESS, tmp_path).close()
    with sqlite3.connect(tmp_path / "db/aggregator.db") as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")

    with pytest.raises(SchemaTooNew, match="9999"):
        Store(ADDRESS, tmp_path)


def test_a_database_of_another_program_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "db").mkdir()
    with sqlite3.connect(tmp_path / "db/aggregator.db") as database:
        database.execute("CREATE TABLE somebody (name TEXT)")

    with pytest.raises(Unusable, match="another program"):
        Store(ADDRESS, tmp_path)


def test_a_file_that_is_no_database_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "db").mkdir()
    (tmp_path / "db/aggregator.db").write_bytes(b"certainly not a database" * 100)

    with pytest.raises(Unusable, match="is not a database") as told:
        Store(ADDRESS, tmp_path)

    assert "\n" not in str(told.value)


def test_an_address_that_is_none_is_refused_without_a_password_in_the_message(
    tmp_path: Path,
) -> None:
    with pytest.raises(Unusable, match="write sqlite:") as told:
        Store("nonsense secret", tmp_path)

    assert "secret" not in str(told.value)


def test_a_writer_waits_for_another_process_and_sees_what_it_wrote(
    tmp_path: Path, database: str
) -> None:
    one, other = Store(database, tmp_path), Store(database, tmp_path)
    began = threading.Event()

    def write_later() -> str | None:
        began.set()
        with other.writing() as session:
            return outputs.note(session, "name")

    with ThreadPoolExecutor(1) as pool:
        with one.writing() as session:
            found = pool.submit(write_later)
            began.wait()
            time.sleep(0.1)  # time enough to take a view too early
            outputs.keep_note(session, "name", "written")
        assert found.result() == "written"
    one.close()
    other.close()


def test_what_is_read_together_was_true_together(store: Store) -> None:
    with store.writing() as session:
        outputs.keep_note(session, "name", "old")

    with store.reading() as session:
        before = outputs.note(session, "name")
        with store.writing() as other:
            outputs.keep_note(other, "name", "new")
        session.expire_all()
        after = outputs.note(session, "name")

    assert (before, after) == ("old", "old")


def test_many_may_open_an_empty_database_at_once(tmp_path: Path, database: str) -> None:
    def opened(_: int) -> None:
        Store(database, tmp_path).close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(opened, range(4)))


@pytest.mark.postgres
def test_a_server_that_is_too_old_is_one_clear_line(
    tmp_path: Path, postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "OLDEST", 99)

    with pytest.raises(Unusable, match=r"is PostgreSQL \d+; version 99 or newer is needed"):
        Store(postgres.database(), tmp_path)
