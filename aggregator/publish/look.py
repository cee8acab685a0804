"""What everything published looks like, in short: another when a template or a style changed."""

from functools import lru_cache
from hashlib import blake2b
from pathlib import Path

from aggregator.values.output import Edition

_FOLDERS = ("templates", "static")


@lru_cache(maxsize=1)
def digest() -> str:
    """Of every template and static file; read once a process."""
    seen = blake2b(digest_size=16)
    for folder in _FOLDERS:
        for path in sorted((Path(__file__).parent / folder).iterdir()):
            if path.is_file():
                seen.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return seen.hexdigest()


def stamp(edition: Edition) -> int:
    """What the strips of items depend on, besides items and feeds: 32 bits (see publish/strips.py)."""
    people = sorted((person.slug, person.name) for person in edition.people.values())
    said = (edition.version, edition.site, people, sorted(edition.languages.items()), digest())
    return int.from_bytes(blake2b(repr(said).encode(), digest_size=4).digest(), "big")
