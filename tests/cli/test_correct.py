"""`correct` and `retag`: an editor's verdict stands, whatever the rules say later."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.cli import called
from tests.support.wordpress import Post, wordpress

FILE = """\
feeds: ["file:wire.xml"]
people:
  - name: Sergey Lavrov
  - name: Harriet Harman
"""
POST = Post("Lavrov lands in Milan", "<p>Sergey Lavrov came for talks.</p>", "http://c.example/1")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "feeds.yaml").write_text(FILE, encoding="utf-8")
    (tmp_path / "wire.xml").write_bytes(wordpress([POST], "Wire"))
    polled = called(tmp_path, "poll")
    assert polled.code == 0, polled.err
    return tmp_path


def item(folder: Path) -> dict[str, Any]:
    (found,) = called(folder, "items", "--json").json_lines()
    return dict(found)


def published(folder: Path, slug: str) -> list[str]:
    feed = json.loads((folder / f"public/tags/{slug}/feed.json").read_text())
    return [entry["title"] for entry in feed["items"]]


def test_a_verdict_is_published_and_survives_retags_and_edits(folder: Path) -> None:
    known = item(folder)["id"]

    done = called(folder, "correct", known, "+harriet-harman", "-sergey-lavrov")
    dry = called(folder, "retag", "--dry-run")
    called(folder, "retag")
    edited = Post("Lavrov, Harman in Milan", "<p>Sergey Lavrov again.</p>", "http://c.example/1")
    (folder / "wire.xml").write_bytes(wordpress([edited], "Wire"))
    called(folder, "poll", "--all")

    assert done.out.splitlines() == [
        "Lavrov lands in Milan",
        "  +harriet-harman (the editor)",
        "  -sergey-lavrov (the editor)",
    ]
    assert dry.out == "1 items looked at; 0 tags would change\n"
    after = item(folder)
    assert after["title"] == "Lavrov, Harman in Milan"
    assert (after["tags"], after["by_editor"]) == (["harriet-harman"], ["harriet-harman"])
    assert after["denied"] == ["sergey-lavrov"]
    assert published(folder, "sergey-lavrov") == []
    assert published(folder, "harriet-harman") == ["Lavrov, Harman in Milan"]
    assert "Harriet Harman (the editor)" in called(folder, "items").out


def test_a_verdict_can_be_taken_back(folder: Path) -> None:
    page = f"http://localhost:8000/items/{item(folder)['id'].removeprefix('urn:uuid:')}"
    called(folder, "correct", page, "-sergey-lavrov")

    back = called(folder, "correct", page, "=sergey-lavrov")

    assert back.code == 0, back.err
    assert (item(folder)["tags"], item(folder)["denied"]) == (["sergey-lavrov"], [])


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["urn:uuid:none", "+sergey-lavrov"], "urn:uuid:none: no item has this id"),
        (["ID", "+sergei-lavrov"], "the slug sergei-lavrov: did you mean sergey-lavrov?"),
        (["ID", "-xyz"], "the slug xyz: see `aggregator people list`"),
        (["ID", "sergey-lavrov"], "sergey-lavrov: write +SLUG to give a tag"),
        (["ID", "+"], "+: write +SLUG to give a tag"),
    ],
)
def test_a_verdict_that_cannot_be_meant_changes_nothing(
    folder: Path, words: list[str], says: str
) -> None:
    before = item(folder)

    refused = called(folder, "correct", *(before["id"] if w == "ID" else w for w in words))

    assert refused.code == 1
    assert says in refused.err
    assert len(refused.err.splitlines()) == 1
    assert item(folder) == before


def test_a_retag_says_what_each_tag_gains_and_loses(folder: Path) -> None:
    config = folder / "feeds.yaml"
    config.write_text(FILE.replace("Sergey Lavrov", "Kirill Lavrov"), encoding="utf-8")

    dry = called(folder, "retag", "--dry-run")
    kept = item(folder)["tags"]
    done = called(folder, "retag")

    assert dry.out.splitlines() == [
        "sergey-lavrov\t+0\t-1",
        "1 items looked at; 1 tags would change",
    ]
    assert kept == ["sergey-lavrov"]
    assert done.out.splitlines()[-1] == "1 items looked at; 1 tags changed"
    assert item(folder)["tags"] == []
