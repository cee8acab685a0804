"""A real HTTP server on loopback, in a thread, that answers as a test tells it and keeps what it was asked.

with FeedServer() as server:
    server.answers["/feed.xml"] = Answer(body=b"<rss/>", headers={"ETag": '"v1"'})
    ...
    assert server.asked[0].headers["If-None-Match"] == '"v1"'

An answer with validators is conditional, as on any decent server: who asks with them gets a 304.
"""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self, TypeAlias


@dataclass(frozen=True, slots=True)
class Asked:
    """One request, as it arrived."""

    method: str
    path: str  # with the query
    headers: Message  # names in any case
    body: bytes
    client: tuple[str, int]  # tells connections apart
    at: float  # time.monotonic()


@dataclass(frozen=True, slots=True)
class Answer:
    """What to answer; `script`, if given, writes to the socket itself, after which it is closed."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    script: Callable[[socket.socket], None] | None = None
    delay_s: float = 0.0

    def to(self, asked: Asked) -> "Answer":
        """This answer, or a 304 to who has it already."""
        etag, modified = self.headers.get("ETag"), self.headers.get("Last-Modified")
        sent_etag = asked.headers.get("If-None-Match")
        if sent_etag is not None:
            same = sent_etag == etag
        else:
            same = modified is not None and asked.headers.get("If-Modified-Since") == modified
        if self.status != 200 or not same:
            return self
        return Answer(304, headers=self.headers, delay_s=self.delay_s)


# A sequence is answered one after the other, its last one for ever.
Answers: TypeAlias = Answer | Sequence[Answer] | Callable[[Asked], Answer]


class FeedServer:
    """Listens on a free port of 127.0.0.1 from construction to `close`."""

    def __init__(self, *, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1") -> None:
        self.answers: dict[str, Answers] = {}  # by path
        self.otherwise: Answers = Answer(404)  # for every other path
        self.asked: list[Asked] = []
        self.busiest = 0  # most requests that were under way at once
        self._busy = 0
        self._lock = threading.Lock()
        self._turns: dict[str, int] = {}
        self._open: set[socket.socket] = set()
        self._server = _Listener(self, host)
        if tls is not None:
            self._server.socket = tls.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        self.host, self.port = host, int(self._server.server_address[1])
        self.origin = f"{'https' if tls else 'http'}://{host}:{self.port}"
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        )
        self._thread.start()

    def url(self, path: str) -> str:
        """The address of a path on this server."""
        return self.origin + path

    @property
    def address(self) -> str:
        """host:port, as `poll.allow_hosts` wants it."""
        return f"{self.host}:{self.port}"

    def paths(self) -> list[str]:
        """What was asked for, in order."""
        return [asked.path for asked in self.asked]

    def close(self) -> None:
        """Stop listening and drop every connection."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        with self._lock:
            still_open = list(self._open)
        for connection in still_open:
            # Only wakes the thread that serves it, which then closes it.
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _opened(self, connection: socket.socket) -> None:
        with self._lock:
            self._open.add(connection)

    def _closed(self, connection: socket.socket) -> None:
        with self._lock:
            self._open.discard(connection)

    def _begin(self, asked: Asked) -> Answer:
        with self._lock:
            self._busy += 1
            self.busiest = max(self.busiest, self._busy)
            self.asked.append(asked)
            answers = self.answers.get(asked.path, self.otherwise)
            turn = self._turns.get(asked.path, 0)
            self._turns[asked.path] = turn + 1
        match answers:
            case Answer():
                return answers.to(asked)
            case Sequence():
                return answers[min(turn, len(answers) - 1)].to(asked)
            case _:
                return answers(asked)

    def _end(self) -> None:
        with self._lock:
            self._busy -= 1


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, owner: FeedServer, host: str) -> None:
        self.owner = owner
        super().__init__((host, 0), _Exchange)

    def shutdown_request(self, request: socket.socket | tuple[bytes, socket.socket]) -> None:
        if isinstance(request, socket.socket):
            self.owner._closed(request)
        super().shutdown_request(request)

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that hang up are part of many a test."""


class _Exchange(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Listener

    def setup(self) -> None:
        super().setup()
        self.server.owner._opened(self.connection)

    def _answer(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        asked = Asked(
            self.command,
            self.path,
            self.headers,
            self.rfile.read(length),
            (self.client_address[0], self.client_address[1]),
            time.monotonic(),
        )
        answer = self.server.owner._begin(asked)
        try:
            self._send(answer)
        finally:
            self.server.owner._end()

    def _send(self, answer: Answer) -> None:
        if answer.delay_s:
            time.sleep(answer.delay_s)
        if answer.script is not None:
            self.close_connection = True
            answer.script(self.connection)
            return
        self.send_response_only(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if answer.status != 304 and "Content-Length" not in answer.headers:
            self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        if answer.status != 304:
            self.wfile.write(answer.body)

    do_GET = do_POST = do_HEAD = do_PUT = do_CONNECT = _answer  # noqa: N815 - http.server looks methods up by these names

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is http.server's
        """Keep quiet: `asked` has it all."""
