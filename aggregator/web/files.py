"""The published files over HTTP: a bare ASGI app that answers from memory.

It stands in front of the application proper, since nearly every request is a reader asking for a
feed that it holds already: one look-up, one stat, one comparison, 304.
"""

import errno
import logging
from collections.abc import Callable, Collection
from datetime import timedelta
from functools import partial
from typing import Final
from urllib.parse import quote

import anyio
from anyio import to_thread
from starlette.types import ASGIApp, Receive, Scope, Send

from aggregator.errors import Unusable
from aggregator.web.headers import PAGES
from aggregator.web.negotiation import IDENTITY, codings, is_for_people, is_unchanged
from aggregator.web.origin import Origin
from aggregator.web.repeats import STATE, Repeatable
from aggregator.web.shelf import Headers, Published, Shelf

CAPACITY_BYTES: Final = 128 * 1024 * 1024
"""Some thousand files in all three codings; what does not fit is read again when asked for."""

ABSENT: Final = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG, errno.ELOOP})
"""What a path of no file gives; every other error is one for whoever runs this."""

_LOCKS: Final = 64

log = logging.getLogger(__name__)


class PublishedFiles:
    """Serves published files, and leaves every other request to another app."""

    def __init__(
        self,
        origin: Origin,
        *,
        max_age: Callable[[str], timedelta],
        otherwise: ASGIApp | None = None,
        elsewhere: Collection[str] = (),
        capacity_bytes: int = CAPACITY_BYTES,
        links: Callable[[str], str | None] = lambda _: None,
    ) -> None:
        """Serve what is published, of which there need not be anything yet.

        Args:
            origin: where the files are.
            max_age: of a path, without leading slash: goes into Cache-Control.
            otherwise: answers what is no file, WebSockets and lifespan; None: 404.
            elsewhere: first steps of addresses under which no file is ever published.
            capacity_bytes: how much memory the bodies may take.
            links: what the file of a path says in Link.
        """
        self._shelf = Shelf(origin, max_age=max_age, capacity_bytes=capacity_bytes, links=links)
        self._otherwise = otherwise
        self._elsewhere = frozenset(elsewhere)
        self._reading = [anyio.Lock() for _ in range(_LOCKS)]  # who asks for the same file waits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            if self._otherwise is not None:
                await self._otherwise(scope, receive, send)
            return
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        name = path[1:] + "index.html" if path.endswith("/") else path[1:]
        try:
            published = await self._find(name)
        except Unusable:
            later = [(b"retry-after", b"30")]
            await _plain(503, "Not to be had just now", scope, send, later)
            return
        if published is not None:
            again = partial(self._shelf.again, name, published.stamp)
            await _answer(published, scope, send, again)
        elif not path.endswith("/") and await self._is_folder(name):
            await _redirect(path, scope, send)
        elif self._otherwise is not None:
            await self._otherwise(scope, receive, send)
        else:
            await self.not_found(scope, receive, send)

    async def not_found(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 an ASGI app
        """Say that there is nothing here, by the site's 404.html if it has one; an ASGI app."""
        try:
            page = await self._find("404.html")
        except Unusable:
            page = None
        if page is None:
            await _plain(404, "Not found", scope, send)
            return
        body = page.codings[IDENTITY].body
        headers = [(b"content-type", b"text/html; charset=utf-8"), *PAGES]
        await _send(404, headers, body, scope, send)

    async def _is_folder(self, name: str) -> bool:
        """Whether a folder of this name is published; not, while that cannot be told."""
        try:
            return await self._find(f"{name}/index.html") is not None
        except Unusable:
            return False

    async def _find(self, name: str) -> Published | None:
        """The file of a name, from memory or read; None if it is not for all.

        Raises:
            Unusable: that cannot be told just now.
        """
        try:
            if (held := self._shelf.held(name)) is not None:
                return held
            if name.partition("/")[0] in self._elsewhere or not _is_public(name):
                return None
            self._shelf.look(name)
            async with self._reading[hash(name) % _LOCKS]:
                if (held := self._shelf.held(name)) is not None:
                    return held
                published = await to_thread.run_sync(self._shelf.read, name)
                if published is not None:
                    self._shelf.keep(name, published)
        except Unusable as error:
            log.warning("published_file_unreadable path=%r error=%s", name, error)
            raise
        except OSError as error:
            if error.errno not in ABSENT:
                log.warning("published_file_unreadable path=%r error=%s", name, error.strerror)
            return None
        return published


def _is_public(name: str) -> bool:
    """Whether a name can be that of a published file: no way up or out, nothing hidden.

    Temporary files start with a dot. The ready-made codings of a file are not files of their own.
    """
    return not (
        any(segment == "" or segment.startswith(".") for segment in name.split("/"))
        or "\\" in name
        or "\0" in name
        or name.endswith((".gz", ".br"))
    )


async def _answer(
    published: Published, scope: Scope, send: Send, again: Callable[[str | None], bytes | None]
) -> None:
    """200, 304 or 405 for a file that exists."""
    if scope["method"] not in {"GET", "HEAD"}:
        allow = [(b"allow", b"GET, HEAD")]
        await _plain(405, "This is a file: it can only be read", scope, send, allow)
        return
    accept_encoding = b""
    is_browser = False
    if_none_match = if_modified_since = None
    for header, value in scope["headers"]:
        if header == b"accept-encoding":
            accept_encoding = value if not accept_encoding else accept_encoding + b"," + value
        elif header == b"accept":
            is_browser = is_browser or is_for_people(value)
        elif header == b"if-none-match":
            if_none_match = value if if_none_match is None else if_none_match + b"," + value
        elif header == b"if-modified-since":
            if_modified_since = value
    chosen = next(coding for coding in codings(accept_encoding) if coding in published.codings)
    representation = published.codings[chosen]
    if is_unchanged(representation.etag, published.modified, if_none_match, if_modified_since):
        status, headers, body = 304, representation.unchanged, b""
    else:
        headers = representation.shown if is_browser else representation.headers
        status, body = 200, representation.body
    body = b"" if scope["method"] == "HEAD" else body
    if "state" in scope:
        scope["state"][STATE] = Repeatable(
            status, headers, partial(again, chosen if body else None)
        )
    await send({"type": "http.response.start", "status": status, "headers": headers.copy()})
    await send({"type": "http.response.body", "body": body})


async def _redirect(path: str, scope: Scope, send: Send) -> None:
    """Send to the folder's own address, relative to this one: there is no way to another host."""
    folder = "./" + quote(path.rpartition("/")[2], safe="") + "/"
    query = scope.get("query_string", b"")
    location = folder.encode() + (b"?" + query if query else b"")
    await _plain(308, "Moved", scope, send, [(b"location", location)])


async def _plain(
    status: int, text: str, scope: Scope, send: Send, more: Headers | None = None
) -> None:
    """A line of text, for programs and for the rare human."""
    headers = [(b"content-type", b"text/plain; charset=utf-8"), *PAGES, *(more or ())]
    await _send(status, headers, text.encode() + b"\n", scope, send)


async def _send(status: int, headers: Headers, body: bytes, scope: Scope, send: Send) -> None:
    headers = [*headers, (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})
