"""What a YAML text consists of: nodes that know their place.

What a scalar means is decided here, by the core schema of YAML 1.2, where `No` is a word and not
false.
"""

import re
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

from aggregator.errors import AggregatorError

Plain: TypeAlias = str | int | float | bool | None

FORBIDDEN = re.compile(
    "[^\t\n\r\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
)
TURNING = re.compile(
    "[\u202a-\u202e\u2066-\u2069]"
)  # the direction of writing, until told otherwise
_LINE_END = re.compile(r"\r\n|\n|\r")
_NULL = re.compile(r"|~|null|Null|NULL")
_BOOL = re.compile(r"(true|True|TRUE)|false|False|FALSE")
_INT = re.compile(r"[-+]?[0-9]{1,18}")
_FLOAT = re.compile(
    r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)"
)
_RADIX = re.compile(r"0o[0-7]{1,18}|0x[0-9a-fA-F]{1,15}")


@dataclass(frozen=True, slots=True)
class Scalar:
    """A single value; offsets are characters of the text, `end` exclusive."""

    start: int
    end: int
    text: str  # quotes and escapes undone
    plain: bool  # no quotes: may mean a number, true, false or nothing

    @property
    def value(self) -> Plain:
        """What it means."""
        return meaning(self.text) if self.plain else self.text


@dataclass(frozen=True, slots=True)
class Sequence:
    """A list; in block style `end` lies somewhere behind the last item."""

    start: int
    end: int
    items: tuple["Node", ...]
    flow: bool  # [a, b]


@dataclass(frozen=True, slots=True)
class Mapping:
    """Keys and values, in order, no key twice; `end` as in a Sequence."""

    start: int
    end: int
    pairs: tuple[tuple[Scalar, "Node"], ...]
    flow: bool  # {a: b}

    def get(self, key: str) -> "Node | None":
        """The value of a key; None without it."""
        return next((value for name, value in self.pairs if name.text == key), None)


Node: TypeAlias = Scalar | Sequence | Mapping


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong at an offset of the text."""

    offset: int
    message: str


class Unreadable(AggregatorError):
    """The text is no YAML that we take; reading stopped at this fault."""

    def __init__(self, offset: int, message: str) -> None:
        """Keep the place."""
        self.fault = Fault(offset, message)
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Document:
    """A text and its nodes."""

    text: str
    root: Node | None  # None: nothing but comments
    faults: tuple[Fault, ...]  # what can be pointed out while reading on

    def place(self, offset: int) -> tuple[int, int]:
        """Line and column of an offset, 1-based, in characters."""
        return place(self.text, offset)

    def node(self, steps: tuple[str | int, ...]) -> Node | None:
        """The node that keys and list numbers lead to; None where there is none."""
        node = self.root
        for step in steps:
            if isinstance(node, Mapping) and isinstance(step, str):
                node = node.get(step)
            elif isinstance(node, Sequence) and isinstance(step, int) and step < len(node.items):
                node = node.items[step]
            else:
                return None
        return node

    def offset(self, steps: tuple[str | int, ...]) -> int:
        """Where the value that these steps lead to starts, or the nearest above it."""
        for length in range(len(steps), -1, -1):
            if (node := self.node(steps[:length])) is not None:
                return node.start
        return 0

    def key_offset(self, steps: tuple[str | int, ...]) -> int:
        """Where the key that the last step names starts."""
        above = self.node(steps[:-1])
        pairs = above.pairs if isinstance(above, Mapping) else ()
        found = next((key.start for key, _ in pairs if key.text == steps[-1]), None)
        return self.offset(steps) if found is None else found

    def inside(self, scalar: Scalar, index: int) -> int:
        """The offset of a character of a scalar; its start where escapes or folding moved it."""
        for start in (scalar.start, scalar.start + 1):  # unquoted, quoted
            if self.text.startswith(scalar.text, start):
                return start + index
        return scalar.start


def place(text: str, offset: int) -> tuple[int, int]:
    """Line and column of an offset, 1-based, in characters."""
    starts = _line_starts(text)
    line = bisect_right(starts, offset)
    return line, offset - starts[line - 1] + 1


@lru_cache(maxsize=2)  # a file with ten thousand mistakes is asked for ten thousand places
def _line_starts(text: str) -> tuple[int, ...]:
    return (0, *(found.end() for found in _LINE_END.finditer(text)))


def plain(node: Node | None, scalar: Callable[[Scalar], object] = lambda one: one.value) -> object:
    """The node as dict, list and what `scalar` makes of single values."""
    match node:
        case Mapping():
            return {key.text: plain(value, scalar) for key, value in node.pairs}
        case Sequence():
            return [plain(item, scalar) for item in node.items]
        case Scalar():
            return scalar(node)
        case _:
            return None


def meaning(text: str) -> Plain:
    """What an unquoted scalar means (YAML 1.2.2 §10.3.2)."""
    if _NULL.fullmatch(text):
        return None
    if found := _BOOL.fullmatch(text):
        return found[1] is not None
    if _INT.fullmatch(text):
        return int(text)
    if _RADIX.fullmatch(text):
        return int(text, base=0)
    if _FLOAT.fullmatch(text):
        return (
            float(text.replace(".inf", "inf").replace(".nan", "nan"))
            if text[-1].isdigit() or text[-1] == "."
            else float("nan")
        )
    return text


def is_clean(text: str) -> bool:
    """Whether it holds only characters that a file may hold: escapes can name any other."""
    return FORBIDDEN.search(text) is None


def fit(message: str) -> str:
    """A message that does nothing to the terminal it is shown on."""
    return TURNING.sub("\ufffd", FORBIDDEN.sub("\ufffd", message))


def shown(text: str) -> str:
    """A piece of the file, fit to stand in a message of one line."""
    line = " ".join(text.split())
    line = re.sub(r"(//)[^/@\s]*@", r"\1", line)  # user:password@
    line = fit(line)
    return line if len(line) <= 60 else line[:59] + "…"  # noqa: PLR2004  as much as a line bears
