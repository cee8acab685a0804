"""What an entry is recognised by: prints of its guid, its link, its title and its words."""

import re
import unicodedata
from hashlib import blake2b

from aggregator.dedupe import near
from aggregator.urls import canonical, is_opaque
from aggregator.values.item import Entry, Prints

# Kept in the last bits of every digest. Raised when the digest is made otherwise, so that entries
# stored by an older release are compared word by word once, rather than all called revised.
_SCHEME = 1
_SCHEME_BITS = 4

_FRONT_PAGE = re.compile(r"https://[^/?#]+")
_NOT_WORDS = re.compile(r"[^\w]+")
_ADDRESS = re.compile(r"https?://\S+")
_COUNTED = (
    r"(?:comments?|views?|reads?|likes?|shares?|votes?|points?|repl(?:y|ies)|reactions?|retweets?|"
    r"responses?|notes?|kommentare?|aufrufe|commentaires?|vues|comentarios?|commenti|reacties|"
    r"комментари\w+|просмотр\w*)"
)
_COUNT_FIRST = re.compile(  # begins with a digit, and not with \b, as that is found faster
    rf"\d(?<!\w\d)[\d.,]*\s*(?:{_COUNTED}|(?:seconds?|minutes?|mins?|hours?|days?)\s+ago)\b",
    re.IGNORECASE,
)
_ASCII_COUNT_FIRST = re.compile(_COUNT_FIRST.pattern, re.IGNORECASE | re.ASCII)  # in half the time
_COUNT_LAST = re.compile(rf"\b{_COUNTED}\s*[:(]\s*\d[\d.,]*\)?", re.IGNORECASE)
_COUNT_AFTER_MARK = re.compile(r"[:(]\s*\d")


def prints(entry: Entry) -> Prints:
    """What the entry is looked up by, and what tells whether it changed."""
    traces = near.traces(entry.title, entry.text)
    return Prints(
        guid=hashed("guid", entry.guid) if entry.guid else None,
        link=_link(entry),
        title=_title(entry),
        digest=_digest(entry),
        bands=traces.bands,
        sketch=traces.sketch,
    )


def folded(text: str | None) -> str:
    """Words of a text without case, accents and punctuation, to compare headlines by."""
    plain = (text or "").casefold()
    if not plain.isascii():
        letters = unicodedata.normalize("NFKD", plain)
        plain = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return _NOT_WORDS.sub(" ", plain).strip()


def wording(text: str | None) -> str:
    """A text as far as changing it makes a revision: not its spaces, addresses and counters."""
    said = text or ""
    if "://" in said:
        said = _ADDRESS.sub(" ", said)
    if _COUNT_AFTER_MARK.search(said):  # quick to see, and rare
        said = _COUNT_LAST.sub(" ", said)
    counts = _ASCII_COUNT_FIRST if said.isascii() else _COUNT_FIRST
    return " ".join(counts.sub(" ", said).split())


def same_scheme(one: int, other: int) -> bool:
    """Whether two digests were made the same way and may be compared."""
    return (one ^ other) % (1 << _SCHEME_BITS) == 0


def hashed(*parts: str) -> int:
    """64 bits of a text, signed as databases like them; the same on every machine for ever."""
    text = "\0".join(parts).encode("utf-8", "surrogatepass")
    return int.from_bytes(blake2b(text, digest_size=8).digest(), "big", signed=True)


def _link(entry: Entry) -> int | None:
    """Of the page behind redirectors and spellings; a front page identifies no story.

    Where the link does not say which page it leads to, a guid that is an address does
    (RSS 2.0: isPermaLink).
    """
    address = entry.via or entry.link
    page = canonical(address) if address else None
    if page and entry.guid and is_opaque(page):
        page = canonical(entry.guid) or page
    return hashed("link", page) if page and not _FRONT_PAGE.fullmatch(page) else None


def _title(entry: Entry) -> int:
    """Of title and date; where there is no title of the text, and without that of the media."""
    words = folded(entry.title) or (entry.title or "").strip() or wording(entry.text)
    when = entry.published.isoformat() if entry.published else ""
    return hashed("title", words or _media(entry), when)


def _digest(entry: Entry) -> int:
    """Of title, text and the publisher's labels, with our scheme in its last bits."""
    labels = sorted({category.name for category in entry.categories})
    words = wording(entry.title), wording(entry.text)
    digest = hashed("digest", *(words if any(words) else ("", _media(entry))), *labels)
    return digest >> _SCHEME_BITS << _SCHEME_BITS | _SCHEME


def _media(entry: Entry) -> str:
    """What tells an entry without words."""
    pictures = [entry.picture.url] if entry.picture else []
    return " ".join([*(enclosure.url for enclosure in entry.enclosures), *pictures])
