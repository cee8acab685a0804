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
from isal import isal_zlib

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


_GZIP = 31  # window bits that ask for gzip's header and trailer
_BROTLI_WINDOW = 18  # bits: at quality 1, blocks of 256 kB, whose tables stay in the cache

# A poll may change a thousand files, so they are compressed in passing: 0.4 and 0.7 ms for 280 kB.
# zlib at level 2 takes four times as long as ISA-L for 2 % less; brotli at quality 2 takes twice as
# long as at 1 for 3 % less, and at quality 0 makes more bytes than gzip.
CODINGS: Final[Mapping[str, Coding]] = {
    "br": Coding(
        ".br",
        lambda body: brotli.compress(body, quality=1, lgwin=_BROTLI_WINDOW),
        brotli.decompress,
    ),
    "gzip": Coding(".gz", lambda body: isal_zlib.compress(body, 2, wbits=_GZIP), gzip.decompress),
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
