"""Endings that a name takes in a sentence: `Lavrova`, `Лаврову`, `Putinille`, `Trumpom`.

Both sides give way: a listed name has *bases* (itself, and itself less what declension drops or
changes), a word of a text has *cuts* (itself less a known ending). Where a cut meets a base the
word is an inflected form of the name. Prepositions and articles that Arabic and Hebrew write
together with the word are cut off its front in the same way.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from aggregator.tag.fold import fold
from aggregator.tag.scripts import Script, script_of

SHORTEST_STEM = 3
VOWELS: Final = frozenset("aeiouyаеиоуыэюяьαεηιουω")

_SLAVIC_LATIN = (
    "a e i o u y em om im ym am ie iem owi ovi iowi ova ove ovou ovej ovej ego iego emu iemu "
    "ho mu ou ja je ju jem jom ji ii ia iu iom eva evo evi eve evem ega ovom evom ami ach och ech "
    "ov ove ovo ovega ovemu owie owej owa owe owskiego ev evo uv"
)
_BALTIC = "as os us is ius s io ui iui am im um es ai ei ame yje iumi umi imi u ą"
_FINNIC = (
    "n in en an on ia ta aa lle ille elle alle lla illa ella lta ilta elta ssa issa essa sta ista "
    "esta iin een ksi iksi na ina it ile ilt il iga ist is isse eni idele iks ni li"
)
_HUNGARIAN = (
    "t at et ot nak nek val vel ra re rol tol hoz hez ban ben ba be bol ert ig nal nel kent ek ok "
    "ak e ei eknek"
)
_TURKIC = "in un nin nun i u yi yu e a ye ya den dan ten tan de da te ta le la yle yla dir"
_OTHER_LATIN = "it es in ul ului"  # Albanian, Romanian
_CYRILLIC = (
    "а я у ю е и ы і ї о ом ем ём ым им єм ой ей ою ею ої ій ого его ому ему ові еві єві ами ями ах "
    "ях ам ям ів ове еви ови ови евич ска ко йо ый ий ай ова ову овой ую юю ая яя ых их ыми ими ім"
)
_GREEK = "ς σ α ο ου η ι ε ων"
_GEORGIAN = "ი მა ს ის ით ად თან ზე ში მ ისა ისთვის ისგან სთან სა"
_ARMENIAN = "ը ն ի ին ից ով ում ինը իս"
_INDIC = "ने को का की के से में"
_HANGUL = "은 는 이 가 을 를 의 에 에게 와 과 도 로 으로 만 부터 까지 께서 한테 측 씨 님"


def _ends(text: str) -> frozenset[str]:
    return frozenset(fold(end) for end in text.split())


_ENDINGS: Final[dict[Script, frozenset[str]]] = {
    "latin": _ends(f"{_SLAVIC_LATIN} {_BALTIC} {_FINNIC} {_HUNGARIAN} {_TURKIC} {_OTHER_LATIN}"),
    "cyrillic": _ends(_CYRILLIC),
    "greek": _ends(_GREEK),
    "georgian": _ends(_GEORGIAN),
    "armenian": _ends(_ARMENIAN),
    "indic": _ends(_INDIC),
    "hangul": _ends(_HANGUL),
}
_LONGEST: Final = 8
_PREFIXES: Final[dict[Script, tuple[str, ...]]] = {
    "arabic": ("وال", "بال", "فال", "كال", "لل", "ال", "ول", "وب", "و", "ف", "ب", "ل", "ك"),
    "hebrew": (
        "וה",
        "שה",
        "מה",
        "ול",
        "וב",
        "ומ",
        "וש",
        "של",
        "כש",
        "ו",
        "ה",
        "ב",
        "ל",
        "מ",
        "ש",
        "כ",
    ),
}
# Last consonants that change before an ending: Polish "Duda, Dudzie", Czech "Merkela", ...
_CHANGES: Final = {
    "d": "dz", "t": "c", "r": "rz", "k": "c", "g": "z", "h": "s", "ł": "l",
    "к": "ц", "г": "з", "х": "с",
}  # fmt: skip
_WEAKENED: Final = {"t": "d", "k": "", "p": "v"}
_FLEETING: Final = frozenset("еёeоaа")
_MOVABLE: Final = frozenset("klrncмкцлнрčц")


@lru_cache(maxsize=65536)
def bases(name: str) -> tuple[str, ...]:
    """What the endings of a folded listed name attach to, besides the name itself."""
    if len(name) < SHORTEST_STEM:
        return ()
    return tuple(_after_vowel_gone(name) if name[-1] in VOWELS else _after_consonant(name))


def _after_vowel_gone(name: str) -> Iterator[str]:
    stem, last = name[:-1], name[-1]
    if name.endswith("ець") and len(stem) > SHORTEST_STEM:
        yield name[:-3] + "ц"  # Ukrainian "Дочинець, Дочинця"
    if name.endswith("еи") and len(stem) > SHORTEST_STEM:
        yield name[:-2] + "ь"  # "Соловей, Соловья"
    if len(stem) > 1:
        yield stem
        if last in "aа" and stem[-1] in _CHANGES:
            yield stem[:-1] + _CHANGES[stem[-1]]
        if stem[-1] in VOWELS and len(stem) > SHORTEST_STEM:
            yield stem[:-1]  # "-skii", "-ia"
        if len(stem) > SHORTEST_STEM and stem[-1] in _WEAKENED:
            yield stem[:-1] + _WEAKENED[stem[-1]] + last  # Finnish "Huhta, Huhdan"


def _after_consonant(name: str) -> Iterator[str]:
    before, last = name[-2], name[-1]
    if before in _FLEETING and last in _MOVABLE and len(name) > SHORTEST_STEM:
        yield name[:-2] + last  # "Marek, Marka", "Павел, Павла", "Petar, Petra"
        if before == "е" and name[-3] == "л":
            yield name[:-2] + "ь" + last  # "Ковалёк, Ковалька"
        if name[-3] == "i" and len(name) > SHORTEST_STEM + 1:
            yield _hardened(name[:-3]) + last  # Polish "Grudzień, Grudnia"
    if name.endswith("яц"):
        yield name[:-2] + "иц"  # "Заяц, Зайца"
    if last == "r":
        yield name + "j"  # Slovene "Pahorja"
    if last in "σი" or (last == "s" and len(name) > SHORTEST_STEM + 1):
        yield name[:-1]  # Greek, Georgian and Baltic nominatives
    if name.endswith("nen"):
        yield name[:-3] + "s"  # Finnish "Seppänen, Seppäsen"
    if last == "s" and before in VOWELS and len(name) > SHORTEST_STEM + 1:
        yield name[:-2]  # Baltic "Dombrovskis, Dombrovska"


def _hardened(stem: str) -> str:
    """A Polish stem as it is once the "ie" after it is gone."""
    return stem[:-1] if stem.endswith("dz") else stem


@lru_cache(maxsize=65536)
def cuts(word: str) -> tuple[tuple[str, str], ...]:
    """Folded word less each known ending (or prefix), longest rest first: (rest, what was cut)."""
    script = script_of(word)
    shortest = 2 if script == "hangul" else SHORTEST_STEM
    endings = _ENDINGS.get(script, frozenset())
    found = [
        (word[:-size], word[-size:])
        for size in range(1, min(_LONGEST, len(word) - shortest) + 1)
        if word[-size:] in endings
    ]
    if _is_doubled(word):
        found.append((word[:-3], word[-3:]))
    found += [
        (word.removeprefix(prefix), prefix)
        for prefix in _PREFIXES.get(script, ())
        if word.startswith(prefix) and len(word) - len(prefix) >= shortest
    ]
    return tuple(found)


def _is_doubled(word: str) -> bool:
    """Hungarian "-val" takes on the consonant before it: "Putyinnal"."""
    if len(word) <= SHORTEST_STEM + 3 or not word.endswith(("al", "el")):
        return False
    return word[-4] == word[-3] and word[-3] not in VOWELS
