"""The stock: moulds of items, at hand until all the channels that show them are published.

The first publication of a large instance shows each item in several channels, far apart in the
order of work, and memory should not hold them all. So they are packed and put into a temporary
file, which begins in memory and is on no disk as long as there is little of it.
"""

import marshal
import tempfile
from collections import OrderedDict
from collections.abc import Iterable
from contextlib import suppress
from typing import Final

from isal import isal_zlib

from aggregator.publish.mould import Mould

_AT_HAND: Final = 100  # moulds that are not packed: those of two documents
_IN_MEMORY: Final = 8 << 20  # bytes
_IN_FILE: Final = 512 << 20  # bytes; with more, what was put there is forgotten, and made again


class Stock:
    """Keeps moulds by the numbers of their items; may forget any of them at any time."""

    def __init__(self, at_hand: int = _AT_HAND, in_file: int = _IN_FILE) -> None:
        """Keep so many unpacked, and so many bytes of packed ones."""
        self._most = at_hand
        self._most_bytes = in_file
        self._at_hand: OrderedDict[int, Mould] = OrderedDict()
        self._places: dict[int, tuple[int, int]] = {}
        self._file = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115  see `close`
        self._end = 0

    def put(self, moulds: Iterable[Mould]) -> None:
        """Keep moulds instead of those that were kept of the same items."""
        for one in moulds:
            self._hold(one)
            packed = isal_zlib.compress(marshal.dumps([*one]), 0)
            if self._end + len(packed) > self._most_bytes:
                self._places.clear()
                self._end = 0
            try:
                self._file.seek(self._end)
                self._file.write(packed)
            except OSError:  # no room for temporary files: what is not kept is made again
                self._places.clear()
                self._end = self._most_bytes
                continue
            self._places[one.number] = (self._end, len(packed))
            self._end += len(packed)

    def has(self, number: int) -> bool:
        """Whether the mould of an item is kept."""
        return number in self._at_hand or number in self._places

    def get(self, number: int) -> Mould | None:
        """The mould of an item, if it is kept."""
        found = self._at_hand.get(number)
        if found is None and (place := self._places.get(number)) is not None:
            found = self._unpacked(*place)
            self._hold(found)
        return found

    def close(self) -> None:
        """Keep nothing any more."""
        self._places.clear()
        self._at_hand.clear()
        with suppress(OSError):
            self._file.close()

    def _hold(self, one: Mould) -> None:
        self._at_hand[one.number] = one
        if len(self._at_hand) > self._most:
            self._at_hand.popitem(last=False)

    def _unpacked(self, start: int, size: int) -> Mould:
        self._file.seek(start)
        packed = self._file.read(size)  # of this very process, and nobody else can open the file
        return Mould(*marshal.loads(isal_zlib.decompress(packed)))  # noqa: S302
