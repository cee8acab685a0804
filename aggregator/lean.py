"""Keeps the process small: what it loads, and what it holds on to."""

import ctypes
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_M_ARENA_MAX = -8  # mallopt(3)


@contextmanager
def without(*modules: str) -> Iterator[None]:
    """Within the block modules that are not loaded yet are not found; they must be optional."""
    hidden = [name for name in modules if name not in sys.modules]
    for name in hidden:
        sys.modules[name] = None  # type: ignore[assignment]  # Python then finds no such module
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]


def share_one_heap() -> None:
    """Have all threads allocate from one heap, where the C library is glibc.

    Otherwise each thread gets one of its own, which keeps what it once held; of Python's threads
    one runs at a time anyway.
    """
    with suppress(OSError, AttributeError):  # another C library
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 1)
