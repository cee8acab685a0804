"""HTTP/1.1 as servers speak it, well and badly: bytes in, an answer or a clear refusal out."""

import asyncio
import socket
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.fetch import http1
from aggregator.fetch.client import Client
from aggregator.fetch.connection import Connection
from aggregator.values.feed import Failed, FeedState, Fetched, NotModified, Outcome, Validators
from tests.support.feeds import NOW, feed, poll_settings
from tests.support.feedserver import Answer, FeedServer

OK = b"HTTP/1.1 200 OK\r\n"


def says(*pieces: bytes) -> Callable[[socket.socket], None]:
    """Sends these bytes, piece by piece, and hangs up."""

    def script(connection: socket.socket) -> None:
        for piece in pieces:
            connection.sendall(piece)

    return script


async def fetch(server: FeedServer, *pieces: bytes) -> Outcome:
    server.answers["/"] = Answer(script=says(*pieces))
    async with Client(poll_settings()) as client:
        return await client.fetch(feed(server.url("/")), NOW)


# --- well ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "answer",
    [
        OK + b"Content-Length: 5\r\n\r\nhello",
        OK + b"\r\nhello",
        b"HTTP/1.0 200 OK\r\n\r\nhello",
        OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
        OK + b"Transfer-Encoding: chunked\r\n\r\n2;a=b\r\nhe\r\n03 \r\nllo\r\n0\r\nX: 1\r\n\r\n",
        OK + b"transfer-encoding:CHUNKED\n\n5\nhello\n0\n\n",
        b"HTTP/1.1 200\r\nContent-Length: 5\r\n\r\nhello",
        b"HTTP/1.1 200 \r\nX-Folded: a\r\n b\r\nContent-Length: 5\r\n\r\nhello",
        OK + b"Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\n"
        + OK + b"Content-Length: 5\r\n\r\nhello",
        b"HTTP/1.1 203 Fine\r\nContent-Length:5\r\n\r\nhello",
    ],
)  # fmt: skip
async def test_an_answer_is_read_as_the_rfc_means_it(
    feed_server: FeedServer, answer: bytes
) -> None:
    whole = await fetch(feed_server, answer)
    torn = await fetch(feed_server, *(answer[at : at + 1] for at in range(len(answer))))

    assert isinstance(whole, Fetched)
    assert whole.body == b"hello"
    assert whole == torn


async def test_what_comes_after_an_answer_belongs_to_no_other(feed_server: FeedServer) -> None:
    forged = OK + b"Content-Length: 6\r\n\r\nforged"
    feed_server.answers["/a"] = Answer(script=says(OK + b"Content-Length: 5\r\n\r\nhello" + forged))
    feed_server.answers["/b"] = Answer(body=b"honest")
    async with Client(poll_settings()) as client:
        first = await client.fetch(feed(feed_server.url("/a")), NOW)
        second = await client.fetch(feed(feed_server.url("/b")), NOW)

    assert isinstance(first, Fetched)
    assert isinstance(second, Fetched)
    assert (first.body, second.body) == (b"hello", b"honest")


async def test_a_304_has_no_body_whatever_it_says(feed_server: FeedServer) -> None:
    url = feed_server.url("/")
    feed_server.answers["/"] = Answer(
        script=says(b'HTTP/1.1 304 Not Modified\r\nContent-Length: 500\r\nETag: "v1"\r\n\r\n')
    )
    state = FeedState(validators=Validators(url, '"v1"'))
    async with Client(poll_settings()) as client:
        outcome = await client.fetch(replace(feed(url), state=state), NOW)

    assert outcome == NotModified(Validators(url, '"v1"'))


async def test_a_body_of_an_error_is_not_waited_for(feed_server: FeedServer) -> None:
    answer = b"HTTP/1.1 500 Oops\r\nContent-Length: 1000000000\r\n\r\n<html>"

    assert await fetch(feed_server, answer) == Failed("500 Internal Server Error", 500)


async def test_a_large_body_comes_whole(feed_server: FeedServer) -> None:
    body = bytes(range(256)) * 20_000
    feed_server.answers["/"] = Answer(body=body)
    async with Client(poll_settings()) as client:
        outcomes = await asyncio.gather(
            *(client.fetch(feed(feed_server.url("/")), NOW) for _ in range(8))
        )

    assert all(isinstance(one, Fetched) and one.body == body for one in outcomes)


# --- badly ---------------------------------------------------------------------------------------

