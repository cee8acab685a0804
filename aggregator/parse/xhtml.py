"""XHTML inside a feed, as text: the way feedparser writes it down."""

from collections.abc import Sequence
from html import escape
from typing import Final

from lxml.etree import _Element as Element

from aggregator.parse.names import Unusual

_SPACE: Final = "{http://www.w3.org/1999/xhtml}"
_LANGUAGE: Final = "{http://www.w3.org/XML/1998/namespace}lang"
_STRANGE = frozenset(("body", "svg", "math"))  # feedparser has rules for them


def inside(element: Element, *, wrapped: bool) -> str:
    """What an element holds, as markup.

    Args:
        element: whose content is XHTML.
        wrapped: whether a <div> around all of it is only there to hold it (RFC 4287 §3.1.1.3).

    Raises:
        Unusual: it holds other than plain XHTML.
    """
    pieces: list[str] = []
    _write(element, pieces)
    return "".join(_unwrapped(pieces) if wrapped else pieces).strip()


def _write(element: Element, pieces: list[str]) -> None:
    """Add the texts, start tags and end tags inside an element."""
    if element.text:
        pieces.append(escape(element.text, quote=False))
    for child in element:
        space, _, name = child.tag.rpartition("}")
        name = name.lower()
        if space + "}" != _SPACE or name in _STRANGE:
            raise Unusual(f"{child.tag} in a text")
        pieces.append(f"<{name}{_attributes(child)}>")
        _write(child, pieces)
        pieces.append(f"</{name}>")
        if child.tail:
            pieces.append(escape(child.tail, quote=False))


def _attributes(element: Element) -> str:
    found: dict[str, str] = {}
    for name, value in element.items():
        key = "xml:lang" if name == _LANGUAGE else name.lower()
        if key[0] == "{" or key in {"base", "mode"}:
            raise Unusual(f"{name} in a text")
        found[key] = value.lower() if key in {"rel", "type"} else value
    return "".join(f' {key}="{_quoted(value)}"' for key, value in found.items())


def _quoted(value: str) -> str:
    return escape(value, quote=False).replace('"', "&quot;")


def _unwrapped(pieces: Sequence[str]) -> Sequence[str]:
    """The pieces without a <div> that holds all of them."""
    start, end = 0, len(pieces)
    while end - start > 1 and not pieces[end - 1].strip():
        end -= 1
    while end - start > 1 and not pieces[start].strip():
        start += 1
    pieces = pieces[start:end]
    if not (pieces and pieces[0].startswith(("<div>", "<div ")) and pieces[-1] == "</div>"):
        return pieces
    depth = 0
    for piece in pieces[:-1]:
        if piece.startswith("</"):
            depth -= 1
            if depth == 0:
                return pieces
        elif piece.startswith("<") and not piece.endswith("/>"):
            depth += 1
    return pieces[1:-1]
