"""What the elements of a feed are called, and which documents call them what others do.

feedparser knows elements by a name of its own: without prefix those of RSS and Atom, the others by
the prefix that everybody uses for their namespace: `dc_creator`. Documents that use such a prefix
for something else, or one prefix for two namespaces, have it resolved by rules that nobody needs;
they are left to feedparser.
"""

from collections.abc import Iterable
from functools import lru_cache

ATOM = "http://www.w3.org/2005/Atom"
RSS_1 = "http://purl.org/rss/1.0/"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
XLINK = "http://www.w3.org/1999/xlink"


class Unusual(Exception):
    """A document that is not of a common shape: feedparser is to read it."""


# Of elements that WordPress declares as if they were the whole document.
_WORDPRESS = "com-wordpress:feed-additions:1"
# They mean nothing to feedparser, so that only the prefix says what is meant.
_MISSPELT = {
    "http://purl.org/dc/elements/1.1": "dc",
    "http://purl.org/rss/1.0/modules/content": "content",
    "http://purl.org/rss/1.0/modules/syndication": "sy",
    "http://purl.org/rss/1.0/modules/slash": "slash",
    "http://wellformedweb.org/commentapi": "wfw",
}

# Namespaces, in lower case, and the prefix that feedparser knows them by.
_PREFIXES = {
    ATOM.lower(): "",
    RSS_1: "",
    _WORDPRESS: "",
    RDF: "rdf",
    **_MISSPELT,
    "http://purl.org/rss/1.0/modules/content/": "content",
    "http://purl.org/dc/elements/1.1/": "dc",
    "http://purl.org/dc/terms/": "dcterms",
    "http://rssnamespace.org/feedburner/ext/1.0": "feedburner",
    "http://www.georss.org/georss": "georss",
    "http://www.itunes.com/dtds/podcast-1.0.dtd": "itunes",
    "http://search.yahoo.com/mrss": "media",
    "http://search.yahoo.com/mrss/": "media",
    "http://purl.org/rss/1.0/modules/syndication/": "sy",
    "http://purl.org/rss/1.0/modules/slash/": "slash",
    "http://wellformedweb.org/commentapi/": "wfw",
    "http://www.w3.org/2003/01/geo/wgs84_pos#": "geo",
    "http://backend.userland.com/creativecommonsrssmodule": "creativecommons",
    "http://cyber.law.harvard.edu/rss/creativecommonsrssmodule.html": "creativecommons",
    "http://web.resource.org/cc/": "cc",
    "http://creativecommons.org/ns#license": "cc",
    "http://webns.net/mvcb/": "admin",
    "http://www.opengis.net/gml": "gml",
    "http://podlove.org/simple-chapters": "psc",
    "http://www.w3.org/1999/xhtml": "xhtml",
    "http://www.w3.org/xml/1998/namespace": "xml",
}
# Prefixes that mean something to feedparser, even when they stand for another namespace.
_TAKEN = frozenset((*_PREFIXES.values(), "pheedo")) - {""}
# Namespaces that feedparser takes for those of RSS and Atom, or reads otherwise: of old drafts.
_OLD = frozenset((
    "http://blogs.law.harvard.edu/tech/rss", "http://my.netscape.com/rdf/simple/0.9/",
    "http://example.com/newformat#", "http://example.com/necho", "http://purl.org/echo/",
    "uri/of/echo/namespace#", "http://purl.org/pie/", "http://purl.org/atom/ns#",
    "http://purl.org/rss/1.0/modules/rss091#", "http://example.com/dtds/podcast-1.0.dtd",
))  # fmt: skip
_USERLAND = "backend.userland.com/rss"  # with whatever version behind it


def check(declared: Iterable[tuple[str | None, str | None]]) -> None:
    """Make sure that names mean what they seem to.

    Args:
        declared: every prefix and namespace that a document declares, None for none.

    Raises:
        Unusual: they may not.
    """
    meant: dict[str, str] = {}
    for prefix, uri in declared:
        if not uri:
            raise Unusual("a namespace is taken back")
        known = _PREFIXES.get(uri.lower())
        if uri == XLINK or uri.lower() in _OLD or _USERLAND in uri.lower():
            raise Unusual(f"namespace {uri}")
        if prefix is None:
            if known not in {"", "xhtml"}:  # of the feed, of a text in it
                raise Unusual(f"the main namespace is {uri}")
        elif uri == _WORDPRESS or _MISSPELT.get(uri.lower(), prefix) != prefix:
            raise Unusual(f"{prefix} means {uri}")
        elif meant.setdefault(prefix.lower(), uri) != uri:
            raise Unusual(f"{prefix} has two meanings")
        elif prefix.lower() in _TAKEN and known != prefix.lower():
            raise Unusual(f"{prefix} means {uri}")


@lru_cache(maxsize=1_024)
def named(tag: str) -> str | None:
    """Feedparser's name of an element; None where it has none.

    Args:
        tag: as lxml writes it: `{namespace}name`, or `name`.
    """
    uri, _, local = tag.rpartition("}")
    local = local.lower()
    prefix = _PREFIXES.get(uri[1:].lower()) if uri else ""
    if prefix is None:
        return None
    if not prefix and "_" in local:  # might be taken for one with a prefix
        raise Unusual(tag)
    return f"{prefix}_{local}" if prefix else local
