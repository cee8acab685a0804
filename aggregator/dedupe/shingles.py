"""Every three words in a row of a text, as numbers.

All are reckoned at once: as fields of one large integer, each with room for what comes out. Python
has no other vectors, and takes five times as long to go through them one by one.
"""

from collections.abc import Sequence
from itertools import chain, islice
from struct import Struct
from zlib import crc32

from aggregator.dedupe.words import folded

MOST = 240  # words of a text that can be reckoned with at once
LED = 72  # words of which well-spread numbers can be made at once
BITS = 2048  # of a sketch; half as many leave no difference

# Part of every number. Raised when numbers are made otherwise; those of other schemes never meet.
SCHEME = 2

_IN_A_ROW = 3  # words
_MEMORY = 32_768  # pieces of texts that are remembered before starting afresh
_LONG = 40  # characters; a longer piece hardly comes again
_MIX = 0x9E3779B97F4A7C15  # of golden proportions, as in splitmix64
_MASK = (1 << 64) - 1
_SET = ord("1")

# Fields for words of 64 bits, and for their products of 128.
_NARROW = Struct(f"<{MOST}Q")
_WIDE = Struct("<" + "Q8x" * LED)


def _in_each(value: int, width: int, fields: int) -> int:
    return sum(value << width * field for field in range(fields))


_PLACES = _in_each(BITS - 1, 64, MOST)
_LOW = _in_each(_MASK, 128, LED)
_LESS = _in_each(_MASK >> 7, 128, LED)
_SCHEME = _in_each(SCHEME, 128, LED)


class _Hashes(dict[str, tuple[int, ...]]):
    """Of the words in a piece of a text between two spaces: 32 bits each, the same on every machine."""

    def __missing__(self, piece: str) -> tuple[int, ...]:
        found = tuple(crc32(word.encode()) for word in folded(piece, MOST))
        if len(piece) < _LONG:
            if len(self) >= _MEMORY:
                self.clear()
            self[piece] = found
        return found


_HASHES = _Hashes()


def hashes(text: str, most: int) -> list[int]:
    """Of the first words of a text, less than 2**32 each."""
    pieces = text.split(" ", most)  # no word has a space; a piece may have none, or several
    rest = pieces.pop() if len(pieces) > most else ""
    found = _first(pieces, most)
    return found + _first(rest.split(" "), most - len(found)) if len(found) < most else found


def _first(pieces: Sequence[str], most: int) -> list[int]:
    return list(islice(chain.from_iterable(map(_HASHES.__getitem__, pieces)), most))


def numbers(words: Sequence[int]) -> Sequence[int]:
    """A number of 64 well-spread bits for every three of these hashes in a row, in order.

    A shorter text has one.

    Args:
        words: at most `LED`.
    """
    if not words:
        return ()
    ours = int.from_bytes(_WIDE.pack(*words, *[0] * (LED - len(words))), "little")
    pairs = (ours * _MIX & _LOW) + (ours >> 128)
    threes = (pairs * _MIX >> 7 & _LESS) + (ours >> 256) + _SCHEME
    spread = (threes * _MIX & _LOW).to_bytes(_WIDE.size, "little")
    return _WIDE.unpack(spread)[: max(len(words) - _IN_A_ROW + 1, 1)]


def sketch(words: Sequence[int]) -> int:
    """A bit of `BITS` for every three of these hashes in a row.

    Texts that share three words share their bit.

    Args:
        words: at least three, at most `MOST`.
    """
    ours = int.from_bytes(_NARROW.pack(*words, *[0] * (MOST - len(words))), "little") & _PLACES
    threes = (ours + 3 * (ours >> 64) + 9 * (ours >> 128) & _PLACES).to_bytes(8 * MOST, "little")
    bits = bytearray(b"0" * BITS)
    for place in _NARROW.unpack(threes)[: len(words) - _IN_A_ROW + 1]:
        bits[place] = _SET
    return int(bits, 2)


def number(text: str) -> int:
    """A number of 64 bits for a text as a whole."""
    return crc32(text.encode()) * _MIX + SCHEME & _MASK
