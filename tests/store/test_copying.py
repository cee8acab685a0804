"""Moving an instance from SQLite to PostgreSQL, with a real server."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy import make_url
from sqlmodel import func, select

from aggregator.store import copying
from aggregator.store.engine import WRITER, Store
from aggregator.store.tables import Base, CorrectionRow, FeedRow
from tests.support.cli import Ran, called, tree
from tests.support.feedserver import Answer, FeedServer
from tests.support.postgres import PostgresServer
from tests.support.wordpress import Post, wordpress

pytestmark = pytest.mark.postgres

SQLITE = "sqlite:///db/aggregator.db"
CONFIG = """\
site: {{title: Moving, url: "http://localhost:8000/"}}
poll: {{allow_hosts: ["{address}"]}}
feeds: ["{first}", "{second}"]
people: [{{name: Anna Lindqvist}}]
"""


class Stopped(Exception):
    """Where a copy is cut off."""


@pytest.fixture(scope="module")
def server() -> Iterator[FeedServer]:
    with FeedServer() as server:
        yield server


@pytest.fixture(scope="module")
def polled(tmp_path_factory: pytest.TempPathFactory, server: FeedServer) -> Path:
    """An instance with two feeds and a correction."""
    for name in ("first", "second"):
        posts = [
            Post(
                f"Anna Lindqvist opens bridge {number} of the {name} river",
                "<p>The mayor thanked the builders.</p>",
                f"http://{name}.example.org/{number}",
            )
            for number in range(20)
        ]
        server.answers[f"/{name}.xml"] = Answer(body=wordpress(posts))
    folder = tmp_path_factory.mktemp("polled")
    urls = {name: server.url(f"/{name}.xml") for name in ("first", "second")}
    (folder / "feeds.yaml").write_text(CONFIG.format(address=server.address, **urls))
    assert called(folder, "poll").code == 0
    assert called(folder, "correct", str(items(folder)[0]["id"]), "-anna-lindqvist").code == 0
    return folder


@pytest.fixture
def instance(tmp_path: Path, polled: Path) -> Path:
    return shutil.copytree(polled, tmp_path / "instance")


def on(database: str, folder: Path, *words: str) -> Ran:
    """Run a verb of an instance whose database is elsewhere."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AGGREGATOR_DATABASE", database)
        return called(folder, *words)


def items(folder: Path, database: str = SQLITE) -> list[dict[str, Any]]:
    ran = on(database, folder, "items", "--json")
    assert ran.code == 0, ran.err
    return ran.json_lines()


def copy_to(folder: Path, database: str) -> Ran:
    return called(folder, "copy-to", database)


def test_a_moved_instance_says_and_publishes_the_same(
    instance: Path, postgres: PostgresServer
) -> None:
    database = postgres.database()
    before = items(instance)
    assert called(instance, "publish", "--all").code == 0
    files = tree(instance / "public")

    ran = copy_to(instance, database)

    assert ran.code == 0, ran.err
    assert "rows copied and compared" in ran.out
    assert items(instance, database) == before
    assert on(database, instance, "publish", "--all").code == 0
    assert tree(instance / "public") == files


def test_new_rows_of_a_moved_instance_get_numbers_of_their_own(
    instance: Path, postgres: PostgresServer, server: FeedServer
) -> None:
    database = postgres.database()
    assert copy_to(instance, database).code == 0
    posts = [
        Post("A lighthouse is for sale", "<p>Nobody has bid yet.</p>", "http://first.example.org/n")
    ]
    server.answers["/first.xml"] = Answer(body=wordpress(posts))

    ran = on(database, instance, "poll", "--all")

    assert ran.code == 0, ran.err
    assert len(items(instance, database)) == len(items(instance)) + 1


def test_a_copy_that_was_cut_off_goes_on_where_it_was(
    instance: Path, postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copying, "ROWS_A_STEP", 3)
    database = postgres.database()

    assert cut_off(instance, database, after=50)
    steps: list[int] = []
    rows = copying.copy(SQLITE, database, instance, lambda _: None, steps.append)

    assert rows is not None
    assert sum(steps) == 3 * rows
    assert max(steps) > 3  # what was there already is not copied again
    assert same(instance, SQLITE, database)


def cut_off(instance: Path, target: str, *, after: int, source: str = SQLITE) -> bool:
    """Whether a copy was cut off, after so many steps."""
    steps: list[int] = []

    def stop(rows: int) -> None:
        steps.append(rows)
        if sum(steps) > after:
            raise Stopped

    with pytest.raises(Stopped):
        copying.copy(source, target, instance, lambda _: None, stop)
    return True


def same(instance: Path, source: str, target: str) -> bool:
    """Whether both databases hold the same number of rows in every table, none missing."""
    one, other = Store(source, instance), Store(target, instance)
    try:
        with one.reading() as old, other.reading() as new:
            for table in Base.metadata.sorted_tables:
                if table.name != "notes":
                    rows = [
                        sorted(map(repr, side.execute(sa.select(table)))) for side in (old, new)
                    ]
                    assert rows[0] == rows[1], table.name
            assert new.scalar(select(func.count()).select_from(CorrectionRow)) == 1
    finally:
        one.close()
        other.close()
    return True


@pytest.mark.parametrize("verb", ["poll", "publish", "items", "serve", "worker", "retag"])
def test_half_a_copy_is_opened_by_nothing_but_the_copy(
    instance: Path, postgres: PostgresServer, verb: str
) -> None:
    database = postgres.database()
    assert cut_off(instance, database, after=50)

    ran = on(database, instance, verb)

    assert ran.code == 1
    assert "holds part of a copy; run the `aggregator copy-to` that was cut off again" in ran.err
    assert len(ran.err.splitlines()) == 1


