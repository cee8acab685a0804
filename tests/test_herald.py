"""Telling a hub, a real one on loopback, of feeds that changed."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs

import pytest

from aggregator import herald, pipeline
from aggregator.herald import Told
from aggregator.instance import Instance
from aggregator.pipeline import Tools
from aggregator.store import pings
from tests.support.builders import NOW
from tests.support.cli import aggregator
from tests.support.feedserver import Answer, FeedServer

CONFIG = """\
site: {{url: "https://watch.example/", hub: "{hub}"}}
feeds: [http://one.example/a.xml]
people: []
"""
TOPICS = [f"https://watch.example/all/{name}" for name in ("atom.xml", "feed.json", "rss.xml")]


@pytest.fixture
def hub() -> Iterator[FeedServer]:
    with FeedServer() as server:
        server.answers["/hub"] = Answer(204)
        yield server


@pytest.fixture
def tools(tmp_path: Path, hub: FeedServer) -> Iterator[Tools]:
    (tmp_path / "feeds.yaml").write_text(CONFIG.format(hub=hub.url("/hub")))
    with Instance(tmp_path / "feeds.yaml", {}) as instance:
        yield replace(instance.tools, now=lambda: NOW)


def told(hub: FeedServer) -> list[str]:
    """The addresses that the hub was told of."""
    forms = [parse_qs(asked.body.decode()) for asked in hub.asked]
    assert all(form["hub.mode"] == ["publish"] for form in forms)
    return sorted(form["hub.url"][0] for form in forms)


async def test_the_hub_is_told_of_every_feed_that_changed_once(
    tools: Tools, hub: FeedServer
) -> None:
    pipeline.publish_changed(tools)

    first = await herald.tell_once(tools, 10)
    again = await herald.tell_once(tools, 10)

    assert first == Told(taken=3)
    assert again == Told()
    assert told(hub) == TOPICS
    assert hub.asked[0].headers["Content-Type"] == "application/x-www-form-urlencoded"


async def test_what_is_published_with_the_same_bytes_is_not_told(
    tools: Tools, hub: FeedServer
) -> None:
    pipeline.publish_changed(tools)
    await herald.tell_once(tools, 10)

    with tools.store.writing() as session:
        pipeline.mark_everything(tools, session)
    pipeline.publish_changed(tools)
    await herald.tell_once(tools, 10)

    assert told(hub) == TOPICS


@pytest.mark.parametrize("answer", [Answer(503), Answer(script=lambda socket: socket.close())])
async def test_a_hub_that_is_down_is_tried_again_ever_later_and_then_left_alone(
    tools: Tools, hub: FeedServer, answer: Answer
) -> None:
    hub.answers["/hub"] = answer
    pipeline.publish_changed(tools)
    now, waits = NOW, []

    for tries in range(1, herald.TRIES + 1):
        result = await herald.tell_once(replace(tools, now=lambda: now), 10)  # noqa: B023
        last = tries == herald.TRIES
        assert result == (Told(given_up=3) if last else Told(postponed=3))
        soon = now + timedelta(seconds=59)
        assert await herald.tell_once(replace(tools, now=lambda: soon), 10) == Told()  # noqa: B023
        wait = herald.wait_after(tries)
        if wait is not None:
            waits.append(wait)
            now += wait

    assert sum(waits, timedelta()) < timedelta(hours=6)
    assert len(told(hub)) == 3 * herald.TRIES
    with tools.store.reading() as session:
        assert pings.due(session, NOW + timedelta(days=9), limit=9) == []


async def test_a_change_while_the_hub_is_being_told_is_told_again(
    tools: Tools, hub: FeedServer
) -> None:
    later = NOW + timedelta(seconds=1)

    def change(_: object) -> Answer:
        with tools.store.writing() as session:
            pings.add(session, [TOPICS[0]], later)
        return Answer(204)

    with tools.store.writing() as session:
        pings.add(session, [TOPICS[0]], NOW)
    hub.answers["/hub"] = change
    await herald.tell_once(tools, 10)
    hub.answers["/hub"] = Answer(204)

    result = await herald.tell_once(replace(tools, now=lambda: later), 10)

    assert result == Told(taken=1)


async def test_a_hub_that_does_not_answer_keeps_nobody_waiting(
    tools: Tools, hub: FeedServer
) -> None:
    hub.answers["/hub"] = Answer(204, delay_s=2)
    pipeline.publish_changed(tools)

    assert await herald.tell_once(tools, 0.3) == Told()

    with tools.store.reading() as session:
        assert len(pings.due(session, NOW, limit=9)) == 3


async def test_without_a_hub_nothing_is_noted_and_what_was_is_forgotten(tmp_path: Path) -> None:
    text = CONFIG.format(hub="").replace(', hub: ""', "")
    (tmp_path / "feeds.yaml").write_text(text)
    with Instance(tmp_path / "feeds.yaml", {}) as instance:
        tools = instance.tools
        with tools.store.writing() as session:
            pings.add(session, TOPICS, NOW)

        await herald.keep_telling(tools)
        pipeline.publish_changed(tools)

        with tools.store.reading() as session:
            assert pings.due(session, tools.now(), limit=9) == []


def test_the_command_tells_the_hub_after_publishing(tmp_path: Path, hub: FeedServer) -> None:
    (tmp_path / "feeds.yaml").write_text(CONFIG.format(hub=hub.url("/hub")))

    published = aggregator(tmp_path, "publish")

    assert published.code == 0, published.err
    assert told(hub) == TOPICS
