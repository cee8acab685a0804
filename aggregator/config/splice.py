"""Puts entries into the lists of a YAML text, and takes them out; every other byte stays.

A text is cut at the places of its nodes, never written anew from values: comments, alignment and
quotes are the editor's own. Whoever splices reads the outcome again and compares (see edit.py), so
a text too clever for these rules is refused rather than damaged.
"""

import re
from collections.abc import Sequence

from aggregator.config import compose, nodes, render
from aggregator.errors import NotEditable

_LINE_END = re.compile(r"\r\n|\n|\r|\Z")
_COMMENT = re.compile(r"([ ]*)#")


def insert(text: str, section: str, entries: Sequence[render.Entry]) -> str:
    """The text with entries at the end of the list that a key at the top names."""
    root = compose.read(text).root
    if root is None or (isinstance(root, nodes.Scalar) and root.value is None):
        return _append_section(text, "", section, entries)
    listed = root.get(section) if isinstance(root, nodes.Mapping) else root
    match root, listed:
        case nodes.Mapping(), None:
            return _new_section(text, root, section, entries)
        case nodes.Mapping(flow=False), nodes.Scalar(value=None):
            return _open_section(text, root, section, (listed.start, listed.end), entries)
        case nodes.Mapping(), nodes.Sequence() if text[listed.start] != "*":
            if not listed.flow:
                return _insert_in_block(text, listed, entries)
            return _insert_in_flow(text, root, section, listed, entries)
        case _:
            raise NotEditable(f"`{section}` is no list of its own: edit it by hand")


def remove(text: str, section: str, number: int) -> str:
    """The text without one entry of the list that a key at the top names."""
    root = compose.read(text).root
    listed = root.get(section) if isinstance(root, nodes.Mapping) else None
    if not isinstance(listed, nodes.Sequence) or text[listed.start] == "*":
        raise NotEditable(f"`{section}` is no list of its own: edit it by hand")
    start, end = (_in_flow if listed.flow else _in_block)(text, listed, number)
    return text[:start] + text[end:]


def newline(text: str) -> str:
    """How lines end in this text."""
    found = _LINE_END.search(text)
    return found[0] if found and found[0] else "\n"


def last_end(node: nodes.Node) -> int:
    """Where the last character of a node's last value ends; a block's own mark is further down."""
    while not isinstance(node, nodes.Scalar) and not node.flow:
        node = node.pairs[-1][1] if isinstance(node, nodes.Mapping) else node.items[-1]
    return node.end


def _line_end(text: str, offset: int) -> int:
    """Where the line that holds an offset ends, before its line break."""
    found = _LINE_END.search(text, offset)
    return found.start() if found else len(text)


def _next_line(text: str, offset: int) -> int:
    found = _LINE_END.search(text, offset)
    return found.end() if found else len(text)


def _line_start(text: str, offset: int) -> int:
    return max(text.rfind("\n", 0, offset), text.rfind("\r", 0, offset)) + 1


def _indent(text: str, offset: int) -> str:
    """What stands on the line before an offset."""
    return text[_line_start(text, offset) : offset]


def _insert_lines(text: str, offset: int, lines: Sequence[str]) -> str:
    """New lines below the one that holds an offset."""
    at, end = _line_end(text, offset), newline(text)
    return text[:at] + "".join(end + line for line in lines) + text[at:]


def _new_section(
    text: str, root: nodes.Mapping, section: str, entries: Sequence[render.Entry]
) -> str:
    if not root.flow:
        return _append_section(text, _indent(text, root.start), section, entries)
    inside = ", ".join(render.flow(entry) for entry in entries)
    comma = ", " if root.pairs else ""
    at = last_end(root.pairs[-1][1]) if root.pairs else text.index("{", root.start) + 1
    return f"{text[:at]}{comma}{section}: [{inside}]{text[at:]}"


def _append_section(text: str, indent: str, section: str, entries: Sequence[render.Entry]) -> str:
    end = newline(text)
    lines = [f"{indent}{section}:"]
    lines += [f"{indent}  {line}" for entry in entries for line in render.block(entry, 2)]
    body = end.join(lines)
    if not text:
        return body + end
    whole = text.endswith(("\n", "\r"))
    return text + body + end if whole else text + end + body


