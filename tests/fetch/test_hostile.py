"""Servers that mean harm: each is left within the deadline, and nobody else has to wait for it."""

import asyncio
import gzip
import json
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import pytest

from aggregator.fetch.client import Client
from aggregator.values.feed import Failed, Fetched, NotModified, Outcome
from tests.support.bombs import brotli_bomb, gzip_bomb, nested_bomb, zstd_bomb
from tests.support.cli import environment
from tests.support.feeds import ATOM, NOW, feed, poll_settings
from tests.support.feedserver import Answer, Asked, FeedServer
from tests.support.leap import Leap

TIMEOUT = timedelta(seconds=60)
OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
MEMORY_BYTES = 300_000_000


def drip(start: bytes, again: bytes, pause_s: float = 0.02) -> Callable[[socket.socket], None]:
    """Sends something, and then the same little thing for as long as anybody listens."""

    def script(connection: socket.socket) -> None:
        connection.sendall(start)
        for _ in range(10_000):
            connection.sendall(again)
            time.sleep(pause_s)

    return script


def listen(connection: socket.socket) -> None:
    """Says nothing for as long as anybody waits."""
    connection.recv(1)


def bomb(body: bytes, codings: str) -> Answer:
    return Answer(body=body, headers={"Content-Encoding": codings, "Content-Type": "text/xml"})


ENDLESS: dict[str, Callable[[socket.socket], None]] = {
    "silence": listen,
    "a status line, letter by letter": drip(b"HTTP/1.1 200 ", b"O"),
    "header fields": drip(OK, b"X-Field: yes\r\n"),
    "one header field": drip(OK + b"X-Field: ", b"y"),
    "informational answers": drip(b"", b"HTTP/1.1 102 Processing\r\n\r\n", 0.2),
    "a body of known length": drip(OK + b"Content-Length: 100000\r\n\r\n<rss>", b" "),
    "a body of unknown length": drip(OK + b"\r\n<rss>", b" "),
    "chunks": drip(CHUNKED, b"1\r\n \r\n"),
    "a chunk's size": drip(CHUNKED, b"0"),
    "a trailer": drip(CHUNKED + b"5\r\n<rss>\r\n0\r\n", b"X: y\r\n"),
    "a redirect's body": drip(
        b"HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 9000\r\n\r\n", b" "
    ),
    "header fields, fast": drip(OK, b"X-Field: yes\r\n" * 1000, 0),
    "a body, fast": drip(OK + b"\r\n<rss>", b" " * 65_536, 0),
    "gzip, never begun": drip(OK + b"Content-Encoding: gzip\r\n\r\n", b"\x1f"),
}
BOMBS = {
    "gzip": bomb(gzip_bomb(), "gzip"),
    "deflate": bomb(gzip_bomb(wbits=15), "deflate"),
    "brotli": bomb(brotli_bomb(), "br"),
    "zstd": bomb(zstd_bomb(), "zstd"),
    "gzip in gzip": bomb(nested_bomb(), "gzip, gzip"),
    "gzip members": bomb(gzip.compress(bytes(1 << 20)) * 100, "gzip"),
}


@pytest.fixture
def hostile(feed_server: FeedServer) -> FeedServer:
    for name, script in ENDLESS.items():
        feed_server.answers[f"/{name.replace(' ', '%20')}"] = Answer(script=script)
    feed_server.answers |= {f"/{name.replace(' ', '%20')}": one for name, one in BOMBS.items()}
    for number in range(10):
        feed_server.answers[f"/slow/{number}"] = Answer(
            302, headers={"Location": f"/slow/{number + 1}"}, delay_s=0.02
        )
        feed_server.answers[f"/far/{number}"] = Answer(
            302, headers={"Location": f"/far/{number + 1}"}
        )
    feed_server.answers["/circle"] = Answer(302, headers={"Location": "/circle"})
    return feed_server


@pytest.fixture
def healthy() -> Iterator[FeedServer]:
    with FeedServer() as serving:
        serving.answers["/feed.xml"] = Answer(body=ATOM)
        yield serving


async def test_all_of_them_at_once_end_in_time_and_leave_the_others_alone(
    hostile: FeedServer, healthy: FeedServer, leap: Leap
) -> None:
    settings = poll_settings(timeout=TIMEOUT, per_host=64, max_bytes=1_000_000)
    endless = [quote(f"/{name}", safe="/,'") for name in ENDLESS]
    ending = [quote(f"/{name}") for name in BOMBS] + ["/slow/0", "/far/0", "/circle"]

    async with Client(settings) as client:

        def polls(addresses: list[str]) -> list[asyncio.Task[Outcome]]:
            return [asyncio.create_task(client.fetch(feed(url), NOW)) for url in addresses]

        held = polls([hostile.url(path) for path in endless])
        left = polls([hostile.url(path) for path in ending])
        best = await asyncio.gather(*polls([healthy.url("/feed.xml")] * 20))
        worst = await asyncio.gather(*left)
        await leap.until(lambda: set(endless) <= set(hostile.paths()))
        leap.by(TIMEOUT.total_seconds())
        worst += await asyncio.gather(*held)

    assert all(isinstance(outcome, Failed) and not outcome.unreachable for outcome in worst)
    assert all(isinstance(outcome, Fetched) for outcome in best)


