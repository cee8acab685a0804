"""What is out of the ordinary is found, published, and brought to webhooks on loopback."""

import hashlib
import hmac
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import feedparser
import pytest

from aggregator import messenger, pipeline, watcher
from aggregator.instance import Instance
from aggregator.pipeline import Tools
from aggregator.store import outputs as outbox
from aggregator.store import watch as stored
from tests.support.cli import called
from tests.support.feedserver import Answer, FeedServer
from tests.support.service import Service
from tests.support.wordpress import Post, wordpress

NOW = datetime.now(UTC).replace(minute=50, second=0, microsecond=0) - timedelta(hours=1)
SECRET = "correct horse"  # noqa: S105 (of a test)
FILE = """\
site: {{title: Desk, url: "https://watch.example/"}}
poll: {{allow_hosts: ["{address}"]}}
feeds:
  - file:anna.xml
  - {{url: "file:other.xml", title: Other}}
  - file:missing.xml
people:
  - name: Anna Lindqvist
alerts:
  - url: {hook}?key=${{HOOK_KEY}}
    on: [feed-failed, silence, burst, tag:anna-lindqvist]
    secret: ${{HOOK_SECRET}}
"""
HOOK = "/hook?key=k"
ENVIRON = {"HOOK_KEY": "k", "HOOK_SECRET": SECRET}


def posts(about: str, *, every_h: int, until_h: int = 0, days: int = 28) -> list[Post]:
    return [
        Post(
            f"{about} in town {hours}",
            f"<p>{about} was seen in town number {hours}.</p>",
            f"https://c.example/{about.split(maxsplit=1)[0]}/{hours}",
            published=NOW - timedelta(hours=hours),
        )
        for hours in range(until_h, days * 24, every_h)
    ]


@pytest.fixture
def hook() -> Iterator[FeedServer]:
    with FeedServer() as server:
        server.answers[HOOK] = Answer(204)
        yield server


