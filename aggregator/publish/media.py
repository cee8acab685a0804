"""What goes with a published file: its media type, and how long a copy of it may be used."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import PurePosixPath
from typing import Final

MEDIA_TYPES: Final[Mapping[str, str]] = {
    ".css": "text/css; charset=utf-8",
    ".gif": "image/gif",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".jpg": "image/jpeg",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".opml": "text/x-opml; charset=utf-8",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
    ".xml": "application/xml",
    "atom.xml": "application/atom+xml; charset=utf-8",
    "feed.json": "application/feed+json",
    "rss.xml": "application/rss+xml; charset=utf-8",
}
"""By the whole name, else by its suffix."""

_STATIC = timedelta(days=1)  # icons and style: they change with a release


def media_type(path: str) -> str:
    """The Content-Type of the file of a path."""
    name = PurePosixPath(path)
    found = MEDIA_TYPES.get(name.name) or MEDIA_TYPES.get(name.suffix)
    return found or "application/octet-stream"


def max_age(path: str, min_interval: timedelta) -> timedelta:
    """How long a copy of the file may be used without asking: half the time between two polls.

    Args:
        path: below what is published.
        min_interval: no feed is polled more often, so nothing changes more often.
    """
    return _STATIC if path.startswith("static/") else min_interval / 2


def cache_control(age: timedelta) -> str:
    """The header that says so (RFC 9111 §5.2.2)."""
    return f"public, max-age={int(age.total_seconds())}"
