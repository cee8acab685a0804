"""A feed with a hub, from the command line: subscribed to, delivered, renewed, ended."""

import gzip
import hmac
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import brotli
import httpx
import pytest
import zstandard

from aggregator import pipeline, push
from aggregator.instance import Instance, network
from aggregator.pipeline import Tools
from aggregator.store import feeds as stored_feeds
from aggregator.store import items as stored_items
from aggregator.values.feed import Feed
from tests.support.cli import aggregator
from tests.support.feeds import ATOM
from tests.support.feedserver import Answer, FeedServer
from tests.support.hub import Hub
from tests.support.ports import reserved_port
from tests.support.service import PATIENCE_S, Service

CONFIG = """\
site: {{title: Test Watch, url: "http://127.0.0.1:{port}/"}}
poll: {{allow_hosts: ["{feeds}", "{hub}"]{more}}}
feeds:
  - {url}
people:
  - name: Federica Mogherini
"""


def document(*titles: str) -> bytes:
    entries = "".join(
        f"<entry><id>urn:x:{title}</id><title>{title}</title>"
        "<updated>2026-11-23T10:00:00Z</updated><summary>She spoke of patience.</summary></entry>"
        for title in titles
    )
    return ATOM.replace(b"</feed>", f"{entries}</feed>".encode())


@pytest.fixture
def hub() -> Iterator[Hub]:
    with Hub() as made:
        yield made


class Desk:
    """An instance with one feed, served at a port that `site.url` names."""

    def __init__(self, folder: Path, feeds: FeedServer, hub: Hub, port: int) -> None:
        self.port = port
        self.folder, self.feeds, self.hub = folder, feeds, hub
        self.topic = feeds.url("/feed.xml")
        feeds.answers["/feed.xml"] = Answer(body=document(), headers=hub.links(self.topic))
        self.configure()

    def configure(self, url: str | None = None, more: str = "") -> None:
        (self.folder / "feeds.yaml").write_text(
            CONFIG.format(
                port=self.port,
                feeds=self.feeds.address,
                hub=self.hub.server.address,
                url=url or self.topic,
                more=more,
            )
        )

    def serve(self) -> Service:
        return Service(self.folder, port=self.port)

    def titles(self) -> list[str]:
        try:
            published = (self.folder / "public/all/feed.json").read_bytes()
        except FileNotFoundError:
            return []
        return [item["title"] for item in json.loads(published)["items"]]

    def feed(self) -> dict[str, object]:
        (feed,) = aggregator(self.folder, "status", "--json").json()["feeds"]
        assert isinstance(feed, dict)
        return feed

    @contextmanager
    def opened(self, now: Callable[[], datetime]) -> Iterator[Tools]:
        """The instance in this process, at a time of ours."""
        with Instance(self.folder / "feeds.yaml", {}) as instance:
            yield replace(instance.tools, now=now)

    @property
    def token(self) -> str:
        """The secret end of the callback that the hub was asked to use last."""
        return self.hub.requests[-1]["hub.callback"].rpartition("/")[2]

    def delivered(self, tools: Tools, body: bytes, headers: Mapping[str, str]) -> push.Receipt:
        """What becomes of something that the hub delivers, signed as it is."""
        signed = hmac.new(self.hub.requests[-1]["hub.secret"].encode(), body, "sha256")
        signature = {"x-hub-signature": f"sha256={signed.hexdigest()}"}
        return push.deliver(tools, self.token, body, {**headers, **signature})


@pytest.fixture
def desk(tmp_path: Path, feed_server: FeedServer, hub: Hub) -> Iterator[Desk]:
    with reserved_port() as port:
        yield Desk(tmp_path, feed_server, hub, port)


