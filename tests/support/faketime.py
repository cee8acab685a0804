"""A clock moved from outside: libfaketime, preloaded into the programs we start."""

from datetime import timedelta
from pathlib import Path

import pytest

_PLACES = ("/usr/lib", "/usr/local/lib")
_NAMES = ("*/faketime/libfaketimeMT.so.1", "faketime/libfaketimeMT.so.1")


def library() -> str:
    """The library to preload; a test that needs it is skipped where it is not installed."""
    found = [file for place in _PLACES for name in _NAMES for file in Path(place).glob(name)]
    if not found:
        pytest.skip("libfaketime is not installed")
    return str(found[0])


class MovedClock:
    """The time of day, so far from the right one; what only measures spans goes on as ever."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "clock"
        self.off(timedelta(0))
        self.environ = {
            "LD_PRELOAD": library(),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_NO_CACHE": "1",
            "DONT_FAKE_MONOTONIC": "1",
        }

    def off(self, by: timedelta) -> None:
        """Move it: so far from now on."""
        spare = self._file.with_suffix(".new")
        spare.write_text(f"{by.total_seconds():+.0f}\n")
        spare.replace(self._file)
