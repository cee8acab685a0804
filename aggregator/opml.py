"""Lists of feeds as feed readers exchange them: OPML 2.0 (http://opml.org/spec2.opml).

A folder is a group here. A feed in several groups stands in each of their folders, which is how
readers write it, and is read back as one outline.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from lxml import etree

from aggregator.errors import NotOpml

MAX_BYTES = 20_000_000  # some 60,000 feeds
MAX_OUTLINES = 100_000

_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # by XML 1.0 §2.2
_SPACE = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Outline:
    """A feed as a line of an OPML document."""

    url: str  # as written there; not checked
    title: str | None = None
    groups: tuple[str, ...] = ()  # names of the folders around it, outermost first
    home: str | None = None  # the page the feed is of


def read(body: bytes) -> tuple[Outline, ...]:
    """The feeds of an OPML document, in its order, each address once with all its groups.

    Unescaped ampersands and other slips that readers' exports are known for are read past.

    Raises:
        NotOpml: the document is none; the text says what it seems to be.
    """
    if len(body) > MAX_BYTES:
        raise NotOpml(f"the file is larger than {MAX_BYTES // 1_000_000} MB: split it")
    if b"<!ENTITY" in body.replace(b"\0", b""):
        raise NotOpml("the file declares XML entities, which no OPML needs: remove its DOCTYPE")
    root = _root(body)
    found: dict[str, Outline] = {}
    for outline in _outlines(root):
        known = found.get(outline.url)
        if known is not None:
            groups = tuple(dict.fromkeys(known.groups + outline.groups))
            outline = replace(known, groups=groups)  # noqa: PLW2901  the same feed, in one more folder
        found[outline.url] = outline
    return tuple(found.values())


def write(title: str, outlines: Iterable[Outline]) -> bytes:
    """An OPML document: feeds without a group first, then a folder for each group by name."""
    opml = etree.Element("opml", version="2.0")
    etree.SubElement(etree.SubElement(opml, "head"), "title").text = _clean(title)
    body = etree.SubElement(opml, "body")
    folders: dict[str, list[Outline]] = {}
    for outline in outlines:
        for group in outline.groups:
            folders.setdefault(group, []).append(outline)
        if not outline.groups:
            _append(body, outline)
    for group in sorted(folders):
        folder = etree.SubElement(body, "outline", text=_clean(group), title=_clean(group))
        for outline in folders[group]:
            _append(folder, outline)
    etree.indent(opml)
    return bytes(etree.tostring(opml, xml_declaration=True, encoding="utf-8")) + b"\n"


def _root(body: bytes) -> Any:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, recover=True)
    try:
        root = etree.fromstring(body.lstrip(), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise NotOpml("the file is no OPML: it cannot be read as XML") from error
    if root is None:
        raise NotOpml("the file is no OPML: it cannot be read as XML")
    name = _local(root) if isinstance(root.tag, str) else ""
    if name.lower() != "opml":
        feed = name.lower() in ("rss", "feed", "rdf")
        instead = ": it is a feed, so add its address instead" if feed else f" but <{name}>"
        raise NotOpml(f"the file is no OPML{instead}")
    return root


def _outlines(root: Any) -> Iterator[Outline]:
    """Every outline that is a feed, in document order; own stack, so depth is no matter."""
    stack: list[tuple[Any, tuple[str, ...]]] = [(root, ())]
    seen = 0
    while stack:
        element, groups = stack.pop()
        if not isinstance(element.tag, str):
            continue  # a comment
        if _local(element).lower() == "outline":
            seen += 1
            if seen > MAX_OUTLINES:
                raise NotOpml(f"the file has more than {MAX_OUTLINES} outlines: split it")
            said = {key.lower(): _tidy(value) for key, value in element.attrib.items()}
            title = said.get("title") or said.get("text") or None
            url = said.get("xmlurl") or (said.get("url") if said.get("type") == "rss" else None)
            if url:
                yield Outline(url, title, groups, said.get("htmlurl") or None)
            elif title and title not in groups:
                groups = (*groups, title)
        stack.extend((child, groups) for child in reversed(element))


def _append(parent: Any, outline: Outline) -> None:
    shown = _clean(outline.title or outline.url)
    element = etree.SubElement(parent, "outline", type="rss", text=shown, title=shown)
    element.set("xmlUrl", _clean(outline.url))
    if outline.home:
        element.set("htmlUrl", _clean(outline.home))


def _tidy(value: str) -> str:
    return _SPACE.sub(" ", value).strip()


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("", text)


def _local(element: etree._Element) -> str:
    """An element's name without its namespace; etree.QName refuses some that a torn file has."""
    return str(element.tag).rpartition("}")[2]
