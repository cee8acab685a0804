"""`people ...`: who is listed, and who could be."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from aggregator.config.load import load
from aggregator.store import engine
from tests.support.cli import called
from tests.support.wordpress import Post, wordpress

FILE = """\
feeds: ["file:wire.xml"]
people:
  # the minister
  - name: Sergey Lavrov
    aliases: [Sergei Lavrov]   # as the wires write
"""
POSTS = [
    Post(
        f"Talks enter day {day}",
        "<p>On the last evening of the long round of talks in the old town hall, Angela Merkel met"
        " Sergey Lavrov (Сергей Лавров) again, and nobody expected much of it.</p>",
        f"http://c.example/{day}",
    )
    for day in range(3)
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "feeds.yaml").write_text(FILE, encoding="utf-8")
    (tmp_path / "wire.xml").write_bytes(wordpress(POSTS, "Wire"))
    polled = called(tmp_path, "poll")
    assert polled.code == 0, polled.err
    return tmp_path


def test_nobody_is_added_while_the_database_is_out_of_use(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "BUSY_TIMEOUT_S", 0)
    with closing(sqlite3.connect(folder / "db/aggregator.db")) as database:
        database.execute("PRAGMA locking_mode=EXCLUSIVE")
        database.execute("BEGIN EXCLUSIVE")
        added = called(folder, "people", "add", "Angela Merkel")

    assert added.code == 1
    assert "locked" in added.err
    assert (added.out, (folder / "feeds.yaml").read_text(encoding="utf-8")) == ("", FILE)


def test_somebody_is_added_while_another_process_writes(folder: Path) -> None:
    with closing(sqlite3.connect(folder / "db/aggregator.db")) as database:
        database.execute("BEGIN IMMEDIATE")
        added = called(folder, "people", "add", "Angela Merkel")
    tagged = called(folder, "retag")

    assert added.code == 0, added.err
    assert "3 stored items" in added.out
    assert tagged.out.splitlines()[0] == "angela-merkel\t+3\t-0"


def test_a_person_is_added_with_her_past_items_in_view(folder: Path) -> None:
    added = called(folder, "people", "add", "Angela Merkel", "--alias", "Меркель")
    again = called(folder, "people", "add", "Angela Merkel")
    retagged = called(folder, "retag")
    listed = called(folder, "people", "list", "--json")

    assert added.code == 0, added.err
    assert added.out.splitlines()[:2] == [
        "feeds.yaml: added Angela Merkel, as /tags/angela-merkel/",
        "3 stored items were found that name this person, the newest:",
    ]
    assert "aggregator retag" in added.err
    assert (folder / "feeds.yaml").read_text(encoding="utf-8") == (
        FILE + "  - name: Angela Merkel\n    aliases: [Меркель]\n"
    )
    assert again.code == 1
    assert again.err.startswith("Angela Merkel has the slug angela-merkel already")
    assert retagged.out.splitlines()[0] == "angela-merkel\t+3\t-0"
    assert [(one["slug"], one["items"]) for one in listed.json_lines()] == [
        ("sergey-lavrov", 3),
        ("angela-merkel", 3),
    ]


def test_a_person_who_shares_a_name_with_another_is_added_with_a_warning(folder: Path) -> None:
    added = called(folder, "people", "add", "Sergo Lavradze", "--alias", "Lavrov, Sergei")

    assert added.code == 0
    assert (
        'feeds.yaml:7:15: "Lavrov, Sergei" is also a name of sergey-lavrov: a text with it is tagged'
        " with both (a warning)\n"
    ) in added.err


def test_a_person_whom_nothing_names_is_added_all_the_same(folder: Path) -> None:
    added = called(folder, "people", "add", "Zacharias Unheard")

    assert added.out.splitlines()[1] == "no stored item was found that names this person"
    assert load(folder / "feeds.yaml", {}).people[-1].slug == "zacharias-unheard"


def test_suggestions_can_be_pasted(folder: Path) -> None:
    suggested = called(folder, "people", "suggest", "--days", "36500")

    assert suggested.code == 0, suggested.err
    lines = suggested.out.splitlines()
    assert '  - name: "Angela Merkel"' in lines
    assert "    # Angela Merkel: 3 items, latin" in lines
    assert '    aliases: ["Sergei Lavrov", "Сергей Лавров"]' in lines
    assert "  # Sergey Lavrov, feeds.yaml:4" in lines

    pasted = "\n".join(line for line in lines if line.startswith("  - name"))
    aliases = next(line for line in lines if line.startswith("    aliases"))
    old = "    aliases: [Sergei Lavrov]   # as the wires write"
    (folder / "feeds.yaml").write_text(FILE.replace(old, aliases) + pasted + "\n", encoding="utf-8")
    assert [person.name for person in load(folder / "feeds.yaml", {}).people] == [
        "Sergey Lavrov",
        "Angela Merkel",
    ]
