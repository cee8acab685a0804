"""What is answered where there is nothing (any more): where it went, or that it has ended."""

import re
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from aggregator.pipeline import Tools
from aggregator.publish import pages, tombstones
from aggregator.publish.departed import fate
from aggregator.publish.media import MEDIA_TYPES
from aggregator.store import archives
from aggregator.values.output import Channel

_ARCHIVE = re.compile(
    r"(?P<folder>.+)/archive/(?P<number>[1-9][0-9]{0,8})/(?P<file>atom\.xml|feed\.json)"
)
_HTML = MEDIA_TYPES[".html"]
_ASKED_AGAIN = {"Cache-Control": "no-cache"}  # what is missing may come, what ended may come back


def missing(tools: Tools, request: Request) -> Response:
    """308 to a channel's new address, 307 to what is current, 410 for what has ended, else 404."""
    path = request.scope["path"].removeprefix(request.scope.get("root_path", "")).lstrip("/")
    return (
        _departed(tools, request, path)
        or _archive(tools, path)
        or _notice(tools, 404, "Nothing is here", "There is no page at this address.")
    )


def _departed(tools: Tools, request: Request, path: str) -> Response | None:
    """What became of the channel that was at this path."""
    found = fate(path, tools.edition.departed)
    if found is None:
        return None
    departed, moved = found
    if moved is not None:
        query = f"?{request.url.query}" if request.url.query else ""
        location = "../" * path.count("/") + quote(moved) + query
        return Response(status_code=308, headers={"Location": location})
    file = path.rpartition("/")[2]
    body = tombstones.tombstone(departed, file, tools.edition)
    return Response(body, 410, _ASKED_AGAIN, media_type=MEDIA_TYPES.get(file, _HTML))


def _archive(tools: Tools, path: str) -> Response | None:
    """An archive document that is not closed yet, or that retention took away."""
    found = _ARCHIVE.fullmatch(path)
    channel = found and _channel(tools, found["folder"])
    if not found or not channel:
        return None
    number = int(found["number"])
    with tools.store.reading() as session:
        known = archives.numbers(session, channel.key)
    if known and number == known[-1] + 1:
        return Response(status_code=307, headers={"Location": f"../../{found['file']}"})
    if known and number < known[0]:
        return _notice(
            tools,
            410,
            "Nothing is here any more",
            "What this document held is not kept any longer.",
        )
    return None


def _channel(tools: Tools, folder: str) -> Channel | None:
    return next((channel for channel in tools.channels if channel.path == folder), None)


def _notice(tools: Tools, status: int, title: str, message: str) -> Response:
    page = pages.notice_page(title, message, tools.edition)
    return Response(page, status, _ASKED_AGAIN, media_type=_HTML)
