"""A quick look over a document before feedparser reads it.

feedparser reads everything, however long it takes, and mixes the captions of pictures with the
title and the text of their entry. So one pass of expat, some ten times faster than what follows,
refuses what no feed needs, and cuts out what is better read here.
"""

import re
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache
from xml.parsers import expat

from aggregator.errors import NotAFeed
from aggregator.parse.excerpt import Doubtful, LeftOut
from aggregator.parse.increment import AROUND, Ranges, counts, seen_places

MAX_ENTRIES = 5_000  # of one document; the first ones are kept
_MAX_DEPTH = 200  # elements
_MAX_ATTRIBUTES = 1_000  # of one element
_MAX_SAME = 300  # children of one name in an entry; who reads them takes the square of them
_MAX_NAME = 2_000  # characters of an author; feedparser takes the square of them in time

_MEDIA = {"http://search.yahoo.com/mrss/", "http://search.yahoo.com/mrss"}
_CAPTIONS = {"title", "description"}
_PEOPLE = {
    *("author", "creator", "contributor", "publisher", "managingeditor", "webmaster"),
    *("name", "email", "owner"),
}
_PERSON = re.compile(
    rf"<((?:[\w-]{{1,20}}:)?(?:{'|'.join(sorted(_PEOPLE))}))\b[^<>]*>", re.IGNORECASE
)
# Where feedparser keeps lists and dicts of its own; an element of that name would overwrite them,
# and <title:detail> is of the name title_detail.
_TAKEN = re.compile(r"links|authors|contributors|(?:\w*_)?(?:detail|parsed)")
_TAKEN_TAG = re.compile(rf"(</?(?:[\w-]{{1,20}}:)?)({_TAKEN.pattern})(?=[\s/>])", re.IGNORECASE)
_SKIPS = {"skiphours": "hour", "skipdays": "day"}
_ENTRIES = {"item", "entry"}
_PARENTS = {*_ENTRIES, "media:group", "media:content"}
# Namespaces whose entries feedparser takes for entries even where they have a prefix.
_PLAIN = {
    *("http://www.w3.org/2005/Atom", "http://purl.org/atom/ns#", "http://purl.org/rss/1.0/"),
    *("http://my.netscape.com/rdf/simple/0.9/", "http://backend.userland.com/rss2"),
}
_CAPTION_NAMES = {f"media:{name}" for name in _CAPTIONS}
_READ = _CAPTION_NAMES | _PEOPLE | set(_SKIPS.values())


@dataclass(frozen=True, slots=True)
class Scan:
    """What the quick look found."""

    document: bytes  # what feedparser is to read
    root: str | None  # name of the outermost element; None if there is none
    entries: int  # in `document`
    captions: tuple[tuple[str, ...], ...]  # titles and descriptions of media, of each entry there
    marks: tuple[bytes, ...]  # of each entry there, see `increment`; none: not to be told apart
    seen: tuple[bytes, ...]  # marks of the entries left out because they were seen
    is_excerpt: bool  # some of these were left out before
    declared: tuple[tuple[str | None, str | None], ...]  # prefixes and namespaces, None for none
    hours: tuple[str, ...]  # of skipHours, as written
    days: tuple[str, ...]  # of skipDays, as written
    torn: bool  # the end was missing, and was made up for
    cut: bool  # something is missing in `document` that only the other fields tell
    shortened: bool  # there were more entries
    error: str | None  # why it is not well formed; then nothing was cut

    @property
    def is_whole(self) -> bool:
        """Whether the document is well formed, to its end."""
        return self.error is None and not self.torn


@dataclass(frozen=True, slots=True)
class _Kind:
    """What an element is called, and what that means."""

    tag: str  # as written
    name: str  # in lower case, without prefix; "media:" before those of media
    is_entry: bool
    is_counter: bool  # inside an entry
    is_taken: bool
    is_read: bool
    has_parts: bool  # of an entry, and is no part of one itself