@pytest.fixture
def folder(tmp_path: Path, hook: FeedServer, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, value in ENVIRON.items():
        monkeypatch.setenv(name, value)
    text = FILE.format(address=hook.address, hook=hook.url("/hook"))
    (tmp_path / "feeds.yaml").write_text(text, encoding="utf-8")
    (tmp_path / "anna.xml").write_bytes(wordpress([]))
    (tmp_path / "other.xml").write_bytes(wordpress([]))
    polled = called(tmp_path, "poll")
    assert polled.code == 0, polled.err
    return tmp_path


@pytest.fixture
def silent(folder: Path) -> Path:
    """Four weeks of news, and none of Anna Lindqvist for four days."""
    anna, ferry = posts("Anna Lindqvist", every_h=6, until_h=96), posts("Ferry", every_h=5)
    (folder / "anna.xml").write_bytes(wordpress(anna))
    (folder / "other.xml").write_bytes(wordpress(ferry))
    with Instance(folder / "feeds.yaml", ENVIRON) as instance, instance.store.writing() as session:
        outbox.keep_note(session, watcher.LOOKED, "2020-01-01T00:00:00+00:00")
    called(folder, "poll", "--all")
    return folder


@pytest.fixture
def tools(folder: Path) -> Iterator[Tools]:
    with Instance(folder / "feeds.yaml", ENVIRON) as instance:
        yield instance.tools


def heard(hook: FeedServer) -> list[dict[str, Any]]:
    """What the webhook was told, each signed."""
    for asked in hook.asked:
        signed = hmac.new(SECRET.encode(), asked.body, hashlib.sha256).hexdigest()
        assert asked.headers["X-Hub-Signature-256"] == f"sha256={signed}"
        assert asked.headers["Content-Type"] == "application/json"
        assert asked.method == "POST"
    return [json.loads(asked.body) for asked in hook.asked]


def test_a_silence_is_published_shown_and_told_once(
    silent: Path, hook: FeedServer, tools: Tools
) -> None:
    called(silent, "poll", "--all")

    told = [message for message in heard(hook) if message["subject"] == "tag:anna-lindqvist"]
    feed = feedparser.parse((silent / "public/watch/atom.xml").read_bytes())
    with tools.store.reading() as session:
        watched = stored.watched(session)

    (silence,) = told
    assert silence["event"] == "silence"
    assert silence["title"].startswith("Anna Lindqvist: nothing for ")
    assert silence["title"].endswith("; usually 4 items a day")
    assert silence["text"].startswith(silence["title"])
    assert silence["url"] == "https://watch.example/tags/anna-lindqvist/"
    assert feed.bozo is False
    assert silence["title"] in [entry.title for entry in feed.entries]
    assert "silence" in {one.kind for one in watched}


def test_a_feed_that_fails_again_and_again_is_told_once_and_forgotten_when_it_works(
    folder: Path, hook: FeedServer, tools: Tools
) -> None:
    for _ in range(4):
        called(folder, "poll", "--all")
    told = [message for message in heard(hook) if message["event"] == "feed-failed"]
    with tools.store.reading() as session:
        failing = [one for one in stored.watched(session) if one.kind == "feed-failed"]

    (folder / "missing.xml").write_bytes(wordpress([], "Back again"))
    called(folder, "poll", "--all")
    with tools.store.reading() as session:
        after = [one for one in stored.watched(session) if one.kind == "feed-failed"]

    assert [message["subject"] for message in told] == ["feed:file:missing.xml"]
    assert told[0]["title"].startswith("file:missing.xml: no such file (3 times in a row)")
    assert [one.subject for one in failing] == ["feed:file:missing.xml"]
    assert "(5 times" in failing[0].told
    assert after == []


def test_new_items_with_a_tag_are_told_and_old_ones_are_no_news(
    folder: Path, hook: FeedServer
) -> None:
    before = heard(hook)
    new = Post(
        "Anna Lindqvist resigns",
        "<p>Anna Lindqvist said so at noon.</p>",
        "https://c.example/resigns",
        published=NOW,
    )
    old = replace(new, title="Anna Lindqvist, a life", link="https://c.example/life")
    old = replace(old, published=NOW - timedelta(days=3))
    (folder / "anna.xml").write_bytes(wordpress([new, old]))

    called(folder, "poll", "--all")

    assert [message for message in before if message["event"] == "tag"] == []
    (told,) = [message for message in heard(hook) if message["event"] == "tag"]
    assert told["title"] == "Anna Lindqvist: Anna Lindqvist resigns"
    assert told["url"] == "https://c.example/resigns"


async def test_what_a_webhook_does_not_take_is_sent_again_later_and_in_order(
    tools: Tools, hook: FeedServer
) -> None:
    hook.asked.clear()
    hook.answers[HOOK] = Answer(503)
    with tools.store.writing() as session:
        to = tools.config.alerts[0].url
        stored.post(session, to, ['{"text": "one"}', '{"text": "two"}'], tools.now())

    await messenger.deliver_once(tools, 10)
    await messenger.deliver_once(tools, 10)
    refused = [message["text"] for message in heard(hook)]
    hook.answers[HOOK] = Answer(200)
    later = replace(tools, now=lambda: datetime.now(UTC) + timedelta(minutes=1.5))
    await messenger.deliver_once(later, 10)

    assert refused == ["one"]
    assert [message["text"] for message in heard(hook)] == ["one", "one", "two"]
    with tools.store.reading() as session:
        assert stored.waiting(session) == 0


async def test_a_webhook_that_is_away_for_good_is_given_up(tools: Tools, hook: FeedServer) -> None:
    hook.asked.clear()
    hook.answers[HOOK] = Answer(404)
    moment = tools.now()
    with tools.store.writing() as session:
        stored.post(session, tools.config.alerts[0].url, ['{"text": "one"}'], moment)

    for _ in range(20):
        await messenger.deliver_once(replace(tools, now=lambda moment=moment: moment), 10)  # type: ignore[misc]
        moment += timedelta(hours=20)

    assert len(hook.asked) == messenger.TRIES
    with tools.store.reading() as session:
        assert stored.waiting(session) == 0


async def test_a_webhook_in_a_private_network_is_refused_unless_it_is_named(
    tools: Tools, hook: FeedServer
) -> None:
    hook.asked.clear()
    poll = replace(tools.config.poll, allow_hosts=frozenset())
    guarded = replace(tools, config=replace(tools.config, poll=poll))
    with tools.store.writing() as session:
        stored.post(session, tools.config.alerts[0].url, ['{"text": "one"}'], tools.now())

    await messenger.deliver_once(guarded, 10)

    assert hook.asked == []
    with tools.store.reading() as session:
        assert stored.waiting(session) == 1


def test_messages_for_a_webhook_that_is_listed_no_more_are_dropped(
    folder: Path, tools: Tools, hook: FeedServer
) -> None:
    hook.asked.clear()
    with tools.store.writing() as session:
        stored.post(session, "https://gone.example/", ['{"text": "one"}'], tools.now())

    called(folder, "poll")

    assert hook.asked == []
    with tools.store.reading() as session:
        assert stored.waiting(session) == 0


def test_what_begins_all_at_once_is_one_event(tools: Tools) -> None:
    found = [stored.Watched(f"tag:p{n}", "silence", NOW, f"P{n}: nothing") for n in range(30)]

    (event,) = watcher.events_of(found, "silence", NOW)

    assert (event.subject, event.title) == ("many", "silence: 30 at once")
    assert "P29: nothing" in event.text


def test_the_sources_page_shows_it(silent: Path) -> None:
    running = Service(silent)
    running.wait_for("health/ready")
    page = running.get("sources").text
    feed = running.get("watch/atom.xml")
    running.stop()

    assert "Anna Lindqvist: nothing for" in page
    assert feed.headers["content-type"].startswith("application/atom+xml")


def test_an_empty_instance_publishes_an_empty_watch_feed(tmp_path: Path) -> None:
    (tmp_path / "feeds.yaml").write_text("feeds: []\n")
    with Instance(tmp_path / "feeds.yaml", {}) as instance:
        watcher.look(instance.tools)
        pipeline.publish_changed(instance.tools)

    assert feedparser.parse((tmp_path / "public/watch/atom.xml").read_bytes()).entries == []
