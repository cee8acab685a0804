"""Many subscribers, while the service polls and publishes: no error, no torn feed, nothing twice."""

import os
import statistics
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import httpx
import pytest
from lxml import etree

from tests.support.feedserver import Answer, FeedServer
from tests.support.service import PATIENCE_S, Service
from tests.support.wordpress import Post, wordpress

SUBSCRIBERS = int(os.environ.get("SUBSCRIBERS", "12"))
ROUNDS = int(os.environ.get("SUBSCRIBER_ROUNDS", "4"))  # of news
FEEDS = 8
PATHS = (
    *("/tags/anna-lindqvist/atom.xml", "/all/atom.xml", "/tags/anna-lindqvist/rss.xml"),
    *("/tags/anna-lindqvist/feed.json", "/tags/anna-lindqvist/", "/feeds.opml"),
    "/tags/anna-lindqvist+bo-ekstrom/atom.xml",
)
CONFIG = """\
site: {{title: Crowd, url: "http://localhost:8000/"}}
poll: {{min_interval: 1m, interval: 1m, allow_hosts: ["{address}"]}}
publish: {{entries: 200}}
feeds: [{feeds}]
people: [{{name: Anna Lindqvist}}, {{name: Bo Ekström}}]
"""


@dataclass
class Subscriber:
    """A reader with one connection, that comes back with what it was given."""

    waits_s: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    def read(self, base: str, enough: threading.Event) -> None:
        """Ask for one path after the other until it is enough."""
        etags: dict[str, str] = {}
        with httpx.Client(base_url=base, trust_env=False, timeout=PATIENCE_S) as client:
            while not enough.is_set():
                for path in PATHS:
                    known = {"If-None-Match": etags[path]} if path in etags else {}
                    began = time.monotonic()
                    try:
                        answer = client.get(path, headers=known)
                        self.waits_s.append(time.monotonic() - began)
                        self.statuses[answer.status_code] += 1
                        if answer.status_code == 200:
                            check(path, answer)
                            etags[path] = answer.headers["ETag"]
                        elif answer.status_code != 304:
                            self.faults.append(f"{path}: {answer.status_code}")
                    except Exception as error:  # noqa: BLE001 (whatever it is, a reader trips on it)
                        self.faults.append(f"{path}: {error!r}")
                enough.wait(0.02)


def check(path: str, answer: httpx.Response) -> None:
    """What every body must be: whole, and with every entry once."""
    if path.endswith(".json"):
        ids = [item["id"] for item in answer.json()["items"]]
    elif path.endswith("/"):
        assert answer.text.rstrip().endswith("</html>")
        return
    else:
        tree = etree.fromstring(answer.content)
        named = tree.findall(".//{*}entry/{*}id") + tree.findall(".//item/guid")
        ids = [node.text for node in named]
    assert len(ids) == len(set(ids))


def tell(server: FeedServer, number: int, stories: int) -> None:
    posts = [
        Post(
            f"Anna Lindqvist meets Bo Ekström on bridge {number}-{n}",
            f"<p>Bridge {number}-{n} has {number * 100 + n} stones of its own.</p>",
            f"http://feed{number}.example/{n}",
        )
        for n in range(stories)
    ]
    server.answers[f"/{number}.xml"] = Answer(body=wordpress(posts, f"Feed {number}"))


def is_published(service: Service, words: str) -> bool:
    return words in service.get("all/atom.xml").text


@pytest.mark.slow
def test_subscribers_are_served_whole_feeds_while_the_service_polls(
    feed_server: FeedServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    addresses = [feed_server.url(f"/{number}.xml") for number in range(FEEDS)]
    for number in range(FEEDS):
        tell(feed_server, number, 10)
    config = tmp_path / "feeds.yaml"
    text = CONFIG.format(address=feed_server.address, feeds=", ".join(addresses[:1]))
    config.write_text(text)
    service = Service(tmp_path)
    service.wait_for("tags/anna-lindqvist/atom.xml")
    enough = threading.Event()
    crowd = [Subscriber() for _ in range(SUBSCRIBERS)]
    threads = [
        threading.Thread(target=one.read, args=(service.url.rstrip("/"), enough)) for one in crowd
    ]
    for thread in threads:
        thread.start()

    # Every round has the service poll feeds that it does not know yet.
    rounds = [addresses[: 2 + FEEDS * turn // ROUNDS] for turn in range(1, ROUNDS + 1)]
    try:
        for listed in rounds:
            config.write_text(CONFIG.format(address=feed_server.address, feeds=", ".join(listed)))
            newest = f"bridge {min(len(listed), FEEDS) - 1}-9"
            service.until(partial(is_published, service, newest))
    finally:
        enough.set()
        for thread in threads:
            thread.join()
        code = service.stop()

    waits = sorted(wait for one in crowd for wait in one.waits_s)
    statuses = sum((one.statuses for one in crowd), Counter())
    said = (
        f"{SUBSCRIBERS} subscribers, {len(waits)} answers {dict(statuses)}:"
        f" median {statistics.median(waits) * 1000:.1f} ms,"
        f" p99 {waits[int(len(waits) * 0.99)] * 1000:.0f} ms, worst {waits[-1] * 1000:.0f} ms\n"
    )
    with capsys.disabled():
        sys.stderr.write(said)
    assert [fault for one in crowd for fault in one.faults] == []
    assert code == 0
    assert statuses[200] > SUBSCRIBERS * len(PATHS)
    assert statuses[304] > 0
