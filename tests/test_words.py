import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.words import folded, is_unspaced, pairs, pairs_asked, words_of


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ("Lavrov  in MILAN", ("lavrov", "in", "milan")),
        ("Erdoğan", ("erdogan",)),
        ('"AND" OR (NEAR* title:x', ("and", "or", "near", "title", "x")),
        ("ラブロフ外相 Milan", ("ラフロフ外相", "milan")),
        ("2026年Lavrov", ("2026", "年", "lavrov")),
        ("'\"\x00()", ()),
        ("", ()),
    ],
)
def test_a_search_is_words(asked: str, words: tuple[str, ...]) -> None:
    assert words_of(asked) == words


def test_a_text_without_spaces_is_known_by_pairs_of_letters() -> None:
    assert pairs("習近平国家主席 met 普京") == "習近 近平 平国 国家 家主 主席 席 普京 京"
    assert pairs("nothing of the kind") is None
    assert pairs_asked("近平国") == ("近平", "平国")
    assert pairs_asked("近") == ("近",)


@given(st.text(st.sampled_from("習近平国x "), max_size=12), st.integers(0, 8), st.integers(1, 4))
def test_every_part_of_such_a_text_is_found_by_its_pairs(text: str, start: int, size: int) -> None:
    for run in words_of(text):
        part = run[start : start + size]
        if part and is_unspaced(part) and is_unspaced(run):
            written = f" {pairs(text)} "
            assert f" {' '.join(pairs_asked(part))}" in written


@given(st.text())
def test_each_folded_letter_knows_where_it_came_from(text: str) -> None:
    letters, places = folded(text)

    assert len(letters) == len(places)
    assert list(places) == sorted(places)
    assert all(0 <= place < len(text) for place in places)
