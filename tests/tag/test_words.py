"""Comparing single words: folded, by ear, with endings; and taking names apart."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.tag.fold import fold, umlauts
from aggregator.tag.gender import is_a_womans, is_the_others
from aggregator.tag.inflect import bases, cuts
from aggregator.tag.language import endings_of
from aggregator.tag.names import forms_of
from aggregator.tag.scripts import romanised, script_of
from aggregator.tag.sound import sounds, sounds_alike


@given(st.text(max_size=12))
def test_folding_twice_changes_nothing_more(word: str) -> None:
    assert fold(fold(word)) == fold(word)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ŁAWROW", "lawrow"), ("ΑΛΕΞΗΣ", "Αλέξης"), ("ISTANBUL", "ıstanbul"), ("İNÖNÜ", "inonu"),
        ("Горбачёв", "Горбачев"), ("أحمد", "احمد"), ("فاطمة", "فاطمه"), ("علي", "على"), ("Weiß", "WEISS"),
        ("é", "e\u0301"), ("Ørsted", "orsted"), ("שלום", "שלומ"),
    ],
)  # fmt: skip
def test_forms_of_one_word_fold_alike(one: str, other: str) -> None:
    assert fold(one) == fold(other)


def test_umlauts_are_written_in_two_ways() -> None:
    assert umlauts("Müller") == ("mueller",)
    assert umlauts("Mueller") == ("muller",)
    assert umlauts("Bauer") == ()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("lavrov", "лавров"), ("lavrov", "lawrow"), ("putin", "poutine"), ("putin", "πουτιν"),
        ("putin", "بوتين"), ("netanyahu", "נתניהו"), ("putin", "პუტინ"), ("zelensky", "зеленскии"),
        ("yeltsin", "ельцин"), ("khrushchev", "хрущев"), ("juncker", "юнкер"), ("hollande", "олланд"),
    ],
)  # fmt: skip
def test_spellings_of_one_name_sound_alike(one: str, other: str) -> None:
    assert sounds_alike(one, fold(other))
    assert sounds_alike(fold(other), one)


@pytest.mark.parametrize(
    ("one", "other"),
    [("maria", "mario"), ("john", "jean"), ("a", "b"), ("putin", "patton")],
)
def test_other_names_do_not_sound_alike(one: str, other: str) -> None:
    assert not sounds_alike(one, other)


@given(st.text(max_size=20))
def test_any_word_has_a_sound(word: str) -> None:
    folded = fold(word)

    assert len(sounds(folded)) <= 6
    assert isinstance(romanised(folded), str)
    assert script_of(folded)


@pytest.mark.parametrize(
    ("name", "declined"),
    [
        ("putin", "putinem"), ("duda", "dudzie"), ("marek", "markowi"), ("pahor", "pahorjem"),
        ("orban", "orbannal"), ("niinisto", "niinistolle"), ("лавров", "лаврову"),
        ("зеленскии", "зеленскому"), ("павел", "павла"), ("τσιπρας", "τσιπρα"), ("путин", "путиным"),
    ],
)  # fmt: skip
def test_a_declined_name_meets_its_base(name: str, declined: str) -> None:
    folded = fold(declined)
    rests = {folded, *(rest for rest, _ in cuts(folded))}

    assert rests & {fold(name), *bases(fold(name))}


@pytest.mark.parametrize(
    ("name", "given", "surname", "particles"),
    [
        ("Sergey Viktorovich Lavrov", ("sergey", "viktorovich"), ("lavrov",), ()),
        ("Lavrov, Sergey", ("sergey",), ("lavrov",), ()),
        ("Ursula von der Leyen", ("ursula",), ("leyen",), ("von", "der")),
        ("Annegret Kramp-Karrenbauer", ("annegret",), ("kramp", "karrenbauer"), ()),
        ("Xi Jinping", ("jinping",), ("xi",), ()),
        ("Kim Jong-un", ("jong", "un"), ("kim",), ()),
        ("Martin Luther King Jr.", ("martin", "luther"), ("king",), ()),
        ("Michael Johnson (sprinter)", ("michael",), ("johnson",), ()),
        ("Martin King, Jr.", ("martin",), ("king",), ()),
        ("Diana, Princess of Wales", (), ("diana",), ()),
        ("Sir Keir Starmer", ("keir",), ("starmer",), ()),
        ("Lula", (), ("lula",), ()),
    ],
)
def test_a_name_is_taken_apart(
    name: str, given: tuple[str, ...], surname: tuple[str, ...], particles: tuple[str, ...]
) -> None:
    (form,) = forms_of(0, name, alias=False)

    assert (form.given, form.surname, form.particles) == (given, surname, particles)


def test_a_name_without_letters_has_no_form() -> None:
    assert forms_of(0, "12 + 3", alias=False) == ()


@pytest.mark.parametrize(
    ("language", "text", "endings"),
    [
        ("en-GB", "", "none"), ("de", "", "s"), ("pl", "", "all"), (None, "", "unknown"),
        (None, "the cat of the house", "none"), (None, "der Hund und die Katze", "s"),
        (None, "nie ma tego w domu, bo się nie da", "all"),
    ],
)  # fmt: skip
def test_small_words_tell_what_endings_names_take(
    language: str | None, text: str, endings: str
) -> None:
    assert endings_of(language, frozenset(text.replace(",", "").split()))[0] == endings


@pytest.mark.parametrize(
    ("language", "text", "endings"),
    [
        ("bg", "", "none"), ("ru", "", "all"), (None, "", "all"),
        (None, "той каза че това е за нея", "none"), (None, "он сказал что это его", "all"),
    ],
)  # fmt: skip
def test_bulgarian_has_no_endings_for_cases(language: str | None, text: str, endings: str) -> None:
    assert endings_of(language, frozenset(text.split()))[1] == endings


def test_a_surname_with_the_ending_of_the_other_gender_is_another_persons() -> None:
    assert is_the_others("лавров", "лавровои")
    assert not is_the_others("лавров", "лаврова")
    assert is_the_others("михаилова", "михаиловым")
    assert is_the_others("kowalska", "kowalskiego")
    assert not is_the_others("kowalska", "kowalskiej")
    assert is_a_womans("merkel", "Merkelové")
    assert not is_a_womans("merkel", "Merkelova")
