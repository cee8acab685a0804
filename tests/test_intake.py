"""Documents taken in together come to what they come to one after the other."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from aggregator import pipeline
from aggregator.instance import Instance
from aggregator.reading import Reading, Visit
from aggregator.store import feeds as stored_feeds
from aggregator.store.items import walk
from aggregator.values.feed import Fetched, Validators
from aggregator.values.item import Entry, Item, ParsedFeed
from tests.support.builders import NOW

FEEDS = tuple(f"http://feeds.example/{number}.xml" for number in range(6))
_WORDS = [
    "harbour",
    "minister",
    "quarrel",
    "lantern",
    "treaty",
    "granite",
    "orchard",
    "signal",
    "ferry",
    "council",
    "marble",
    "willow",
    "captain",
    "embassy",
    "pepper",
    "station",
    "verdict",
    "glacier",
    "tunnel",
    "summit",
]


def story(number: int, words: int = 30) -> str:
    """A text of its own, with three words in a row that no other has."""
    chance = Random(number)  # noqa: S311 (a text, no secret)
    return " ".join(f"{chance.choice(_WORDS)}{number}" for _ in range(words)).capitalize() + "."


def told(feed: int, number: int, turn: int) -> Entry:
    """A story as a feed tells it: some under one link, some in the same words, some edited later."""
    shared = number % 3 == 0
    where = "wire" if shared else f"paper{feed}"
    edited = " Corrected by the desk." if turn and (number + feed) % 4 == 0 else ""
    moved = "new/" if turn and (number + feed) % 5 == 0 else ""
    return Entry(
        guid=f"{feed}-{number}",
        link=f"http://{where}.example/{moved}{number}",
        title=f"Story {number} as paper {feed} has it",
        text=story(number) + edited,
        published=NOW - timedelta(hours=number, minutes=feed),
    )


def documents(turn: int) -> list[list[Entry]]:
    chance = Random(turn)  # noqa: S311
    return [
        [told(feed, number, turn) for number in chance.sample(range(12), 6)]
        for feed in range(len(FEEDS))
    ]


@pytest.fixture
def instance(tmp_path: Path, database: str) -> Instance:
    path = tmp_path / "feeds.yaml"
    path.write_text(f"database: {database}\nfeeds: [{', '.join(FEEDS)}]\n")
    return Instance(path, {})


def settled(instance: Instance, lots: Sequence[Sequence[int]], turn: int) -> list[Item]:
    """What is stored after these lots of feeds."""
    now = NOW + timedelta(hours=turn)
    tools = replace(instance.tools, now=lambda: now, jitter=lambda: 0.0)
    with tools.store.reading() as session:
        feeds = stored_feeds.configured(session, tools.feeds)
    for lot in lots:
        visits = []
        for number in lot:
            address = feeds[number].settings.address
            fetched = Fetched(b"", address, 200, "text/xml", Validators(address))
            parsed = ParsedFeed(entries=tuple(documents(turn)[number]))
            visits.append(Visit(feeds[number], Reading(fetched, parsed)))
        pipeline.settle(visits, tools, now)
    with tools.store.reading() as session:
        return list(walk(session, "all"))


def test_a_lot_comes_to_what_its_documents_come_to_one_by_one(
    instance: Instance, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("alone") / "feeds.yaml"
    path.write_text(f"feeds: [{', '.join(FEEDS)}]\n")
    everyone = range(len(FEEDS))

    with instance, Instance(path, {}) as alone:
        for turn in range(4):
            together = settled(instance, [everyone], turn)
            one_by_one = settled(alone, [[number] for number in everyone], turn)

            assert together == one_by_one
    assert any(len(item.sources) > 2 for item in together)
    assert any(item.earlier or "Corrected" in item.lead.entry.text for item in together)
