"""What single values of feeds.yaml may be.

A check returns the value, tidied, or raises ValueError with the end of a sentence that starts with
the value ("is no duration: write 20m"); `Sentence` where the value is not to be shown.
"""

import re
from collections.abc import Callable
from datetime import timedelta
from importlib.util import find_spec

from aggregator.config import addresses, names, nodes, units

_NAME_LENGTH = 200  # characters; the longest titles and names of people stay below
_TEXT_LENGTH = 2000  # characters of a headline test: a headline, or a first paragraph
_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")  # RFC 9110 §5.1
_HEADER_VALUE = re.compile(r"[\x20-\x7e]*")  # RFC 9110 §5.5, without what is obsolete
_BUCKET = re.compile(  # a bucket, and folders none of which is . or ..
    r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/(?!\.\.?(/|$))[A-Za-z0-9._-]+)*/?"
)
LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")  # RFC 5646 §2.1, its shape
_SQLITE = re.compile(r"sqlite:///(?!:memory:)[^?\0]*[^?/\0]")  # a file, and nothing more
_POSTGRESQL = re.compile(r"postgresql(\+psycopg)?://[^/\s]*/[^/\s]\S*")
# These are the poller's own: they decide what is asked and how the answer is to be read.
_OUR_HEADERS = frozenset(
    {
        "accept-encoding",
        "connection",
        "content-length",
        "host",
        "if-modified-since",
        "if-none-match",
        "keep-alive",
        "range",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)


class Sentence(ValueError):
    """A refusal that is a whole sentence, and does not show the value."""


def between(lowest: str, highest: str) -> Callable[[object], timedelta]:
    """A check for durations from one to another, both included."""

    def check(value: object) -> timedelta:
        if isinstance(value, int) and not isinstance(value, bool):
            raise ValueError(f"has no unit: write {value}s, {value}m or {value}h")  # noqa: TRY004  pydantic takes ValueError
        if not isinstance(value, str):
            raise Sentence("a duration is expected: write 90s, 20m, 2h, 1d or 5y")
        length = units.duration(value)
        if not units.duration(lowest) <= length <= units.duration(highest):
            raise ValueError(f"is out of range: write {lowest} to {highest}")
        return length

    return check


def byte_count(value: object) -> int:
    """A size, as bytes."""
    if isinstance(value, int) and not isinstance(value, bool):
        raise ValueError("has no unit: write 500kB, 10MB or 1GB")  # noqa: TRY004  pydantic takes ValueError
    if not isinstance(value, str):
        raise Sentence("a size is expected: write 500kB, 10MB or 1GB")
    size = units.size(value)
    if not units.size("1kB") <= size <= units.size("1GB"):
        raise ValueError("is out of range: write 1kB to 1GB")
    return size


def line(text: str) -> str:
    """A text of one line: white space folded, something left."""
    text = " ".join(text.split())
    if not text:
        raise Sentence("an empty text: write something, or remove the key")
    if found := nodes.TURNING.search(text):
        raise ValueError(f"holds U+{ord(found[0]):04X}, which turns what follows round: remove it")
    if len(text) > _NAME_LENGTH:
        raise ValueError(f"is longer than {_NAME_LENGTH} characters: shorten it")
    return text


def spelling(text: str) -> str:
    """A name or phrase to look for in texts."""
    text = line(text)
    if not any(letter.isalpha() for letter in text):
        raise ValueError("holds no letter: write a name as texts spell it")
    return text


def headline(text: str) -> str:
    """A text to try the rules on."""
    if not text.strip():
        raise Sentence("an empty text: write a headline, or remove the line")
    if len(text) > _TEXT_LENGTH:
        raise ValueError(f"is longer than {_TEXT_LENGTH} characters: a headline is enough")
    return text


def slug(text: str) -> str:
    """A name that stands in addresses."""
    if not names.is_slug(text):
        instead = names.slug_of(text) or "sergei-lavrov"
        raise ValueError(
            "is no slug (small letters a to z, digits and hyphens, at most 80, no hyphen first):"
            f" write {instead}"
        )
    return text


def group(text: str) -> str:
    """A label of feeds, which `group:"..."` in a view can hold."""
    text = line(text)
    if '"' in text:
        raise ValueError("holds a double quote: views could not name it, so leave it out")
    return text


def language(text: str) -> str:
    """A language tag (BCP 47), by its shape."""
    if not LANGUAGE.fullmatch(text):
        raise ValueError("is no language: write a code such as de or pt-BR")
    return text


def header_name(text: str) -> str:
    """A header that may be added to our requests."""
    if not _HEADER_NAME.fullmatch(text):
        raise Sentence(
            "a header's name holds only letters, digits and hyphens: write it without `:`"
        )
    if text.lower() in _OUR_HEADERS:
        raise Sentence(f"header {text} is the poller's own: remove it")
    return text


def header_value(text: str) -> str:
    """What such a header says; may be a secret, so it is never shown."""
    if not _HEADER_VALUE.fullmatch(text):
        raise Sentence("a header's value is one line of ASCII: encode what is not")
    return text.strip()


def site_url(text: str) -> str:
    """The address that all published ones start with; ends in "/"."""
    addresses.http(text)
    if "?" in text or "#" in text:
        raise ValueError("is more than the start of addresses: remove everything from `?` or `#`")
    return text if text.endswith("/") else text + "/"


def contact(text: str) -> str:
    """Where publishers can write to."""
    if text.lower().startswith("mailto:") and "@" in text and not re.search(r"\s", text):
        return text
    if re.fullmatch(r"[^\s@:/]+@[^\s@:/]+", text):
        raise ValueError(f"is no address: write mailto:{text}")
    return addresses.http(text)


def proxy(text: str) -> str:
    """A proxy for HTTP."""
    if not text.startswith("http://"):
        raise ValueError("is no address of a proxy: write http://host:port")
    return addresses.http(text)


def database(text: str) -> str:
    """The address of a database, as it is; raises Sentence when it is none."""
    if _SQLITE.fullmatch(text) or _POSTGRESQL.fullmatch(text):
        return text
    raise Sentence(
        "a database is expected: write sqlite:///db/aggregator.db or postgresql://user@host/name"
    )


def outlet(text: str) -> str:
    """Where published files may lie: a folder, or a bucket; raises Sentence when keys stand in it."""
    if not re.match(r"[A-Za-z][A-Za-z0-9+.-]+:", text):
        return _folder(text)
    if "@" in text:
        raise Sentence(
            "keys do not belong into this file: write s3://bucket/folder, and put them into the"
            " environment as AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
        )
    if not text.startswith("s3://"):
        raise ValueError("is neither a folder nor a bucket: write public/ or s3://bucket/folder")
    if not _BUCKET.fullmatch(text):
        raise ValueError(
            "is no bucket: write s3://bucket/folder, the bucket in small letters, digits, - and ."
        )
    if find_spec("obstore") is None:
        raise ValueError("needs a package that is not here: install aggregator[s3]")
    return text


def _folder(text: str) -> str:
    parts = [part for part in text.replace("\\", "/").split("/") if part not in {"", "."}]
    if text.startswith("/") or ".." in parts or not parts or not text.isprintable():
        raise ValueError("is no folder below the instance: write public/")
    if parts[0].lower() == "db":
        raise ValueError("is where the database lies: write public/")
    return text


def wikidata(text: str) -> str:
    """An item of Wikidata."""
    if not re.fullmatch(r"Q[1-9][0-9]{0,11}", text):
        raise ValueError("is no Wikidata item: write Q and its number, such as Q58217")
    return text


def occasion(text: str) -> str:
    """What an alert can tell of."""
    kind, colon, slug_text = text.partition(":")
    if text in {"feed-failed", "silence", "burst"}:
        return text
    if kind == "tag" and colon and names.is_slug(slug_text):
        return text
    raise ValueError("is nothing to tell of: write feed-failed, silence, burst or tag:SLUG")
