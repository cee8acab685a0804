"""Bodies: content codings undone without ever holding more than was agreed.

A few hundred bytes can decode to a gigabyte, so no decoder here is asked for more output than a
small step beyond the limit. A stream that ends before its coding does was cut and is refused: half
a feed looks like a feed whose older half was deleted.
"""

import zlib
from collections.abc import Callable, Iterator

import brotli
import zstandard

ACCEPTED = (
    "gzip, br, zstd"  # for Accept-Encoding; `deflate` is understood too, but means two things
)

_STEP = 256 * 1024  # bytes that a decoder may give at once
_MAX_CODINGS = 2  # one on top of the other
_MAX_PARTS = 64  # gzip members or zstd frames in a row; a million empty ones only burn time
_WINDOW = 8 * 1024 * 1024  # most memory a zstd stream may ask for: RFC 9659 §3
_ZSTD_RATIO = 32 * 1024  # a block of 4 bytes decodes to 128 KiB at most: RFC 8878 §3.1.1.2


class Unreadable(Exception):
    """The body cannot be used; the text is one line that says why."""


def decode(raw: bytes, codings: str | None, limit: int) -> bytes:
    """A body without its content codings.

    Args:
        raw: the body as sent.
        codings: the Content-Encoding header; None if absent.
        limit: most bytes that the result, or any step to it, may have.

    Raises:
        Unreadable: larger than the limit, cut, damaged, or in a coding we do not know.

    Source: RFC 9110 §8.4.
    """
    names = [name.strip().lower() for name in (codings or "").split(",")]
    names = [name for name in names if name not in {"", "identity"}]
    if len(names) > _MAX_CODINGS:
        raise Unreadable(f"encoded {len(names)} times over")
    for name in reversed(names):
        raw = _join(_decoder(name)(raw), limit) if raw else raw
    if len(raw) > limit:
        raise Unreadable(f"larger than {_size(limit)}")
    return raw


def _decoder(name: str) -> Callable[[bytes], Iterator[bytes]]:
    match name:
        case "gzip" | "x-gzip":
            return _gzip
        case "deflate":
            return _deflate
        case "br":
            return _brotli
        case "zstd":
            return _zstd
        case _:
            raise Unreadable(f"unknown content coding {name[:20]!r}")


def _join(pieces: Iterator[bytes], limit: int) -> bytes:
    """All pieces as one, as long as they stay within the limit."""
    decoded = bytearray()
    for piece in pieces:
        decoded += piece
        if len(decoded) > limit:
            raise Unreadable(f"decodes to more than {_size(limit)}")
    return bytes(decoded)


def _gzip(raw: bytes) -> Iterator[bytes]:
    """RFC 1952: one or several members; what follows them is ignored, as browsers do."""
    if not raw.startswith(b"\x1f\x8b"):
        raise Unreadable("said to be gzip, but is not")
    for _ in range(_MAX_PARTS):
        decoder = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
        yield from _inflate(decoder, raw)
        raw = decoder.unused_data
        if not raw.startswith(b"\x1f\x8b"):
            return
    raise Unreadable(f"compressed in more than {_MAX_PARTS} parts")


def _deflate(raw: bytes) -> Iterator[bytes]:
    """RFC 9110 §8.4.1.2 means zlib's format; some servers send what is inside it."""
    is_zlib = len(raw) > 1 and raw[0] & 0x0F == zlib.DEFLATED and (raw[0] << 8 | raw[1]) % 31 == 0
    yield from _inflate(zlib.decompressobj(zlib.MAX_WBITS if is_zlib else -zlib.MAX_WBITS), raw)


def _inflate(decoder: "zlib._Decompress", raw: bytes) -> Iterator[bytes]:
    try:
        yield decoder.decompress(raw, _STEP)
        while not decoder.eof:
            piece = decoder.decompress(decoder.unconsumed_tail, _STEP)
            if not piece and not decoder.eof:
                raise Unreadable("cut off: its compressed stream has no end")
            yield piece
    except zlib.error as error:
        raise Unreadable("damaged: its compressed stream cannot be read") from error


def _brotli(raw: bytes) -> Iterator[bytes]:
    """RFC 7932."""
    decoder = brotli.Decompressor()
    try:
        yield decoder.process(raw, output_buffer_limit=_STEP)
        while not decoder.is_finished():
            piece = decoder.process(b"", output_buffer_limit=_STEP)
            if not piece and not decoder.is_finished():
                raise Unreadable("cut off: its compressed stream has no end")
            yield piece
    except brotli.error as error:
        raise Unreadable("damaged: its compressed stream cannot be read") from error


def _zstd(raw: bytes) -> Iterator[bytes]:
    """RFC 8878: one or several frames.

    zstandard's streaming decoder takes no limit on its output, so it is fed so little at a time
    that even the densest stream cannot give much more than one step.
    """
    feed = 16 * _STEP // _ZSTD_RATIO
    try:
        for _ in range(_MAX_PARTS):
            decoder = zstandard.ZstdDecompressor(max_window_size=_WINDOW).decompressobj()
            at = 0
            while at < len(raw) and not decoder.eof:
                yield decoder.decompress(raw[at : at + feed])
                at += feed
            if not decoder.eof:
                raise Unreadable("cut off: its compressed stream has no end")
            raw = decoder.unused_data + raw[at:]
            if not raw:
                return
        raise Unreadable(f"compressed in more than {_MAX_PARTS} parts")
    except zstandard.ZstdError as error:
        raise Unreadable("damaged: its compressed stream cannot be read") from error


def _size(size_bytes: int) -> str:
    megabyte = 1_000_000
    return f"{size_bytes / megabyte:g} MB" if size_bytes >= megabyte else f"{size_bytes} bytes"
