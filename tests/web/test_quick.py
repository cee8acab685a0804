"""Requests that came before, byte for byte, asked of a real server over sockets."""

import re
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import cast

import anyio
import pytest
import uvicorn
from anyio.abc import SocketStream
from starlette.types import Receive, Scope, Send

from aggregator.publish.files import Folder
from aggregator.values.output import Output
from aggregator.web.files import PublishedFiles
from aggregator.web.quick import QuickProtocol
from aggregator.web.repeats import Repeats
from tests.support.leap import PATIENCE_S, Leap
from tests.web.asking import FEED

HEAD = b"GET /tags/anna/atom.xml HTTP/1.1\r\nHost: a\r\n"
GET = HEAD + b"\r\n"
IDLE_S = 60


class Server:
    """Published files behind a server that remembers, and how often the app itself was asked."""

    def __init__(self, root: Path, files: PublishedFiles) -> None:
        self.root, self.files = root, files
        self.repeats = Repeats()
        self.asked = 0
        self.port = 0

    async def app(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            self.asked += 1
            await self.files(scope, receive, send)

    def publish(self, body: bytes) -> None:
        Folder(self.root).write(Output("tags/anna/atom.xml", body))

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[SocketStream]:
        async with await anyio.connect_tcp("127.0.0.1", self.port) as stream:
            yield stream


@pytest.fixture
async def server(root: Path, files: PublishedFiles) -> AsyncIterator[Server]:
    made = Server(root, files)
    listening = socket.create_server(("127.0.0.1", 0))
    made.port = listening.getsockname()[1]
    protocol = cast(type[QuickProtocol], partial(QuickProtocol, repeats=made.repeats))
    config = uvicorn.Config(
        made.app,
        interface="asgi3",
        http=protocol,
        lifespan="off",
        log_config=None,
        timeout_keep_alive=IDLE_S,
    )
    running = uvicorn.Server(config)
    async with anyio.create_task_group() as group:
        group.start_soon(running._serve, [listening])
        while not running.started:  # noqa: ASYNC110 uvicorn has no event for it
            await anyio.sleep(0.01)
        yield made
        running.should_exit = True


async def answer(stream: SocketStream, *, head_only: bool = False) -> tuple[int, bytes, bytes]:
    """The next answer: status, head without the date, body."""
    said = b""
    with anyio.fail_after(PATIENCE_S):
        while b"\r\n\r\n" not in said:
            said += await stream.receive()
        head, _, body = said.partition(b"\r\n\r\n")
        length = re.search(rb"content-length: (\d+)", head)
        wanted = int(length[1]) if length and not head_only else 0
        while len(body) < wanted:
            body += await stream.receive()
    assert len(body) == wanted
    assert head.count(b"\r\ndate: ") == 1
    return int(head.split()[1]), re.sub(rb"\r\ndate: [^\r]+", b"", head), body


async def ask(stream: SocketStream, request: bytes) -> tuple[int, bytes, bytes]:
    await stream.send(request)
    return await answer(stream, head_only=request.startswith(b"HEAD"))


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (GET, 200),
        (HEAD + b"Accept-Encoding: gzip, br\r\n\r\n", 200),
        (HEAD + b'If-None-Match: "x", *\r\n\r\n', 304),
        (GET.replace(b"GET", b"HEAD"), 200),
        (GET.replace(b"GET", b"DELETE"), 405),
        (GET.replace(b"atom.xml", b"nothing"), 404),
    ],
)
async def test_the_same_request_has_the_same_answer(
    server: Server, request_: bytes, status: int
) -> None:
    async with server.connected() as stream, server.connected() as other:
        first = await ask(stream, request_)
        again = [await ask(stream, request_), await ask(other, request_), await ask(other, GET)]

    assert first[0] == status
    assert again[:2] == [first, first]
    assert again[2][2] == FEED
    assert server.asked == (2 if status in {200, 304} and request_ != GET else server.asked)


