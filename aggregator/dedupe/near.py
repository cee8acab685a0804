"""Near-duplicates: the same agency copy under another headline, cut, or with its typos mended.

Two questions, asked in turn. *Which entries could be?* is answered by the store: every entry has
some `bands`, hashes of three words in a row, and texts that share words share a band. *Is it the
same?* is answered by `likeness`, which reads both texts: one must hold most of the other, and
where they differ in a place, they may not differ in numbers, dates or names. That keeps apart what
robots write day by day with the same words: earthquakes, weather, market closings, briefings.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from difflib import SequenceMatcher
from functools import lru_cache
from zlib import crc32

WINDOW = timedelta(days=3)  # copy of one story is published within it

# Part of every band. Raised when bands are made otherwise; those of other schemes never meet.
SCHEME = 1

# Words of a text that bands are taken from, and how many: of the first line, which the shortest
# summary keeps, and of what a longer one keeps. Fewer miss more, more cost more to look up.
_LEADS = ((24, 8), (72, 10))
_COMPARED = 240  # words of a text that are compared in order
_SHINGLE = 3  # words

_HELD = 0.6  # share of the shorter text that the longer one holds
_HELD_SHORT = 0.8  # the same for a text of a line
_SHORT = 14  # words: a line
_TELLING = 30  # words; a shorter text could be anybody's, unless names, figures or headlines agree
_FACTS = 2  # names and figures that make a text somebody's
_WORD = 12  # characters: longer than words and their spaces are on average
_FEW = 6  # words; a shorter text or headline says nothing
_FEW_IN_TITLE = 5
_PLACE = 8  # words: a difference this short is a place filled in otherwise
_REPLACED = 0.25  # share of the text that may be put otherwise
_TYPO = 0.75  # two words this alike are one word spelled twice
_TITLES_ALIKE = 0.5
_TEXTS_TOUCH = 0.3  # of the shorter text, under equal headlines
_MASK = (1 << 64) - 1

_TOKEN = re.compile(
    r"\d+(?:[.,:]\d+)*|[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff]|[^\W\d_]+(?:['’][^\W\d_]+)*"
)
_SENTENCE_END = re.compile(r"[.!?:;…\"“”«»\n(]\s*$|^\s*$|\n")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_DATELINE = re.compile(
    r"^\W*(?:[^\n–—-]{0,60}?\([^()\n]{2,40}\)\s*(?:[-–—:]+\s*)?"  # Milan, Dec 6 (Agency) -
    r"|(?:[A-ZÀ-Þ][\w.'’]*[ ,/]*){1,6}(?:\d{1,2}[ ,.]*)?(?:[A-Za-z.]{3,9}[ ,.]*)?\s[-–—]{1,2}\s)"  # MILAN —
)
_TITLE_PREFIX = re.compile(
    r"^\W*(?:(?:update|wrapup|rpt|refile|corrected|exclusive|breaking|urgent|alert|video|watch|"
    r"factbox|analysis|eil|eilmeldung|urgente?|молния|срочно)\b[\s\d]*[-–—:|\]]+\s*)+",
    re.IGNORECASE,
)
_TITLE_SUFFIX = re.compile(r"\s+[-–—|]\s+[^-–—|]{2,40}$")  # "... - Example News"
# What appears under the same headline day by day.
_RECURRING = re.compile(
    r"\b(?:live(?:blog| updates?)?|live-?ticker|briefing|bulletin|weather|forecast|wetter|météo|"
    r"round-?up|digest|newsletter|podcast|headlines|market|markets|closing|stocks?|horoscope|"
    r"crossword|quiz|photos?|pictures|schedule|calendar|daily|weekly|today|tonight|morning|evening|"
    r"earthquake|quake|magnitude|погода|землетрясение|в прямом эфире)\b",
    re.IGNORECASE,
)
_DATES = frozenset((
    "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "january",
    "february", "march", "april", "may", "june", "july", "august", "september", "october",
    "november", "december", "jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep", "sept", "oct",
    "nov", "dec", "montag", "dienstag", "mittwoch", "donnerstag", "freitag", "samstag", "sonntag",
    "januar", "februar", "marz", "mai", "juni", "juli", "oktober", "dezember", "lundi", "mardi",
    "mercredi", "jeudi", "vendredi", "samedi", "dimanche", "janvier", "fevrier", "mars", "avril",
    "juin", "juillet", "aout", "septembre", "octobre", "novembre", "decembre", "lunes", "martes",
    "miercoles", "jueves", "viernes", "sabado", "domingo", "enero", "febrero", "marzo", "abril",
    "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre",
    "понедельник", "вторник", "среду", "четверг", "пятницу", "субботу", "воскресенье", "января",
    "февраля", "марта", "апреля", "мая", "июня", "июля", "августа", "сентября", "октября",
    "ноября", "декабря",
))  # fmt: skip
# Words of phrases that stand under any story.
_ANYBODYS = frozenset((
    "click", "subscribe", "newsletter", "inbox", "podcast", "episode", "gallery", "photo", "photos",
    "pictures", "video", "watch", "listen", "comments", "website", "advertisement", "read", "klicken",
    "newsletters", "abonnieren", "abonnez", "suscribete", "подпишитесь", "читайте", "фото", "видео",
))  # fmt: skip
# Markets move, and robots say where to.
_UP = frozenset(
    ("rose", "rise", "rises", "up", "higher", "gain", "gains", "gained", "climbs", "adds")
)
_DOWN = frozenset(
    ("fell", "fall", "falls", "down", "lower", "lose", "loses", "lost", "drops", "slips")
)
_NUMBER_WORDS = {
    "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7",
    "eight": "8", "nine": "9", "ten": "10", "eleven": "11", "twelve": "12",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Telling:
    """A title and a text, as comparing them needs."""

    title: tuple[str, ...]  # folded words
    text: tuple[str, ...]  # folded words, without dateline
    names: frozenset[str]  # words with a capital inside a sentence
    shingles: frozenset[int]  # every three words of the text in a row, hashed
    recurring: bool  # the title is one that comes again


@lru_cache(maxsize=512)
def telling(title: str | None, text: str) -> Telling:
    """A title and a text made ready to be compared."""
    title, text = _bare(title, text)
    title_words, title_names = _words(title)
    text_words, names = _words(text[: _COMPARED * _WORD])
    if sum(word[:1].isupper() for word in title.split()) * 2 > len(title_words):
        title_names = set()  # Every Word Has A Capital: Nothing To Be Told From It
    return Telling(
        title=tuple(title_words),
        text=tuple(text_words[:_COMPARED]),
        names=frozenset(names | title_names),
        shingles=frozenset(_shingles(text_words[:_COMPARED])),
        recurring=_RECURRING.search(title) is not None,
    )


def bands(title: str | None, text: str) -> tuple[int, ...]:
    """What the store finds near-duplicates by: at most 19 numbers, of which they share one.

    The smallest hashes are taken, so that two texts choose alike without knowing each other.
    """
    title, text = _bare(title, text)
    words = _folded(text[: _LEADS[-1][0] * _WORD])
    found: list[int] = []
    for lead, most in _LEADS:
        found += sorted(set(_shingles(words[:lead])))[:most]
    headline = _folded(title)
    if len(headline) >= _FEW_IN_TITLE:
        found.append(_mixed(*(crc32(word.encode()) for word in ("title", *headline))))
    return tuple(dict.fromkeys(_signed(value) for value in found))


def likeness(one: Telling, other: Telling) -> float:
    """How sure it is that two entries tell the same story in the same words: 0 (not) to 1."""
    if _titles_contradict(one, other):
        return 0.0
    short, long = sorted((one, other), key=lambda told: (len(told.text), told.text))
    held = _held(short, long)
    enough = _HELD if len(short.text) > _SHORT else _HELD_SHORT
    if held >= enough and len(short.text) >= _FEW:
        return held if _is_somebodys(short, long) and _says_the_same(short, long) else 0.0
    if one.title == other.title and len(one.title) >= _FEW_IN_TITLE and not one.recurring:
        return _under_one_headline(short, long)
    return 0.0


def titles_alike(one: Sequence[str], other: Sequence[str]) -> bool:
    """Whether two headlines share half of their words."""
    return _overlap(one, other) >= _TITLES_ALIKE


def _under_one_headline(short: Telling, long: Telling) -> float:
    """Equal headlines over texts that are not: the same story only if nothing contradicts it."""
    if not short.text:
        return _TITLES_ALIKE
    figures, others = _figures(short.text), _figures(long.text)
    if figures - others and others - figures:
        return 0.0
    touch = _overlap(_content(short.text), _content(long.text))
    return _TITLES_ALIKE if touch >= _TEXTS_TOUCH else 0.0


def _is_somebodys(short: Telling, long: Telling) -> bool:
    """Whether a text is this story's, not a phrase that many use: "See all our pictures here"."""
    if len(short.text) > _TELLING or _overlap(short.title, long.title) >= _TEXTS_TOUCH:
        return True
    if len(short.text) > _SHORT and not _ANYBODYS.intersection(short.text):
        return True
    facts = {word for word in short.text if word in short.names} | _figures(short.text)
    return len(facts.intersection(long.text)) >= _FACTS


