import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.words import MOST_TERMS, Term, folded, pairs, pairs_asked, terms_of


def term(*words: str, begins: bool = False) -> Term:
    return Term(words, begins)


@pytest.mark.parametrize(
    ("asked", "terms"),
    [
        ("Lavrov  in MILAN", (term("Lavrov"), term("in"), term("MILAN", begins=True))),
        ("mi", (term("mi"),)),
        ('"grain corridor" Milan', (term("grain", "corridor"), term("Milan", begins=True))),
        ('Milan "grain corridor"', (term("Milan"), term("grain", "corridor"))),
        ("„Guten Tag“ «bonjour", (term("Guten", "Tag"), term("bonjour"))),
        ("AND OR (NEAR*", (term("AND"), term("OR"), term("NEAR", begins=True))),
        ("O'Leary's", (term("O", "Leary", "s"),)),
        ("ラブロフ外相 Milan", (term("ラブロフ外相"), term("Milan", begins=True))),
        ("2026年Lavrov", (term("2026"), term("年"), term("Lavrov", begins=True))),
        ('"2026年 met them"', (term("2026"), term("年"), term("met", "them"))),
        ("セルゲイ・ラブロフ", (term("セルゲイ"), term("ラブロフ"))),
        ("'\"\x00()", ()),
        ("", ()),
    ],
)
def test_a_search_is_terms(asked: str, terms: tuple[Term, ...]) -> None:
    assert terms_of(asked) == terms


def test_a_search_without_end_is_cut() -> None:
    assert terms_of('"' * 10_000) == ()
    assert len(terms_of("a word " * 1_000)) == MOST_TERMS


def test_a_text_without_spaces_is_known_by_pairs_of_letters() -> None:
    assert pairs("習近平国家主席 met 普京") == "習近 近平 平国 国家 家主 主席 席 普京 京"
    assert pairs("nothing of the kind") is None
    assert pairs_asked("近平国") == ("近平", "平国")
    assert pairs_asked("近") == ("近",)


@given(st.text(st.sampled_from("習近平国x "), max_size=12), st.integers(0, 8), st.integers(1, 4))
def test_every_part_of_such_a_text_is_found_by_its_pairs(text: str, start: int, size: int) -> None:
    for run in (found.words[0] for found in terms_of(text) if found.is_unspaced):
        part = run[start : start + size]
        if part:
            written = f" {pairs(text)} "
            assert f" {' '.join(pairs_asked(part))}" in written


@given(st.text())
def test_each_folded_letter_knows_where_it_came_from(text: str) -> None:
    letters, places = folded(text)

    assert len(letters) == len(places)
    assert list(places) == sorted(places)
    assert all(0 <= place < len(text) for place in places)
