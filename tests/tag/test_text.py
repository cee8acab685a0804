"""What a reader sees of a field, and the way back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.tag.text import seen, tokens

ODD = st.sampled_from(["<p>", "</p>", "<b x='>'>", "&amp;", "&nbsp;", "\u00ad", "-\n", "<!--", "-->", "a", "É", "<img alt=\"é &lt;\" title='t'>", "<script>", "</script>", "<![CDATA[", "]]>", "<", "&", "www.x", " "])  # fmt: skip


@given(st.lists(ODD | st.text(max_size=3), max_size=20).map("".join))
def test_every_place_of_the_seen_text_leads_back_into_the_field(raw: str) -> None:
    got = seen(raw)

    for at, letter in enumerate(got.text):
        start, end = got.raw_span(at, at + 1)
        assert 0 <= start < end <= len(raw)
        if letter.isalpha() and end - start == 1:
            assert raw[start] == letter


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ("Lavrov</p><p>met", ["Lavrov", "met"]),
        ("Lav<b>rov</b>", ["Lavrov"]),
        ("Moghe-\nrini", ["Mogherini"]),
        ("Jean-\nClaude", ["Jean", "Claude"]),
        ("Moghe\u00adrini Lav\u200brov", ["Mogherini", "Lavrov"]),
        ("L&oacute;pez &#x4c;&unknown;", ["López", "L", "unknown"]),
        ("a<!-- Lavrov -->b <!-- open", ["ab"]),
        ("<script>Lavrov</script><style>x</style>b<script>open", ["b"]),
        ("<img alt='With Lavrov' src=lavrov.jpg>", ["With", "Lavrov"]),
        ("see https://example.org/Lavrov now", ["see", "now"]),
        ("1 < 2 &amp; 3 > 2 AT&T", ["AT", "T"]),
        ("<![CDATA[Lavrov]]>", ["Lavrov"]),
        ("O’Leary B2B नरेन्द्र e\u0301t\u00e9", ["O", "Leary", "B", "B", "नरेन्द्र", "e\u0301t\u00e9"]),
    ],
)
def test_words_are_those_that_a_reader_sees(raw: str, words: list[str]) -> None:
    assert tokens(seen(raw).text).words == words


def test_a_broken_word_spans_its_break() -> None:
    raw = "Federica Moghe-\nrini came"
    got = seen(raw)
    cut = tokens(got.text)

    start, end = got.raw_span(cut.starts[1], cut.end(1))

    assert raw[start:end] == "Moghe-\nrini"
