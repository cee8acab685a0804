"""Make the word lists of `aggregator/tag/data/` again: given names, surnames, English words.

Run with the sources at hand (`pip install faker`, `apt-get download wamerican-small`):

    python scripts/make_word_lists.py PATH/TO/american-english-small

Sources and licences stand in the data folder's README. The lists written by hand (titles,
places, ...) are not touched.
"""

import importlib
import pkgutil
import sys
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from aggregator.tag.fold import fold
from aggregator.tag.scripts import romanised, script_of

DATA = Path(__file__).resolve().parent.parent / "aggregator" / "tag" / "data"
MOST_COMMON = {"en_US": 600, "en_GB": 200}  # only where the source counts them
MOST_COMMON_ELSEWHERE = 60
SHORTEST_WORD = 3
WIDESPREAD = 4  # languages; such a name alone is hardly ever a surname
INFLECTED = ("ed", "ing", "ly", "ness", "s", "est")


def locales() -> Iterable[tuple[str, Any]]:
    """Every locale of the source with its provider of names."""
    package = importlib.import_module("faker.providers.person")
    for module in sorted(m.name for m in pkgutil.iter_modules(package.__path__)):
        yield module, importlib.import_module(f"faker.providers.person.{module}").Provider


def first_names(provider: Any) -> set[str]:
    """All first names of one locale."""
    found: set[str] = set()
    for attribute in dir(provider):
        names = getattr(provider, attribute)
        if attribute.startswith("first_name") and isinstance(names, list | tuple | set | Mapping):
            found.update(str(name) for name in names)
    return found


def by_gender(provider: Any) -> tuple[set[str], set[str]]:
    """First names of women and of men of one locale; empty where the source does not tell."""
    found: tuple[set[str], set[str]] = set(), set()
    for names, kind in zip(found, ("female", "male"), strict=True):
        for attribute in (f"first_names_{kind}", f"first_name_{kind}", f"{kind}_first_names"):
            listed = getattr(provider, attribute, ())
            if isinstance(listed, list | tuple | set | Mapping):
                names.update(str(name) for name in listed)
    return found


def common_surnames(locale: str, provider: Any) -> list[str]:
    """The most frequent surnames of one locale; empty where the source does not count them."""
    names = getattr(provider, "last_names", ())
    if not isinstance(names, Mapping):
        return []
    return sorted(names, key=lambda name: -names[name])[
        : MOST_COMMON.get(locale, MOST_COMMON_ELSEWHERE)
    ]


def single_words(names: Iterable[str]) -> set[str]:
    """Folded names of one word that is made of letters only."""
    folded = {fold(unicodedata.normalize("NFC", name.strip())) for name in names}
    return {name for name in folded if len(name) > 1 and all(c.isalpha() for c in name)}


def romanised_too(names: set[str]) -> set[str]:
    """The names, and those in Cyrillic and Greek letters also as English newspapers write them."""
    latin = {romanised(name) for name in names if script_of(name) in ("cyrillic", "greek")}
    return names | {name for name in latin if len(name) > SHORTEST_WORD and name.isascii()}


def write(name: str, words: Iterable[str]) -> None:
    """One word a line, sorted; given names with `f` or `m` where all sources agree."""
    path = DATA / name
    path.write_text("\n".join(sorted(set(words))) + "\n", encoding="utf-8")
    print(f"{path}: {path.stat().st_size} bytes")


def main(english_words: Path) -> None:
    """Write the lists."""
    given: Counter[str] = Counter()
    women: set[str] = set()
    men: set[str] = set()
    surnames: dict[str, set[str]] = {"english": set(), "elsewhere": set()}
    by_language: dict[str, set[str]] = defaultdict(set)
    for locale, provider in locales():
        by_language[locale[:2]] |= romanised_too(single_words(first_names(provider)))
        female, male = by_gender(provider)
        women |= romanised_too(single_words(female))
        men |= romanised_too(single_words(male))
        kind = "english" if locale.startswith("en") else "elsewhere"
        surnames[kind] |= single_words(common_surnames(locale, provider))
    for names in by_language.values():
        given.update(names)
    words = {
        word
        for word in english_words.read_text(encoding="utf-8").split()
        if word.isalpha() and word.islower() and word.isascii() and len(word) >= SHORTEST_WORD
    }
    roots = {
        word
        for word in words
        if not any(
            word.endswith(end) and {word.removesuffix(end), word.removesuffix(end) + "e"} & words
            for end in INFLECTED
        )
    }
    marked = {
        name: name + (" f" if name in women - men else " m" if name in men - women else "")
        for name in given
    }
    write("given.txt", (marked[name] for name in given if given[name] < WIDESPREAD))
    write("given_widespread.txt", (marked[name] for name in given if given[name] >= WIDESPREAD))
    lines = [line for kind, names in surnames.items() for line in (f"[{kind}]", *sorted(names))]
    (DATA / "surnames.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    write("words.txt", roots)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
