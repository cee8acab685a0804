"""A real server, and clients that speak to it byte by byte."""

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TypeAlias, cast

import anyio
import pytest
import uvicorn
from anyio.abc import SocketStream
from starlette.types import Receive, Scope, Send

from aggregator.web.headers import ALWAYS
from aggregator.web.limits import BoundedProtocol
from tests.support.leap import PATIENCE_S, Leap

LEAP_S = 30.0  # at every look, while time flies


Connections: TypeAlias = set[BoundedProtocol]


class Small(BoundedProtocol):
    head_bytes = 1000
    body_bytes = 1000
    request_s = 60.0
    stalled_s = 60.0


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer with the length of the body; or, for /large, with more than any buffer holds."""
    if scope["type"] != "http":
        return
    length, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        length += len(message.get("body", b""))
        more = message.get("more_body", False)
    body = bytes(30_000_000) if scope["path"] == "/large" else str(length).encode()
    head = [(b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": head})
    await send({"type": "http.response.body", "body": body})


@asynccontextmanager
async def served() -> AsyncIterator[tuple[SocketStream, Connections]]:
    """A connection to a server that runs as long as the connection lasts, and all that it has."""
    listening = socket.create_server(("127.0.0.1", 0))
    port = listening.getsockname()[1]
    config = uvicorn.Config(
        echo, http=Small, lifespan="off", log_config=None, timeout_keep_alive=1_000_000
    )
    server = uvicorn.Server(config)
    async with anyio.create_task_group() as group:
        group.start_soon(server._serve, [listening])
        while not server.started:  # noqa: ASYNC110 uvicorn has no event for it
            await anyio.sleep(0.01)
        connections = cast(Connections, server.server_state.connections)
        async with await anyio.connect_tcp("127.0.0.1", port) as stream:
            while not connections:  # noqa: ASYNC110 likewise
                await anyio.sleep(0.01)
            yield stream, connections
        server.should_exit = True


@asynccontextmanager
async def client() -> AsyncIterator[SocketStream]:
    """A connection to a server."""
    async with served() as (stream, _):
        yield stream


async def everything(stream: SocketStream) -> bytes:
    """All that the server says until it hangs up, which it must."""
    said = b""
    with anyio.fail_after(PATIENCE_S):
        while True:
            try:
                said += await stream.receive()
            except (anyio.EndOfStream, anyio.BrokenResourceError):
                return said


async def answer(stream: SocketStream) -> bytes:
    """The next thing the server says."""
    with anyio.fail_after(PATIENCE_S):
        return await stream.receive()


async def test_a_request_of_decent_size_is_answered() -> None:
    async with client() as stream:
        await stream.send(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello")

        assert (await answer(stream)).endswith(b"\r\n\r\n5")


async def test_requests_sent_together_are_answered_each() -> None:
    async with client() as stream:
        await stream.send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n" * 60)

        said = b""
        while said.count(b"200 OK") < 60:
            said += await answer(stream)


async def test_a_head_too_large_is_refused_when_it_comes_at_once() -> None:
    async with client() as stream:
        await stream.send(b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"x" * 1000 + b"\r\n\r\n")

        assert (await everything(stream)).startswith(b"HTTP/1.1 431 ")


async def test_a_head_without_end_is_refused_though_it_comes_in_pieces() -> None:
    async with client() as stream:
        await stream.send(b"GET / HTTP/1.1\r\nHost: a\r\nX: ")
        for _ in range(5):
            await anyio.sleep(0.01)
            await stream.send(b"x" * 300)

        assert (await everything(stream)).startswith(b"HTTP/1.1 431 ")


@pytest.mark.parametrize("length", ["Content-Length: 5000", "Transfer-Encoding: chunked"])
async def test_a_body_too_large_is_refused(length: str) -> None:
    async with client() as stream:
        head = f"POST / HTTP/1.1\r\nHost: a\r\n{length}\r\n\r\n".encode()
        chunk = b"3e8\r\n" if "chunked" in length else b""
        await stream.send(head + chunk + b"x" * 1000)
        await anyio.sleep(0.01)
        await stream.send(b"\r\n" + chunk + b"x" * 1000)

        assert (await everything(stream)).startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"GET / HTTP/1.1\r\n",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nslow",
    ],
    ids=["nothing", "half a head", "half a body"],
)
async def test_a_request_that_never_ends_is_given_up(sent: bytes, leap: Leap) -> None:
    async with served() as (stream, connections):
        if sent:
            await stream.send(sent)
        await leap.until(lambda: not connections, LEAP_S)

        assert await everything(stream) == b""


async def test_a_second_request_has_to_end_in_time_too(leap: Leap) -> None:
    async with served() as (stream, connections):
        await stream.send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        first = await answer(stream)
        await stream.send(b"GET / HT")
        await leap.until(lambda: not connections, LEAP_S)

        assert first.endswith(b"0")
        assert await everything(stream) == b""


async def test_a_reader_that_does_not_read_is_cut_off(leap: Leap) -> None:
    async with served() as (stream, connections):
        await stream.send(b"GET /large HTTP/1.1\r\nHost: a\r\n\r\n")
        await answer(stream)
        await leap.until(lambda: not connections, LEAP_S)

        assert len(await everything(stream)) < 30_000_000


async def test_a_reader_that_catches_up_gets_it_all() -> None:
    async with client() as stream:
        await stream.send(b"GET /large HTTP/1.1\r\nHost: a\r\n\r\n")

        size = 0
        while size < 30_000_000:
            size += len(await answer(stream))


async def test_what_is_no_http_is_refused() -> None:
    async with client() as stream:
        await stream.send(b"\x16\x03\x01 hello\r\n\r\n")

        assert (await everything(stream)).startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"\x16\x03\x01 hello\r\n\r\n", 400),
        (b"get / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        (b"GET / HTTP/9.9\r\nHost: a\r\n\r\n", 400),
        (b"GET /\x01 HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX : b\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", 400),
        (
            (
                b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"
                b"0\r\n\r\nGET /metrics HTTP/1.1\r\nHost: a\r\n\r\n"
            ),
            400,
        ),
        (b"GET / HTTP/1.1\r\nHost: a\r\n" + b"X: b\r\n" * 150 + b"\r\n", 431),
    ],
    ids=[
        *("tls", "small letters", "version", "control character", "space", "NUL", "no host"),
        *("two hosts", "negative length", "two lengths", "many headers"),
    ],
)
async def test_what_is_refused_unread_is_refused_once_and_guarded(sent: bytes, status: int) -> None:
    async with client() as stream:
        await stream.send(sent)

        said = await everything(stream)

    assert said.startswith(b"HTTP/1.1 %d " % status)
    assert said.count(b"HTTP/1.1 ") == 1
    for name, value in ALWAYS:
        assert b"\r\n%b: %b\r\n" % (name, value) in said


async def test_an_old_client_need_not_name_a_host() -> None:
    async with client() as stream:
        await stream.send(b"GET / HTTP/1.0\r\n\r\n")

        assert (await everything(stream)).startswith(b"HTTP/1.1 200 ")
