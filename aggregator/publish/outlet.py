"""Where what is published is to be had: a folder that a web server shares, or a bucket."""

from collections.abc import Hashable, Iterable
from datetime import timedelta
from pathlib import Path
from typing import Protocol

from aggregator.publish.bucket import SCHEME, Bucket
from aggregator.publish.files import Folder
from aggregator.values.output import Output, PublishSettings

INDEX = "index.html"  # the site's front page: where it is, everything was published once


class Outlet(Protocol):
    """Published files by their paths, `/` between the steps; each is there whole, or not at all.

    Every method may be called from several threads, and raises Unusable when the outlet cannot be
    used: what was published before is then still there.
    """

    @property
    def at_once(self) -> int:
        """How many calls of `write_all` are best made at once."""

    @property
    def together(self) -> int:
        """How many files are best written by one call."""

    def write_all(self, outputs: Iterable[Output]) -> frozenset[str]:
        """Publish files; the paths of those whose bytes changed: others are not touched."""

    def read(self, path: str) -> bytes | None:
        """A published file; None when there is none."""

    def last(self, path: str) -> bytes | None:
        """The file as it was published last, if that is quickly had: to make the next one from.

        Whoever needs to know what is there now has to `read` it.
        """

    def mark(self, path: str) -> Hashable | None:
        """What is another when the file is; None when there is none. Quicker than to read it."""

    def remove(self, paths: Iterable[str]) -> None:
        """Take published files away; those that are not there count as taken away."""

    def sweep(self, age_s: float = 0) -> None:
        """Clear away what a kill in the middle of `write_all` left so many seconds ago, or more.

        With zero nobody else may write meanwhile.
        """


def outlet(root: Path, settings: PublishSettings, min_interval: timedelta) -> Folder | Bucket:
    """Where feeds.yaml wants files published; nothing is asked of it yet.

    Args:
        root: the instance's folder.
        settings: its `publish` section.
        min_interval: no feed is polled more often.
    """
    if settings.to.startswith(SCHEME):
        return Bucket(settings.to, min_interval, compress=settings.compress)
    return Folder(root / settings.to)
