"""Values as YAML text that reads back as the same values."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import TypeAlias

from aggregator.config.nodes import meaning

Value: TypeAlias = str | Sequence[str]
Entry: TypeAlias = str | Mapping[str, Value]
"""An entry of a list in feeds.yaml: an address alone, or keys and values."""

_SAFE_START = re.compile(r"[^\W_]")  # a letter or digit: no sign that YAML could take for its own
_UNSAFE = re.compile(r": |:$| #|[\t\r\n]|^\s|\s$")
_FLOW = re.compile(r"[\[\]{},]|:(?=$)")


def block(entry: Entry, gap: int) -> list[str]:
    """The lines of an entry of a list in block style, not indented.

    Args:
        entry: what to write.
        gap: how far keys stand to the right of the dash, 2 or more.
    """
    dash = "-".ljust(gap)
    if isinstance(entry, str):
        return [dash + scalar(entry)]
    lines = [f"{key}: {_value(value)}" for key, value in entry.items()]
    return [dash + lines[0], *(" " * gap + line for line in lines[1:])]


def flow(entry: Entry) -> str:
    """An entry of a list in flow style."""
    if isinstance(entry, str):
        return scalar(entry, in_flow=True)
    pairs = (f"{key}: {_value(value, in_flow=True)}" for key, value in entry.items())
    return "{" + ", ".join(pairs) + "}"


def scalar(text: str, *, in_flow: bool = False) -> str:
    """A text, in double quotes unless it reads as itself without."""
    bare = (
        _SAFE_START.match(text) is not None
        and _UNSAFE.search(text) is None
        and not (in_flow and _FLOW.search(text))
        and isinstance(meaning(text), str)
    )
    return text if bare else json.dumps(text, ensure_ascii=False)


def _value(value: Value, *, in_flow: bool = False) -> str:
    if isinstance(value, str):
        return scalar(value, in_flow=in_flow)
    return "[" + ", ".join(scalar(one, in_flow=True) for one in value) + "]"
