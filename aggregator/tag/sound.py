"""Comparing words by ear: `Lawrow` and `Лавров` sound like `Lavrov`.

A word becomes a *skeleton*, its consonants in six classes, by which it is looked up, and an
exact reading of consonants and the vowels between them, by which two words of one skeleton are
compared. A letter that languages read in several ways (c, ch, g, h, j, w, x) gives the word
several readings.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import product

from aggregator.tag.fold import fold
from aggregator.tag.scripts import ABJADS, romanised, script_of

MOST_READINGS = 6
FAITHFUL = 0.06  # how far the same name may be off, a letter
LEAST_VOWEL = 0.39  # less than a vowel that only one of two words has

# Longest spelling first. Upper-case letters: S sh, Z zh, C ch, J dzh, X kh, "-" silence.
_SPELLINGS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("schtsch", ("S",)), ("shch", ("S",)), ("dsch", ("J",)), ("tsch", ("C",)), ("szcz", ("S",)),
    ("sch", ("S", "sk")), ("tch", ("C",)), ("dzh", ("J",)), ("chh", ("C",)),
    ("sh", ("S",)), ("sz", ("S",)), ("zh", ("Z",)), ("cz", ("C",)), ("rz", ("Z", "rz")),
    ("ch", ("C", "X", "S")), ("kh", ("X", "-")), ("gh", ("g", "-")),
    ("gy", ("gi", "d")), ("ph", ("f",)),
    ("th", ("t",)), ("mb", ("mb",)), ("nd", ("nd",)), ("ck", ("k", "ck")), ("dj", ("J",)), ("ts", ("c",)), ("tz", ("c",)),
    ("ds", ("z",)), ("dz", ("z",)), ("qu", ("k",)), ("gu", ("g", "gv")), ("ks", ("ks",)),
    ("ier", ("ier", "ie", "er")), ("iej", ("ei",)), ("ou", ("u",)), ("oe", ("u", "o")), ("oo", ("u",)), ("ee", ("i",)), ("ie", ("i", "ie", "e")),
    ("ei", ("ei",)), ("ey", ("ei",)), ("ej", ("ei",)), ("ii", ("i",)), ("ij", ("i",)),
    ("iy", ("i",)), ("yy", ("i",)), ("yj", ("i",)), ("yi", ("i",)), ("eu", ("eu",)),
    ("ya", ("a",)), ("ja", ("a", "Ja")), ("yu", ("u",)), ("ju", ("u", "Ju")), ("ye", ("e",)),
    ("je", ("e", "Je")), ("jo", ("o", "Jo")), ("yo", ("o",)),
    ("b", ("b",)), ("d", ("d",)), ("f", ("f",)), ("k", ("k",)), ("l", ("l",)), ("m", ("m",)),
    ("n", ("n",)), ("p", ("p",)), ("q", ("k",)), ("r", ("r",)), ("s", ("s",)), ("t", ("t",)),
    ("v", ("v",)), ("w", ("v", "u")), ("x", ("ks", "S")), ("z", ("z",)), ("j", ("J", "i", "X")),
    ("h", ("-", "X")), ("g", ("g", "-")), ("c", ("k", "c")),
    ("a", ("a",)), ("e", ("e",)), ("i", ("i",)), ("o", ("o",)), ("u", ("u",)), ("y", ("i",)),
)  # fmt: skip
_READ = dict(_SPELLINGS)
_SPELLING = re.compile("|".join(spelling for spelling, _ in _SPELLINGS))
# In Cyrillic letters these are written in one way only.
_CYRILLIC_READ: dict[str, tuple[str, ...]] = {"ch": ("C",), "kh": ("X",), "g": ("g",)}
_GREEK_READ: dict[str, tuple[str, ...]] = {"mb": ("b", "mb"), "nd": ("d", "nd")}
_READ_OTHERWISE: dict[str, dict[str, tuple[str, ...]]] = {
    "cyrillic": _CYRILLIC_READ,
    "greek": _GREEK_READ,
}
_SOFT = re.compile(r"c(?=[eiy])|g(?=[eiy])")  # c and g before e, i, y
_DOUBLED = re.compile(r"([b-df-hj-np-tv-z])\1")
_CLASS = {
    **dict.fromkeys("bpvf", "P"), **dict.fromkeys("td", "T"), **dict.fromkeys("kg", "K"),
    "X": "K", **dict.fromkeys("szcSZCJ", "S"), "m": "M", "n": "N", "l": "L", "r": "R",
}  # fmt: skip
_VOWELS = "aeiou"
_NEAR = (frozenset("ao"), frozenset("ei"), frozenset("ou"), frozenset("au"))
# What Arabic and Hebrew write with one letter.
_ONE_LETTER = (frozenset("bpvf"), frozenset("gJkX"), frozenset("szc"), frozenset("SCZ"))
_NEAR_CONSONANTS = (
    frozenset("SZCJ"),
    frozenset("szc"),
    frozenset("sS"),
    frozenset("zZ"),
    frozenset("gX"),
    frozenset("gk"),
)


@dataclass(frozen=True, slots=True)
class Sound:
    """One reading of a word."""

    skeleton: str  # classes of the consonants; "A" before a vowel at the start
    consonants: str
    vowels: tuple[str, ...]  # before the first consonant, between them, after the last
    unvowelled: bool  # the script leaves vowels out

    def __len__(self) -> int:
        return len(self.consonants) + sum(map(len, self.vowels))


@lru_cache(maxsize=65536)
def sounds(folded: str) -> tuple[Sound, ...]:
    """The readings of a folded word, likeliest first, at most `MOST_READINGS`."""
    script = script_of(folded)
    unvowelled, latin = script in ABJADS, script == "latin"
    plain = _DOUBLED.sub(r"\1", romanised(folded))
    silent = latin and len(plain) > 3 and plain[-1] == "e" and plain[-2] not in _VOWELS  # noqa: PLR2004 - letters
    choices: list[tuple[str, ...]] = []
    for found in _SPELLING.finditer(plain):
        spelling = found[0]
        readings = _READ[spelling]
        if latin and spelling in "cg" and _SOFT.match(plain, found.start()):
            readings = ("c", "C") if spelling == "c" else ("g", "J", "X")
        elif script in _READ_OTHERWISE:
            readings = _READ_OTHERWISE[script].get(spelling, readings)
        elif spelling == "w" and unvowelled:
            readings = ("v", "u") if found.start() == 0 else ("u", "v")
        elif spelling == "e" and silent and found.end() == len(plain):
            readings = ("-",)  # "Eltsine", "Pence"
        choices.append(readings)
    seen: dict[tuple[str, str], Sound] = {}
    for count, reading in enumerate(product(*reversed(choices))):
        if len(seen) >= MOST_READINGS or count >= 4 * MOST_READINGS:
            break
        sound = _sound("".join(reversed(reading)), unvowelled=unvowelled)
        seen.setdefault((sound.skeleton, sound.consonants), sound)
    return tuple(seen.values())


def _sound(reading: str, *, unvowelled: bool) -> Sound:
    skeleton: list[str] = []
    consonants: list[str] = []
    vowels = [""]
    for letter in reading:
        if letter == "-":
            continue
        if letter in _VOWELS:
            if not vowels[-1].endswith(letter):
                vowels[-1] += letter
            continue
        kind = _CLASS[letter]
        if skeleton and skeleton[-1] == kind and not vowels[-1] and kind in "SP":
            consonants[-1] = letter
            continue
        skeleton.append(kind)
        consonants.append(letter)
        vowels.append("")
    start = "A" if vowels[0] else ""
    return Sound(start + "".join(skeleton), "".join(consonants), tuple(vowels), unvowelled)


@lru_cache(maxsize=65536)
def skeletons(folded: str) -> tuple[str, ...]:
    """The keys under which a word is found by ear."""
    return tuple(dict.fromkeys(sound.skeleton for sound in sounds(folded)))


@lru_cache(maxsize=65536)
def distance(one: str, other: str) -> float:
    """How far two folded words are apart by ear: 0 the same, a letter about .5; 9 if unlike."""
    return min(
        (_apart(a, b) for a in sounds(one) for b in sounds(other) if a.skeleton == b.skeleton),
        default=9.0,
    )


def _apart(one: Sound, other: Sound) -> float:
    unvowelled = one.unvowelled or other.unvowelled
    total = 0.0
    for a, b in zip(one.consonants, other.consonants, strict=False):
        if a != b:
            shared = unvowelled and any(a in kind and b in kind for kind in _ONE_LETTER)
            total += 0.05 if shared else _consonants_apart(a, b)
    if unvowelled:
        return total
    for a, b in zip(one.vowels, other.vowels, strict=False):
        total += _vowels_apart(a, b)
    return total


def _consonants_apart(a: str, b: str) -> float:
    if {a, b} == {"c", "C"}:
        return 0.1  # folded, "Vučić" is written like "Vucic"
    return 0.2 if any(a in kind and b in kind for kind in _NEAR_CONSONANTS) else 0.5


def _vowels_apart(a: str, b: str) -> float:
    if a == b:
        return 0.0
    if not a or not b:
        return 0.4 * max(len(a), len(b))
    if frozenset((a[0], b[0])) in _NEAR or a[0] == b[0]:
        return 0.2 + 0.1 * (len(a) != len(b))
    return 0.4


def sounds_alike(one: str, other: str) -> bool:
    """Whether two words may be spellings of one name.

    Words of one script must be nearly the same, since there a other vowel is another name
    (Maria, Mario); between scripts a letter in four may differ.
    """
    length = min(len(one), len(other))
    if length < 2:  # noqa: PLR2004 - a letter alone is an initial
        return False
    if script_of(one) == script_of(other):
        return distance(one, other) <= 0.03 * length + (0.15 if length > 7 else 0)  # noqa: PLR2004 - letters
    return distance(one, other) <= 0.25 * length


def sounds_the_same(one: str, other: str) -> bool:
    """Whether two words of different scripts can hardly be but one name: all vowels agree."""
    return distance(one, other) <= min(FAITHFUL * min(len(one), len(other)), LEAST_VOWEL)


__all__ = ["Sound", "distance", "fold", "skeletons", "sounds", "sounds_alike", "sounds_the_same"]
