"""Bodies of some kilobytes that decode to a gigabyte."""

import struct
import zlib

import brotli

GIGABYTE = 1 << 30
_PIECE = 1 << 20


def gzip_bomb(size: int = GIGABYTE, *, wbits: int = 31) -> bytes:
    """Zeros in one gzip member; its blocks are the same one, over and over, and it has no end."""
    packer = zlib.compressobj(9, zlib.DEFLATED, wbits)
    start = packer.compress(bytes(_PIECE)) + packer.flush(zlib.Z_FULL_FLUSH)
    again = packer.compress(bytes(_PIECE)) + packer.flush(zlib.Z_FULL_FLUSH)
    return start + again * (size // _PIECE - 1)


def brotli_bomb(size: int = GIGABYTE) -> bytes:
    """Zeros as brotli packs them."""
    packer = brotli.Compressor(quality=1, lgwin=24)
    pieces = [packer.process(bytes(_PIECE)) for _ in range(size // _PIECE)]
    return b"".join([*pieces, packer.finish()])


def zstd_bomb(size: int = GIGABYTE) -> bytes:
    """Zeros as blocks that say "one byte, 128 KiB of it" (RFC 8878 §3.1.1.2)."""
    block = 128 * 1024
    rle = ((block << 3) | (1 << 1)).to_bytes(3, "little") + b"\0"
    last = ((block << 3) | (1 << 1) | 1).to_bytes(3, "little") + b"\0"
    header = struct.pack("<I", 0xFD2F_B528) + bytes([0x00, 0x58])  # window of 2 MiB
    return header + rle * (size // block - 1) + last


def nested_bomb() -> bytes:
    """A gzip member of gzip members: `Content-Encoding: gzip, gzip`."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    return packer.compress(gzip_bomb()) + packer.flush()
