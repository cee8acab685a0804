"""Answers that are made when they are asked for, yet as good to readers as published files."""

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from datetime import timedelta
from hashlib import blake2b
from threading import Lock

from starlette.requests import Request
from starlette.responses import Response

from aggregator.publish.media import cache_control, media_type
from aggregator.publish.squeeze import CODINGS, is_compressible
from aggregator.web.negotiation import IDENTITY, codings, holds_tag, is_for_people
from aggregator.web.shelf import BROWSED


def document(
    request: Request, body: bytes, name: str, *, max_age: timedelta | None, links: str | None = None
) -> Response:
    """A feed or a page that may be kept for a while and asked for again.

    Args:
        request: decides on coding and media type, and on 304.
        body: not compressed yet.
        name: what it would be called as a file: "atom.xml".
        max_age: how long it may be taken as current; None: whoever keeps it asks each time.
        links: what it says in Link.
    """
    given = {field: value.encode("latin-1") for field, value in request.headers.items()}
    kind = media_type(name)
    if name in BROWSED and is_for_people(given.get("accept", b"")):
        kind = BROWSED[name].decode()
    offered = codings(given.get("accept-encoding", b""))
    coding = offered[0] if is_compressible(name, body) else IDENTITY
    etag = f'"{blake2b(body, digest_size=12).hexdigest()}-{coding}"'
    headers = {
        "ETag": etag,
        "Cache-Control": "no-cache" if max_age is None else cache_control(max_age),
        "Vary": "Accept-Encoding",
    }
    if holds_tag(given.get("if-none-match", b""), etag.encode()):
        return Response(status_code=304, headers=headers)
    if links:
        headers["Link"] = links
    if coding != IDENTITY:
        headers["Content-Encoding"] = coding
        body = CODINGS[coding].compress(body)
    return Response(body, media_type=kind, headers=headers)


class Lately:
    """What was made in the last seconds: who asks for the same again costs next to nothing."""

    def __init__(
        self, most: int = 200, fresh_s: float = 15.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Nothing yet.

        Args:
            most: bodies kept; a feed has some 100 kB.
            fresh_s: how long one is taken as current.
            clock: seconds of a clock that never goes back.
        """
        self._most, self._fresh_s, self._clock = most, fresh_s, clock
        self._made: OrderedDict[Hashable, tuple[float, bytes]] = OrderedDict()
        self._lock = Lock()

    def body(self, key: Hashable, make: Callable[[], bytes]) -> bytes:
        """The body of this key: as it was made a moment ago, else made now."""
        with self._lock:
            at, body = self._made.get(key, (0.0, b""))
        if body and self._clock() - at < self._fresh_s:
            return body
        body = make()
        with self._lock:
            self._made[key] = (self._clock(), body)
            self._made.move_to_end(key)
            while len(self._made) > self._most:
                self._made.popitem(last=False)
        return body
