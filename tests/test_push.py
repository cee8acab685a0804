"""A feed with a hub, from the command line: subscribed to, delivered, renewed, ended."""

import json
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from tests.support.cli import aggregator
from tests.support.feeds import ATOM
from tests.support.feedserver import Answer, FeedServer
from tests.support.hub import Hub
from tests.support.service import Service

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

    def __init__(self, folder: Path, feeds: FeedServer, hub: Hub) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
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


@pytest.fixture
def desk(tmp_path: Path, feed_server: FeedServer, hub: Hub) -> Desk:
    return Desk(tmp_path, feed_server, hub)


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
            body = document(f"Federica Mogherini, by {algorithm}")
            assert hub.publish(desk.topic, body, algorithm=algorithm) == [202]
        service.until(lambda: len(desk.titles()) == 5)
        service.wait_for("tags/federica-mogherini/atom.xml")
        assert not {"Forged", "Unsigned"} & set(desk.titles())
        assert len(desk.feeds.asked) == asked  # all that without a poll

        feed = desk.feed()
        next_poll = datetime.fromisoformat(str(feed["next_poll"]))
        assert timedelta(hours=23) < next_poll - datetime.now(UTC) < timedelta(hours=25)

        # Nothing of this is anybody else's business.
        log = Path(service.log.name).read_text()
        assert form["hub.secret"] not in log
        assert form["hub.callback"].rpartition("/")[2] not in log

        desk.configure(desk.feeds.url("/other.xml"))
        service.until(lambda: not hub.subscribers)
        assert [form["hub.mode"] for form in hub.requests] == ["subscribe", "unsubscribe"]
        assert not hub.refused
        assert httpx.post(form["hub.callback"], content=b"x", trust_env=False).status_code == 410
    finally:
        assert service.stop() == 0


def test_a_callback_answers_only_what_was_asked(desk: Desk) -> None:
    hub = desk.hub
    service = desk.serve()
    try:
        service.until(lambda: bool(hub.subscribers))
        (form,) = hub.requests
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
        assert httpx.get(form["hub.callback"], trust_env=False).status_code == 404
        answer = hub.verify(form, **{"hub.challenge": "<script>alert(1)</script>"})
        assert answer.headers["content-type"].startswith("text/plain")
        assert answer.headers["x-content-type-options"] == "nosniff"
        large = httpx.post(form["hub.callback"], content=b"x" * 3_000_000, trust_env=False)
        assert large.status_code == 413
    finally:
        service.stop()


def test_a_lease_is_renewed_before_it_ends(desk: Desk) -> None:
    desk.hub.lease_s = 4
    service = desk.serve()
    try:
        service.until(lambda: len(desk.hub.requests) >= 2)
        callbacks = {form["hub.callback"] for form in desk.hub.requests}
        assert len(callbacks) == 1
        assert not desk.hub.refused
    finally:
        service.stop()


def test_a_hub_that_denies_is_asked_again_only_much_later(desk: Desk) -> None:
    desk.hub.denies = "members\nonly"
    service = desk.serve()
    try:
        service.until(lambda: bool(desk.hub.requests))
        service.until(lambda: len(desk.titles()) == 1)
        desk.configure(more=", websub: false")
        service.until(lambda: "config_reloaded" in Path(service.log.name).read_text())
    finally:
        service.stop()
    assert len(desk.hub.requests) == 1
    assert not desk.hub.subscribers


def test_nobody_is_asked_where_feeds_yaml_forbids_it(desk: Desk) -> None:
    desk.configure(more=", websub: false")
    service = desk.serve()
    try:
        service.until(lambda: len(desk.titles()) == 1)
        log = [json.loads(line) for line in Path(service.log.name).read_text().splitlines()]
    finally:
        service.stop()
    assert not desk.hub.requests
    assert not [line for line in log if line["event"] == "hub_asked"]
