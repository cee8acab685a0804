"""Names written out: given name and surname, in any order, with initials, middle names, titles."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from aggregator.tag.fold import fold
from aggregator.tag.index import How, Word, is_capital
from aggregator.tag.inflect import VOWELS, cuts
from aggregator.tag.line import Join, Line
from aggregator.tag.lists import common_surnames, common_words, given_names, is_title, section
from aggregator.tag.names import ARTICLES, NUMERALS, PARTICLES, SUFFIXES, Form
from aggregator.tag.scripts import CASELESS, romanised, script_of
from aggregator.tag.sound import sounds_alike

MOST_MIDDLE = 3
_INNER = (Join.SPACE, Join.HYPHEN, Join.APOSTROPHE, Join.QUOTE)
AND = section("name_parts.txt", "and")


@dataclass(frozen=True, slots=True)
class Mention:
    """A place where one of the people is named."""

    first: int  # index of the first word
    last: int
    forms: tuple[int, ...]  # more than one: not clear which
    rule: str


@dataclass(frozen=True, slots=True)
class _Pair:
    """A given name beside a surname that are listed together."""

    form: int
    rule: str
    score: int


def endings_agree(how: How, allowed: str) -> bool:
    """Whether an ending is one that the document's language has ("none", "s" or "all")."""
    return how == "exact" or allowed == "all" or (how == "s" and allowed == "s")


def is_initial(line: Line, at: int) -> bool:
    """Whether words[at] is a letter or two that stand for a given name: "S.", "Yu.", "JK"."""
    word = line.words[at]
    if not is_capital(word) or len(word) > 2:  # noqa: PLR2004 - letters
        return False
    dotted = line.gaps[at + 1].startswith(".")
    return dotted or (len(word) == 1 and script_of(word) not in CASELESS)


def is_given_name(word: str) -> bool:
    """Whether a word is a known given name, as it stands or declined."""
    folded = fold(word)
    names = given_names()
    if folded in names:
        return True
    if script_of(folded) == "latin":
        return (
            any(
                rest in names or rest + "a" in names
                for rest, cut in cuts(folded)
                if len(cut) < 4  # noqa: PLR2004
            )
            and folded not in common_words()
        )
    return romanised(folded) in names or any(
        rest in names or rest + "а" in names or rest + "и" in names or romanised(rest) in names
        for rest, _ in cuts(folded)
    )


def written_out(line: Line, at: int, word: Word, endings: str) -> Iterator[Mention]:
    """The listed people whose full name has its surname at words[at]."""
    found = _leftward(line, at, word, endings) or _rightward(line, at, word, endings)
    if found is not None:
        yield found
    start = found.first if found is not None and found.first < at else _first_of_name(line, at)
    if start < at:
        yield from _coordinated(line, at, word, endings, start)


def _leftward(line: Line, at: int, word: Word, endings: str) -> Mention | None:
    middle = 0
    j = at - 1
    while j >= 0 and middle <= MOST_MIDDLE and at - j < 8:  # noqa: PLR2004 - words of one name
        join = line.join(j + 1)
        initial = is_initial(line, j)
        if join not in _INNER and not (join is Join.DOT and (initial or _is_suffix(line, j))):
            return None
        text = line.words[j]
        if (
            fold(text) in PARTICLES
            and (text.islower() or not initial)
            and not _names_somebody(line, j)
        ):
            j -= 1
            continue
        if not is_capital(text) and word.capital:
            return None
        if not (initial and _goes_on_left(line, j)):
            pairs = _pairs(line, j, at, word, endings)
            if pairs:
                return _best(line, j, at, pairs)
        if line.style in ("title", "capitals") and not initial and fold(text) in common_words():
            return None
        middle += 1
        j -= 1
    return None


