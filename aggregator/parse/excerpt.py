"""A document without the entries that its feed listed before, told without parsing it.

Of thirty entries one is new, and a parser looks at every tag of all thirty to find it. Here the
bytes from a start tag to the next end tag are compared with what was read before, by their digest:
that takes a third of the time.

Entries side by side are replaced by one that holds nothing, and the excerpt is read like any
document. Where the parser meets each of these as an entry in its place, and all that is around
entries is as it was (`increment`), the whole document would have been read alike: an element is
read by itself wherever an element may stand. In a comment, in CDATA or inside another entry the
parser does not meet it so; then, as in every other doubt, the whole document is read.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from hashlib import blake2b
from typing import TypeAlias

OWN_BYTES = 8  # of the digest of an entry's own bytes

# From the end of a document to a stand-in, in bytes, and the digests of the entries it stands for.
LeftOut: TypeAlias = tuple[tuple[int, tuple[bytes, ...]], ...]

# Counters that are told without parsing, as WordPress and Blogger write them; see `increment`.
PLAIN_COUNTERS = (b"slash:comments", b"thr:total")
_NUMBER = re.compile(rb"[0-9]+")
_START = re.compile(rb"<(item|entry)[\s>]")
_NAME_ENDS = (b">", b" ", b"\t", b"\r", b"\n")
_XML_DECLARATION = b"<?xml"


class Doubtful(Exception):
    """An excerpt cannot be read as the whole document would be."""


@dataclass(frozen=True, slots=True)
class Excerpt:
    """What is to be read of a document, and what is not."""

    document: bytes
    left_out: LeftOut = ()


def own(entry: bytes, counting: Collection[bytes] = ()) -> bytes:
    """The digest of an entry's bytes, whatever the counters of these names say."""
    digest = blake2b(digest_size=OWN_BYTES)
    position = 0
    for _, start, end in counters(entry, counting) if counting else ():
        digest.update(b"%d:" % (start - position))  # no entry starts so
        digest.update(entry[position:start])
        position = end
    digest.update(entry[position:])
    return digest.digest()


def counters(entry: bytes, names: Collection[bytes]) -> list[tuple[int, int, int]]:
    """What looks like the last counters: first byte, that of the number, and the byte after that."""
    found = []
    for name in names:
        start = entry.rfind(b"<%b>" % name)
        number = _NUMBER.match(entry, start + len(name) + 2) if start >= 0 else None
        if number and entry.startswith(b"</%b>" % name, number.end()):
            found.append((start, *number.span()))
    return sorted(found)


def excerpt(body: bytes, known: Collection[bytes]) -> Excerpt:
    """A document without the entries of which these are the digests.

    Args:
        body: the document as it came; all of it is kept where it is no XML.
        known: of entries read before, by `own`.
    """
    first = _START.search(body) if known else None
    if first is None:
        return Excerpt(body)
    head = body[: first.start()]
    if _XML_DECLARATION not in head and _XML_DECLARATION in body:
        return Excerpt(body)  # one amidst a document is cut out before that is parsed
    # Where others are declared, the parser tells.
    counting = [name for name in PLAIN_COUNTERS if b"xmlns:%b=" % name.partition(b":")[0] in head]
    name = first[1]
    stand_in = b"<%b></%b>" % (name, name)
    kept: list[bytes] = []
    left_out: list[tuple[int, list[bytes]]] = []
    position = length = 0
    for start, end in _entries(body, name, first.start()):
        digest = own(body[start:end], counting)
        if digest in known:
            between = body[position:start]
            length += len(between)
            kept.append(between)
            if left_out and (not between or between.isspace()):
                left_out[-1][1].append(digest)
            else:
                left_out.append((length, [digest]))
                kept.append(stand_in)
                length += len(stand_in)
            position = end
    kept.append(body[position:])
    length += len(kept[-1])
    places = ((length - place, tuple(digests)) for place, digests in left_out)
    return Excerpt(b"".join(kept), tuple(places))


def _entries(body: bytes, name: bytes, start: int) -> Iterator[tuple[int, int]]:
    """What looks like entries of that name: first byte, and the byte after the end tag.

    Each byte is passed once, whatever the document holds.
    """
    opening, closing = b"<" + name, b"</" + name + b">"
    while start >= 0:
        after = start + len(opening)
        if body[after : after + 1] in _NAME_ENDS:
            end = body.find(closing, after)
            if end < 0:
                return
            after = end + len(closing)
            yield start, after
        start = body.find(opening, after)
