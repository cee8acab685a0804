"""Elements of a feed: what they hold, and what is in force inside them."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from lxml.etree import _Element as Element

from aggregator.parse.names import RDF, Unusual, named
from aggregator.parse.reference import Said
from aggregator.parse.wording import base_in, joined, mended

_XML: Final = "{http://www.w3.org/XML/1998/namespace}"
# Attributes with a prefix that feedparser knows by a name of their own.
_KNOWN_ATTRIBUTES = {
    f"{_XML}lang": "xml:lang",
    f"{_XML}base": "xml:base",
    f"{{{RDF}}}about": "rdf:about",
}
# Attributes that are read; with any other prefix they would be taken for those without.
_READ_ATTRIBUTES = frozenset((
    "base", "domain", "filesize", "height", "href", "ispermalink", "label", "lang", "lastmod",
    "length", "medium", "mode", "rel", "scheme", "src", "term", "text", "title", "type", "uri",
    "url", "version", "width",
))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Place:
    """What is in force where an element stands."""

    base: str  # of addresses
    language: str | None

    def detail(self, kind: str) -> Said:
        """What feedparser notes of a text."""
        language = self.language and self.language.replace("_", "-")
        return {"type": kind, "language": language, "base": self.base}


def attributes_of(element: Element) -> Said:
    """Attributes of an element, by feedparser's names."""
    found: Said = {}
    for name, value in element.items():
        key = name.lower()
        if name[0] == "{":
            key = _KNOWN_ATTRIBUTES.get(name, name)
            if key is name and name.rpartition("}")[2].lower() in _READ_ATTRIBUTES:
                raise Unusual(name)
        found[key] = value.lower() if key in {"rel", "type"} else value
    return found


def place_in(attributes: Said, around: Place) -> Place:
    """What is in force inside an element with such attributes."""
    base = attributes.get("xml:base", attributes.get("base"))
    language = attributes.get("xml:lang", attributes.get("lang"))
    if base is None and language is None:
        return around
    return Place(
        base_in(around.base, base) if base else around.base,
        around.language if language is None else language or None,
    )


def words(element: Element) -> str:
    """The text of an element that holds nothing else.

    Raises:
        Unusual: it holds elements.
    """
    if len(element):
        raise Unusual(f"elements in {element.tag}")
    text = element.text
    return mended(text.strip()) if text else ""


def address(element: Element, place: Place) -> str:
    """The address that an element holds, made absolute; empty where it holds nothing."""
    text = (element.text or "").strip()
    if len(element):
        raise Unusual(f"elements in {element.tag}")
    return mended(joined(place.base, text)) if text else ""


def only(element: Element, names: Collection[str]) -> None:
    """Make sure that an element holds but texts of such names.

    Raises:
        Unusual: it holds something else.
    """
    for child in element:
        if len(child) or named(child.tag) not in names:
            raise Unusual(f"{child.tag} in {element.tag}")


def with_one_href(attributes: Said) -> Said:
    """Attributes in which the address is called href, whatever it was called."""
    href = attributes.get("url", attributes.get("uri", attributes.get("href")))
    if href:
        attributes.pop("url", None)
        attributes.pop("uri", None)
        attributes["href"] = href
    return attributes
