"""The word lists that ship with the package, read once when first needed."""

from functools import lru_cache
from importlib.resources import files

from aggregator.tag.fold import fold


def _lines(name: str) -> list[str]:
    text = (files("aggregator.tag") / "data" / name).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def _words(name: str) -> list[str]:
    return [word for line in _lines(name) for word in line.split()]


@lru_cache(maxsize=64)
def section(name: str, title: str) -> frozenset[str]:
    """The words below the line `[title]` of a list, up to the next such line."""
    lines = _lines(name)
    start = lines.index(f"[{title}]") + 1
    end = next((i for i in range(start, len(lines)) if lines[i].startswith("[")), len(lines))
    return frozenset(" ".join(lines[start:end]).split())


def _names(name: str) -> dict[str, str]:
    """Given names of a list with "f" or "m" where only women or only men have them."""
    return {given: rest[0] if rest else "" for given, *rest in map(str.split, _lines(name))}


@lru_cache(maxsize=1)
def _genders() -> dict[str, str]:
    added = {
        name: kind[0]
        for kind, title in (("f", "women"), ("m", "men"))
        for name in section("given_added.txt", title)
    }
    return _names("given.txt") | _names("given_widespread.txt") | added


@lru_cache(maxsize=1)
def given_names() -> frozenset[str]:
    """Folded given names of some eighty countries, each in its own script."""
    return frozenset(_genders())


@lru_cache(maxsize=65536)
def gender_of(given: str) -> str:
    """Whether a folded given name is a woman's ("f") or a man's ("m"); empty if that is not known."""
    genders = _genders()
    if genders.get(given):
        return genders[given]
    known = {genders.get(name, "") for name in nicknames().get(given, ())} - {""}
    return known.pop() if len(known) == 1 else ""


@lru_cache(maxsize=1)
def widespread_given_names() -> frozenset[str]:
    """The given names of many countries, which alone are hardly ever surnames."""
    return frozenset(_names("given_widespread.txt"))


@lru_cache(maxsize=1)
def common_surnames() -> frozenset[str]:
    """Folded surnames so frequent that alone they point to nobody."""
    return section("surnames.txt", "english") | common_surnames_elsewhere()


@lru_cache(maxsize=1)
def common_surnames_elsewhere() -> frozenset[str]:
    """Those that are frequent in other countries than English-speaking ones."""
    return section("surnames.txt", "elsewhere")


@lru_cache(maxsize=1)
def common_words() -> frozenset[str]:
    """English words in their basic form, lower case."""
    return frozenset(_words("words.txt")) | months_and_days()


@lru_cache(maxsize=1)
def months_and_days() -> frozenset[str]:
    """English names of months and days of the week."""
    return section("context.txt", "months and days")


@lru_cache(maxsize=1)
def places() -> frozenset[str]:
    """Folded towns, states and countries that are also names of people."""
    return frozenset(_words("places.txt"))


@lru_cache(maxsize=1)
def things_after() -> frozenset[str]:
    """Folded words after a name that make it a street, firm, club, town: "Trump Tower"."""
    return frozenset(fold(word) for word in _words("things_after.txt"))


@lru_cache(maxsize=1)
def things_before() -> frozenset[str]:
    """Folded words before a name that make it a street, port, station: "ulica Lavrova"."""
    return frozenset(fold(word) for word in _words("things_before.txt"))


@lru_cache(maxsize=1)
def _titles() -> tuple[frozenset[str], tuple[str, ...]]:
    words = _words("titles.txt")
    whole = frozenset(fold(word[1:]) for word in words if word.startswith("="))
    return whole, tuple(sorted(fold(word) for word in words if not word.startswith("=")))


@lru_cache(maxsize=16384)
def is_title(folded: str) -> bool:
    """Whether a word announces a person: "Mr", "Präsidentin", "министра"."""
    whole, beginnings = _titles()
    return folded in whole or folded.startswith(beginnings)


@lru_cache(maxsize=1)
def _gendered_titles() -> dict[str, str]:
    women = dict.fromkeys(section("context.txt", "titles of women"), "f")
    return dict.fromkeys(section("context.txt", "titles of men"), "m") | women


def gender_of_title(folded: str) -> str:
    """Whether a title is a woman's ("f") or a man's ("m"); empty if it is either's."""
    return _gendered_titles().get(folded, "")


@lru_cache(maxsize=1)
def nicknames() -> dict[str, tuple[str, ...]]:
    """Given name -> the others that may stand for it."""
    found: dict[str, set[str]] = {}
    for line in _lines("nicknames.txt"):
        full, *short = map(fold, line.split())
        found.setdefault(full, set()).update(short)
        for name in short:
            found.setdefault(name, set()).add(full)
    return {name: tuple(sorted(others)) for name, others in found.items()}


@lru_cache(maxsize=1)
def translated() -> dict[str, tuple[str, ...]]:
    """English name of a pope or monarch, and "pope" -> what other languages say."""
    return {name: tuple(others) for name, *others in map(str.split, _lines("translated.txt"))}
