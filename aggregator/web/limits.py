"""How much of one connection's time and memory a client may take.

uvicorn's protocol over httptools is fast, but it waits without end for the rest of a request and
for a reader that does not read, and keeps headers of any length. This one hangs up. What it says itself carries the headers of every
other answer.
"""

from asyncio import BaseTransport, TimerHandle, Transport
from typing import Final, Literal, cast

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from aggregator.web.headers import ALWAYS

HEAD_BYTES: Final = 32 * 1024
"""Of request line and headers; a browser sends some 2 kB."""

HEAD_FIELDS: Final = 100
"""Headers of a request; a browser behind two proxies sends some 30."""

BODY_BYTES: Final = 2 * 1024 * 1024
"""Of a request; the largest is a hub's delivery of one feed's news."""

REQUEST_S: Final = 20.0
"""From the connection, or from a request's first byte, to its last."""

STALLED_S: Final = 120.0
"""For a reader to take what waits to be sent; a big page over a very slow line."""


_GUARDED: Final = b"".join(b"%b: %b\r\n" % header for header in ALWAYS)


class BoundedProtocol(HttpToolsProtocol):
    """For uvicorn's `http` setting; answers 431 or 413 to too much, hangs up on too slow."""

    head_bytes = HEAD_BYTES
    head_fields = HEAD_FIELDS
    body_bytes = BODY_BYTES
    request_s = REQUEST_S
    stalled_s = STALLED_S

    _reading: Literal["nothing", "head", "body"] = "nothing"
    _size_bytes = 0  # of the head or body being read
    _stepped = False  # the last piece of data began or ended a head
    _refused = False
    _request_timer: TimerHandle | None = None
    _stalled_timer: TimerHandle | None = None

    # -- a request of decent size, in decent time ---------------------------------------------------

    def connection_made(self, transport: BaseTransport) -> None:
        """Give the first request its time."""
        super().connection_made(cast(Transport, transport))
        self._request_timer = self.loop.call_later(self.request_s, self.transport.abort)

    def data_received(self, data: bytes) -> None:
        """Read on, unless the head grows without coming to its end."""
        self._stepped = False
        super().data_received(data)
        if self._refused or self.transport.is_closing():
            return
        if self._reading == "head" and not self._stepped:
            self._size_bytes += len(data)
            if self._size_bytes > self.head_bytes:
                self._refuse(431)
        if self._reading != "nothing" and self._request_timer is None:
            self._request_timer = self.loop.call_later(self.request_s, self.transport.abort)

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        self._reading, self._size_bytes, self._stepped = "head", 0, True

    def on_headers_complete(self) -> None:
        """Measure the head, now that it is whole, and let the app answer."""
        self._reading, self._size_bytes, self._stepped = "body", 0, True
        head = len(self.url) + sum(len(name) + len(value) for name, value in self.headers)
        if head > self.head_bytes or len(self.headers) > self.head_fields:
            self._refuse(431)
        elif not self._names_its_host():
            self._refuse(400)
        if not self._refused:
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Hand on a piece of the body, unless it is one too many."""
        self._size_bytes += len(body)
        if self._size_bytes > self.body_bytes:
            self._refuse(413)
        if not self._refused:
            super().on_body(body)

    def on_message_complete(self) -> None:
        """The request is whole: from here on the time is the app's."""
        self._reading = "nothing"
        self._stop_request_timer()
        if not self._refused:
            super().on_message_complete()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 (uvicorn's words for all of them)
        """Refuse what is no HTTP."""
        self._refuse(400)

    def _names_its_host(self) -> bool:
        """Whether a request of HTTP/1.1 has one Host header, as it must (RFC 9112 §3.2)."""
        hosts = sum(name == b"host" for name, _ in self.headers)
        return hosts == 1 or (hosts == 0 and self.parser.get_http_version() != "1.1")

    # -- an answer that is read ---------------------------------------------------------------------

    def pause_writing(self) -> None:
        """Give the reader its time to catch up."""
        super().pause_writing()
        self._stalled_timer = self.loop.call_later(self.stalled_s, self.transport.abort)

    def resume_writing(self) -> None:
        """The reader has caught up."""
        super().resume_writing()
        self._stop_stalled_timer()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the timers with the connection."""
        self._stop_request_timer()
        self._stop_stalled_timer()
        super().connection_lost(exc)

    def _refuse(self, status: int) -> None:
        """Say what is wrong, unless another answer is on its way, and hang up."""
        if self._refused:
            return
        self._refused = True
        if self.cycle is None or self.cycle.response_complete or not self.cycle.response_started:
            self.transport.write(
                STATUS_LINE[status] + _GUARDED + b"content-length: 0\r\nconnection: close\r\n\r\n"
            )
        if self.cycle is not None:
            self.cycle.disconnected = True  # so that the app writes nothing after our answer
            self.cycle.message_event.set()
        self.transport.close()

    def _stop_request_timer(self) -> None:
        if self._request_timer is not None:
            self._request_timer.cancel()
            self._request_timer = None

    def _stop_stalled_timer(self) -> None:
        if self._stalled_timer is not None:
            self._stalled_timer.cancel()
            self._stalled_timer = None