CUT = "the answer was cut off"
CLOSED = "the connection was closed before the answer ended"


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (b"", CLOSED),
        (b"HTTP/1.1 200 OK\r\nContent-", CLOSED),
        (OK + b"Content-Length: 6\r\n\r\nhello", CUT),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhel", CUT),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", CUT),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n", CUT),
        (OK + b"Transfer-Encoding: chunked\r\n\r\nhello", CUT),
        (OK + b"Transfer-Encoding: chunked\r\n\r\nxyz\r\n", "a chunk has no size"),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n-5\r\nhello\r\n", "a chunk has no size"),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n0x5\r\nhello\r\n", "a chunk has no size"),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n3\r\nhello\r\n", "a chunk is longer than its size"),
        (OK + b"Transfer-Encoding: gzip, chunked\r\n\r\n", "the answer uses an unknown transfer coding"),
        (OK + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!", "the answer has no single length"),
        (OK + b"Content-Length: 5, 6\r\n\r\nhello!", "the answer has no single length"),
        (OK + b"Content-Length: -5\r\n\r\nhello", "the answer has no single length"),
        (OK + b"Content-Length: +5\r\n\r\nhello", "the answer has no single length"),
        (OK + b"Content-Length: " + b"9" * 40 + b"\r\n\r\nhello", "the answer has no single length"),
        (OK + b"no colon\r\n\r\n", "a header field cannot be read"),
        (OK + b"Sp ace: x\r\n\r\n", "a header field cannot be read"),
        (OK + b"N\0ul: x\r\n\r\n", "a header field cannot be read"),
        (b"HTTP/2 200\r\n\r\n", "the answer is not HTTP/1.1"),
        (b"HTTP/1.1 999 Odd\r\n\r\n", "the answer is not HTTP/1.1"),
        (b"HTTP/1.1 20 OK\r\n\r\n", "the answer is not HTTP/1.1"),
        (b"<rss></rss>\r\n\r\n", "the answer is not HTTP/1.1"),
        (b"ICY 200 OK\r\n\r\n", "the answer is not HTTP/1.1"),
        (b"\x15\x03\x01\x00\x02\x02\x16\r\n\r\n", "the answer is not HTTP/1.1"),
        (OK + b"X: y\r\n" * 300 + b"\r\n", "the answer has more than 200 header fields"),
        (OK + b"X: " + b"y" * 70_000 + b"\r\n\r\n", "the answer's header is larger than 64 KB"),
        (OK + b"Content-Length: 10000001\r\n\r\n", "larger than 10000000 bytes"),
    ],
)  # fmt: skip
async def test_an_answer_that_is_none_is_refused_in_clear_words(
    feed_server: FeedServer, answer: bytes, reason: str
) -> None:
    assert await fetch(feed_server, answer) == Failed(reason)


async def test_a_body_cut_by_a_reset_is_refused(feed_server: FeedServer) -> None:
    def script(connection: socket.socket) -> None:
        connection.sendall(OK + b"\r\n<rss>")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        connection.close()

    feed_server.answers["/"] = Answer(script=script)
    async with Client(poll_settings()) as client:
        outcome = await client.fetch(feed(feed_server.url("/")), NOW)

    assert isinstance(outcome, Failed)
    assert outcome.reason in {CUT, CLOSED}  # a reset may overtake what was sent before it


async def test_chunks_of_next_to_nothing_are_refused(feed_server: FeedServer) -> None:
    chunk = b"1;" + b"x" * 1000 + b"\r\ny\r\n"
    answer = OK + b"Transfer-Encoding: chunked\r\n\r\n" + chunk * 200

    assert await fetch(feed_server, answer) == Failed("the answer's chunks hold next to nothing")


async def test_a_trailer_without_end_is_refused(feed_server: FeedServer) -> None:
    answer = OK + b"Transfer-Encoding: chunked\r\n\r\n0\r\n" + b"X: y\r\n" * 50_000

    assert await fetch(feed_server, answer) == Failed("the answer's trailer does not end")


async def test_informational_answers_without_end_are_refused(feed_server: FeedServer) -> None:
    assert await fetch(feed_server, b"HTTP/1.1 102 Processing\r\n\r\n" * 100) == Failed(
        "more than 8 informational answers"
    )


async def test_a_body_that_grows_without_end_is_left(feed_server: FeedServer) -> None:
    def script(connection: socket.socket) -> None:
        connection.sendall(OK + b"\r\n")
        for _ in range(10_000):
            connection.sendall(bytes(65_536))

    feed_server.answers["/"] = Answer(script=script)
    async with Client(poll_settings(max_bytes=1_000_000)) as client:
        outcome = await client.fetch(feed(feed_server.url("/")), NOW)

    assert outcome == Failed("larger than 1000000 bytes")


# --- the bytes -----------------------------------------------------------------------------------


@given(st.binary(max_size=300))
def test_whatever_comes_is_a_head_or_malformed(block: bytes) -> None:
    with suppress(http1.Malformed):
        head = http1.head(b"HTTP/1.1 200 OK\r\n" + block)
        assert head.length is None or head.length >= 0


@given(
    st.text(st.characters(codec="latin-1", exclude_characters="\0\r\n"), max_size=50).map(str.strip)
)
def test_a_value_comes_byte_for_byte(value: str) -> None:
    sent = value.encode("latin-1").strip(b" \t")

    head = http1.head(b"HTTP/1.1 200 OK\r\nETag: " + sent)

    assert head.fields == [(b"etag", sent)]


@given(st.binary(max_size=40))
def test_no_value_breaks_out_of_its_line(value: bytes) -> None:
    try:
        written = http1.request("GET", b"/", [(b"X", value)])
    except http1.Malformed:
        assert set(value) & set(b"\r\n\0")
    else:
        assert written == b"GET / HTTP/1.1\r\nX: " + value + b"\r\n\r\n"


async def test_a_slow_reader_makes_the_server_wait(feed_server: FeedServer) -> None:
    """Memory stays bounded: what waits to be taken is little, however fast it comes."""
    feed_server.answers["/"] = Answer(body=bytes(5_000_000))
    loop = asyncio.get_running_loop()
    _, connection = await loop.create_connection(
        lambda: Connection(is_public=False), feed_server.host, feed_server.port
    )
    head = await connection.ask(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    most, total = 0, 0
    async for piece in connection.pieces(head):
        total += len(piece)
        await asyncio.sleep(0.002)
        most = max(most, len(connection._received))
    connection.close()

    assert total == 5_000_000
    assert most < 1_000_000
