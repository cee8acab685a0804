"""Answers that are made when they are asked for, yet as good to readers as published files."""

import gzip
from datetime import datetime, timedelta
from hashlib import blake2b
from pathlib import PurePosixPath

import brotli
from starlette.requests import Request
from starlette.responses import Response

from aggregator.web.negotiation import IDENTITY, codings, is_for_people, is_unchanged
from aggregator.web.shelf import BROWSED, LEAST_BYTES, MEDIA_TYPES


def document(
    request: Request, body: bytes, name: str, *, changed: datetime, max_age: timedelta
) -> Response:
    """A feed or a page that may be kept for a while and asked for again.

    Args:
        request: decides on coding and media type, and on 304.
        body: not compressed yet.
        name: what it would be called as a file: "atom.xml".
        changed: when it changed last.
        max_age: how long it may be taken as current.
    """
    given = request.headers
    media_type = MEDIA_TYPES.get(name) or MEDIA_TYPES[PurePosixPath(name).suffix]
    if name in BROWSED and is_for_people(given.get("accept", "").encode("latin-1")):
        media_type = BROWSED[name].decode()
    accepted = given.get("accept-encoding", "").encode("latin-1")
    coding = codings(accepted)[0] if len(body) >= LEAST_BYTES else IDENTITY
    etag = f'"{blake2b(body, digest_size=12).hexdigest()}-{coding}"'.encode()
    headers = {
        "ETag": etag.decode(),
        "Cache-Control": f"public, max-age={int(max_age.total_seconds())}",
        "Vary": "Accept-Encoding",
    }
    if is_unchanged(etag, changed, _sent(request, "if-none-match"), None):
        return Response(status_code=304, headers=headers)
    if coding != IDENTITY:
        headers["Content-Encoding"] = coding
        body = (
            gzip.compress(body, 5, mtime=0)
            if coding == "gzip"
            else brotli.compress(body, quality=4)
        )
    return Response(body, media_type=media_type, headers=headers)


def _sent(request: Request, name: str) -> bytes | None:
    value = request.headers.get(name)
    return None if value is None else value.encode("latin-1")