class _Open:
    """An element that has not ended yet."""

    __slots__ = ("kind", "name", "said", "start", "text")

    def __init__(self, kind: _Kind, start: int, said: object = None) -> None:
        self.kind = kind
        self.name = kind.name  # or "counter:"
        self.start = start  # byte
        self.said = said  # name and attributes; None inside entries
        self.text: list[str] | None = [] if kind.is_read else None


_NOTHING = _Open(
    _Kind("", "", is_entry=False, is_counter=False, is_taken=False, is_read=False, has_parts=False),
    start=0,
)  # what the outermost element is in
_IN_CDATA = expat.errors.codes[expat.errors.XML_ERROR_UNCLOSED_CDATA_SECTION]
# What expat says of a document that simply stops.
_STOPS = {
    expat.errors.codes[expat.errors.XML_ERROR_NO_ELEMENTS],
    expat.errors.codes[expat.errors.XML_ERROR_UNCLOSED_TOKEN],
    _IN_CDATA,
    expat.errors.codes[expat.errors.XML_ERROR_PARTIAL_CHAR],
}


class _Enough(Exception):
    """There are as many entries as we read."""


class _Look:
    """The handlers of one pass, and what they gathered."""

    def __init__(self, document: bytes, left_out: LeftOut) -> None:
        self.document = document
        self.stand_ins = {len(document) - place: digests for place, digests in left_out}
        self.parser = expat.ParserCreate("utf-8", namespace_separator=" ")
        self.parser.namespace_prefixes = True
        self.parser.buffer_text = True
        self.parser.ordered_attributes = True
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.StartNamespaceDeclHandler = self.declare
        self.open: list[_Open] = []
        self.root: str | None = None
        self.entries = 0
        self.in_entry = 0
        self.captions: list[list[str]] = []
        self.children: defaultdict[str, int] = defaultdict(int)  # of the open entry, by name
        self.skips: dict[str, list[str]] = {"hour": [], "day": []}
        self.cuts: list[tuple[int, int]] = []
        self.taken: list[int] = []  # where the last letter of a name stands that is to be another
        self.last_entry = 0
        self.shortened = False
        self.listens = False
        self.declared: set[tuple[str | None, str | None]] = set()
        self.ranges = Ranges()

    def run(self) -> expat.ExpatError | None:
        """Look at the whole document; what is wrong with it, None if it is well formed."""
        try:
            self.parser.Parse(self.document, True)
        except expat.ExpatError as error:
            return error
        except _Enough:
            self.document = self.document[: self.last_entry] + self.closing()
            self.shortened = True
        return None

    def closing(self) -> bytes:
        """The end tags of everything that is open."""
        return "".join(f"</{element.kind.tag}>" for element in reversed(self.open)).encode()

    def mended(self, error: expat.ExpatError) -> bytes:
        """The document with the end it lacks."""
        if error.code == _IN_CDATA:
            return self.document + b"]]>" + self.closing()
        return self.document[: self.parser.ErrorByteIndex] + self.closing()

    def declare(self, prefix: str | None, uri: str | None) -> None:
        """Remember a namespace that entries may use."""
        self.declared.add((prefix, uri))
        if not self.in_entry:
            self.ranges.around.append((prefix, uri))

    def start(self, name: str, attributes: list[str]) -> None:
        """Remember an element."""
        kind = _kind(name)
        at = self.parser.CurrentByteIndex
        if self.root is None:
            self.root = kind.tag
            self.ranges.around.append(self.document[:at])
        if len(self.open) >= _MAX_DEPTH:
            raise NotAFeed(f"elements are nested deeper than {_MAX_DEPTH}")
        if len(attributes) > 2 * _MAX_ATTRIBUTES:
            raise NotAFeed(f"an element has more than {_MAX_ATTRIBUTES} attributes")
        if kind.is_entry:
            self.start_entry(at)
        if self.in_entry:
            element = _Open(kind, at)
            if kind.is_counter:
                element.name = "counter:"
        else:
            element = _Open(kind, at, (name, attributes))
        self.open.append(element)
        if kind.is_taken:
            self.taken.append(at + len(f"<{kind.tag}".encode()) - 1)
        if kind.is_read is not self.listens:
            self.listen(whether=kind.is_read)

    def start_entry(self, at: int) -> None:
        """Remember an entry."""
        stands_for = self.stand_ins.get(at)
        number = len(stands_for) if stands_for else 1
        if self.entries + number > MAX_ENTRIES:
            self.last_entry = at
            raise _Enough
        self.stand_ins.pop(at, None)
        self.entries += number
        self.captions += [[] for _ in range(number)]
        self.children.clear()
        ancestors = [(element.start, element.said) for element in self.open]
        self.ranges.open_entry(at, ancestors, stands_for)
        self.in_entry += 1

    def listen(self, *, whether: bool) -> None:
        """Have texts told, or not."""
        self.listens = whether
        self.parser.CharacterDataHandler = self.text if whether else None

    def text(self, text: str) -> None:
        """Keep the text of an element we read."""
        said = self.open[-1].text
        if said is not None:
            said.append(text)

    def end(self, _name: str) -> None:
        """Judge an element by what it holds."""
        element = self.open.pop()
        kind = element.kind
        parent = self.open[-1] if self.open else _NOTHING
        if not self.in_entry:
            self.ranges.outside(kind.name)
            if kind.name in AROUND:
                self.ranges.around.append(self.document[element.start : self.after(element)])
        elif kind.is_entry:
            self.in_entry -= 1
            self.ranges.close_entry(self.parser.CurrentByteIndex, self.after(element))
        elif element.name == "counter:":
            self.ranges.entries[-1].counters.append((element.start, self.after(element)))
        elif parent.kind.has_parts:
            self.children[kind.name] += 1
            if self.children[kind.name] > _MAX_SAME:
                self.cuts.append((element.start, self.after(element)))
        if kind.is_taken:
            self.take_end(element)
        if element.text is not None:
            self.judge(element, parent.name, "".join(element.text).strip())
        if parent.kind.is_read is not self.listens:
            self.listen(whether=parent.kind.is_read)

    def judge(self, element: _Open, parent: str, text: str) -> None:
        """Keep what is better read here, and cut out what is not to be read."""
        name = element.name
        if text and name in _CAPTION_NAMES and self.in_entry:
            self.captions[-1].append(text)
            self.cuts.append((element.start, self.after(element)))
        elif len(text) > _MAX_NAME and name in _PEOPLE:
            self.cuts.append((element.start, self.after(element)))
        elif text and _SKIPS.get(parent) == name and not self.in_entry:
            self.skips[name].append(text)

    def after(self, element: _Open) -> int:
        """The byte after an element that ends here."""
        end = self.parser.CurrentByteIndex
        if self.has_end_tag(element, end):
            return self.document.index(b">", end) + 1
        return end  # of "<item/>", which expat has passed

    def has_end_tag(self, element: _Open, end: int) -> bool:
        """Whether an element that ends at this byte has a tag for it."""
        return self.document.startswith(f"</{element.kind.tag}".encode(), end)

    def take_end(self, element: _Open) -> None:
        """Remember the end tag of an element that is to have another name."""
        end = self.parser.CurrentByteIndex
        if self.has_end_tag(element, end):
            self.taken.append(end + len(f"</{element.kind.tag}".encode()) - 1)


