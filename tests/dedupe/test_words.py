"""Words as comparing texts needs them."""

from hypothesis import given
from hypothesis import strategies as st

from aggregator.dedupe.words import fold, folded

_PIECES = (
    "U.S.A.",
    "1,234",
    "12:30",
    "don't",
    " ",
    "\n",
    "a",
    "Bo",
    "x.",
    ".",
    ",",
    "’s",
    "é",
    "日",
)
texts = st.lists(st.sampled_from(_PIECES), max_size=40).map("".join)


@given(texts, st.integers(1, 12))
def test_the_first_words_do_not_depend_on_how_many_are_asked_for(text: str, most: int) -> None:
    assert folded(text, most) == folded(text, 1000)[:most]


@given(texts)
def test_a_text_of_ascii_is_read_as_if_it_were_not(text: str) -> None:
    plain = "".join(filter(str.isascii, text))

    assert folded(f"{plain} é", 1000) == [*folded(plain, 1000), fold("é")]


def test_numbers_and_initials_are_single_words() -> None:
    assert folded("U.S. exports rose by 1,234,567 t", 9) == [
        *("us", "exports", "rose", "by", "1234567", "t")
    ]
