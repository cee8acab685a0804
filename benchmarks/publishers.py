"""Publishers on loopback, in a process of their own, who answer after 300 ms as the internet does."""

import asyncio
import random
import time
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection

from tests.support.wordpress import Post, wordpress

DELAY_S = 0.3
ITEMS = 10  # in a document
PEOPLE = ("Anna Lindqvist", "Bo Ekberg", "Carla Moreno", "Dmitri Volkov", "Elena Rossi")
WORDS = 60  # of an item
_CONFIG = """\
site: {{title: Scaled, url: "http://localhost:8000/"}}
poll: {{per_host: 64, allow_private_networks: true}}
feeds: [{feeds}]
people: [{people}]
"""


def config(port: int, feeds: int, others: int = 0) -> str:
    """The feeds.yaml of an instance that polls them, and has others that nobody answers for."""
    here = [f'"http://127.0.0.1:{port}/{feed}.xml"' for feed in range(feeds)]
    urls = ", ".join(here + [f'"http://feed{feed}.example/feed.xml"' for feed in range(others)])
    people = ", ".join(f"{{name: {name}}}" for name in PEOPLE)
    return _CONFIG.format(feeds=urls, people=people)


def document(feed: int, turn: int) -> bytes:
    """What a feed lists after so many rounds: an item more each."""
    return wordpress(
        [_post(feed, number) for number in range(turn + ITEMS, turn, -1)],
        f"Feed {feed}",
    )


def _post(feed: int, number: int) -> Post:
    """A story that no other feed has, in words that others use too."""
    chance = random.Random(feed * 10_000 + number)
    person = PEOPLE[(feed + number) % len(PEOPLE)]
    words = [
        "".join(chance.choice("bdfgklmnprstvz") + chance.choice("aeiou") for _ in range(3))
        for _ in range(WORDS)
    ]
    return Post(
        f"{person} opens {' '.join(words[:5])}",
        f"<p>{' '.join(words[5:])}, said {PEOPLE[feed % len(PEOPLE)]}.</p>",
        f"http://feed{feed}.example/{number}",
        published=datetime(2026, 11, 1, tzinfo=UTC) + timedelta(minutes=number),
    )


def serve(asks: Connection, feeds: int) -> None:
    """Listen, say where, and do what is asked: "news" for a new item in each feed, "requests"."""
    asyncio.run(_World(feeds).run(asks))


class _World:
    def __init__(self, feeds: int) -> None:
        self._feeds = feeds
        self._turn = 0
        self._asked: list[float] = []
        self._answers: dict[str, bytes] = {}

    async def run(self, asks: Connection) -> None:
        server = await asyncio.start_server(self._exchange, "127.0.0.1", 0, backlog=1024)
        asks.send(server.sockets[0].getsockname()[1])
        while True:
            match await asyncio.to_thread(asks.recv):
                case "news":
                    self._turn += 1
                    self._answers = {
                        f"/{feed}.xml": _answer(document(feed, self._turn))
                        for feed in range(self._feeds)
                    }
                    asks.send(None)
                case "requests":
                    asks.send(self._asked)
                    self._asked = []

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                self._asked.append(time.monotonic())
                await asyncio.sleep(DELAY_S)
                writer.write(self._answers[head.split(b" ", 2)[1].decode()])
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()


def _answer(body: bytes) -> bytes:
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body
