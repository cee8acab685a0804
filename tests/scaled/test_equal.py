"""The same feeds give the same ids and the same bytes, whichever engine stores them."""

from pathlib import Path
from typing import Any

import pytest

from tests.support.cli import called, tree
from tests.support.corpus import CORPUS
from tests.support.feedserver import Answer, FeedServer
from tests.support.postgres import PostgresServer
from tests.support.wordpress import Post, wordpress

# One poll at a time: which feed is first with a story is nobody's to say otherwise.
CONFIG = """\
site: {{title: Twice, url: "http://localhost:8000/"}}
poll: {{concurrency: 1, allow_hosts: ["{address}"]}}
feeds: [{feeds}]
people: [{{name: Anna Lindqvist}}, {{name: Sergei Lavrov}}, {{name: Ólafur Þór}}]
"""

pytestmark = pytest.mark.postgres


def stories(paper: str) -> list[Post]:
    """The same in every paper; every other one under the same address."""
    people = ("Anna Lindqvist", "Sergei Lavrov", "Ólafur Þór")
    return [
        Post(
            f"{people[number % 3]} visits harbour {number}",
            f"<p>{people[number % 3]} saw the {number} ships of the port.</p>",
            f"http://{paper if number % 2 else 'agency'}.example/{number}",
        )
        for number in range(12)
    ]


def polled(folder: Path, server: FeedServer, database: str) -> list[dict[str, Any]]:
    """Poll all that the server has; returns the items."""
    feeds = ", ".join(f'"{server.url(path)}"' for path in server.answers)
    folder.mkdir()
    (folder / "feeds.yaml").write_text(CONFIG.format(address=server.address, feeds=feeds))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AGGREGATOR_DATABASE", database)
        called(folder, "poll")  # some documents of the corpus are no feeds
        listed = called(folder, "items", "--json")
    assert listed.code == 0, listed.err
    return listed.json_lines()


def test_both_engines_publish_the_same_bytes(
    tmp_path: Path, feed_server: FeedServer, postgres: PostgresServer
) -> None:
    for name in ("courier", "herald"):
        feed_server.answers[f"/{name}"] = Answer(body=wordpress(stories(name), name))

    ours = polled(tmp_path / "sqlite", feed_server, "sqlite:///db/aggregator.db")
    theirs = polled(tmp_path / "postgresql", feed_server, postgres.database())

    assert len(ours) == 12
    assert ours == theirs
    files, others = tree(tmp_path / "sqlite/public"), tree(tmp_path / "postgresql/public")
    assert files.keys() == others.keys()
    assert [path for path in files if files[path] != others[path]] == []


def test_both_engines_give_the_corpus_the_same_ids(
    tmp_path: Path, feed_server: FeedServer, postgres: PostgresServer
) -> None:
    for document in sorted(CORPUS.glob("*.xml")):
        feed_server.answers[f"/{document.name}"] = Answer(body=document.read_bytes())

    ours = polled(tmp_path / "sqlite", feed_server, "sqlite:///db/aggregator.db")
    theirs = polled(tmp_path / "postgresql", feed_server, postgres.database())

    assert len(ours) > 20
    assert {item["id"] for item in ours} == {item["id"] for item in theirs}
