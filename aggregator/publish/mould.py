"""An item as documents show it, but for what depends on the channel: its moulds.

Channels differ in whose names matter to them (see `plan.shown_slugs`): these stand in the why-line
of feeds, and are marked in the extracts of pages. Pages differ in how deep they are. All else is
made once for all channels, with a gap for what is not, and filled at a small part of the cost.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

from aggregator.publish import why
from aggregator.publish.escape import in_json, xml

GAP: Final = "\ufffe"
"""Stands where something is to be filled in; a noncharacter, so nothing that is published holds it."""

_GAP: Final = GAP.encode()
_GAP_IN_JSON: Final = f'"{GAP}"'.encode()

Slugs = tuple[str, ...]


class Mould(NamedTuple):
    """An item in every format, of plain values only: so it can be put away and taken out quickly."""

    number: int  # of the item
    published_s: int  # seconds since 1970
    updated_s: int
    language: str | None
    names: tuple[int, ...]  # what its feeds are called, in short
    reasons: tuple[tuple[str, str], ...]  # for each of its tags, slug and why
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
        return _filled(self.atom, self._line(slugs))

    def rss_for(self, slugs: Slugs) -> bytes:
        """The same of RSS."""
        return _filled(self.rss, self._line(slugs))

    def json_for(self, slugs: Slugs) -> bytes:
        """The same of JSON Feed, which says the line twice: in the text, and by itself."""
        line = self._line(slugs)
        shown = in_json(why.paragraph(line))[1:-1].encode() if line else b""
        said = in_json(line).encode()
        return self.json.replace(_GAP, shown, 1).replace(_GAP_IN_JSON, said, 1)

    def card_for(self, slugs: Slugs, root: str) -> bytes:
        """The same of a page from which this is the way to the site's address."""
        marked = self.cards.get(slugs) or self.cards[self.slugs]  # it got a tag just now
        return marked.replace(_GAP, root.encode())

    def _line(self, slugs: Slugs) -> str | None:
        return why.joined(said for slug, said in self.reasons if slug in slugs)


def _filled(body: bytes, line: str | None) -> bytes:
    return body.replace(_GAP, xml(why.paragraph(line)).encode() if line else b"", 1)
