"""The two streams a verb writes to, and how texts, times and tables look there."""

import json
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)


def as_json(value: Mapping[str, Any]) -> None:
    """One JSON object on a line of stdout."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False) + "\n")


def complain(message: str) -> None:
    """An error, on one line of stderr for each thing that is wrong."""
    err.print(message, markup=False, style="red")


def hint(message: str) -> None:
    """Something the user may want to do next, on stderr."""
    err.print(message, markup=False, style="yellow")


def iso(when: datetime | None) -> str | None:
    """ISO 8601 in UTC, for programs."""
    return None if when is None else when.isoformat().replace("+00:00", "Z")


def local(when: datetime | None) -> str:
    """The time in the zone of whoever reads it."""
    return "" if when is None else f"{when.astimezone():%Y-%m-%d %H:%M}"


def table(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A table on a terminal; in a pipe plain lines, cells parted by tabs."""
    if not rows:
        return
    if not out.is_terminal:
        for row in rows:
            sys.stdout.write("\t".join(printable(cell) for cell in row) + "\n")
        return
    table = Table(*headers, box=None)
    for row in rows:
        table.add_row(*(escape(printable(cell)) for cell in row))
    out.print(table)


def printable(text: str) -> str:
    """The text without anything that moves the cursor of a terminal."""
    return "".join(char if char.isprintable() else " " for char in text)
