"""What is older than feeds.yaml wants it is forgotten, and does not come back."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from aggregator import pipeline, verdicts
from aggregator.instance import Instance
from aggregator.jobs import chosen
from aggregator.pipeline import Tools
from aggregator.retention import forget_old
from aggregator.store import items
from aggregator.values.feed import Fetched, Validators
from aggregator.values.item import Item
from tests.support.builders import NOW
from tests.support.network import network
from tests.support.wordpress import Post, wordpress

FEED = "http://feeds.example/feed.xml"
CONFIG = f"""\
keep: {{items: 1y}}
feeds: [{FEED}]
people: [{{name: Anna Lindqvist}}]
"""
YEAR = timedelta(days=365)
LONG_AGO = NOW - timedelta(days=300)


def post(name: str, age: timedelta) -> Post:
    return Post(
        f"Anna Lindqvist in {name}",
        f"<p>She came to {name} by train and left it on foot, said the porter of {name}.</p>",
        f"http://news.example/{name}",
        published=NOW - age,
    )


OLD = post("Oslo", timedelta(days=300))
YOUNG = post("Rome", timedelta(days=3))


@pytest.fixture
def tools(tmp_path: Path, database: str) -> Iterator[Tools]:
    (tmp_path / "feeds.yaml").write_text(CONFIG)
    with Instance(tmp_path / "feeds.yaml", {"AGGREGATOR_DATABASE": database}) as instance:
        yield replace(instance.tools, now=lambda: NOW, jitter=lambda: 0.0)


def at(tools: Tools, moment: datetime) -> Tools:
    return replace(tools, now=lambda: moment)


async def poll(tools: Tools, posts: Sequence[Post]) -> None:
    body = wordpress(posts)
    fetched = Fetched(body, FEED, 200, "application/rss+xml", Validators(FEED))
    await pipeline.cycle(tools, network(lambda _: fetched), chosen(tools, everything=True))
    pipeline.publish_changed(tools)


def stored(tools: Tools) -> list[Item]:
    with tools.store.reading() as session:
        return list(items.walk(session, "all"))


def titles(tools: Tools) -> list[str | None]:
    return [item.title for item in stored(tools)]


async def test_what_is_too_old_is_forgotten_and_its_pages_go(tools: Tools) -> None:
    await poll(at(tools, LONG_AGO), [OLD])
    await poll(tools, [YOUNG, OLD])
    later = at(tools, LONG_AGO + YEAR + timedelta(hours=1))

    assert forget_old(tools) == 0
    assert forget_old(later) == 1

    pipeline.publish_changed(later)
    assert titles(tools) == [YOUNG.title]
    page = tools.config.root / f"public/all/{OLD.published:%Y-%m}/index.html"
    assert not page.exists()
    assert (tools.config.root / f"public/all/{YOUNG.published:%Y-%m}/index.html").exists()


async def test_what_the_feed_lists_still_does_not_come_back(tools: Tools) -> None:
    await poll(at(tools, LONG_AGO), [OLD])
    await poll(tools, [YOUNG, OLD])
    later = at(tools, LONG_AGO + YEAR + timedelta(days=1))
    forget_old(later)

    await poll(later, [post("Bern", -timedelta(days=60)), YOUNG, OLD])

    assert titles(tools) == ["Anna Lindqvist in Bern", YOUNG.title]


async def test_what_an_editor_corrected_stays(tools: Tools) -> None:
    await poll(tools, [OLD])
    (item,) = stored(tools)
    verdicts.correct(tools, item.id, {"anna-lindqvist": False})

    assert forget_old(at(tools, NOW + 2 * YEAR)) == 0
    assert titles(tools) == [OLD.title]


async def test_a_story_that_was_revised_lately_stays(tools: Tools) -> None:
    await poll(tools, [OLD])
    later = at(tools, NOW + timedelta(days=200))
    await poll(later, [replace(OLD, title="Anna Lindqvist at last in Oslo")])

    assert forget_old(at(tools, NOW + YEAR + timedelta(days=1))) == 0


async def test_without_an_age_all_is_kept(tools: Tools) -> None:
    await poll(tools, [OLD])
    for_ever = replace(tools, config=replace(tools.config, keep=None))

    assert forget_old(at(for_ever, NOW + 50 * YEAR)) == 0
    assert titles(tools) == [OLD.title]


async def test_it_is_looked_once_an_hour(tools: Tools) -> None:
    late = NOW + 2 * YEAR
    await poll(tools, [])
    forget_old(at(tools, late))
    await poll(tools, [OLD])

    assert forget_old(at(tools, late + timedelta(minutes=59))) == 0
    assert forget_old(at(tools, late + timedelta(minutes=61))) == 1