def _rightward(line: Line, at: int, word: Word, endings: str) -> Mention | None:
    """The given name after the surname: "Lavrov, Sergey", "Orbán Viktor", "Xi Jinping"."""
    join = line.join(at + 1)
    j = at + 1
    if join not in (Join.SPACE, Join.COMMA) or not is_capital(line.words[j]):
        return None
    pairs = _pairs(line, j, at, word, endings)
    if not pairs:
        return None
    forms = line.index.forms
    family_first = [
        pair
        for pair in pairs
        if forms[pair.form].whole
        and line.index.forms[pair.form].surname == (forms[pair.form].head,)
        and not forms[pair.form].particles
    ]
    initial = is_initial(line, j)
    last = j
    while line.join(last + 1) in (Join.SPACE, Join.HYPHEN, Join.DOT) and is_capital(
        line.words[last + 1]
    ):
        if not (
            is_initial(line, last + 1)
            or line.join(last + 1) is Join.HYPHEN
            or _is_patronymic(line.words[last + 1])
        ):
            break
        if line.join(last + 1) is Join.DOT and not is_initial(line, last):
            break
        last += 1
    if join is Join.COMMA:
        goes_on = line.join(last + 1) is Join.SPACE and is_capital(line.words[last + 1])
        if goes_on and not initial:
            return None
        if initial and not line.gaps[j + 1].startswith("."):
            return None
    elif not family_first:
        if word.folded in given_names() and script_of(word.folded) == "latin":
            return None
        if initial and (script_of(word.folded) == "latin" or not line.gaps[j + 1].startswith(".")):
            return None
        if (
            at
            and line.join(at) is Join.SPACE
            and is_given_name(line.words[at - 1])
            and is_capital(line.words[at - 1])
        ):
            return None
    best = _best(line, at, last, pairs)
    return Mention(at, max(last, best.last), best.forms, best.rule)


def _pairs(line: Line, j: int, at: int, word: Word, endings: str) -> list[_Pair]:
    """Forms whose given name may be words[j] and whose surname words[at]."""
    index = line.index
    found: dict[int, _Pair] = {}
    heads = [(head, how) for head, how in word.heads if endings_agree(how, endings)]
    if is_initial(line, j) and len(line.words[j]) <= 2:  # noqa: PLR2004 - letters
        letter = fold(line.words[j])
        for head, how in heads:
            for form in index.pairs.get(f"{letter}.|{head}", ()):
                _keep(found, line, form, j, at, "initials", 2 if how == "exact" else 1)
        if not found and script_of(word.folded) != "latin":
            latin = romanised(letter)[:1]
            for ear, stem in word.heard:
                for form in index.by_sound.get(f"{latin}.|{ear}", ()):
                    if _sound_agrees(index.forms[form].head, stem):
                        _keep(found, line, form, j, at, "initials", 0)
        if found or len(line.words[j]) == 1:
            return list(found.values())
    first = line.first(j)
    for name, name_how in first.names:
        if not endings_agree(name_how, endings):
            continue
        for head, how in heads:
            ids = index.pairs.get(f"{name}|{head}")
            if ids is None or not _cases_agree(name, name_how, head, how, first.folded):
                continue
            exact = how == "exact" and name_how == "exact"
            for form in ids:
                _keep(
                    found,
                    line,
                    form,
                    j,
                    at,
                    "full name" if exact else "inflected",
                    4 if exact else 3,
                )
    if not found and word.capital:
        for ear, stem in word.heard:
            for given_ear, given_stem in first.heard:
                for form in index.by_sound.get(f"{given_ear}|{ear}", ()):
                    if _heard(
                        line,
                        index.forms[form],
                        given_stem,
                        stem,
                        first.folded,
                        word.folded,
                        endings,
                    ):
                        _keep(found, line, form, j, at, "same sound", 1)
    return list(found.values())


def _heard(
    line: Line, form: Form, given: str, head: str, text_given: str, text_head: str, endings: str
) -> bool:
    if (
        endings == "none"
        and script_of(text_head) == "latin"
        and (given != text_given or head != text_head)
    ):
        return False
    if not _sound_agrees(form.head, head):
        return False
    name = form.given[0]
    if _sound_agrees(name, given):
        return True
    return form.whole and sounds_alike("".join(form.given), given)


def _sound_agrees(listed: str, text: str) -> bool:
    """Whether a word may be another spelling of a listed one, and is not a name of its own."""
    if listed == text:
        return True
    if not sounds_alike(listed, text):
        return False
    if script_of(text) != "latin" or script_of(listed) != "latin":
        return True
    names = given_names()
    if text in common_words() or text in common_surnames():
        return False
    return not (listed in names and text in names) or _one_family(listed, text)


