import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from aggregator.publish.text import (
    _FORBIDDEN,
    clean,
    language,
    media_type,
    one_line,
    shortened,
)

anything = st.text(st.characters(codec=None), max_size=60)  # lone surrogates too


@given(anything)
def test_clean_text_can_be_written_as_xml_and_is_left_alone_then(text: str) -> None:
    element = etree.Element("title")

    element.text = clean(text)

    assert etree.fromstring(etree.tostring(element)).text in (clean(text), None)
    assert clean(clean(text)) == clean(text)


@pytest.mark.parametrize("bad", ["\x00", "\x1b", "\x7f", "\x85", "\ufffe", "\ufdd0", "\U0001ffff"])
def test_characters_that_xml_or_html_forbid_go(bad: str) -> None:
    assert clean(f"a{bad}b") == "ab"


@pytest.mark.parametrize("kept", ["é", "\u200e", "😀", "\u200d", "中", "\t"])
def test_other_characters_stay(kept: str) -> None:
    assert clean(f"a{kept}b") == f"a{kept}b"


def test_a_line_cannot_turn_round_what_stands_beside_it() -> None:
    assert one_line(" Minister \u202eevil\n\t\u2067 news ") == "Minister evil news"


@given(anything, st.integers(min_value=2, max_value=50))
def test_shortened_text_is_never_longer_than_asked(text: str, length: int) -> None:
    short = shortened(text, length)

    assert len(short) <= length
    assert short.removesuffix("…") in one_line(text)


def test_text_is_cut_between_words_where_there_are_any() -> None:
    assert shortened("Ministers meet in Milan, again", 26) == "Ministers meet in Milan…"
    assert shortened("部长会议在米兰举行", 6) == "部长会议在…"


@pytest.mark.parametrize(
    ("said", "taken"),
    [
        ("de", "de"),
        ("en_US", "en-US"),
        (" zh-Hant-TW ", "zh-Hant-TW"),
        ("english", None),
        (None, None),
    ],
)
def test_only_a_language_tag_is_published_as_one(said: str | None, taken: str | None) -> None:
    assert language(said) == taken


@pytest.mark.parametrize(
    ("said", "taken"),
    [("Audio/MPEG; x=1", "audio/mpeg"), ("mp3", None), ('a/b"', None), (None, None)],
)
def test_only_a_media_type_is_published_as_one(said: str | None, taken: str | None) -> None:
    assert media_type(said) == taken


@given(st.text(st.sampled_from("a \n\r\t\x00\x7f\x85\xa0\xad\u200b\u202e\ufffe") | st.characters()))
def test_what_is_looked_at_quickly_is_cleaned_the_same(text: str) -> None:
    assert clean(text) == "".join(one for one in text if not _FORBIDDEN.fullmatch(one))


@given(st.text("ab \n\u202e", max_size=80), st.integers(2, 12))
def test_of_a_long_text_the_beginning_is_enough(text: str, length: int) -> None:
    line = one_line(text)

    short = shortened(text, length)

    assert short == line if len(line) <= length else short[:-1] == line[: len(short) - 1]
