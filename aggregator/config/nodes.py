"""A YAML text as nodes that know their place.

Only this module knows the YAML package, and of it only the scanner: what a scalar means is decided
here by the core schema of YAML 1.2, where `No` is a word and not false. A text from outside can
be made to explode or to recurse; size, depth and what aliases repeat are bounded.
"""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import yaml

from aggregator.errors import AggregatorError

MAX_BYTES = 4_000_000  # some 40,000 feeds; read in two seconds
MAX_DEPTH = 20  # the deepest value that means something lies at 4
MAX_REPEATED = 10_000  # nodes that aliases stand for, all together

Plain: TypeAlias = str | int | float | bool | None

_FORBIDDEN = re.compile(
    "[^\t\n\r\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
)
_LINE_END = re.compile(r"\r\n|\n|\r")
_NULL = re.compile(r"|~|null|Null|NULL")
_BOOL = re.compile(r"(true|True|TRUE)|false|False|FALSE")
_INT = re.compile(r"[-+]?[0-9]{1,18}")
_FLOAT = re.compile(
    r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)"
)
_RADIX = re.compile(r"0o[0-7]{1,18}|0x[0-9a-fA-F]{1,15}")

# What the scanner says, and what an editor can do about it; first match counts.
_SYNTAX = (
    ("mapping values are not allowed", "a `:` is out of place: put the value in quotes, or mend the indentation"),
    ("unexpected end of stream", "a quote is never closed: add the closing quote"),
    ("document indicator", "a quote is never closed: add the closing quote"),
    ("unknown escape character", "unknown escape: in double quotes write `\\\\` for a backslash, or use single quotes"),
    ("Unicode character escape", "this escape is no character: write the character itself"),
    ("hexdecimal number", "this escape is cut short: write the character itself"),
    ("expected ',' or ']'", "a `,` or the closing `]` is missing"),
    ("expected ',' or '}'", "a `,` or the closing `}` is missing"),
    ("expected '-' indicator", "wrong indentation: entries of a list stand under each other, each with `- `"),
    ("expected key", "wrong indentation: keys of one section stand exactly under each other"),
    ("could not find expected ':'", "`key: value` is expected: add the `:`, or mend the indentation"),
    ("block sequence entries are not allowed", "a `- ` is out of place: start the list on its own line"),
    ("expected node content", "a value is missing"),
    ("expected the node content", "a value is missing"),
    ("document start", "a second document begins here: one file holds one document"),
    ("found undefined tag handle", "YAML tags are not allowed: remove everything from `!` to the value"),
    ("tag", "YAML tags are not allowed: remove everything from `!` to the value"),
    ("anchor", "this anchor or alias has no name: put the value in quotes if it starts with `&` or `*`"),
    ("directive", "YAML directives are not needed: remove the line that starts with `%`"),
    ("version", "YAML directives are not needed: remove the line that starts with `%`"),
)  # fmt: skip


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
        return next((key.start for key, _ in pairs if key.text == steps[-1]), self.offset(steps))

    def inside(self, scalar: Scalar, index: int) -> int:
        """The offset of a character of a scalar; its start where escapes or folding moved it."""
        for start in (scalar.start, scalar.start + 1):  # unquoted, quoted
            if self.text.startswith(scalar.text, start):
                return start + index
        return scalar.start


def place(text: str, offset: int) -> tuple[int, int]:
    """Line and column of an offset, 1-based, in characters."""
    starts = [0, *(found.end() for found in _LINE_END.finditer(text, 0, offset))]
    line = bisect_right(starts, offset)
    return line, offset - starts[line - 1] + 1


def plain(node: Node | None, scalar: Callable[[Scalar], object] = lambda one: one.value) -> object:
    """The node as dict, list and what `scalar` makes of single values."""
    match node:
        case Mapping():
            return {key.text: plain(value, scalar) for key, value in node.pairs}
        case Sequence():
            return [plain(item, scalar) for item in node.items]
        case Scalar():
            return scalar(node)
        case None:
            return None


def decode(body: bytes) -> str:
    """The text of a file.

    Raises:
        Unreadable: it is not UTF-8, too large, or holds characters that no text needs.
    """
    if len(body) > MAX_BYTES:
        raise Unreadable(
            0, f"the file is larger than {MAX_BYTES // 1_000_000} MB: no feeds.yaml is"
        )
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = error.object[: error.start].decode("utf-8-sig", errors="replace")
        raise Unreadable(
            len(before), "this is not UTF-8: save the file in that encoding"
        ) from error
    if found := _FORBIDDEN.search(text):
        raise Unreadable(found.start(), f"control character U+{ord(found[0]):04X}: remove it")
    return text


def read(text: str) -> Document:
    """The nodes of a text.

    Raises:
        Unreadable: it is no YAML, or more than is bearable; the text came from `decode`.
    """
    return _Composer(text).document()


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
    return _FORBIDDEN.search(text) is None