def _one_family(one: str, other: str) -> bool:
    """Spellings of one given name differ in y, i, j, doubled letters and the like only."""
    return _skim(one) == _skim(other)


def _skim(name: str) -> str:
    out: list[str] = []
    for letter in romanised(name).replace("ou", "u").replace("gu", "g").replace("ch", "k"):
        plain = {"y": "i", "j": "i", "w": "v", "c": "k", "h": ""}.get(letter, letter)
        if plain and (not out or out[-1] != plain):
            out.append(plain)
    return "".join(out)


def _cases_agree(name: str, name_how: How, head: str, how: How, text_given: str) -> bool:
    """A man's given name is not declined without his surname: "Petra Novak" is not Petr."""
    if name_how != "inflected" or how != "exact" or script_of(name) not in ("latin", "cyrillic"):
        return True
    return name[-1] in VOWELS or head[-1] in VOWELS or len(text_given) < len(name)


def _keep(
    found: dict[int, _Pair], line: Line, number: int, j: int, at: int, rule: str, score: int
) -> None:
    form = line.index.forms[number]
    extra = _agrees(line, form, j, at)
    if extra is None:
        return
    pair = _Pair(number, rule, 10 * score + extra)
    if number not in found or found[number].score < pair.score:
        found[number] = pair


def _agrees(line: Line, form: Form, j: int, at: int) -> int | None:
    """How well the words between and after agree with the form; None if they contradict it."""
    between = list(range(j + 1, at)) if j < at else []
    need = list(form.surname[:-1])
    while need:
        if not between or fold(line.words[between[-1]]) != need[-1]:
            return None
        between.pop()
        need.pop()
    if form.suffix in SUFFIXES or _suffix_after(line, max(j, at)):
        suffix = _suffix_after(line, max(j, at))
        if (
            suffix
            and suffix != form.suffix
            and not (suffix in ("sr", "snr", "senior") and not form.suffix)
        ):
            return None
    if form.whole:
        return _whole_agrees(line, form, j, at, between)
    texts = [k for k in between if fold(line.words[k]) not in PARTICLES]
    listed = list(form.given[1:])
    score = 0
    for k in texts:
        text = fold(line.words[k])
        short = len(text) == 1
        hit = next(
            (
                m
                for m in listed
                if m == text
                or (m[0] == text[0] and (short or len(m) == 1))
                or (len(m) > 1 and not short and sounds_alike(m, text))
            ),
            None,
        )
        if hit is not None:
            listed.remove(hit)
            score += 2
        elif short and any(len(m) > 0 for m in listed):
            return None  # George W. is not George H.
        else:
            score -= 1
    has = {fold(line.words[k]) for k in between} & PARTICLES
    wanted = set(form.particles) - ARTICLES
    if has - ARTICLES - wanted - {"y", "e", "i", "d", "o", "l"} and not wanted:
        score -= 1
    score += len(has & set(form.particles))
    return score - len(listed)


def _whole_agrees(line: Line, form: Form, j: int, at: int, between: list[int]) -> int | None:
    """Names of which no part may be missing: the given names run together must be the same."""
    wanted = "".join(form.given)
    spelled = ""
    stop = at if j < at else min(len(line.words), j + 4)
    for k in range(j, stop):
        if k > j and line.join(k) not in (*_INNER, Join.DOT):
            break
        spelled += fold(line.words[k])
        if spelled == wanted:
            return 2
        if len(spelled) >= len(wanted) - 2 and (
            sounds_alike(wanted, spelled)
            or any(rest == wanted or sounds_alike(wanted, rest) for rest, _ in cuts(spelled))
        ):
            return 1
    initials_only = all(len(fold(line.words[k])) <= 2 for k in (j, *between)) and j < at  # noqa: PLR2004
    return 0 if initials_only else None