def test_what_came_to_the_source_while_a_copy_was_cut_off_is_copied_too(
    instance: Path, postgres: PostgresServer, server: FeedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copying, "ROWS_A_STEP", 3)
    database = postgres.database()
    assert cut_off(instance, database, after=120)
    posts = [Post("A ferry is late", "<p>Fog again.</p>", "http://second.example.org/ferry")]
    server.answers["/second.xml"] = Answer(body=wordpress(posts))
    assert called(instance, "poll", "--all").code == 0

    assert copy_to(instance, database).code == 0

    assert same(instance, SQLITE, database)


def test_a_copy_killed_at_any_moment_is_whole_in_the_end(
    instance: Path, postgres: PostgresServer
) -> None:
    database = postgres.database()
    killing = (
        "import os, sys; from pathlib import Path; from aggregator.store import copying\n"
        "copying.ROWS_A_STEP = 7\n"
        "left = int(sys.argv[3])\n"
        "def watch(rows):\n"
        "    global left\n"
        "    left -= rows\n"
        "    if left < 0: os.kill(os.getpid(), 9)\n"
        "print(copying.copy(sys.argv[1], sys.argv[2], Path('.'), lambda _: None, watch))"
    )
    codes = []
    for after in (5, 60, 150, 400, 10**9):
        words = [sys.executable, "-c", killing, SQLITE, database, str(after)]
        codes.append(subprocess.run(words, cwd=instance, check=False).returncode)

    assert codes[0] == -9
    assert codes[-1] == 0
    assert same(instance, SQLITE, database)
    assert "was copied before" in copy_to(instance, database).out


def test_a_moved_instance_can_move_back(
    instance: Path, postgres: PostgresServer, server: FeedServer
) -> None:
    database = postgres.database()
    assert copy_to(instance, database).code == 0
    posts = [Post("A swan stops the tram", "<p>For an hour.</p>", "http://first.example.org/swan")]
    server.answers["/first.xml"] = Answer(body=wordpress(posts))
    assert on(database, instance, "poll", "--all").code == 0
    back = "sqlite:///db/back.db"
    assert cut_off(instance, back, after=50, source=database)

    ran = on(database, instance, "copy-to", back)

    assert ran.code == 0, ran.err
    assert items(instance, back) == items(instance, database)
    assert same(instance, database, back)
    found = on(back, instance, "items", "--json").json_lines()
    assert "A swan stops the tram" in {item["title"] for item in found}
    assert on(back, instance, "poll", "--all").code == 0


def test_while_it_is_copied_nobody_writes_to_the_source(
    instance: Path, postgres: PostgresServer
) -> None:
    source, target = postgres.database(), "sqlite:///db/back.db"
    assert copy_to(instance, source).code == 0
    service = Store(source, instance)
    with service.reading():
        ran = on(source, instance, "copy-to", target)
    service.close()
    assert ran.code == 1
    assert "is in use, by 1 connections; stop every service and worker" in ran.err
    tried: list[bool] = []

    def write(_rows: int) -> None:
        if not tried:
            tried.append(True)
            with psycopg.connect(_dsn(source)) as other:
                free = other.execute("SELECT pg_try_advisory_xact_lock(%s)", [WRITER]).fetchone()
                tried.append(bool(free and free[0]))

    copying.copy(source, target, instance, lambda _: None, write)

    assert tried == [True, False]


def _dsn(address: str) -> str:
    return make_url(address).render_as_string(hide_password=False)


def test_a_target_that_holds_other_data_is_left_alone(
    instance: Path, postgres: PostgresServer
) -> None:
    database = postgres.database()
    other = Store(database, instance)
    with other.writing() as session:
        session.add(FeedRow(url="http://other.example.org/", host="other.example.org"))
    other.close()

    ran = copy_to(instance, database)

    assert ran.code == 1
    assert "holds data already; copy to an empty database" in ran.err


def test_what_somebody_changed_in_half_a_copy_is_put_right(
    instance: Path, postgres: PostgresServer
) -> None:
    database = postgres.database()
    assert cut_off(instance, database, after=50)
    other = Store(database, instance, unfinished=True)
    with other.writing() as session:
        for row in session.exec(select(FeedRow)):
            row.title = "Another"
    other.close()

    assert copy_to(instance, database).code == 0

    assert same(instance, SQLITE, database)


def test_a_database_in_use_is_not_copied(instance: Path, postgres: PostgresServer) -> None:
    service = Store(SQLITE, instance)

    ran = copy_to(instance, postgres.database())

    service.close()
    assert ran.code == 1
    assert "is in use; stop the service" in ran.err


@pytest.mark.parametrize(
    ("source", "target", "said"),
    [
        (SQLITE, "sqlite:///other.db", "within SQLite use aggregator backup"),
        (SQLITE, "nonsense", "not an address; write sqlite:///db/aggregator.db or postgresql"),
        (
            "postgresql://u@h/one",
            "postgresql://u@h/other",
            "between PostgreSQL servers use pg_dump",
        ),
    ],
)
def test_a_copy_to_the_same_engine_is_refused(
    instance: Path, source: str, target: str, said: str
) -> None:
    ran = on(source, instance, "copy-to", target)

    assert ran.code == 1
    assert said in ran.err
