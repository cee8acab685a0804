"""One spelling for comparing: case, accents and letter variants folded, in every script."""

import re
import unicodedata
from functools import lru_cache

# Letters that no decomposition takes apart, and variants that writers use for one another.
_LETTERS = str.maketrans(
    {
        "ł": "l", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "ß": "ss", "æ": "ae", "œ": "oe",
        "ı": "i", "ə": "e", "ħ": "h", "ŧ": "t", "ŋ": "n", "ĸ": "k", "ʼ": "", "ʹ": "", "'": "", "’": "",
        # Cyrillic letters of one sound; й, ї and ё lose their marks by decomposition
        "ґ": "г", "ј": "и", "љ": "ль", "њ": "нь", "ђ": "дж", "ћ": "ч",
        # Greek final sigma
        "ς": "σ",
        # Arabic and Persian: forms of one letter, the stretching sign, the feminine ending
        "أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ى": "ي", "ی": "ي", "ئ": "ي", "ؤ": "و",
        "ة": "ه", "ک": "ك", "گ": "ك", "ڤ": "ف", "پ": "ب", "ـ": "", "ء": "",
        # Hebrew final letters and the geresh
        "ך": "כ", "ם": "מ", "ן": "נ", "ף": "פ", "ץ": "צ", "׳": "", "״": "",
    }
)  # fmt: skip
_ACCENTS = re.compile(
    "[\u0300-\u036f\u0483-\u0487\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed]+"
)
_MARKED = re.compile("[^\x00-\x7f]")


def fold(word: str) -> str:
    """The word as it is compared: `Łavrov` and `LAVROV` alike; may be empty for bare marks.

    Folding twice changes nothing more.
    """
    if word.isascii():
        return word.lower()
    return _fold(word)


@lru_cache(maxsize=65536)
def _fold(word: str) -> str:
    low = word.replace("İ", "i").casefold().translate(_LETTERS)
    bare = _ACCENTS.sub("", unicodedata.normalize("NFKD", low))
    return unicodedata.normalize("NFC", bare.casefold().translate(_LETTERS))


def umlauts(name: str) -> tuple[str, ...]:
    """Other folded spellings of a name that has, or may stand for, ä, ö, ü, å or ø.

    "Müller" is also written "Mueller", "Jørgensen" "Joergensen"; and "Mueller" "Müller".
    """
    low = name.casefold()
    written_out = low
    for letter, pair in (
        ("ä", "ae"),
        ("ö", "oe"),
        ("ü", "ue"),
        ("ø", "oe"),
        ("å", "aa"),
        ("đ", "dj"),
    ):
        written_out = written_out.replace(letter, pair)
    found = {fold(written_out)}
    if low.isascii():
        for pair, letter in (("ue", "u"), ("oe", "o"), ("ae", "a")):
            found.add(re.sub(rf"(?<![aeiouq]){pair}(?=[^aeiou])", letter, low))
    found.discard(fold(name))
    return tuple(sorted(found))
