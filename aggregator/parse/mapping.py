"""Feeds of the common shapes of RSS and Atom, read as feedparser would read them, but much faster.

feedparser is the reference: what is read here is what it says, key for key of those that anyone
reads, or else `Unusual` is raised, and feedparser asked. So every rule here and in `telling`,
however odd, is one of feedparser's; what is not sure to be read alike is not read at all. Oddities
that seldom occur are not worth a rule.
"""

from collections.abc import Iterable
from typing import Final

from lxml import etree
from lxml.etree import _Element as Element

from aggregator.parse.elements import Place, attributes_of, only, place_in
from aggregator.parse.names import ATOM, RDF, RSS_1, Unusual, check, named
from aggregator.parse.reference import Read, Said
from aggregator.parse.rules import OF_IMAGE, OF_INPUT, Course
from aggregator.parse.telling import entry, pass_over, tell_feed
from aggregator.parse.wording import base_in

_RSS_VERSIONS = {"0.91": "rss091u", "0.92": "rss092", "0.93": "rss093", "0.94": "rss094"}
_ENTRIES = frozenset(("item", "entry"))
# Beside the channel and the items of RSS 1.0 stands what says nothing of either.
_BESIDE = {"image": OF_IMAGE, "textinput": OF_INPUT}
_ATOM_FEED: Final = f"{{{ATOM}}}feed"
_RDF: Final = f"{{{RDF}}}RDF"

_PARSER = etree.XMLParser(
    resolve_entities=False,
    no_network=True,
    load_dtd=False,
    huge_tree=False,
    remove_comments=True,
    remove_pis=True,
    collect_ids=False,
)


def read(document: bytes, url: str, declared: Iterable[tuple[str | None, str | None]]) -> Read:
    """What feedparser makes of a document, as far as anyone reads it.

    Args:
        document: well formed XML in UTF-8.
        url: its address.
        declared: every prefix and namespace that it declares, None for none.

    Raises:
        Unusual: it is not of a common shape.
    """
    declared = list(declared)
    check(declared)
    try:
        root = etree.fromstring(document, _PARSER)
    except etree.XMLSyntaxError as error:  # longer than libxml2 takes
        raise Unusual(str(error)) from None
    if root.getroottree().docinfo.doctype:
        raise Unusual("a document type")
    feed: Said = {}
    version = _version(root, {uri.lower() for _, uri in declared if uri})
    attributes = attributes_of(root)
    place = place_in(attributes, Place(base_in(url, url), None))
    if version != "rss10" and place.language:
        feed["language"] = place.language.replace("_", "-")
    course = Course(is_atom=version == "atom10")
    entries: list[Said] = []
    if version == "atom10":
        _tell(course, feed, entries, root, place)
        return feed, entries, version
    for element in root:
        name = named(element.tag)
        if name == "channel" and element is root[0]:
            attributes = attributes_of(element)
            if "lastmod" in attributes or "href" in attributes:
                raise Unusual("a channel as of CDF")
            _tell(course, feed, entries, element, place_in(attributes, place))
        elif version == "rss10" and name in _ENTRIES:
            entries.append(entry(course, element, place))
        elif version == "rss10" and name in _BESIDE:
            only(element, _BESIDE[name])
        else:
            pass_over(element, name)
    return feed, entries, version


def _version(root: Element, spaces: set[str]) -> str:
    """The version of a document's format, as feedparser calls it."""
    match root.tag:
        case "rss" if RSS_1 not in spaces:
            said = root.get("version", "")
            return _RSS_VERSIONS.get(said, "rss20" if said.startswith("2.") else "rss")
        case tag if tag == _ATOM_FEED and RSS_1 not in spaces:
            return "atom10"
        case tag if tag == _RDF and RSS_1 in spaces and ATOM.lower() not in spaces:
            return "rss10"
        case tag:
            raise Unusual(f"starts with {tag}")


def _tell(course: Course, feed: Said, entries: list[Said], parent: Element, place: Place) -> None:
    """Tell what a feed, and the entries in it, say."""
    for element in parent:
        if named(element.tag) in _ENTRIES:
            entries.append(entry(course, element, place))
        else:
            tell_feed(course, feed, element, place)
