"""Which script a word is written in, and how it sounds in plain Latin letters.

The romanised form is a step between spellings, never shown: one letter or pair for each sound,
so that `Лавров`, `Λαβρόφ` and `لافروف` can be laid beside `Lavrov`.
"""

from functools import lru_cache
from typing import Literal, TypeAlias

from anyascii import anyascii

from aggregator.tag.fold import fold

Script: TypeAlias = Literal[
    "latin", "cyrillic", "greek", "arabic", "hebrew", "georgian", "armenian", "indic",
    "unspaced", "hangul", "other",
]  # fmt: skip

_RANGES: tuple[tuple[int, int, Script], ...] = (
    (0x0000, 0x0370, "latin"),
    (0x0370, 0x0400, "greek"),
    (0x0400, 0x0530, "cyrillic"),
    (0x0530, 0x0590, "armenian"),
    (0x0590, 0x0600, "hebrew"),
    (0x0600, 0x0780, "arabic"),
    (0x0900, 0x0E00, "indic"),
    (0x0E00, 0x0F00, "unspaced"),  # Thai, Lao
    (0x1000, 0x10A0, "unspaced"),  # Burmese
    (0x10A0, 0x1100, "georgian"),
    (0x1100, 0x1200, "hangul"),
    (0x1780, 0x1800, "unspaced"),  # Khmer
    (0x1C90, 0x1CC0, "georgian"),
    (0x1E00, 0x1F00, "latin"),
    (0x1F00, 0x2000, "greek"),
    (0x2E80, 0x3130, "unspaced"),  # Han radicals, kana
    (0x3130, 0x3190, "hangul"),
    (0x31F0, 0xA000, "unspaced"),
    (0xAC00, 0xD7B0, "hangul"),
    (0xF900, 0xFB00, "unspaced"),
    (0xFB00, 0xFB07, "latin"),
    (0xFB1D, 0xFB50, "hebrew"),
    (0xFB50, 0xFE00, "arabic"),
    (0xFE70, 0xFEFF, "arabic"),
    (0xFF00, 0xFF61, "latin"),
    (0xFF61, 0xFFA0, "unspaced"),
    (0x20000, 0x32000, "unspaced"),
)
CASELESS: frozenset[Script] = frozenset(
    {"arabic", "hebrew", "georgian", "indic", "unspaced", "hangul", "other"}
)
ABJADS: frozenset[Script] = frozenset({"arabic", "hebrew"})  # vowels are mostly not written


def script_of(word: str) -> Script:
    """The script of a word's first letter; "other" for what no rule is about."""
    if not word or word[0] < "\u0370":
        return "latin"
    return _script_of(ord(word[0]))


@lru_cache(maxsize=4096)
def _script_of(code: int) -> Script:
    for first, end, script in _RANGES:
        if first <= code < end:
            return script
    return "other"


# Applied to folded words, so no capitals, accents, final forms. "w" marks a sound that is a
# vowel in one name and v in another, "h" one that other languages drop or write as g or kh.
_CYRILLIC = str.maketrans(
    {
        "а": "a", "б": "b", "в": "v", "г": "g", "д": "d", "е": "e", "ж": "zh", "з": "z",
        "и": "i", "к": "k", "л": "l", "м": "m", "н": "n", "о": "o", "п": "p", "р": "r",
        "с": "s", "т": "t", "у": "u", "ф": "f", "х": "kh", "ц": "ts", "ч": "ch", "ш": "sh",
        "щ": "shch", "ъ": "a", "ы": "y", "ь": "", "э": "e", "ю": "yu", "я": "ya",
        "є": "ye", "і": "i", "џ": "dzh", "ѕ": "dz", "қ": "k", "ғ": "g", "ү": "u", "ұ": "u",
        "ө": "o", "ә": "a", "һ": "h", "ң": "n", "’": "",
    }
)  # fmt: skip
_GREEK_PAIRS = (
    ("μπ", "mb"), ("ντ", "nd"), ("γκ", "g"), ("γγ", "ng"), ("τζ", "dzh"), ("τσ", "ts"),
    ("αυ", "av"), ("ευ", "ev"), ("ου", "u"), ("αι", "e"), ("ει", "i"), ("οι", "i"), ("υι", "i"),
)  # fmt: skip
_GREEK = str.maketrans(
    {
        "α": "a", "β": "v", "γ": "g", "δ": "d", "ε": "e", "ζ": "z", "η": "i", "θ": "t",
        "ι": "i", "κ": "k", "λ": "l", "μ": "m", "ν": "n", "ξ": "ks", "ο": "o", "π": "p",
        "ρ": "r", "σ": "s", "τ": "t", "υ": "i", "φ": "f", "χ": "kh", "ψ": "ps", "ω": "o",
    }
)  # fmt: skip
_ARABIC = str.maketrans(
    {
        "ا": "a", "ب": "b", "ت": "t", "ث": "s", "ج": "j", "ح": "h", "خ": "kh", "د": "d",
        "ذ": "z", "ر": "r", "ز": "z", "س": "s", "ش": "sh", "ص": "s", "ض": "d", "ط": "t",
        "ظ": "z", "ع": "a", "غ": "g", "ف": "f", "ق": "k", "ك": "k", "ل": "l", "م": "m",
        "ن": "n", "ه": "h", "و": "w", "ي": "i", "چ": "ch", "ژ": "zh", "ں": "n", "ہ": "h",
        "ھ": "h", "ے": "i", "ٹ": "t", "ڈ": "d", "ڑ": "r",
    }
)  # fmt: skip
_HEBREW = str.maketrans(
    {
        "א": "a", "ב": "b", "ג": "g", "ד": "d", "ה": "h", "ו": "w", "ז": "z", "ח": "kh",
        "ט": "t", "י": "i", "כ": "k", "ל": "l", "מ": "m", "נ": "n", "ס": "s", "ע": "a",
        "פ": "p", "צ": "ts", "ק": "k", "ר": "r", "ש": "sh", "ת": "t",
    }
)  # fmt: skip


def romanised(folded: str) -> str:
    """A folded word in plain Latin letters, near to how it sounds."""
    match script_of(folded):
        case "latin":
            return folded
        case "cyrillic":
            return folded.translate(_CYRILLIC)
        case "greek":
            if folded.endswith("μπ"):
                folded = folded[:-2] + "mp"
            elif folded.startswith(("μπ", "ντ")):  # elsewhere it may be with or without the m or n
                folded = ("b" if folded[0] == "μ" else "d") + folded[2:]
            for pair, sound in _GREEK_PAIRS:
                folded = folded.replace(pair, sound)
            return folded.translate(_GREEK)
        case "arabic":
            return folded.translate(_ARABIC)
        case "hebrew":
            return folded.replace("וו", "v").translate(_HEBREW)
        case _:
            return _letters(fold(anyascii(folded)))


def _letters(text: str) -> str:
    return "".join(c for c in text if "a" <= c <= "z")
