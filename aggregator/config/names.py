"""Slugs: the short ASCII names that tags and views have in addresses."""

import re

from anyascii import anyascii

SLUG_PATTERN = r"[a-z0-9][a-z0-9-]{0,79}"
MAX_SLUG = 80  # characters

_SLUG = re.compile(SLUG_PATTERN)
_SYLLABLES = re.compile(r"(?<=[a-z])(?=[A-Z])")
_DROPPED = re.compile(r"['`’ʹʼ.]")  # O'Leary is oleary, S. is s
_GAP = re.compile(r"[^a-z0-9]+")
_FIRST_CJK = "\u2e80"  # from here on, anyascii writes each sign as a capitalised syllable


def is_slug(text: str) -> bool:
    """Whether a text may stand in an address as it is."""
    return _SLUG.fullmatch(text) is not None


def slug_of(name: str) -> str | None:
    """The slug a name gets when none is given; None when nothing of it can be romanised.

    Other scripts are romanised letter by letter: "Лавров" is lavrov, "习近平" is xi-jin-ping.
    """
    words = []
    for word in name.split():
        roman = anyascii(word)
        if any(letter >= _FIRST_CJK for letter in word):
            roman = _SYLLABLES.sub("-", roman)
        words.append(_DROPPED.sub("", roman).lower())
    slug = _GAP.sub("-", " ".join(words)).strip("-")
    if len(slug) > MAX_SLUG:
        whole_words, hyphen, _ = slug[: MAX_SLUG + 1].rpartition("-")
        slug = whole_words if hyphen else slug[:MAX_SLUG]
    return slug or None
