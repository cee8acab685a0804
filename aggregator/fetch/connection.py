"""One connection that speaks HTTP/1.1: a request out, a response in, one after the other.

An asyncio protocol of its own rather than streams: an exchange that ends in a 304 is a few dozen
microseconds of Python here, and polling is mostly that.
"""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator
from typing import cast

from aggregator.fetch import http1

_PAUSE_BYTES = 256 * 1024  # stop reading from the socket when this much waits to be taken
_MAX_INFORMATIONAL = 8  # 1xx answers before the real one
_MAX_FRAMING_BYTES = 64 * 1024  # of chunk sizes and trailers, more than there is content


class Cut(Exception):
    """The connection ended in the middle of a message."""


class Stale(Exception):
    """The connection ended before a single byte of the answer: it was closed while idle."""


class Connection(asyncio.Protocol):
    """Made by the event loop when a connection stands; used by one exchange at a time."""

    def __init__(self, *, is_public: bool) -> None:
        self.is_public = is_public  # the other end is on the public internet
        self.idle_since = 0.0  # loop time; of no meaning while in use
        self._transport: asyncio.Transport | None = None
        self._received = bytearray()
        self._waiter: asyncio.Future[None] | None = None
        self._ended = False
        self._broken = False  # it ended by an error, not in order
        self._paused = False

    # ------------------------------------------------------------- called by the event loop

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep what writes."""
        self._transport = cast("asyncio.Transport", transport)  # no base of uvloop's own

    def data_received(self, data: bytes) -> None:
        """Keep what came, and ask the peer to slow down when too much waits."""
        self._received += data
        if len(self._received) > _PAUSE_BYTES and not self._paused and self._transport:
            self._paused = True
            self._transport.pause_reading()
        self._wake()

    def eof_received(self) -> None:
        """The peer has said all."""
        self._ended = True
        self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is no more."""
        self._broken = self._broken or exc is not None
        self._ended = True
        self._wake()

    # ---------------------------------------------------------------------- called by us

    @property
    def is_usable(self) -> bool:
        """Whether another request may be sent: nothing has come that nobody asked for."""
        return not self._ended and not self._received

    def close(self) -> None:
        """End it at once."""
        self._ended = True
        if self._transport is not None:
            self._transport.abort()

    async def start_tls(self, context: ssl.SSLContext, host: str) -> None:
        """Go on in TLS, as after a proxy's answer to CONNECT."""
        loop = asyncio.get_running_loop()
        assert self._transport is not None  # noqa: S101 - called on a standing connection only
        self._transport = await loop.start_tls(self._transport, self, context, server_hostname=host)

    async def ask(self, head: bytes, body: bytes = b"") -> http1.Head:
        """Send a request and read the head of its response, past informational ones.

        Raises:
            Stale: the connection had ended already.
            Cut: it ended inside the head.
            Malformed: the answer is no HTTP/1.1, or its head is too large.
        """
        if self._ended or self._transport is None:
            raise Stale
        self._transport.write(head + body)
        while not self._received:
            if self._ended:
                raise Stale
            await self._more()
        for _ in range(_MAX_INFORMATIONAL + 1):
            answer = http1.head(await self._head_block())
            if answer.status >= 200:  # noqa: PLR2004 - 1xx only announce the answer
                return answer
        raise http1.Malformed(f"more than {_MAX_INFORMATIONAL} informational answers")

    def pieces(self, head: http1.Head) -> AsyncIterator[bytes]:
        """The body that follows a head, as sent, chunks undone.

        It ends where its head says. What comes after that is never taken for the next answer: the
        connection is not used again (RFC 9112 §6.3, and so do browsers and curl).

        Raises:
            Cut: the connection ended before the body did.
            Malformed: a chunk cannot be read.
        """
        if head.chunked:
            return self._chunks()
        if head.length is None:
            return self._until_close()
        return self._exactly(head.length)

    # ------------------------------------------------------------------------- the parts

    async def _head_block(self) -> bytes:
        searched = 0
        while (found := http1.HEAD_END.search(self._received, searched)) is None:
            if len(self._received) > http1.MAX_HEAD_BYTES:
                break
            searched = max(len(self._received) - 3, 0)
            await self._more_or_cut()
        if found is None or found.start() > http1.MAX_HEAD_BYTES:
            raise http1.Malformed(
                f"the answer's header is larger than {http1.MAX_HEAD_BYTES // 1024} KB"
            )
        block = bytes(self._received[: found.start()])
        del self._received[: found.end()]
        return block

    async def _exactly(self, length: int) -> AsyncIterator[bytes]:
        while length > 0:
            if not self._received:
                await self._more_or_cut()
            piece = self._take(length)
            length -= len(piece)
            yield piece

    async def _until_close(self) -> AsyncIterator[bytes]:
        while True:
            if self._received:
                yield self._take(len(self._received))
            elif not self._ended:
                await self._more()
            elif self._broken:
                raise Cut
            else:
                return

    async def _chunks(self) -> AsyncIterator[bytes]:
        framing, content = 0, 0
        while True:
            line = await self._line()
            size = http1.chunk_size(line)
            framing += len(line) + 4
            if size == 0:
                break
            content += size
            if framing > _MAX_FRAMING_BYTES + content:
                raise http1.Malformed("the answer's chunks hold next to nothing")
            async for piece in self._exactly(size):
                yield piece
            if await self._line():
                raise http1.Malformed("a chunk is longer than its size")
        while line := await self._line():  # trailer fields: read, and of no use to us
            framing += len(line)
            if framing > _MAX_FRAMING_BYTES + content:
                raise http1.Malformed("the answer's trailer does not end")

    async def _line(self) -> bytes:
        while (end := self._received.find(b"\n")) < 0:
            if len(self._received) > http1.MAX_CHUNK_LINE_BYTES:
                raise http1.Malformed("a chunk's first line does not end")
            await self._more_or_cut()
        line = bytes(self._received[:end]).removesuffix(b"\r")
        del self._received[: end + 1]
        return line

    def _take(self, most: int) -> bytes:
        piece = bytes(self._received[:most])
        del self._received[:most]
        if self._paused and len(self._received) < _PAUSE_BYTES and self._transport:
            self._paused = False
            with contextlib.suppress(RuntimeError):  # it is closing
                self._transport.resume_reading()
        return piece

    async def _more_or_cut(self) -> None:
        if self._ended:
            raise Cut
        await self._more()

    async def _more(self) -> None:
        """Wait until something came, or the end."""
        self._waiter = asyncio.get_running_loop().create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)
