"""Reads YAML text into nodes.

Only this module knows the YAML package, and of it only the scanner. A text from outside can be made
to explode or to recurse: size, depth and what aliases repeat are bounded.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import yaml

from aggregator.config.nodes import (
    FORBIDDEN,
    Document,
    Fault,
    Mapping,
    Node,
    Scalar,
    Sequence,
    Unreadable,
    place,
    shown,
)

MAX_BYTES = 4_000_000  # some 40,000 feeds; read in two seconds
MAX_DEPTH = 20  # the deepest value that means something lies at 4
MAX_REPEATED = 10_000  # nodes that aliases stand for, all together

# What the scanner says, and what an editor can do about it; first match counts.
_SYNTAX = (
    ("mapping values are not allowed", "a `:` is out of place: put the value in quotes, or mend the indentation"),
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
    if found := FORBIDDEN.search(text):
        raise Unreadable(found.start(), f"control character U+{ord(found[0]):04X}: remove it")
    return text


def read(text: str) -> Document:
    """The nodes of a text.

    Raises:
        Unreadable: it is no YAML, or more than is bearable; the text came from `decode`.
    """
    return _Composer(text).document()


class _Composer:
    """Builds nodes from the scanner's events."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.events: Iterator[Any] = yaml.parse(text, Loader=yaml.CSafeLoader)
        self.anchors: dict[str, tuple[Node, int]] = {}  # and how many nodes each stands for
        self.composed = 0
        self.repeated = 0
        self.last_quoted: tuple[int, int] | None = None  # the last one, if over several lines
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
            raise self.unreadable(error) from error

    def unreadable(  # noqa: PLR0911 - a table of mistakes, one return for each
        self, error: yaml.MarkedYAMLError
    ) -> Unreadable:
        """What the scanner's complaint means for somebody who edits a list of feeds."""
        context, problem = error.context or "", error.problem or ""
        offset = min(error.problem_mark.index, len(self.text))
        opened = error.context_mark.index if error.context_mark else offset
        sign = self.text[offset : offset + 1]
        if "cannot start any token" in problem:
            if sign == "\t":
                return Unreadable(offset, "a tab cannot indent YAML: use spaces")
            return Unreadable(offset, f"a value that starts with `{sign}` must be in quotes")
        torn_quote = "quoted scalar" in context and "unexpected" in problem
        if torn_quote or ("flow" in context and not self.text[offset:].strip()):
            opened = self.unclosed(opened)
            sign = self.text[opened]
            closing = {"[": "]", "{": "}"}.get(sign, sign)
            return Unreadable(opened, f"this `{sign}` is never closed: add `{closing}`")
        quoted = self.last_quoted
        if "expected key" in problem and quoted is not None and quoted[1] <= offset:
            line, _ = place(self.text, quoted[1] - 1)
            return Unreadable(
                quoted[0], f"this quote is closed only in line {line}: close it in its own line"
            )
        if "flow" in context and place(self.text, opened)[0] < place(self.text, offset)[0]:
            line, _ = place(self.text, offset)
            sign = self.text[opened]
            closing = {"[": "]", "{": "}"}.get(sign, sign)
            return Unreadable(
                opened,
                f"this `{sign}` is not closed: a `,` or `{closing}` is missing by line {line}",
            )
        if "node content" in problem and sign in ("]", "}"):
            return Unreadable(offset, f"this `{sign}` closes nothing: remove it")
        if "simple key" in context:
            offset = opened  # the word that lacks its colon
        for part, advice in _SYNTAX:
            if part in f"{context} {problem}":
                return Unreadable(offset, advice)
        return Unreadable(offset, f"this is no YAML: {shown(problem)}")

    def unclosed(self, offset: int) -> int:
        """Where the bracket that is never closed stands, when the scanner only came to the end."""
        if self.text[offset:].strip():
            return offset
        depth, at = 0, offset
        while at and depth >= 0:
            at -= 1
            depth += (self.text[at] in "]}") - (self.text[at] in "[{")
        return at

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
            if event.style in ("'", '"'):
                many = event.start_mark.line < event.end_mark.line
                self.last_quoted = (start, end) if many else None
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
