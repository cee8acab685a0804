"""Where the strips of a published document lie in it, so that it can be cut and made into the next.

Seams are kept beside the document, with its checksum. A file that is not the one they were noted
for (spoiled, or put there by somebody else) gives no strips, so what replaces it is made anew, and
heals it. The checksum is no seal: who may write to the folder may publish what they like.
"""

from array import array
from collections.abc import Collection, Mapping, Sequence
from itertools import chain, islice
from typing import Any, Final

from isal.isal_zlib import crc32

from aggregator.publish.strips import Part, Strip

SCHEME: Final = 1
"""Another when seams are written otherwise, or strips of the same things are made otherwise."""

_NUMBER: Final = "I"  # of four bytes: times until 2106
_COLUMNS: Final = 7  # for each strip: number, start, length, published, updated, language, names


def seams_of(parts: Sequence[Part], body: bytes, stamp: int) -> bytes | None:
    """The seams of a document; None where a number in them is too great to be kept.

    Args:
        parts: of the document.
        body: the document.
        stamp: of what strips depend on besides items and feeds, 32 bits.
    """
    strips, starts, at = [], [], 0
    for part in parts:
        if isinstance(part, Strip):
            strips.append(part)
            starts.append(at)
            at += len(part.body)
        else:
            at += len(part)
    # By the column, as both are done by C: a cycle notes and cuts a hundred thousand strips.
    none: tuple[tuple[Any, ...], ...] = ((),) * len(Strip._fields)
    number, bodies, published, updated, said, names = zip(*strips, strict=True) if strips else none
    languages = list(dict.fromkeys(language or "" for language in said))
    place = {language: index for index, language in enumerate(languages)}
    try:
        numbers = array(_NUMBER, [SCHEME, stamp, crc32(body), len(body), len(strips)])
        for column in (number, starts, map(len, bodies), published, updated):
            numbers.extend(column)
        numbers.extend([place[language or ""] for language in said])
        numbers.extend(map(len, names))
        numbers.extend(chain.from_iterable(names))
    except OverflowError:
        return None
    return numbers.tobytes() + "\n".join(languages).encode()


def strips_of(
    seams: bytes, body: bytes, stamp: int, names: frozenset[int], changed: Collection[int]
) -> Mapping[int, Strip]:
    """The strips of a document that are as they would be made now, by the numbers of their items.

    None where the document is not the one whose seams these are, or its stamp is another.

    Args:
        seams: as noted when the document was published.
        body: the document as it is now.
        stamp: as it would be now.
        names: of all feeds: an item of a feed that is called otherwise now is left out.
        changed: numbers of items that are left out.
    """
    head = array(_NUMBER, seams[: 5 * array(_NUMBER).itemsize])
    if list(head[:4]) != [SCHEME, stamp, crc32(body), len(body)]:
        return {}
    count = head[4]
    size = head.itemsize * (5 + _COLUMNS * count)
    columns = array(_NUMBER, seams[5 * head.itemsize : size])
    numbers, starts, lengths, published, updated, language, many = (
        columns[n * count : (n + 1) * count] for n in range(_COLUMNS)
    )
    of_names = sum(many)
    called = array(_NUMBER, seams[size : size + of_names * head.itemsize])
    languages = [
        said or None for said in seams[size + of_names * head.itemsize :].decode().split("\n")
    ]
    bodies = [body[start : start + length] for start, length in zip(starts, lengths, strict=True)]
    mine = _parted(called, many)
    strips = map(Strip, numbers, bodies, published, updated, [languages[n] for n in language], mine)
    found = dict(zip(numbers, strips, strict=True))
    for number in [number for number in numbers if number in changed]:
        del found[number]
    if names.issuperset(called):
        return found
    return {number: one for number, one in found.items() if names.issuperset(one.names)}


def _parted(values: Sequence[int], many: Sequence[int]) -> list[tuple[int, ...]]:
    """The values, so many for each."""
    if len(values) == len(many) and 0 not in many:  # of nearly all items: one feed brought it
        return [(value,) for value in values]
    following = iter(values)
    return [tuple(islice(following, count)) for count in many]
