"""Whether two entries are copies of one text: both are laid side by side, word by word.

One must hold most of the other, and where they differ in a place, they may not differ in numbers,
dates, names or direction. That keeps apart what robots write day by day with the same words
(earthquakes, weather, market closings, briefings), and what an editor took from an older story.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache

from aggregator.dedupe.near import Telling
from aggregator.dedupe.words import Text, has_case, is_date, is_figure, opposite

_HELD = 0.6  # share of the shorter text that the longer one holds
_HELD_SHORT = 0.7  # the same for a text of a line
_HELD_RECURRING = 0.85  # the same under headlines that come again
_SHORT = 14  # words: a line
_NOTHING = 4  # words; fewer are no text: "Comments", "Read more"
_LINE = 9  # words: a line that is somebody's if it is held whole
_WHOLE = 0.95
_TELLING = 30  # words; a shorter text could be anybody's, unless names, figures or headlines agree
_FACTS = 2  # names and figures that make a text somebody's
HOPELESS = 0.2  # share of three-word groups; below it nothing is laid side by side
_CHANCE = 2  # words that two unlike sentences share by chance
_SLOT = 3  # words: the same at the end of a text that the other goes on from
_RICH = 0.25  # share of a text's words that are different; others would keep us busy
_PLACE = 8  # words: a difference this short is a place filled in otherwise
_REPLACED = 0.25  # share of the text that may be put otherwise
_OTHER_LEAD = 10  # words before anything is shared: another story with an old one's background
_NEW_LEAD = 25  # the same where only one has them, under unlike headlines
_TYPO = 0.75  # two words this alike are one word spelled twice
_RESPELLED = 0.85  # the same for some words that others write in one
_TITLES_ALIKE = 0.5
_TEXTS_TOUCH = 0.3  # of the shorter text, under equal headlines
# Words of phrases that stand under any story.
_ANYBODYS = frozenset((
    "click", "subscribe", "newsletter", "inbox", "podcast", "episode", "gallery", "photo", "photos",
    "pictures", "video", "watch", "listen", "comments", "website", "advertisement", "read", "klicken",
    "newsletters", "abonnieren", "abonnez", "suscribete", "подпишитесь", "читайте", "фото", "видео",
))  # fmt: skip


_Pair = tuple[tuple[str, ...], tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class _Difference:
    """A place where two texts say something else."""

    here: tuple[str, ...]
    there: tuple[str, ...]
    is_first: bool  # nothing is shared before it
    is_last: bool  # nothing is shared after it
    is_lead_in: bool  # only sentences before the first that is shared: "Photo: Agency."

    @property
    def size(self) -> int:
        """Words put otherwise; 0 where one text only has more."""
        return min(len(self.here), len(self.there))

    @property
    def place(self) -> _Pair | None:
        """What each fills one short place with; None where there is no such place.

        Where a text goes on after the place, or another stood before it, only as much of it.
        """
        size = self.size
        if not size or max(len(self.here), len(self.there)) <= _PLACE:
            return (self.here, self.there) if size else None
        if size > _SLOT:
            return None
        if self.is_first:
            return self.here[-size:], self.there[-size:]
        return self.here[:size], self.there[:size]


@dataclass(frozen=True, slots=True)
class _Comparison:
    """Two texts side by side."""

    held: float  # share of the shorter text that the longer one holds
    differences: tuple[_Difference, ...]


def likeness(one: Telling, other: Telling) -> float:
    """How sure it is that two entries tell the same story in the same words: 0 (not) to 1."""
    if _titles_contradict(one, other):
        return 0.0
    short, long = _by_length(one, other)
    side_by_side = _compared(short, long) if short.says_something else None
    enough = _enough(short, long)
    if side_by_side and side_by_side.held >= enough:
        same = _is_somebodys(short, long, side_by_side.held) and _says_the_same(
            short, long, side_by_side
        )
        return side_by_side.held if same else 0.0
    if one.title.words == other.title.words and one.is_headed and not one.recurring:
        return _under_one_headline(short, long, side_by_side)
    return 0.0


def contradict(one: Telling, other: Telling) -> bool:
    """Whether two entries are the same but for a number, a date, a name or a direction."""
    if _titles_contradict(one, other):
        return True
    short, long = _by_length(one, other)
    side_by_side = _compared(short, long) if short.says_something else None
    return side_by_side is not None and _places_contradict(short, long, side_by_side)


def have_nothing_in_common(one: Telling, other: Telling) -> bool:
    """Whether two entries with a text share neither words of the headline nor of the text."""
    if not (one.says_something and other.says_something):
        return False
    headlines = set(_content(one.title.words)) & set(_content(other.title.words))
    texts = one.shingles & other.shingles
    names = (one.text.names | one.title.names) & (other.text.names | other.title.names)
    return not (headlines or texts or names)


def titles_alike(one: Telling, other: Telling) -> bool:
    """Whether two headlines share half of their words."""
    return _overlap(one.title.words, other.title.words) >= _TITLES_ALIKE


def _by_length(one: Telling, other: Telling) -> tuple[Telling, Telling]:
    short, long = sorted((one, other), key=lambda told: (len(told.text.words), told.text.words))
    return short, long


def _enough(short: Telling, long: Telling) -> float:
    """The share of the shorter text that makes it a copy."""
    if short.recurring or long.recurring:
        return _HELD_RECURRING
    return _HELD if len(short.text.words) > _SHORT else _HELD_SHORT


# ----------------------------------------------------------------------------- laid side by side


@lru_cache(maxsize=64)
def _compared(short: Telling, long: Telling) -> _Comparison | None:
    """Two texts side by side; None where it is no use."""
    common = len(short.shingles & long.shingles)
    if common < HOPELESS * len(short.shingles):
        return None
    ours, theirs = short.text.words, long.text.words
    if ours == theirs[: len(ours)]:
        return _Comparison(1.0, ())
    if len(set(ours)) < _RICH * len(ours):
        return None
    matched = 0
    differences = []
    for is_equal, start, end, other_start, other_end in _stretches(ours, theirs):
        if is_equal:
            matched += end - start
            continue
        here, there = ours[start:end], theirs[other_start:other_end]
        same, rest = _without_typos(here, there)
        matched += same
        is_first = start == other_start == 0
        is_last = end == len(ours) and other_end == len(theirs)
        leads = is_first and end in short.text.begins and other_end in long.text.begins
        differences += [_Difference(*pair, is_first, is_last, leads) for pair in rest]
    return _Comparison(matched / len(ours), tuple(differences))


_Stretch = tuple[bool, int, int, int, int]


def _stretches(ours: Sequence[str], theirs: Sequence[str]) -> list[_Stretch]:
    """Two texts in stretches that are equal or not; a word or two that are equal by chance are not.

    Where each has a sentence that the other lacks, both say "and" and "the" in it.
    """
    matcher = SequenceMatcher(None, ours, theirs, autojunk=False)
    found: list[_Stretch] = [(code[0] == "equal", *code[1:]) for code in matcher.get_opcodes()]
    merged: list[_Stretch] = []
    for number, stretch in enumerate(found):
        is_equal, _, end, _, other_end = stretch
        by_chance = (
            is_equal
            and _size(stretch) <= _CHANCE
            and 0 < number < len(found) - 1
            and _size(found[number - 1]) > _CHANCE
            and _size(found[number + 1]) > _CHANCE
        )
        if merged and not merged[-1][0] and (by_chance or not is_equal):
            _, start, _, other_start, _ = merged[-1]
            merged[-1] = (False, start, end, other_start, other_end)
        else:
            merged.append(stretch)
    return merged


def _size(stretch: _Stretch) -> int:
    _, start, end, other_start, other_end = stretch
    return max(end - start, other_end - other_start)


def _without_typos(here: tuple[str, ...], there: tuple[str, ...]) -> tuple[int, list[_Pair]]:
    """How many words are the same but for their spelling, and what is left of two places."""
    if not here or not there:
        return 0, [(here, there)]
    if len(here) != len(there):
        if _ratio("".join(here), "".join(there)) >= _RESPELLED:
            return len(here), []
        return 0, [(here, there)]
    same = 0
    rest: list[tuple[list[str], list[str]]] = []
    open_pair = False
    for mine, its in zip(here, there, strict=True):
        if _is_typo(mine, its):
            same += 1
            open_pair = False
        else:
            if not open_pair:
                rest.append(([], []))
            rest[-1][0].append(mine)
            rest[-1][1].append(its)
            open_pair = True
    return same, [(tuple(mine), tuple(its)) for mine, its in rest]


def _is_typo(one: str, other: str) -> bool:
    """Whether two words are one spelled twice; figures and dates have no typos."""
    if is_figure(one) or is_figure(other) or is_date(one) or is_date(other):
        return one == other
    if len(one) == len(other) == 1:
        return not has_case(one)  # one sign for another, in scripts without words
    return _ratio(one, other) >= _TYPO


@lru_cache(maxsize=4096)
def _ratio(one: str, other: str) -> float:
    return SequenceMatcher(None, one, other, autojunk=False).ratio()


# ------------------------------------------------------------------------------- what is different


def _says_the_same(short: Telling, long: Telling, compared: _Comparison) -> bool:
    """Whether two texts that share most differ in nothing but words."""
    if _places_contradict(short, long, compared):
        return False
    replaced = 0
    for difference in compared.differences:
        if difference.is_first:
            if difference.size >= _OTHER_LEAD:
                return False
            lead = max(len(difference.here), len(difference.there))
            if lead >= _NEW_LEAD and not titles_alike(short, long):
                return False
        replaced += 0 if difference.is_last else difference.size
    return replaced <= _REPLACED * len(short.text.words)


def _places_contradict(short: Telling, long: Telling, compared: _Comparison) -> bool:
    slots = _slots(short.title.words, long.title.words)
    return any(
        _contradict(short, place[0], long, place[1], names=not difference.is_lead_in)
        or (slots[0].intersection(place[0]) and slots[1].intersection(place[1]))
        for difference in compared.differences
        if (place := difference.place)
    )


def _titles_contradict(one: Telling, other: Telling) -> bool:
    """Whether two headlines are the same but for a number, a date or a name."""
    if one.title.words == other.title.words or not titles_alike(one, other):
        return False
    here, there = (tuple(slot) for slot in _slots(one.title.words, other.title.words))
    if min(len(one.text.words), len(other.text.words)) <= _SHORT:
        return _contradict(one, here, other, there)
    told = set(here).intersection(one.text.words) | set(there).intersection(other.text.words)
    return _contradict(one, here, other, there, names=bool(told))  # else: names of papers


def _slots(one: Sequence[str], other: Sequence[str]) -> tuple[set[str], set[str]]:
    """What each of two headlines says that the other does not; nothing where they are unlike."""
    if _overlap(one, other) < _TITLES_ALIKE:
        return set(), set()
    return set(one) - set(other), set(other) - set(one)


def _contradict(
    one: Telling, here: Sequence[str], other: Telling, there: Sequence[str], *, names: bool = True
) -> bool:
    """Whether one place is filled with different numbers, dates, directions or names."""
    for kind in (is_figure, is_date):
        ours, theirs = set(filter(kind, here)), set(filter(kind, there))
        if ours - theirs and theirs - ours:
            return True
    if _opposed(here, there):
        return True
    if not names:
        return False
    if len(here) == len(there) == 1 and _is_name(here[0], one) and _is_name(there[0], other):
        return not _is_typo(here[0], there[0])
    mine = [word for word in here if _is_name(word, one) and not _holds(other, word)]
    its = [word for word in there if _is_name(word, other) and not _holds(one, word)]
    return bool(mine and its) and not any(_is_typo(a, b) for a in mine for b in its)


def _opposed(here: Sequence[str], there: Sequence[str]) -> bool:
    ours = {found for word in here if (found := opposite(word))}
    theirs = {found for word in there if (found := opposite(word))}
    return any(
        kind == other_kind and side != other_side
        for kind, side in ours - theirs
        for other_kind, other_side in theirs - ours
    )


def _is_name(word: str, told: Telling) -> bool:
    """Whether a word may be a name where it stands."""
    if is_figure(word):
        return False
    return any(_may_name(word, text) for text in (told.text, told.title))


def _may_name(word: str, text: Text) -> bool:
    if not has_case(word):
        return len(word) > 1 and word in text.words
    return word in text.names or (word in text.starts and not text.capitals)


def _holds(told: Telling, word: str) -> bool:
    return word in told.text.words or word in told.title.words


def _under_one_headline(short: Telling, long: Telling, compared: _Comparison | None) -> float:
    """Equal headlines over texts that are not: the same story only if nothing contradicts it."""
    if len(short.text.words) < _NOTHING:
        return _TITLES_ALIKE
    if compared and _places_contradict(short, long, compared):
        return 0.0
    figures, others = _facts(short), _facts(long)
    if figures - others and others - figures:
        return 0.0
    touch = _overlap(_content(short.text.words), _content(long.text.words))
    return _TITLES_ALIKE if touch >= _TEXTS_TOUCH else 0.0


def _is_somebodys(short: Telling, long: Telling, held: float) -> bool:
    """Whether a text is this story's, not a phrase that many use: "See all our pictures here"."""
    words = short.text.words
    if len(words) > _TELLING or _overlap(short.title.words, long.title.words) >= _TEXTS_TOUCH:
        return True
    if len(words) > (_SHORT if held < _WHOLE else _LINE) and not _ANYBODYS.intersection(words):
        return True
    facts = short.text.names.intersection(words) | _facts(short)
    return len(facts.intersection(long.text.words)) >= _FACTS


def _facts(told: Telling) -> set[str]:
    return {word for word in told.text.words if is_figure(word) or is_date(word)}


def _content(words: Sequence[str]) -> Iterator[str]:
    """The longer words, which carry what is told."""
    return (word for word in words if len(word) > len("with"))


def _overlap(one: Iterator[str] | Sequence[str], other: Iterator[str] | Sequence[str]) -> float:
    """The share of the words of the smaller set that are in the other."""
    ours, theirs = set(one), set(other)
    smaller = min(len(ours), len(theirs))
    return len(ours & theirs) / smaller if smaller else 0.0