async def test_only_the_first_of_equal_requests_is_read(server: Server) -> None:
    async with server.connected() as stream:
        for _ in range(5):
            assert (await ask(stream, GET))[2] == FEED

    assert server.asked == 1


async def test_a_file_published_anew_is_served_at_once(server: Server) -> None:
    async with server.connected() as stream:
        await ask(stream, GET)
        for number in range(4):
            body = b"<feed>%d</feed>" % number
            server.publish(body)

            assert (await ask(stream, GET))[2] == body
            assert (await ask(stream, GET))[2] == body


async def test_a_file_that_is_gone_is_not_found_at_once(server: Server) -> None:
    async with server.connected() as stream:
        await ask(stream, GET)
        Folder(server.root).remove(["tags/anna/atom.xml"])

        assert (await ask(stream, GET))[0] == 404


async def test_requests_sent_together_or_in_pieces_are_answered_each(server: Server) -> None:
    async with server.connected() as stream:
        await ask(stream, GET)
        await stream.send(GET * 3)
        together = b""
        with anyio.fail_after(PATIENCE_S):
            while together.count(FEED) < 3:
                together += await stream.receive()
        await stream.send(GET[:20])
        await anyio.sleep(0.05)
        await stream.send(GET[20:] + GET[:30])
        assert (await answer(stream))[2] == FEED
        await stream.send(GET[30:])
        assert (await answer(stream))[2] == FEED

        assert together.count(b"HTTP/1.1 200 OK") == 3


async def test_a_known_request_as_the_body_of_another_is_no_request(server: Server) -> None:
    post = b"POST /tags/anna/atom.xml HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % len(GET)
    async with server.connected() as stream:
        await ask(stream, GET)
        await stream.send(post)
        await anyio.sleep(0.05)
        assert (await answer(stream))[0] == 405
        await stream.send(GET)  # the announced body

        with anyio.move_on_after(0.2):
            raise AssertionError(await stream.receive())
        assert (await ask(stream, GET))[0] == 200


@pytest.mark.parametrize("line", [b"Connection: close\r\n", b""])
async def test_who_asks_for_an_end_gets_one_every_time(server: Server, line: bytes) -> None:
    request = HEAD + line + b"\r\n" if line else GET.replace(b"HTTP/1.1", b"HTTP/1.0")
    for _ in range(3):
        async with server.connected() as stream:
            assert (await ask(stream, request))[2] == FEED
            with anyio.fail_after(PATIENCE_S), pytest.raises(anyio.EndOfStream):
                await stream.receive()


async def test_an_idle_connection_is_closed_and_a_busy_one_is_not(
    server: Server, leap: Leap
) -> None:
    async with server.connected() as teacher:
        await ask(teacher, GET)
    async with server.connected() as stream:
        for _ in range(6):
            await ask(stream, GET)
            leap.by(IDLE_S / 2)
        await leap.until(lambda: not list(_protocols()), IDLE_S)

        with pytest.raises(anyio.EndOfStream):
            await stream.receive()

    assert server.asked == 1


async def test_who_asks_and_does_not_read_fills_no_memory(server: Server) -> None:
    server.publish(b"x" * 1_000_000)
    async with server.connected() as stream:
        await ask(stream, GET)
        protocol = next(iter(_protocols()))
        with anyio.move_on_after(1):
            for _ in range(2000):
                await stream.send(GET)

        assert protocol.transport.get_write_buffer_size() < 10_000_000


def _protocols() -> list[QuickProtocol]:
    import gc  # noqa: PLC0415

    return [
        one
        for one in gc.get_objects()
        if isinstance(one, QuickProtocol) and one.parser and not one.transport.is_closing()
    ]


def test_the_requests_that_came_last_are_kept() -> None:
    from aggregator.web.repeats import Repeatable  # noqa: PLC0415

    repeats = Repeats(most=2)
    for name in (b"a", b"b", b"c"):
        repeats.keep(name, b"", Repeatable(200, [], lambda: b"body"))

    assert [repeats.find(name) is not None for name in (b"a", b"b", b"c")] == [False, True, True]
