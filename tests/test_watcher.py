"""What is out of the ordinary is found, published, and brought to webhooks on loopback."""

import hashlib
import hmac
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from pathlib import Path
from typing import Any

import feedparser
import pytest
from sqlmodel import Session

from aggregator import messenger, pipeline, watcher
from aggregator.instance import Instance
from aggregator.jobs import chosen
from aggregator.parse.document import parse
from aggregator.pipeline import Tools
from aggregator.reading import Reading, Visit
from aggregator.store import outputs as outbox
from aggregator.store import watch as stored
from aggregator.values.feed import Fetched, Validators
from aggregator.values.watch import AlertSettings
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


def settle(tools: Tools, *posts: Post) -> None:
    """Store what the feed of Anna Lindqvist says now, and tell of nothing yet."""
    body = wordpress(list(posts))
    anna = next(feed for feed in chosen(tools, everything=True) if "anna" in feed.settings.url)
    address = anna.settings.address
    fetched = Fetched(body, address, 200, "application/rss+xml", Validators(address))
    parsed = parse(body, url=address, content_type=fetched.content_type)
    reading = Reading(fetched, parsed, blake2b(body).digest())
    pipeline.settle([Visit(anna, reading)], tools, tools.now())


def told_of(tools: Tools, event: str) -> list[str]:
    """Titles of the messages of this kind that are on their way."""
    with tools.store.writing() as session:
        letters = stored.take(session, datetime.max.replace(tzinfo=UTC), timedelta(0), limit=1000)
    told = [json.loads(letter.body) for letter in letters]
    return [letter["title"] for letter in told if letter["event"] == event]


def test_of_two_processes_that_look_at_once_neither_tells_what_the_other_has_told(
    tools: Tools, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = (
        Post(
            f"Anna Lindqvist {what}",
            f"<p>She {what}.</p>",
            f"https://c.example/{what}",
            published=NOW,
        )
        for what in ("resigns", "returns")
    )
    settle(tools, first)
    look, meanwhile = stored.newest_item, [second]

    def overtaken(session: Session) -> int:
        newest = look(session)
        if meanwhile:
            settle(tools, meanwhile.pop(), first)
            watcher.look(tools)
        return newest

    monkeypatch.setattr(stored, "newest_item", overtaken)
    watcher.look(tools)
    watcher.look(tools)

    assert sorted(told_of(tools, "tag")) == [
        "Anna Lindqvist: Anna Lindqvist resigns",
        "Anna Lindqvist: Anna Lindqvist returns",
    ]


def test_what_another_process_has_found_meanwhile_is_not_taken_to_be_over(
    folder: Path, tools: Tools, hook: FeedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with tools.store.writing() as session:
        outbox.keep_note(session, watcher.LOOKED, "2020-01-01T00:00:00+00:00")
    look, meanwhile = watcher._unusual, [1, 2, 3]

    def overtaken(*known: Any) -> list[stored.Watched]:
        polls, meanwhile[:] = list(meanwhile), []
        for _ in polls:
            called(folder, "poll", "--all")  # one feed is missing
        return look(*known)

    monkeypatch.setattr(watcher, "_unusual", overtaken)
    watcher.look(tools)
    called(folder, "poll", "--all")

    failed = [message for message in heard(hook) if message["event"] == "feed-failed"]
    assert [message["subject"] for message in failed] == ["feed:file:missing.xml"]


async def test_while_a_slow_webhook_is_told_no_other_process_tells_it_the_same(
    tools: Tools,
) -> None:
    texts = [f'{{"text": "{number}"}}' for number in range(6)]
    with tools.store.writing() as session:
        stored.post(session, tools.config.alerts[0].url, texts, tools.now())
    taken: list[str] = []
    moment = tools.now()

    async def slow(_: AlertSettings, text: str) -> None:
        nonlocal moment
        taken.append(text)
        moment += timedelta(minutes=2)
        await messenger.deliver(later, quick)

    async def quick(_: AlertSettings, text: str) -> None:
        taken.append(text)

    later = replace(tools, now=lambda: moment)
    await messenger.deliver(later, slow)

    assert taken == texts


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
