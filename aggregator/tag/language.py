"""Whether names take endings in a document: by the declared language, else by its small words."""

from collections.abc import Iterable
from itertools import islice

from aggregator.tag.lists import section

# Languages that leave names alone, and those that at most add -s.
_NONE = section("languages.txt", "languages without endings")
_S = section("languages.txt", "languages with -s")
_SMALL = {kind: section("languages.txt", f"small words {kind}") for kind in ("none", "s", "all")}


_LETTERS = section("languages.txt", "letters of languages with endings")
MOST_BY_LETTERS = 3  # words that count for their letters; foreign names have such letters too


def endings_of(language: str | None, *words: Iterable[str]) -> str:
    """Endings to expect of names in Latin letters: "none", "s", "all" or "unknown".

    Args:
        language: as declared, BCP 47; it decides where given.
        words: the words of the document's fields.
    """
    if language:
        primary = language.split("-")[0].split("_")[0].lower()
        return "none" if primary in _NONE else "s" if primary in _S else "all"
    there = set().union(*words)
    votes = {kind: len(small & there) for kind, small in _SMALL.items()}
    if not all(map(str.isascii, there)):
        foreign = (word for word in there if not _LETTERS.isdisjoint(word.lower()))
        votes["all"] += len(list(islice(foreign, MOST_BY_LETTERS)))
    best = max(votes.values())
    if best == 0:
        return "unknown"
    return next(kind for kind in ("all", "s", "none") if votes[kind] == best)