def _open_section(
    text: str,
    root: nodes.Mapping,
    section: str,
    empty: tuple[int, int],
    entries: Sequence[render.Entry],
) -> str:
    """Entries below a key whose value, `[]` or `null` or nothing, goes away."""
    key = next(name for name, _ in root.pairs if name.text == section)
    indent = _indent(text, key.start)
    lines = [f"{indent}  {line}" for entry in entries for line in render.block(entry, 2)]
    start, end = empty
    if start < end:
        start = len(text[:start].rstrip(" "))
        text = text[:start] + text[end:]
    return _insert_lines(text, key.end, lines)


def _insert_in_block(text: str, listed: nodes.Sequence, entries: Sequence[render.Entry]) -> str:
    if text[listed.start] != "-":
        raise NotEditable("the list starts with an anchor: edit it by hand")
    indent = _indent(text, listed.start)
    gap = listed.items[0].start - listed.start
    if not 1 < gap <= 9 or text[listed.start + 1 : listed.start + gap].strip(" "):  # noqa: PLR2004  the value is further down
        gap = 2
    lines = [indent + line for entry in entries for line in render.block(entry, gap)]
    at = _content_end(text, last_end(listed.items[-1]))
    while (following := _COMMENT.match(text, _next_line(text, at))) and len(following[1]) > len(
        indent
    ):
        at = following.start()  # a comment deeper than the dash belongs to the entry above it
    return _insert_lines(text, at, lines)


def _insert_in_flow(
    text: str,
    root: nodes.Mapping,
    section: str,
    listed: nodes.Sequence,
    entries: Sequence[render.Entry],
) -> str:
    if not listed.items and not root.flow and text[listed.start : listed.end] in ("[]", "[ ]"):
        return _open_section(text, root, section, (listed.start, listed.end), entries)
    inside = ", ".join(render.flow(entry) for entry in entries)
    if listed.items:
        at = last_end(listed.items[-1])
        return f"{text[:at]}, {inside}{text[at:]}"
    at = text.index("[", listed.start) + 1
    return f"{text[:at]}{inside}{text[at:]}"


def _content_end(text: str, end: int) -> int:
    """The end of a value without the line breaks that a `|` text brings along."""
    return len(text[:end].rstrip()) if text[end - 1 : end].isspace() else end


def _in_block(text: str, listed: nodes.Sequence, number: int) -> tuple[int, int]:
    """The lines of an entry, from its dash to its last value."""
    indent = _indent(text, listed.start)
    dash = listed.start
    if number:
        above = _content_end(text, last_end(listed.items[number - 1]))
        found = re.compile(rf"(?:\n|\r\n?){re.escape(indent)}-(?=\s)").search(text, above)
        if found is None:
            raise NotEditable("the dash of this entry cannot be found: edit it by hand")
        dash = found.end() - 1
    end = max(_content_end(text, last_end(listed.items[number])), dash)
    start, behind = _line_start(text, dash), _next_line(text, end)
    if behind == len(text) and not text.endswith(("\n", "\r")):
        start = len(text[:start].removesuffix("\n").removesuffix("\r"))  # no line break at the end
    return start, behind


def _in_flow(text: str, listed: nodes.Sequence, number: int) -> tuple[int, int]:
    item = listed.items[number]
    first, last = _line_start(text, item.start), _line_end(text, item.end)
    alone = not text[first : item.start].strip() and re.fullmatch(
        r"[ \t]*,?[ \t]*(#.*)?", text[item.end : last]
    )
    if alone:
        return first, _next_line(text, item.end)  # a comma above it may stand before the `]`
    if number + 1 < len(listed.items):
        return item.start, listed.items[number + 1].start
    if number:
        return listed.items[number - 1].end, item.end
    comma = re.compile(r"\s*,").match(text, item.end)
    return item.start, comma.end() if comma else item.end
