"""What a server can do beyond the document: bombs, circles, answers cut off or without end."""

import gzip
import socket
import time
from collections.abc import Callable

from tests.support.bombs import brotli_bomb, gzip_bomb, nested_bomb, zstd_bomb
from tests.support.feedserver import Answer, Answers
from tests.support.hostile.xml import item, rss

_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n"
_FEED = rss(item("of a strange server"))


def answers() -> dict[str, Answers]:
    """Every answer, by its path without the slash."""
    bombs = {
        "bomb, gzip": (gzip_bomb(), "gzip"),
        "bomb, deflate": (gzip_bomb(wbits=15), "deflate"),
        "bomb, brotli": (brotli_bomb(), "br"),
        "bomb, zstd": (zstd_bomb(), "zstd"),
        "bomb, gzip in gzip": (nested_bomb(), "gzip, gzip"),
        "bomb, many members": (gzip.compress(bytes(1 << 20)) * 100, "gzip"),
    }
    said = {
        "no status": b"<rss/>",
        "odd status": b"HTTP/1.1 999 Odd\r\n\r\n" + _FEED,
        "status without end": b"HTTP/1.1 " + b"2" * 100_000,
        "headers without end": _HEAD + b"X: y\r\n" * 50_000,
        "header, long": _HEAD + b"X: " + b"y" * 200_000 + b"\r\n\r\n" + _FEED,
        "header with NUL": _HEAD + b"X: a\0b\r\n\r\n" + _FEED,
        "two lengths": _HEAD + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\n" + _FEED,
        "negative length": _HEAD + b"Content-Length: -5\r\n\r\n" + _FEED,
        "body cut off": _HEAD + b"Content-Length: 90000\r\n\r\n" + _FEED,
        "chunk cut off": _HEAD + b"Transfer-Encoding: chunked\r\n\r\nfffff\r\n" + _FEED,
        "chunk without size": _HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n" + _FEED,
        "huge validators": _HEAD + b'ETag: "' + b"e" * 30_000 + b'"\r\n\r\n' + _FEED,
        "odd validators": _HEAD + b"ETag: \xff\xfe\r\nLast-Modified: yesterday\r\n\r\n" + _FEED,
        "odd freshness": _HEAD
        + b"Cache-Control: max-age=99999999999999999999\r\nExpires: -1\r\nAge: x\r\n\r\n"
        + _FEED,
        "wait for ever": b"HTTP/1.1 429 Slow\r\nRetry-After: 99999999999999999999\r\n\r\n",
        "wait, in words": b"HTTP/1.1 503 Busy\r\nRetry-After: a while\r\n\r\n",
        "nothing at all": b"",
    }
    redirects = {
        "circle": "/circle",
        "to-a-file": "file:///etc/passwd",
        "to-script": "javascript:alert(1)",
        "to-nowhere": "",
        "to-another-port": "http://127.0.0.1:1/",
        "to-broken": "http://[::1/",
        "to-long": "/" + "a" * 20_000,
        "to-header": "/a%0d%0ab",
        **{f"far-{number}": f"/far-{number + 1}" for number in range(10)},
    }
    endless = {
        "drip, header": (_HEAD, b"X: y\r\n"),
        "drip, body": (_HEAD + b"\r\n<rss>", b" "),
        "drip, informational": (b"", b"HTTP/1.1 102 Processing\r\n\r\n"),
        "silence": (b"", b""),
    }
    return {
        **{
            name: Answer(body=body, headers={"Content-Encoding": coding})
            for name, (body, coding) in bombs.items()
        },
        **{name: Answer(script=_saying(text)) for name, text in said.items()},
        **{name: Answer(302, headers={"Location": to}) for name, to in redirects.items()},
        **{name: Answer(script=_dripping(*drops)) for name, drops in endless.items()},
    }


def _saying(text: bytes) -> Callable[[socket.socket], None]:
    def script(connection: socket.socket) -> None:
        connection.sendall(text)

    return script


def _dripping(start: bytes, again: bytes) -> Callable[[socket.socket], None]:
    """Sends something, and then the same little thing for as long as anybody listens."""

    def script(connection: socket.socket) -> None:
        connection.sendall(start)
        for _ in range(600):
            connection.sendall(again)
            time.sleep(0.05)

    return script
