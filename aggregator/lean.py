"""Loads libraries without what they would load for a command line of their own."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager


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
