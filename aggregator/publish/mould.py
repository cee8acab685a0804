"""An item as documents show it, but for what depends on the channel: its moulds.

Channels differ in whose names matter to them (see `plan.shown_slugs`): these stand in the why-line
of feeds, and are marked in the extracts of pages. Pages differ in how deep they are. All else is
made once for all channels, with a gap for what is not, and filled at a small part of the cost.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Final, NamedTuple

from aggregator.publish import why
from aggregator.publish.escape import in_json, xml

GAP: Final = "\ufffe"
"""Stands where something is to be filled in; a noncharacter, so nothing that is published holds it."""

_GAP: Final = GAP.encode()
_GAP_IN_JSON: Final = f'"{GAP}"'.encode()

Slugs = tuple[str, ...]
Reasons = tuple[tuple[str, str], ...]


class Mould(NamedTuple):
    """An item in every format, of plain values only: so it can be put away and taken out quickly."""

    number: int  # of the item
    published_s: int  # seconds since 1970
    updated_s: int
    language: str | None
    names: tuple[int, ...]  # what its feeds are called, in short
    reasons: Reasons  # for each of its tags, slug and why
    atom: bytes
    rss: bytes
    json: bytes
    cards: Mapping[Slugs, bytes]  # by whose names are marked; one for each tag, one for all of them

    @property
    def slugs(self) -> Slugs:
        """Of all its tags, in their order."""
        return tuple(slug for slug, _ in self.reasons)

    def atom_for(self, slugs: Slugs) -> bytes:
        """The entry of Atom in a channel to which these names matter."""
        return self.atom.replace(_GAP, _said(self.reasons, slugs).in_xml, 1)

    def rss_for(self, slugs: Slugs) -> bytes:
        """The same of RSS."""
        return self.rss.replace(_GAP, _said(self.reasons, slugs).in_xml, 1)

    def json_for(self, slugs: Slugs) -> bytes:
        """The same of JSON Feed, which says the line twice: in the text, and by itself."""
        said = _said(self.reasons, slugs)
        return self.json.replace(_GAP, said.in_json, 1).replace(_GAP_IN_JSON, said.alone, 1)

    def card_for(self, slugs: Slugs, root: str) -> bytes:
        """The same of a page from which this is the way to the site's address."""
        marked = self.cards.get(slugs) or self.cards[self.slugs]  # it got a tag just now
        return marked.replace(_GAP, root.encode())


class _Said(NamedTuple):
    """The why-line of an item in a channel, ready for each format."""

    in_xml: bytes  # in the text, which is HTML
    in_json: bytes
    alone: bytes  # a value of JSON


@lru_cache(maxsize=512)  # each is asked for by every format of its channel
def _said(reasons: Reasons, slugs: Slugs) -> _Said:
    line = why.joined(said for slug, said in reasons if slug in slugs)
    shown = why.paragraph(line) if line else ""
    return _Said(xml(shown).encode(), in_json(shown)[1:-1].encode(), in_json(line).encode())