@pytest.mark.parametrize("name", ENDLESS)
async def test_an_answer_without_end_is_left_at_the_deadline_or_before(
    hostile: FeedServer, name: str, leap: Leap
) -> None:
    async with Client(poll_settings(timeout=TIMEOUT, max_bytes=100_000)) as client:
        url = hostile.url(f"/{name.replace(' ', '%20')}")
        poll = asyncio.create_task(client.fetch(feed(url), NOW))
        await leap.until(lambda: bool(hostile.asked))
        leap.by(TIMEOUT.total_seconds())
        outcome = await poll

    assert isinstance(outcome, Failed)
    assert outcome.reason in {
        "no complete answer within 60 s",
        "the answer has more than 200 header fields",
        "the answer's header is larger than 64 KB",
        "larger than 100000 bytes",
    }


@pytest.mark.parametrize("name", BOMBS)
async def test_a_bomb_is_left_unopened(hostile: FeedServer, name: str) -> None:
    async with Client(poll_settings()) as client:
        outcome = await client.fetch(feed(hostile.url(f"/{name.replace(' ', '%20')}")), NOW)

    assert isinstance(outcome, Failed)
    assert outcome.reason in {"decodes to more than 10 MB", "compressed in more than 64 parts"}


async def test_redirects_share_one_deadline(feed_server: FeedServer, leap: Leap) -> None:
    def slow(asked: Asked) -> Answer:
        leap.by(25)
        return Answer(302, headers={"Location": asked.path + "x"})

    feed_server.otherwise = slow
    async with Client(poll_settings(timeout=TIMEOUT)) as client:
        outcome = await client.fetch(feed(feed_server.url("/")), NOW)

    assert outcome == Failed("no complete answer within 60 s")
    assert len(feed_server.asked) == 3


async def test_a_name_server_that_hangs_meets_the_deadline(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def hang(*_: object, **__: object) -> list[object]:
        time.sleep(0.6)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    async with Client(poll_settings(timeout=timedelta(seconds=0.2))) as client:
        outcome = await client.fetch(feed("http://tarpit.example/"), NOW)

    assert outcome == Failed("no connection within 0.2 s", unreachable=True)


async def test_a_full_backlog_meets_the_deadline() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        address = full.getsockname()
        waiting = [socket.socket() for _ in range(4)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(address)
        async with Client(poll_settings(timeout=timedelta(seconds=0.3))) as client:
            outcome = await client.fetch(feed(f"http://127.0.0.1:{address[1]}/"), NOW)
        for one in waiting:
            one.close()

    assert isinstance(outcome, Failed)
    assert outcome.reason.endswith("within 0.3 s")


def test_a_cycle_of_bombs_and_healthy_feeds_stays_small(
    hostile: FeedServer, healthy: FeedServer, tmp_path: Path
) -> None:
    """`poll` as a program: its peak of memory is told by the system."""
    bombs = [hostile.url(f"/{name}".replace(" ", "%20")) for name in BOMBS]
    floods = [hostile.url(f"/flood/{number}") for number in range(12)]
    for number in range(12):  # as large as is allowed, and no feed
        hostile.answers[f"/flood/{number}"] = Answer(body=b"<html>" + b" " * 9_900_000)
    good = [healthy.url(f"/feed.xml?{number}") for number in range(10)]
    for number in range(10):
        healthy.answers[f"/feed.xml?{number}"] = Answer(
            body=ATOM.replace(b"1a02", b"%04d" % number).replace(b"ferry", b"ferry %d" % number)
        )
    feeds = "\n".join(f"  - {url}" for url in (*bombs, *floods, *good))
    (tmp_path / "feeds.yaml").write_text(
        f"poll: {{allow_private_networks: true, per_host: 32, timeout: 10s}}\nfeeds:\n{feeds}\n"
    )

    ran = subprocess.run(
        [sys.executable, "-c", _MEASURED, str(tmp_path / "feeds.yaml")],
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
        timeout=100,
    )
    told, peak = ran.stdout.splitlines()[-2:]

    assert json.loads(told)["new"] == len(good)
    assert json.loads(told)["failed"] == len(bombs) + len(floods)
    assert int(peak) < MEMORY_BYTES


_MEASURED = """
import sys
sys.argv = ["aggregator", "--config", sys.argv[1], "poll", "--json"]
from aggregator.cli import main
try:
    main()
except SystemExit:
    pass
from aggregator.cell import peak_bytes
print(peak_bytes())
"""


async def test_a_healthy_feed_after_all_that_is_still_healthy(healthy: FeedServer) -> None:
    async with Client(poll_settings()) as client:
        outcome = await client.fetch(feed(healthy.url("/feed.xml")), NOW)

    assert isinstance(outcome, Fetched | NotModified)
