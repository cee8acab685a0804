"""A small real HTTP proxy on loopback: absolute requests, and tunnels by CONNECT.

with Proxy(user="ada:secret") as proxy:
    ... poll_settings(proxy=proxy.url)
    assert proxy.asked == ["CONNECT example.org:443"]
"""

import base64
import socket
import threading
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit


class Proxy:
    """Listens from construction to `close`; every name leads to loopback, as it likes."""

    def __init__(self, user: str | None = None) -> None:
        self.asked: list[str] = []
        self.headers: list[dict[str, str]] = []
        self.expects = user and "Basic " + base64.b64encode(user.encode()).decode()
        self._server = _Listener(self)
        port = self._server.server_address[1]
        self.url = f"http://{f'{user}@' if user else ''}127.0.0.1:{port}"
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class _Listener(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, owner: Proxy) -> None:
        self.owner = owner
        super().__init__(("127.0.0.1", 0), _Request)

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that hang up are part of many a test."""


class _Request(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Listener

    def do_CONNECT(self) -> None:
        if not self._may():
            return
        _, _, port = self.path.rpartition(":")
        with socket.create_connection(("127.0.0.1", int(port)), timeout=60) as target:
            self.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            self.close_connection = True
            back = threading.Thread(target=_pump, args=(target, self.connection), daemon=True)
            back.start()
            _pump(self.connection, target)
            back.join(60)

    def do_GET(self) -> None:
        if not self._may():
            return
        parts = urlsplit(self.path)
        upstream = HTTPConnection("127.0.0.1", parts.port or 80, timeout=60)
        fields = {k: v for k, v in self.headers.items() if not k.lower().startswith("proxy-")}
        upstream.request("GET", parts.path or "/", headers=fields)
        answer = upstream.getresponse()
        body = answer.read()
        self.send_response_only(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in {"transfer-encoding", "connection"}:
                self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
        upstream.close()

    def _may(self) -> bool:
        owner = self.server.owner
        owner.asked.append(f"{self.command} {self.path}")
        owner.headers.append({name.lower(): value for name, value in self.headers.items()})
        if owner.expects in {None, self.headers.get("Proxy-Authorization")}:
            return True
        self.send_response_only(407)
        self.send_header("Content-Length", "0")
        self.end_headers()
        return False

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the name is http.server's)
        """Keep quiet."""


def _pump(source: socket.socket, target: socket.socket) -> None:
    try:
        while piece := source.recv(65536):
            target.sendall(piece)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        return
