"""Published files from a bucket: asked about once in a while, and kept while nobody can be asked."""

import errno
import logging
import re
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Final, Literal

from aggregator.errors import Unusable
from aggregator.publish.bucket import Bucket
from aggregator.web.origin import File

FRESH_S: Final = 5
"""How long what the bucket said of a file is believed; far below what Cache-Control lets pass."""

REMEMBERED: Final = 20_000
"""Files, and addresses of none, of which is known what the bucket said."""

_PUBLISHED = re.compile(r"[A-Za-z0-9._/-]+\.[a-z0-9]+")  # paths that can be a file's

log = logging.getLogger(__name__)


class BucketOrigin:
    """The files of a bucket (see `origin`)."""

    def __init__(self, bucket: Bucket, clock: Callable[[], float] = time.monotonic) -> None:
        """Serve a bucket.

        Args:
            bucket: where the files are.
            clock: in seconds.
        """
        self._bucket = bucket
        self._clock = clock
        self._said: OrderedDict[str, tuple[float, Hashable | None]] = OrderedDict()
        self._saying = Lock()

    def stamp(self, path: str) -> Hashable | None:
        """What the bucket said a moment ago; raises FileNotFoundError if that there is no file."""
        if not _PUBLISHED.fullmatch(path):
            raise FileNotFoundError(errno.ENOENT, "no file", path)
        at, mark = self._said.get(path, (-FRESH_S, None))
        if self._clock() - at >= FRESH_S:
            return None
        if mark is None:
            raise FileNotFoundError(errno.ENOENT, "no file", path)
        return mark

    def read(self, path: str, known: Hashable | None) -> File | Literal["same"] | None:
        """Ask the bucket; while it cannot be used, what is in memory counts as the same."""
        try:
            found = self._bucket.fetch(path, None if known is None else str(known))
        except Unusable as error:
            if known is None:
                raise
            log.warning("bucket_unreadable path=%r error=%s", path, error)
            found = "same"
        if found is None or found == "same":
            self._note(path, None if found is None else known)
            return found
        self._note(path, found.mark)
        return File(found.body, found.mark, found.modified, {})

    def _note(self, path: str, mark: Hashable | None) -> None:
        with self._saying:
            self._said[path] = (self._clock(), mark)
            self._said.move_to_end(path)
            while len(self._said) > REMEMBERED:
                self._said.popitem(last=False)