def test_a_hub_is_subscribed_to_delivers_and_is_left_when_its_feed_is(desk: Desk) -> None:
    hub = desk.hub
    service = desk.serve()
    try:
        service.until(lambda: bool(hub.subscribers))
        (form,) = hub.requests
        assert form["hub.mode"] == "subscribe"
        assert form["hub.topic"] == desk.topic
        assert form["hub.callback"].startswith(f"http://127.0.0.1:{desk.port}/websub/")
        assert len(form["hub.callback"].rpartition("/")[2]) >= 32
        assert len(form["hub.secret"]) >= 32
        assert int(form["hub.lease_seconds"]) > 0

        # Signed by somebody else, or not at all: thanked for, and not believed.
        assert hub.publish(desk.topic, document("Forged"), secret="guessed") == [202]  # noqa: S106 (just not theirs)
        assert hub.publish(desk.topic, document("Unsigned"), algorithm="sha1", secret="") == [202]
        asked = len(desk.feeds.asked)
        for algorithm in ("sha1", "sha256", "sha384", "sha512"):
            body, coding = document(f"Federica Mogherini, by {algorithm}"), None
            if algorithm == "sha512":
                body, coding = gzip.compress(body), "gzip"
            assert hub.publish(desk.topic, body, algorithm=algorithm, coding=coding) == [202]
        service.until(lambda: len(desk.titles()) == 5)
        service.wait_for("tags/federica-mogherini/atom.xml")
        assert not {"Forged", "Unsigned"} & set(desk.titles())
        assert len(desk.feeds.asked) == asked  # all that without a poll

        feed = desk.feed()
        next_poll = datetime.fromisoformat(str(feed["next_poll"]))
        assert timedelta(hours=23) < next_poll - datetime.now(UTC) < timedelta(hours=25)

        # A callback answers only what was asked.
        for changes in (
            {"hub.topic": "http://127.0.0.1/other.xml"},
            {"hub.mode": "unsubscribe"},
            {"hub.mode": "publish"},
            {"hub.mode": ""},
            {"hub.challenge": ""},
            {"hub.challenge": "x" * 5000},
        ):
            assert hub.verify(form, **changes).status_code == 404
        unknown = {"hub.callback": f"http://127.0.0.1:{desk.port}/websub/{'a' * 32}"}
        assert hub.verify(form | unknown).status_code == 404
        assert (
            httpx.get(form["hub.callback"], trust_env=False, timeout=PATIENCE_S).status_code == 404
        )
        answer = hub.verify(form, **{"hub.challenge": "<script>alert(1)</script>"})
        assert answer.headers["content-type"].startswith("text/plain")
        assert answer.headers["x-content-type-options"] == "nosniff"
        large = httpx.post(
            form["hub.callback"], content=b"x" * 3_000_000, trust_env=False, timeout=PATIENCE_S
        )
        assert large.status_code == 413
        hub.refused.clear()

        # Nothing of this is anybody else's business.
        log = Path(service.log.name).read_text()
        assert form["hub.secret"] not in log
        assert form["hub.callback"].rpartition("/")[2] not in log

        desk.configure(desk.feeds.url("/other.xml"))
        service.until(lambda: not hub.subscribers)
        assert [form["hub.mode"] for form in hub.requests] == ["subscribe", "unsubscribe"]
        assert not hub.refused
        late = httpx.post(form["hub.callback"], content=b"x", trust_env=False, timeout=PATIENCE_S)
        assert late.status_code == 410
    finally:
        assert service.stop() == 0


NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


