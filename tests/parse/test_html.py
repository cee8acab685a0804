"""HTML made safe, and the words in it."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.parse.html import first_picture, markup_of, plain, sanitised, text_of, title_of
from tests.support.corpus import SHARED

BASE = "https://harbour.example/a/b"
SOON_S = 5  # of the processor; whoever looks to the end for every piece takes minutes


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<p>Lavrov</p><p>met</p>", "Lavrov\nmet"),
        ("Moghe<b>rini</b> met", "Mogherini met"),
        ("one<br>two<hr/>three", "one\ntwo\nthree"),
        ("<table><tr><td>a<td>b</table>", "a\nb"),
        ("<custom-element>a</custom-element>b", "a\nb"),
        ("a\n  b&nbsp;c", "a b c"),
        ("a &lt; b &amp; c", "a < b & c"),
        ("<p>a</p><!-- b --><?c d?><script>e</script><style>f</style>g", "a\ng"),
        ("<noscript><p>a</p></noscript>b", "b"),
        ("<img alt='A bridge'>", "A bridge"),
        ("<figure><img src=x alt=A><figcaption>B</figcaption></figure>", "A\nB"),
        ('[caption width="3"]<img src=x> C[/caption] D', "C\nD"),
        ('[caption caption="Old form" id="1"]<img src=x>[/caption]', "Old form"),
        ("<div>" * 1_000 + "deep" + "</div>" * 1_000, "deep"),
        ("<b>" * 100_000 + "deep", "deep"),
        ("<!-- only -->", ""),
        ("", ""),
        ("a\x00\x0eb", "ab"),
    ],
)
def test_blocks_part_words_and_inline_elements_do_not(markup: str, text: str) -> None:
    assert text_of(markup) == text


@pytest.mark.parametrize(
    ("value", "is_html", "title"),
    [
        ("A <i>bold</i> move", True, "A bold move"),
        ("5 < 6", False, "5 < 6"),
        ("Tom &amp; Kim", False, "Tom & Kim"),
        ("R&D; Q&A", False, "R&D; Q&A"),
        ("one\n two", False, "one two"),
        ("<b> </b>", True, None),
        ("", False, None),
    ],
)
def test_titles_are_one_line_of_plain_text(value: str, title: str | None, *, is_html: bool) -> None:
    assert title_of(value, is_html=is_html) == title


@pytest.mark.parametrize(
    ("markup", "safe"),
    [
        (
            '<a href="c">x</a>',
            '<a href="https://harbour.example/a/c" rel="noopener noreferrer">x</a>',
        ),
        ('<a href="javascript:x()">x</a>', '<a rel="noopener noreferrer">x</a>'),
        ('<img src="//h.example/p" onerror="x()">', '<img src="https://h.example/p">'),
        ('<p style="x" class="y" align="left">a</p>', "<p>a</p>"),
        ("<iframe src='https://x.example/'></iframe>", ""),
    ],
)
def test_html_is_safe_and_absolute(markup: str, safe: str) -> None:
    assert sanitised(markup, BASE) == safe


def test_plain_text_becomes_lines_of_html() -> None:
    assert markup_of(" a < b\nc ") == "a &lt; b<br>\nc"
    assert plain(" a \t b\n\n c ") == "a b\nc"


def test_the_first_picture_is_no_counting_pixel() -> None:
    markup = '<img src="/pixel" width="1" height="1"><img src="/p.jpg" alt=" A pier ">'

    assert first_picture(markup) == ("/p.jpg", "A pier")
    assert first_picture("<p>no picture</p>") is None
    assert first_picture("<img>") is None


@given(st.text(alphabet="<>/abp &;\"'=![]-\n\x00é\ud800", max_size=200))
def test_any_markup_can_be_read_and_shown(markup: str) -> None:
    text = text_of(markup)
    safe = sanitised(markup, BASE)

    assert "\x00" not in text + safe
    assert sanitised(safe, BASE) == safe
    assert all(line == line.strip() and line for line in text.split("\n") if text)


@pytest.mark.skipif(not SHARED.is_dir(), reason="needs the documents of ../shared")
def test_known_attacks_come_to_nothing() -> None:
    for vector in (SHARED / "html5sec" / "rss.txt").read_text(encoding="utf-8").splitlines():
        safe = sanitised(vector, BASE).lower()
        tags = [piece.partition(">")[0] for piece in re.sub('"[^"]*"', "", safe).split("<")[1:]]

        assert not any(tag.startswith(("script", "iframe", "object", "svg")) for tag in tags)
        assert not any(" on" in tag for tag in tags)
        assert '="javascript:' not in safe


@pytest.mark.parametrize(
    ("markup", "words"),
    [
        ("<p title='a > b'>One</p><p>two</p>", "One\ntwo"),
        ("One <br/>two<hr>three", "One\ntwo\nthree"),
        ("a < b and c > d", "a < b and c > d"),
        ("<p>It isn't <em class=quick>o'clock</em></p>", "It isn't o'clock"),
        ("One <!-- not <b>this</b> --> two<?nor this?>", "One two"),
        ("One<script>if (a < b) {}</script> two<iframe src='x'/> three", "One\ntwo\nthree"),
        ('See <img src="a.png" alt="The &lt;b> pier"> there', "See\nThe <b> pier\nthere"),
        ("cut off <a href='https://harbour.example/", "cut off"),
        ("<SCRIPT>never ended <p>One</p>", ""),
        ("R&amp;D &nbsp; &#8211;&#x20AC; &notanentity; &", "R&D –€ ¬anentity; &"),
    ],
)
def test_words_are_what_a_browser_would_show(markup: str, words: str) -> None:
    assert text_of(markup) == words


@pytest.mark.parametrize(
    "piece",
    ["<a ", '<a "', "<iframe a='", "<script>", "<!--", "<img ", "<svg/>", "</p <", "&", "<<"],
)
def test_markup_that_never_ends_is_read_in_one_pass(piece: str) -> None:
    started = time.process_time()
    text_of(piece * 50_000)
    first_picture(piece * 50_000)

    assert time.process_time() - started < SOON_S