def _best(line: Line, first: int, last: int, pairs: list[_Pair]) -> Mention:
    top = max(pair.score for pair in pairs)
    best = [pair for pair in pairs if pair.score == top]
    end = last
    form = line.index.forms[best[0].form]
    if form.whole and first < last and form.surname[0] == fold(line.words[first]):
        end = max(last, first + 1)
    if form.whole:
        end = _end_of_whole(line, form, first, end)
    return Mention(first, end, tuple(pair.form for pair in best), best[0].rule)


def _end_of_whole(line: Line, form: Form, first: int, last: int) -> int:
    size = sum(map(len, form.given)) + len(form.head)
    end = last
    while sum(len(fold(line.words[k])) for k in range(first, end + 1)) < size - 1 and line.join(
        end + 1
    ) in (Join.SPACE, Join.HYPHEN):
        end += 1
    return end


def _coordinated(line: Line, at: int, word: Word, endings: str, start: int) -> Iterator[Mention]:
    """ "Bill and Hillary Clinton", "Bill, Hillary & Chelsea Clinton": the first ones of a list."""
    j = start
    while j > 0:
        if line.join(j) in (Join.AND, Join.COMMA):
            given = j - 1
        elif (
            j > 1
            and line.words[j - 1].lower() in AND
            and line.join(j) is Join.SPACE
            and line.join(j - 1) is Join.SPACE
        ):
            given = j - 2
        else:
            return
        if (
            line.join(given) in (Join.SPACE, Join.HYPHEN)
            and is_capital(line.words[given - 1])
            and is_given_name(line.words[given - 1])
        ):
            return
        if not is_capital(line.words[given]):
            return
        pairs = [pair for pair in _pairs_apart(line, given, at, word, endings)]
        if pairs:
            best = _best(line, given, given, pairs)
            yield Mention(given, given, best.forms, "shared surname")
        elif not is_given_name(line.words[given]):
            return
        j = given


def _pairs_apart(line: Line, given: int, at: int, word: Word, endings: str) -> Iterable[_Pair]:
    index = line.index
    for name, how in line.first(given).names:
        if endings_agree(how, endings):
            for head, head_how in word.heads:
                for form in index.pairs.get(f"{name}|{head}", ()):
                    if not index.forms[form].whole and endings_agree(head_how, endings):
                        yield _Pair(form, "shared surname", 0)


def _first_of_name(line: Line, at: int) -> int:
    """Where a name that ends at words[at] seems to begin."""
    j = at
    while (
        j > 0
        and line.join(j) in (Join.SPACE, Join.HYPHEN)
        and is_capital(line.words[j - 1])
        and is_given_name(line.words[j - 1])
        and not is_title(fold(line.words[j - 1]))
    ):
        j -= 1
    return j


def _goes_on_left(line: Line, j: int) -> bool:
    """Whether an initial is a middle one, with a given name or initial before it."""
    if j == 0:
        return False
    before = line.words[j - 1]
    if line.join(j) is Join.DOT:
        return is_initial(line, j - 1)
    if line.join(j) is not Join.SPACE or not is_capital(before):
        return False
    return is_initial(line, j - 1) or (is_given_name(before) and not is_title(fold(before)))


def _names_somebody(line: Line, j: int) -> bool:
    return bool(is_capital(line.words[j]) and line.first(j).names)


def _is_suffix(line: Line, at: int) -> bool:
    return fold(line.words[at]) in SUFFIXES


def _suffix_after(line: Line, at: int) -> str:
    if line.join(at + 1) in (Join.SPACE, Join.COMMA) and is_capital(line.words[at + 1]):
        text = fold(line.words[at + 1])
        if text in SUFFIXES:
            return (
                text.replace("jnr", "jr")
                .replace("junior", "jr")
                .replace("snr", "sr")
                .replace("senior", "sr")
            )
        if text in NUMERALS and line.words[at + 1].isupper() and len(text) > 1:
            return text
    return ""


def _is_patronymic(word: str) -> bool:
    return fold(word).endswith(
        (
            "ovich",
            "evich",
            "ovna",
            "evna",
            "ович",
            "евич",
            "овна",
            "евна",
            "ича",
            "вича",
            "вичу",
            "вичем",
            "овичу",
        )
    )