@lru_cache(maxsize=1_024)
def _kind(name: str) -> _Kind:
    """What an element is, out of expat's one string for namespace, name and prefix."""
    namespace, tag, local = _parts(name)
    is_media = namespace in _MEDIA
    is_counter = not is_media and counts(namespace, local)
    called = f"media:{local}" if is_media else local
    return _Kind(
        tag,
        called,
        is_entry=local in _ENTRIES and not (":" in tag and namespace not in _PLAIN),
        is_counter=is_counter,
        is_taken=not is_media and not is_counter and _TAKEN.fullmatch(local) is not None,
        is_read=called in _READ,
        has_parts=called in _PARENTS,
    )


def _parts(name: str) -> tuple[str, str, str]:
    """Namespace, name as written, and local name in lower case."""
    match name.split(" "):
        case [namespace, local, prefix]:
            return namespace, f"{prefix}:{local}", local.lower()
        case [namespace, local]:
            return namespace, local, local.lower()
        case _:
            return "", name, name.rpartition(":")[2].lower()


def scan(
    document: bytes, *, salt: str = "", seen: Collection[bytes] = (), left_out: LeftOut = ()
) -> Scan:
    """Look over a document in UTF-8.

    Args:
        document: all of it, or an excerpt.
        salt: what reading an entry depends on beside the document.
        seen: marks of entries that need not be read.
        left_out: of an excerpt.

    Raises:
        NotAFeed: it is built to be slow to read.
        Doubtful: an entry that was left out has to be read.
    """
    look = _Look(document, left_out)
    error = look.run()
    torn = False
    if left_out and error is not None:
        raise Doubtful
    if error is not None and error.code in _STOPS and look.open:
        again = _Look(look.mended(error), ())
        if again.run() is None:
            look, error, torn = again, None, True
    well_formed = error is None
    sure = well_formed and not torn and not look.shortened
    marks = look.ranges.marks(document, salt) if sure else ()
    known = set(seen_places(marks, seen))
    if look.stand_ins or any(
        entry.stands_for and place not in known for place, entry in enumerate(look.ranges.entries)
    ):
        raise Doubtful
    left = [place for place in range(look.entries) if place not in known]
    ranges = look.ranges.entries
    cuts = [*look.cuts, *((ranges[place].start, ranges[place].end) for place in known)]
    return Scan(
        document=_edited(look.document, look.taken, cuts) if well_formed else document,
        root=look.root,
        entries=len(left),
        captions=tuple(tuple(look.captions[place]) for place in left) if well_formed else (),
        marks=tuple(marks[place] for place in left) if marks else (),
        seen=tuple(marks[place] for place in sorted(known)),
        is_excerpt=bool(left_out),
        declared=tuple(look.declared),
        hours=tuple(look.skips["hour"]),
        days=tuple(look.skips["day"]),
        torn=torn,
        cut=well_formed and bool(look.cuts),
        shortened=look.shortened,
        error=str(error) if error else None,
    )


def without_long_names(text: str) -> str:
    """A document that is not well formed, without people whose names are no names."""
    kept, position = [], 0
    unended: set[str] = set()  # nothing ends these any more
    for start in _PERSON.finditer(text):
        if start.start() < position or start[1] in unended:
            continue
        end = text.find(f"</{start[1]}", start.end())
        if end < 0:
            unended.add(start[1])
        elif end - start.end() > _MAX_NAME:
            kept.append(text[position : start.end()])
            position = end
    return "".join([*kept, text[position:]])


def without_taken_names(text: str) -> str:
    """A document that is not well formed, without names that feedparser keeps for itself."""
    return _TAKEN_TAG.sub(r"\1_\2", text)


def _edited(document: bytes, taken: list[int], cuts: list[tuple[int, int]]) -> bytes:
    """The document with other letters in some places, and without ranges that may overlap."""
    if not taken and not cuts:
        return document
    if taken:
        other = bytearray(document)
        for place in taken:
            other[place] = ord("_")
        document = bytes(other)
    kept, position = [], 0
    for start, end in sorted(cuts):
        if start >= position:
            kept.append(document[position:start])
            position = end
    return b"".join([*kept, document[position:]])