class _Composer:
    """Builds nodes from the scanner's events."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.events: Iterator[Any] = yaml.parse(text, Loader=yaml.CSafeLoader)
        self.anchors: dict[str, tuple[Node, int]] = {}  # and how many nodes each stands for
        self.composed = 0
        self.repeated = 0
        self.faults: list[Fault] = []

    def document(self) -> Document:
        root: Node | None = None
        documents = 0
        while (event := self.next()) is not None:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise Unreadable(
                        event.start_mark.index,
                        "a second document begins here: one file holds one document",
                    )
            elif isinstance(event, yaml.NodeEvent):
                root = self.node(event, 0)
        return Document(self.text, root, tuple(self.faults))

    def next(self) -> Any:
        """The next event; None at the end."""
        try:
            return next(self.events, None)
        except yaml.MarkedYAMLError as error:
            offset = min(error.problem_mark.index, len(self.text))
            raise Unreadable(
                offset, self.advice(f"{error.context or ''} {error.problem}", offset)
            ) from error
        except yaml.YAMLError as error:
            raise Unreadable(0, f"this is no YAML: {shown(str(error))}") from error

    def advice(self, said: str, offset: int) -> str:
        """What the scanner's complaint means for somebody who edits a list of feeds."""
        sign = self.text[offset : offset + 1]
        if "cannot start any token" in said:
            if sign == "\t":
                return "a tab cannot indent YAML: use spaces"
            return f"a value that starts with `{sign}` must be in quotes"
        for part, advice in _SYNTAX:
            if part in said:
                return advice
        return f"this is no YAML: {' '.join(said.split())}"

    def node(self, event: Any, depth: int) -> Node:
        """The node that starts with an event."""
        start, end = event.start_mark.index, event.end_mark.index
        if isinstance(event, yaml.AliasEvent):
            return self.alias(event.anchor, start, end)
        if depth > MAX_DEPTH:
            raise Unreadable(start, f"nested more than {MAX_DEPTH} deep: no feeds.yaml is")
        if event.tag is not None:
            self.faults.append(
                Fault(start, "YAML tags are not allowed: remove everything from `!` to the value")
            )
        before = self.composed + self.repeated
        self.composed += 1
        node: Node
        if isinstance(event, yaml.ScalarEvent):
            node = Scalar(start, end, event.value, plain=not event.style)
        elif isinstance(event, yaml.SequenceStartEvent):
            node = self.sequence(event, start, depth)
        else:
            node = self.mapping(event, start, depth)
        if event.anchor is not None:
            self.anchors[event.anchor] = (node, self.composed + self.repeated - before)
        return node

    def sequence(self, opening: Any, start: int, depth: int) -> Sequence:
        items = []
        while not isinstance(event := self.next(), yaml.SequenceEndEvent):
            items.append(self.node(event, depth + 1))
        return Sequence(start, event.end_mark.index, tuple(items), bool(opening.flow_style))

    def mapping(self, opening: Any, start: int, depth: int) -> Mapping:
        pairs: dict[str, tuple[Scalar, Node]] = {}
        while not isinstance(event := self.next(), yaml.MappingEndEvent):
            key = self.node(event, depth + 1)
            value = self.node(self.next(), depth + 1)
            if not isinstance(key, Scalar):
                self.faults.append(Fault(key.start, "a key is a word, not a list or a mapping"))
            elif key.text in pairs:
                line, _ = place(self.text, pairs[key.text][0].start)
                self.faults.append(
                    Fault(
                        key.start, f"key `{shown(key.text)}` is in line {line} already: remove one"
                    )
                )
            else:
                pairs[key.text] = (key, value)
        return Mapping(start, event.end_mark.index, tuple(pairs.values()), bool(opening.flow_style))

    def alias(self, name: str, start: int, end: int) -> Node:
        """What an alias stands for, at the alias's own place."""
        if name not in self.anchors:
            self.faults.append(
                Fault(
                    start,
                    f"no anchor `&{shown(name)}` stands above: put the value in quotes if it starts with `*`",
                )
            )
            return Scalar(start, end, "", plain=True)
        node, size = self.anchors[name]
        self.repeated += size
        if self.repeated > MAX_REPEATED:
            raise Unreadable(
                start, f"aliases repeat more than {MAX_REPEATED} values: write them out"
            )
        return replace(node, start=start, end=end)


def shown(text: str) -> str:
    """A piece of the file, fit to stand in a message of one line."""
    line = " ".join(text.split())
    line = re.sub(r"(//)[^/@\s]*@", r"\1", line)  # user:password@
    line = _FORBIDDEN.sub("\ufffd", line)
    return line if len(line) <= 60 else line[:59] + "…"  # noqa: PLR2004  as much as a line bears
