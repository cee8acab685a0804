"""Words that say little as a name: frequent surnames, given names, towns, plain words."""

from functools import lru_cache

from aggregator.tag.lists import (
    common_surnames,
    common_surnames_elsewhere,
    common_words,
    months_and_days,
    places,
    widespread_given_names,
)

SHORTEST_TELLING = 3  # letters
ENDINGS = ("s", "es", "ed", "d", "ing", "ly", "er", "est")


@lru_cache(maxsize=65536)
def is_frequent(name: str) -> bool:
    """Whether a folded surname alone points to nobody, even where it is surely a name."""
    return (
        name in common_surnames()
        or name in widespread_given_names()
        or name in places()
        or name in months_and_days()
        or (len(name) < SHORTEST_TELLING and name.isascii())
    )


@lru_cache(maxsize=65536)
def is_frequent_abroad(name: str) -> bool:
    """The same in a text that is not English, where nobody takes Johnson or May for another."""
    return (
        name in common_surnames_elsewhere() or name in widespread_given_names() or name in places()
    )


@lru_cache(maxsize=65536)
def is_word(name: str) -> bool:
    """Whether a folded name is also an English word, if only in the plural: "gates"."""
    words = common_words()
    return name in words or (name.endswith("s") and name[:-1] in words)


def is_inflected_word(name: str) -> bool:
    """Whether a folded word is English, in any of its forms: "asked", "warning", "recently"."""
    words = common_words()
    return name in words or any(
        name.endswith(ending)
        and not words.isdisjoint((name.removesuffix(ending), name.removesuffix(ending) + "e"))
        for ending in ENDINGS
    )
