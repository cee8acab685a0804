"""Whether names take endings in a document: by the declared language, else by its small words."""

import re
from collections.abc import Set as AbstractSet
from itertools import islice

from aggregator.tag.lists import section

# Languages that leave names alone, and those that at most add -s.
_NONE = section("languages.txt", "languages without endings")
_IN_CYRILLIC = frozenset({"ru", "uk", "be", "bg", "mk", "kk", "ky", "mn", "tg"})
_S = section("languages.txt", "languages with -s")
_SMALL = {kind: section("languages.txt", f"small words {kind}") for kind in ("none", "s", "all")}

_LETTERS = section("languages.txt", "letters of languages with endings")
_BULGARIAN = section("languages.txt", "bulgarian and macedonian")
_NOT_BULGARIAN = section("languages.txt", "other cyrillic")
MOST_BY_LETTERS = 3  # words that count for their letters; foreign names have such letters too


def endings_of(language: str | None, there: AbstractSet[str]) -> tuple[str, str]:
    """Endings to expect of names in Latin and in Cyrillic letters: "none", "s", "all", "unknown".

    Args:
        language: as declared, BCP 47; it decides where given, about its own script.
        there: the words of the document.
    """
    primary = re.split("[-_]", language)[0].lower() if language else ""
    return _latin(primary, there), _cyrillic(primary, there)


def _latin(primary: str, there: AbstractSet[str]) -> str:
    if primary and primary not in _IN_CYRILLIC:
        return "none" if primary in _NONE else "s" if primary in _S else "all"
    votes = {kind: len(small & there) for kind, small in _SMALL.items()}
    if not all(map(str.isascii, there)):
        foreign = (word for word in there if not _LETTERS.isdisjoint(word.lower()))
        votes["all"] += len(list(islice(foreign, MOST_BY_LETTERS)))
    best = max(votes.values())
    if best == 0:
        return "unknown"
    return next(kind for kind in ("all", "s", "none") if votes[kind] == best)


def _cyrillic(primary: str, there: AbstractSet[str]) -> str:
    """Bulgarian and Macedonian have no cases, so that an -a there makes a woman's name."""
    if primary in _IN_CYRILLIC:
        return "none" if primary in _NONE else "all"
    return "none" if len(_BULGARIAN & there) > len(_NOT_BULGARIAN & there) else "all"
