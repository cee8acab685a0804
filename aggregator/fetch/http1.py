"""The bytes of HTTP/1.1: a request written, the head of a response read, a body's frame found.

Strict where leniency would let two readers see two different messages, lenient where RFC 9112 is
(single LF, folded lines).

Source: RFC 9112.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

Fields: TypeAlias = list[tuple[bytes, bytes]]

MAX_HEAD_BYTES = 64 * 1024  # a status line and its header
MAX_FIELDS = 200
MAX_CHUNK_LINE_BYTES = 4 * 1024
_MAX_SIZE_DIGITS = 15  # a petabyte: no honest body is larger, and integers stay small

HEAD_END = re.compile(rb"\r?\n\r?\n")
_STATUS_LINE = re.compile(rb"HTTP/1\.([01]) ([1-5]\d\d)(?: [^\x00\r\n]*)?")
_FIELD = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+)[ \t]*:[ \t]*([^\x00\r\n]*)")
_FOLD = re.compile(rb"\r?\n[ \t]+")
_CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]{1,16})[ \t]*(?:;.*)?", re.DOTALL)
_FORBIDDEN_IN_REQUEST = re.compile(rb"[\x00\r\n]")
_DIGITS = re.compile(rb"\d+")


class Malformed(Exception):
    """The peer does not speak HTTP/1.1; the text says where it went wrong."""


@dataclass(frozen=True, slots=True)
class Head:
    """The status and header of a response."""

    status: int
    fields: Fields  # names in lower case
    length: int | None  # of the body: 0 for none, None for "as far as `chunked` or the close says"
    chunked: bool
    keeps_alive: bool  # the connection may be used again, once the body is read


def request(method: str, target: bytes, fields: Sequence[tuple[bytes, bytes]]) -> bytes:
    """The head of a request.

    Raises:
        Malformed: a value would break out of its line.
    """
    lines = [b"%s %s HTTP/1.1" % (method.encode("ascii"), target)]
    lines += [b"%s: %s" % field for field in fields]
    for line in lines:
        if _FORBIDDEN_IN_REQUEST.search(line):
            raise Malformed("a request header holds a line break")
    return b"\r\n".join([*lines, b"", b""])


def head(block: bytes) -> Head:
    """The head of a response, from its first byte up to the empty line (not included).

    Raises:
        Malformed: it cannot be read, or can be read in two ways.
    """
    status_line, _, rest = block.partition(b"\n")
    found = _STATUS_LINE.fullmatch(status_line.rstrip(b"\r"))
    if found is None:
        raise Malformed("the answer is not HTTP/1.1")
    status = int(found[2])
    fields = _fields(rest)
    length, chunked, is_clear = _frame(status, fields)
    connection = {
        option.strip().lower() for option in _values(fields, b"connection").split(b",") if option
    }
    keeps_alive = (b"close" not in connection) if found[1] == b"1" else b"keep-alive" in connection
    return Head(status, fields, length, chunked, keeps_alive and is_clear)


def chunk_size(line: bytes) -> int:
    """The size that begins a chunk; 0 ends the body (§7.1).

    Raises:
        Malformed: it is no size.
    """
    found = _CHUNK_SIZE.fullmatch(line)
    if found is None:
        raise Malformed("a chunk has no size")
    return int(found[1], 16)


def _fields(block: bytes) -> Fields:
    if not block:
        return []
    lines = (_FOLD.sub(b" ", block) if b"\n " in block or b"\n\t" in block else block).split(b"\n")
    if len(lines) > MAX_FIELDS:
        raise Malformed(f"the answer has more than {MAX_FIELDS} header fields")
    fields = []
    for line in lines:
        found = _FIELD.fullmatch(line.removesuffix(b"\r"))
        if found is None:
            raise Malformed("a header field cannot be read")
        fields.append((found[1].lower(), found[2].rstrip(b" \t")))
    return fields


def _frame(status: int, fields: Fields) -> tuple[int | None, bool, bool]:
    """Length, whether chunked, and whether the end of the body is beyond doubt (§6.3)."""
    if status < 200 or status in {204, 304}:  # noqa: PLR2004 - these never have a body
        return 0, False, True
    codings = _values(fields, b"transfer-encoding")
    lengths = {value for name, value in fields if name == b"content-length"}
    if codings:
        if codings.strip().lower() != b"chunked":
            raise Malformed("the answer uses an unknown transfer coding")
        return None, True, not lengths
    if not lengths:
        return None, False, False
    values = {part.strip() for value in lengths for part in value.split(b",")}
    (value, *others) = values
    if others or not _DIGITS.fullmatch(value) or len(value) > _MAX_SIZE_DIGITS:
        raise Malformed("the answer has no single length")
    return int(value), False, True


def _values(fields: Iterable[tuple[bytes, bytes]], wanted: bytes) -> bytes:
    return b",".join(value for name, value in fields if name == wanted)
