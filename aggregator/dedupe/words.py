"""Words as comparing texts needs them: folded, with figures, dates, names and opposites told apart."""

import re
import unicodedata
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import islice

_TOKEN = re.compile(
    r"\d+(?:[.,:]\d+)*|[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff]|[^\W\d_]+(?:['’][^\W\d_]+)*"
)
_SENTENCE_END = re.compile(r"[.!?:;…\"“”«»„\n(•|]\s*$|^\s*$|\n|\s[-–—]{1,2}\s+$")
_SENTENCE_OVER = re.compile(r"[.!?:…][\"”»)]*\s*$|^\s*$|\n|\s[-–—]{1,2}\s+$")  # and not "("
# The same in a text of ASCII in small letters, which is cut in a third of the time.
_ASCII_TOKEN = re.compile(r"[0-9]+(?:[.,:][0-9]+)*|[a-z]+(?:'[a-z]+)*")
# What begins with signs is found faster than what begins with a condition.
_THOUSANDS = re.compile(r"[,\u00a0\u202f](?<=\d.)(?=\d{3}(?!\d))")
_INITIALS = re.compile(r"\b(?:[^\W\d_]\.){2,}")  # U.S., which others write US
_MAY_HAVE_INITIALS = re.compile(r"\.[^\W\d_]\.")
_WORD = 7  # characters: as long as most words with their spaces
_MOSTLY = 0.6  # of the words have a capital: a list of names, or Every Word Has One

_DATES = frozenset((
    "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "january",
    "february", "march", "april", "may", "june", "july", "august", "september", "october",
    "november", "december", "jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep", "sept", "oct",
    "nov", "dec", "montag", "dienstag", "mittwoch", "donnerstag", "freitag", "samstag", "sonntag",
    "januar", "februar", "marz", "mai", "juni", "juli", "oktober", "dezember", "lundi", "mardi",
    "mercredi", "jeudi", "vendredi", "samedi", "dimanche", "janvier", "fevrier", "mars", "avril",
    "juin", "juillet", "aout", "septembre", "octobre", "novembre", "decembre", "lunes", "martes",
    "miercoles", "jueves", "viernes", "sabado", "domingo", "enero", "febrero", "marzo", "abril",
    "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre", "lunedi",
    "martedi", "mercoledi", "giovedi", "venerdi", "sabato", "domenica", "gennaio", "febbraio",
    "aprile", "maggio", "giugno", "luglio", "settembre", "ottobre", "dicembre",
    "понедельник", "вторник", "среда", "среду", "четверг", "пятница", "пятницу", "суббота",
    "субботу", "воскресенье", "января", "февраля", "марта", "апреля", "мая", "июня", "июля",
    "августа", "сентября", "октября", "ноября", "декабря",
))  # fmt: skip
_NUMBERS = {
    word: str(value)
    for words, value in (
        ("one", 1), ("two zwei deux dos due два две dois twee", 2),
        ("three drei trois tres tre три drie", 3), ("four vier quatre cuatro quattro четыре", 4),
        ("five funf cinq cinco cinque пять", 5), ("six sechs seis sei шесть", 6),
        ("seven sieben sept siete sette семь", 7), ("eight acht huit ocho otto восемь", 8),
        ("nine neun neuf nueve nove девять", 9), ("ten zehn dix diez dieci десять", 10),
        ("eleven elf onze once undici", 11), ("twelve zwolf douze doce dodici", 12),
        ("thirteen", 13), ("fourteen", 14), ("fifteen", 15), ("sixteen", 16), ("seventeen", 17),
        ("eighteen", 18), ("nineteen", 19), ("twenty", 20), ("thirty", 30), ("forty", 40),
        ("fifty", 50), ("sixty", 60), ("seventy", 70), ("eighty", 80), ("ninety", 90),
    )
    for word in words.split()
} | {
    "first": "1st", "second": "2nd", "third": "3rd", "fourth": "4th", "fifth": "5th",
    "sixth": "6th", "seventh": "7th", "eighth": "8th", "ninth": "9th", "tenth": "10th",
    "一": "1", "二": "2", "三": "3", "四": "4", "五": "5", "六": "6", "七": "7", "八": "8", "九": "9",
}  # fmt: skip
# Of one kind only one can be said of one thing.
_OPPOSITES = tuple(
    tuple(frozenset(side.split()) for side in kind)
    for kind in (
        (
            "rose rise rises up higher gain gains gained climbs climbed adds adding jumps steigt",
            "fell fall falls down lower lose loses losing drops dropped slips slipped sinks sinkt",
            "flat unchanged steady mixed",
        ),
        ("north northern", "south southern", "east eastern", "west western", "central"),
        ("morning", "midday noon", "afternoon", "evening", "night overnight"),
        ("today", "yesterday", "tomorrow"),
        ("won win wins beat beats", "lost", "drew draw draws"),
        ("men men's", "women women's"),
        ("approves approved passes passed", "rejects rejected"),
        ("opens opened open", "closes closed close", "reopens reopened"),
        ("yes", "no"),
    )
)
_OPPOSITE = {
    word: (number, side)
    for number, kind in enumerate(_OPPOSITES)
    for side, words in enumerate(kind)
    for word in words
}
# Words that start sentences and are nobody's name.
_LITTLE = frozenset((
    "a", "an", "the", "this", "that", "these", "those", "he", "she", "it", "they", "we", "i", "you",
    "his", "her", "its", "their", "our", "my", "your", "in", "on", "at", "by", "for", "from", "to",
    "with", "after", "before", "as", "when", "while", "if", "but", "and", "or", "so", "some", "all",
    "many", "more", "most", "no", "not", "there", "here", "what", "who", "how", "why", "where", "which",
    "is", "are", "was", "were", "be", "has", "have", "had", "will", "would", "can", "could", "also",
    "der", "die", "das", "ein", "eine", "im", "am", "auf", "mit", "nach", "bei", "und", "es", "er",
    "sie", "wir", "le", "la", "les", "un", "une", "des", "du", "dans", "en", "au", "el", "los", "las",
    "una", "il", "lo", "i", "gli", "de", "o", "os", "as", "в", "на", "по", "с", "и", "о", "как", "по",
))  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Names:
    """Which words of a text may name somebody, and where its sentences start."""

    names: frozenset[str]
    starts: frozenset[str]
    begins: frozenset[int]
    capitals: bool


