"""Polls that read only what is new store the same as polls that read everything."""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import anyio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator import pipeline
from aggregator.instance import Instance
from aggregator.jobs import chosen
from aggregator.parse.document import parse
from aggregator.parse.increment import split
from aggregator.pipeline import Network, Tools
from aggregator.store import items
from aggregator.values.feed import Failed, Feed, Fetched, Outcome, Validators
from aggregator.values.item import ParsedFeed
from tests.support.builders import NOW
from tests.support.wordpress import Post, wordpress

FEEDS = ("http://one.example/feed", "http://two.example/feed")
STORIES = (
    "The harbour of Bergholm was closed on Monday after a ferry hit the northern pier in dense fog.",
    "The council of Bergholm voted on Tuesday to rebuild the pier of stone, at twice the old price.",
    "Voters in Sandvik rejected the new tram by a margin of nine, and the mayor called it a pity.",
)
# Few of each, so that guids, links and words are shared, changed and used again.
posts = st.builds(
    Post,
    title=st.sampled_from(("Pier closed", "Pier to be rebuilt", "Tram rejected", "")),
    body=st.sampled_from(STORIES),
    link=st.sampled_from(("", "http://news.example/1", "http://news.example/2")),
    guid=st.sampled_from((None, "a", "b", "c", "d")),
    published=st.sampled_from((NOW - timedelta(days=1), NOW - timedelta(hours=2))),
)
rounds = st.lists(st.tuples(*(st.lists(posts, max_size=4),) * len(FEEDS)), min_size=2, max_size=4)


def told(tools: Tools) -> list[object]:
    """Everything stored, without what only this database knows."""
    with tools.store.reading() as session:
        found = list(items.walk(session, "all"))
    return [
        (
            item.id,
            item.title,
            item.at,
            item.updated,
            [(s.feed, s.entry, s.first_seen) for s in item.sources],
        )
        for item in sorted(found, key=lambda item: item.number)
    ]


def stored(folder: Path, documents: Sequence[Sequence[bytes]], *, whole: bool) -> list[object]:
    """What is stored after these rounds."""
    moment = NOW

    async def fetch(feed: Feed, _now: datetime) -> Outcome:
        body = documents[turn][FEEDS.index(feed.settings.url)]
        return Fetched(body, feed.settings.url, 200, None, Validators(feed.settings.url))

    async def read(body: bytes, url: str, content_type: str | None, marks: bytes) -> ParsedFeed:
        seen = frozenset[bytes]() if whole else split(marks)
        return parse(body, url=url, content_type=content_type, seen=seen)

    async def no_page(_address: str) -> Failed:
        return Failed("nobody asks for pages here")

    async def no_hub(_address: str, _form: Mapping[str, str]) -> int:
        raise AssertionError("no hub is asked here")

    network = Network(fetch, read, no_page, no_hub)
    with Instance(folder / "feeds.yaml", {}) as instance:
        tools = replace(instance.tools, now=lambda: moment, jitter=lambda: 0.0)
        for turn in range(len(documents)):  # noqa: B007  `fetch` reads it
            for feed in chosen(tools, everything=True):  # in turn: whoever comes first has the item
                anyio.run(pipeline.cycle, tools, network, [feed])
            moment += timedelta(hours=3)
        return told(tools)


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An instance never polled."""
    folder = tmp_path_factory.mktemp("template")
    (folder / "feeds.yaml").write_text(f"feeds: [{', '.join(FEEDS)}]\n")
    Instance(folder / "feeds.yaml", {}).close()
    return folder


@settings(max_examples=40, deadline=None)
@given(rounds)
def test_reading_only_what_is_new_stores_what_reading_everything_stores(
    instance: Path, made: list[tuple[list[Post], ...]]
) -> None:
    documents = [[wordpress(posts) for posts in each] for each in made]
    results = []
    for whole in (True, False):
        with TemporaryDirectory() as folder:
            copied = Path(shutil.copytree(instance, folder, dirs_exist_ok=True))
            results.append(stored(copied, documents, whole=whole))

    assert results[0] == results[1]