def _held(short: Telling, long: Telling) -> float:
    """The share of the shorter text that the longer one holds."""
    if not short.shingles:
        return 0.0
    return len(short.shingles & long.shingles) / len(short.shingles)


def _says_the_same(one: Telling, other: Telling) -> bool:
    """Whether two texts, laid side by side, differ in nothing but words."""
    if one.text == other.text:
        return True
    matcher = SequenceMatcher(None, one.text, other.text, autojunk=False)
    replaced = 0
    for operation, start, end, other_start, other_end in matcher.get_opcodes():
        if operation != "replace":
            continue
        here, there = one.text[start:end], other.text[other_start:other_end]
        if max(len(here), len(there)) <= _PLACE and _contradict(one, here, other, there):
            return False
        at_an_edge = not start or end == len(one.text)
        replaced += 0 if at_an_edge else min(len(here), len(there))
    return replaced <= _REPLACED * len(one.text)


def _titles_contradict(one: Telling, other: Telling) -> bool:
    """Whether two headlines are the same but for a number, a date or a name."""
    if one.title == other.title or not titles_alike(one.title, other.title):
        return False
    here = [word for word in one.title if word not in other.title]
    there = [word for word in other.title if word not in one.title]
    return _contradict(one, here, other, there)


def _contradict(one: Telling, here: Sequence[str], other: Telling, there: Sequence[str]) -> bool:
    """Whether one place is filled with different numbers, dates or names."""
    for kind in (_is_figure, _is_date):
        ours, theirs = set(filter(kind, here)), set(filter(kind, there))
        if ours - theirs and theirs - ours:
            return True
    moves = [
        (bool(_UP.intersection(words)), bool(_DOWN.intersection(words))) for words in (here, there)
    ]
    if moves in ([(True, False), (False, True)], [(False, True), (True, False)]):
        return True
    ours = {word for word in here if word in one.names and word not in other.text}
    theirs = {word for word in there if word in other.names and word not in one.text}
    return bool(ours and theirs) and not any(
        SequenceMatcher(None, mine, its).ratio() >= _TYPO for mine in ours for its in theirs
    )