class Text:
    """A text in folded words, and which of them may name somebody.

    The latter is found when it is asked for: most texts differ so much that nobody does.
    """

    def __init__(self, text: str, most: int) -> None:
        """Read the first `most` words of a text."""
        self._written, self._most = text, most
        self.words = tuple(folded(text, most))

    @property
    def names(self) -> frozenset[str]:
        """Words with a capital inside a sentence, or in any word of a list of names."""
        return self._read.names

    @property
    def starts(self) -> frozenset[str]:
        """Words with a capital where a sentence starts; may be names."""
        return self._read.starts

    @property
    def begins(self) -> frozenset[int]:
        """Places where sentences start."""
        return self._read.begins

    @property
    def capitals(self) -> bool:
        """Whether nearly every word has a capital, which then tells nothing."""
        return self._read.capitals

    @cached_property
    def _read(self) -> _Names:
        return _names(_plain(self._written), self._most)


def _names(text: str, most: int) -> _Names:
    names: set[str] = set()
    starts: set[str] = set()
    small: set[str] = set()
    begins: set[int] = set()
    end = capitals = words = 0
    for token in islice(_TOKEN.finditer(text), most):
        word = fold(token[0])
        at_start = _SENTENCE_END.search(text, end, token.start()) is not None
        if at_start and _SENTENCE_OVER.search(text, end, token.start()):
            begins.add(words)
        words += 1
        if token[0][0].isupper():
            capitals += 1
            (starts if at_start else names).add(word)
        else:
            small.add(word)
        end = token.end()
    return _Names(
        frozenset(names - _LITTLE),
        frozenset(starts - small - _LITTLE),
        frozenset(begins),
        capitals > _MOSTLY * words,
    )


def folded(text: str, most: int) -> list[str]:
    """The first words of a text, so that spellings of one word are equal."""
    words: list[str] = []
    start = 0
    while len(words) < most and start < len(text):
        end = text.find(" ", start + (most - len(words)) * _WORD)  # no word has a space
        piece = text[start:] if end < 0 else text[start:end]
        words += _cut(piece)
        start += len(piece)
    return list(map(fold, words[:most]))


def _cut(text: str) -> list[str]:
    plain = _plain(text)
    return _ASCII_TOKEN.findall(plain.lower()) if plain.isascii() else _TOKEN.findall(plain)


def _plain(text: str) -> str:
    """A text whose numbers and initials are single words."""
    text = _THOUSANDS.sub("", text)
    if _MAY_HAVE_INITIALS.search(text):
        return _INITIALS.sub(lambda found: found[0].replace(".", ""), text)
    return text


@lru_cache(maxsize=16_384)
def fold(word: str) -> str:
    """A word without case, accents and possessive, a number in digits."""
    word = word.casefold().replace("’", "'").removesuffix("'s")
    if not word.isascii():
        plain = unicodedata.normalize("NFKD", word)
        word = "".join(letter for letter in plain if not unicodedata.combining(letter)) or word
    return _NUMBERS.get(word, word)


def is_figure(word: str) -> bool:
    """Whether a folded word is a number."""
    return word[0].isdigit()


def is_date(word: str) -> bool:
    """Whether a folded word is a day of the week or a month."""
    return word in _DATES


def opposite(word: str) -> tuple[int, int] | None:
    """The kind of a word of which only one can be said, and its side; None for others."""
    return _OPPOSITE.get(word)


def has_case(word: str) -> bool:
    """Whether names can be told by a capital in this word's script."""
    return word.lower() != word.upper()
