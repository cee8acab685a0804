"""A published file in fewer bytes: compressed once when it is published, beside the file itself.

`atom.xml` is followed by `atom.xml.gz` and `atom.xml.br`. Our web server and nginx's `gzip_static`
and `brotli_static` send them as they are.
"""

import gzip
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

import brotli

LEAST_BYTES: Final = 512
"""Below this, compressing saves no packet."""

SQUEEZED: Final = frozenset({".gif", ".jpg", ".png", ".webp", ".woff2"})
"""Suffixes of what is compressed in itself."""


@dataclass(frozen=True, slots=True)
class Coding:
    """A content coding, and how its file is made and read."""

    suffix: str  # of the file that holds it ready made
    compress: Callable[[bytes], bytes]  # the same bytes for the same bytes
    decompress: Callable[[bytes], bytes]


# A poll may change a thousand files, so they are compressed in passing: 1.3 and 1.7 ms for 280 kB.
# Levels 5 and 6 would make files 15 % smaller in three times the time, which was more than all
# else that publishing does.
CODINGS: Final[Mapping[str, Coding]] = {
    "br": Coding(".br", lambda body: brotli.compress(body, quality=2), brotli.decompress),
    "gzip": Coding(".gz", lambda body: gzip.compress(body, 2, mtime=0), gzip.decompress),
}
"""By the name that Accept-Encoding has for it."""


def is_compressible(path: str, body: bytes) -> bool:
    """Whether compressing a file of this name is worth the while."""
    return len(body) >= LEAST_BYTES and PurePosixPath(path).suffix not in SQUEEZED


def squeezed(path: str, body: bytes) -> dict[str, bytes]:
    """The codings of a file that are smaller than itself, by name."""
    if not is_compressible(path, body):
        return {}
    coded = {name: coding.compress(body) for name, coding in CODINGS.items()}
    return {name: smaller for name, smaller in coded.items() if len(smaller) < len(body)}


def holds(coding: Coding, coded: bytes, body: bytes) -> bool:
    """Whether a file made ready is of this very body, and whole."""
    try:
        return coding.decompress(coded) == body
    except (OSError, EOFError, zlib.error, brotli.error):
        return False