class Clock:
    """Whatever time it is said to be."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def the_feed(tools: Tools) -> Feed:
    with tools.store.reading() as session:
        [feed] = stored_feeds.configured(session, tools.feeds)
    return feed


def headlines(tools: Tools) -> set[str | None]:
    with tools.store.reading() as session:
        return {item.title for item in stored_items.walk(session, "all")}


async def subscribed(desk: Desk, tools: Tools, net: pipeline.Network) -> None:
    """Poll the feed, subscribe to it, and let the hub confirm that for four days."""
    await pipeline.cycle(tools, net, [the_feed(tools)])
    await push.attend(tools, net)
    assert confirmed(desk, tools) == "yes"


def confirmed(desk: Desk, tools: Tools) -> str | None:
    asks = {
        "hub.mode": "subscribe",
        "hub.topic": desk.topic,
        "hub.challenge": "yes",
        "hub.lease_seconds": "345600",
    }
    return push.asked_back(tools, desk.token, asks)


async def test_a_lease_is_renewed_before_it_ends(desk: Desk, clock: Clock) -> None:
    desk.hub.verifies = False
    with desk.opened(clock) as tools:
        async with network(tools.config) as net:
            await subscribed(desk, tools, net)
            asked = []
            for _ in range(8):
                await push.attend(tools, net)
                asked.append(len(desk.hub.requests))
                confirmed(desk, tools)
                clock.now += DAY

    assert asked == [1, 1, 2, 2, 3, 3, 4, 4]
    assert len({form["hub.callback"] for form in desk.hub.requests}) == 1


async def test_what_another_process_subscribes_to_by_a_newer_feeds_yaml_is_not_given_up(
    desk: Desk, clock: Clock
) -> None:
    desk.hub.verifies = False
    desk.configure(url=desk.feeds.url("/other.xml"))
    with desk.opened(clock) as older:
        desk.configure()
        with desk.opened(clock) as newer:
            async with network(newer.config) as net:
                await subscribed(desk, newer, net)
                await push.attend(older, net)
                desk.delivered(newer, document("Delivered"), {})
                assert await push.take_in(older, net) == 0
                assert await push.take_in(newer, net) == 1

                assert [form["hub.mode"] for form in desk.hub.requests] == ["subscribe"]
                assert "Delivered" in headlines(newer)


async def test_a_hub_that_denies_is_asked_again_only_later(desk: Desk, clock: Clock) -> None:
    desk.hub.verifies = False
    with desk.opened(clock) as tools:
        async with network(tools.config) as net:
            await subscribed(desk, tools, net)
            denied = {"hub.mode": "denied", "hub.topic": desk.topic, "hub.reason": "members\nonly"}
            push.asked_back(tools, desk.token, denied)
            for _ in range(5):
                clock.now += HOUR / 6
                await push.attend(tools, net)

            assert len(desk.hub.requests) == 1
            assert the_feed(tools).state.pushed_until is None


async def test_nobody_is_asked_where_feeds_yaml_forbids_it(desk: Desk, clock: Clock) -> None:
    desk.configure(more=", websub: false")
    with desk.opened(clock) as tools:
        async with network(tools.config) as net:
            await pipeline.cycle(tools, net, [the_feed(tools)])
            await push.attend(tools, net)

            assert the_feed(tools).state.hub == desk.hub.url
    assert not desk.hub.requests


@pytest.mark.parametrize(
    ("coding", "pack"),
    [
        ("gzip", gzip.compress),
        ("br", brotli.compress),
        ("zstd", zstandard.ZstdCompressor().compress),
    ],
)
async def test_a_packed_delivery_is_signed_as_it_travels_and_unpacked(
    desk: Desk, clock: Clock, coding: str, pack: Callable[[bytes], bytes]
) -> None:
    desk.hub.verifies = False
    with desk.opened(clock) as tools:
        async with network(tools.config) as net:
            await subscribed(desk, tools, net)
            receipt = desk.delivered(
                tools, pack(document("Packed well")), {"content-encoding": coding}
            )
            await push.take_in(tools, net)

            assert receipt == "kept"
            assert "Packed well" in headlines(tools)


@pytest.mark.parametrize(
    ("coding", "body"),
    [
        ("gzip", gzip.compress(bytes(30_000_000))),
        ("br", brotli.compress(bytes(30_000_000))),
        ("gzip", document("Not packed")),
        ("compress", document("Packed as nobody does")),
    ],
    ids=["a bomb", "a bomb of brotli", "not packed", "a coding of others"],
)
async def test_what_cannot_be_unpacked_is_polled_instead(
    desk: Desk, clock: Clock, coding: str, body: bytes
) -> None:
    desk.hub.verifies = False
    with desk.opened(clock) as tools:
        async with network(tools.config) as net:
            await subscribed(desk, tools, net)
            receipt = desk.delivered(tools, body, {"content-encoding": coding})

            assert receipt == "packed"
            assert await push.take_in(tools, net) == 0
            state = the_feed(tools).state
            assert (state.pushed_until, state.next_poll) == (None, NOW)


async def test_a_poll_that_ends_after_a_delivery_forgets_nothing_of_it(
    desk: Desk, clock: Clock
) -> None:
    desk.hub.verifies = False
    with desk.opened(clock) as tools:
        async with network(tools.config) as net:
            await pipeline.cycle(tools, net, [the_feed(tools)])
            await push.attend(tools, net)
            clock.now += HOUR
            polled = await pipeline.visit(the_feed(tools), tools, net)
            confirmed(desk, tools)
            desk.delivered(tools, document("Meanwhile"), {})
            await push.take_in(tools, net)
            pipeline.settle([polled], tools, clock.now)

            state = the_feed(tools).state
            assert state.pushed_until == clock.now + 4 * DAY
            assert state.next_poll is not None
            assert state.next_poll > clock.now + 20 * HOUR


async def test_a_poll_that_ends_after_push_did_does_not_bring_it_back(
    desk: Desk, clock: Clock
) -> None:
    desk.hub.verifies = False
    with desk.opened(clock) as tools:
        async with network(tools.config) as net:
            await subscribed(desk, tools, net)
            clock.now += HOUR
            polled = await pipeline.visit(the_feed(tools), tools, net)
            push.asked_back(tools, desk.token, {"hub.mode": "denied", "hub.topic": desk.topic})
            pipeline.settle([polled], tools, clock.now)

            assert the_feed(tools).state.pushed_until is None
