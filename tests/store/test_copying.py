"""Moving an instance from SQLite to PostgreSQL, with a real server."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import func, select

from aggregator.store import copying
from aggregator.store.engine import Store
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
    steps: list[int] = []

    def stop(rows: int) -> None:
        steps.append(rows)
        if sum(steps) > 50:
            raise Stopped

    with pytest.raises(Stopped):
        copying.copy(SQLITE, database, instance, lambda _: None, stop)
    again: list[int] = []
    rows = copying.copy(SQLITE, database, instance, lambda _: None, again.append)

    assert sum(again) == rows + 1
    assert max(again) > 3  # what was there already is not copied again
    source, target = Store(SQLITE, instance), Store(database, instance)
    with source.reading() as old, target.reading() as new:
        for table in Base.metadata.sorted_tables:
            query = select(func.count()).select_from(table)
            assert new.scalar(query) == old.scalar(query), table.name
        assert new.scalar(select(func.count()).select_from(CorrectionRow)) == 1
    source.close()
    target.close()


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


def test_a_target_changed_during_the_copy_is_told(instance: Path, postgres: PostgresServer) -> None:
    database = postgres.database()
    steps: list[int] = []

    def stop(rows: int) -> None:
        steps.append(rows)
        if sum(steps) > 50:
            raise Stopped

    with pytest.raises(Stopped):
        copying.copy(SQLITE, database, instance, lambda _: None, stop)
    other = Store(database, instance)
    with other.writing() as session:
        for row in session.exec(select(FeedRow)):
            row.title = "Another"
    other.close()

    ran = copy_to(instance, database)

    assert ran.code == 1
    assert "came out different in feeds" in ran.err


def test_a_database_in_use_is_not_copied(instance: Path, postgres: PostgresServer) -> None:
    service = Store(SQLITE, instance)

    ran = copy_to(instance, postgres.database())

    service.close()
    assert ran.code == 1
    assert "is in use; stop the service" in ran.err


@pytest.mark.parametrize("target", ["sqlite:///other.db", "nonsense"])
def test_an_address_that_is_not_postgresql_is_refused(instance: Path, target: str) -> None:
    ran = copy_to(instance, target)

    assert ran.code == 1
    assert "postgresql://user@host/name" in ran.err
