from hypothesis import given
from hypothesis import strategies as st

from aggregator.publish.extract import Segment, extract, spans_of
from aggregator.publish.text import one_line
from aggregator.words import terms_of

LENGTH = 60


def plain(segments: tuple[Segment, ...]) -> str:
    return "".join(segment.text for segment in segments)


def test_words_are_marked_where_they_stand() -> None:
    text = "Ministers met. Lavrov spoke."

    assert extract(text, [(15, 21)], LENGTH) == (
        Segment("Ministers met. "),
        Segment("Lavrov", marked=True),
        Segment(" spoke."),
    )


def test_a_late_name_is_shown_with_what_stands_before_it() -> None:
    text = "Nothing happened here. " * 10 + "Then at last Lavrov spoke to all of them at length."
    start = text.index("Lavrov")

    shown = extract(text, [(start, start + 6)], 100)

    assert shown[0] == Segment("… ")
    assert Segment("Lavrov", marked=True) in shown


def test_a_long_text_ends_between_words() -> None:
    shown = plain(extract("word " * 40, [], 12))

    assert shown == "word word …"


def test_a_long_text_without_spaces_is_cut_all_the_same() -> None:
    assert plain(extract("字" * 100, [], 10)) == "字" * 10 + " …"


def test_overlapping_spans_are_one_and_impossible_ones_none() -> None:
    spans = [(0, 6), (3, 9), (-1, 2), (5, 5), (50, 99)]

    assert extract("Sergey Lavrov", spans, LENGTH) == (
        Segment("Sergey La", marked=True),
        Segment("vrov"),
    )


def test_a_mark_that_the_end_cuts_is_cut_too() -> None:
    shown = extract("Ministers " + "L" * 100, [(10, 110)], 15)

    assert any(segment.marked for segment in shown)


def test_names_outside_the_shown_part_are_not_marked() -> None:
    text = "Lavrov spoke. " + "Nothing more. " * 10 + "Lavrov left."
    last = text.rindex("Lavrov")

    shown = extract(text, [(0, 6), (last, last + 6)], LENGTH)

    assert [segment.text for segment in shown if segment.marked] == ["Lavrov"]


def test_an_empty_text_has_no_extract() -> None:
    assert extract("", [], LENGTH) == ()


@given(
    st.text(alphabet="ab cd\n.", max_size=200),
    st.lists(st.tuples(st.integers(-5, 210), st.integers(-5, 210)), max_size=5),
    st.integers(5, 100),
)
def test_an_extract_only_ever_says_what_the_text_says(
    text: str, spans: list[tuple[int, int]], length: int
) -> None:
    shown = one_line(plain(extract(text, spans, length)).strip(" …"))

    assert shown in one_line(text)


def marked(text: str, asked: str) -> list[str]:
    return [text[start:end] for start, end in spans_of(text, terms_of(asked))]


def test_whole_words_are_found_whatever_their_case_and_accents() -> None:
    assert marked("Milan, MILAN, Milanese", "milan x") == ["Milan", "MILAN"]
    assert marked("Erdoğan, ERDOGAN", "erdogan x") == ["Erdoğan", "ERDOGAN"]
    assert marked("Milan", "") == []


def test_the_last_word_may_be_a_beginning() -> None:
    assert marked("Milanese in Milan", "milan") == ["Milanese", "Milan"]


def test_a_phrase_is_found_as_a_whole() -> None:
    assert marked("Grain, the grain: corridor", '"grain corridor"') == ["grain: corridor"]


def test_a_word_of_a_script_without_spaces_is_found_inside() -> None:
    assert marked("ラブロフ外相、ミラノ", "ミラノ") == ["ミラノ"]
    assert marked("习近平主席", "近平") == ["近平"]


@given(st.text(max_size=50), st.text(max_size=9))
def test_what_is_marked_lies_in_the_text(text: str, asked: str) -> None:
    for start, end in spans_of(text, terms_of(asked)):
        assert 0 <= start < end <= len(text)