def _is_figure(word: str) -> bool:
    return word[0].isdigit()


def _is_date(word: str) -> bool:
    return word in _DATES


def _figures(words: Sequence[str]) -> set[str]:
    return {word for word in words if _is_figure(word) or _is_date(word)}


def _content(words: Sequence[str]) -> list[str]:
    """The longer words, which carry what is told."""
    return [word for word in words if len(word) > len("with")]


def _overlap(one: Sequence[str], other: Sequence[str]) -> float:
    """The share of the words of the smaller set that are in the other."""
    ours, theirs = set(one), set(other)
    smaller = min(len(ours), len(theirs))
    return len(ours & theirs) / smaller if smaller else 0.0


def _bare(title: str | None, text: str) -> tuple[str, str]:
    """Title and text without what agencies and desks put around them."""
    title = _TITLE_SUFFIX.sub("", _TITLE_PREFIX.sub("", title or "")).strip()
    text = text[: _COMPARED * _WORD].strip()
    if title:
        text = text.removeprefix(title).lstrip("\n :.–—-")
    return title, _DATELINE.sub("", text, count=1)


def _folded(text: str) -> list[str]:
    """The words of a text, so that spellings of one word are equal."""
    return [_fold(word) for word in _TOKEN.findall(_THOUSANDS.sub("", text))]


def _words(text: str) -> tuple[list[str], set[str]]:
    """Folded words, and those among them that are names: with a capital inside a sentence."""
    words, names = [], set()
    text = _THOUSANDS.sub("", text)
    end = 0
    for token in _TOKEN.finditer(text):
        word = _fold(token[0])
        if token[0][0].isupper() and not _SENTENCE_END.search(text, end, token.start()):
            names.add(word)
        words.append(word)
        end = token.end()
    return words, names


@lru_cache(maxsize=16_384)
def _fold(word: str) -> str:
    """A word without case, accents and possessive, a small number in digits."""
    word = word.casefold().replace("’", "'").removesuffix("'s")
    if word.isascii():
        return _NUMBER_WORDS.get(word, word)
    plain = unicodedata.normalize("NFKD", word)
    return "".join(letter for letter in plain if not unicodedata.combining(letter)) or word


def _shingles(words: Sequence[str]) -> Iterator[int]:
    """Three words in a row, hashed the same on every machine; a shorter text is one shingle."""
    if not words:
        return
    hashes = [crc32(word.encode()) for word in words]
    for start in range(max(len(hashes) - _SHINGLE + 1, 1)):
        yield _mixed(*hashes[start : start + _SHINGLE])


def _mixed(*hashes: int) -> int:
    """64 well-spread bits of some hashes in their order."""
    value = SCHEME
    for one in hashes:
        value = (value ^ one) * 0x9E3779B97F4A7C15 & _MASK
        value ^= value >> 29
    return value


def _signed(value: int) -> int:
    """As databases keep 64 bits."""
    return value - (1 << 64) if value >> 63 else value
