"""What entries are recognised by."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.dedupe.identity import folded, hashed, prints, wording
from aggregator.values.item import Enclosure, Entry, Picture
from tests.support.corpus import entries_of

AT = datetime(2026, 3, 2, 8, tzinfo=UTC)
FOG = Entry(guid="1", link="https://a.example/fog", title="Fog", text="Thick.", published=AT)


def test_prints_are_the_same_on_every_machine() -> None:
    looks = prints(FOG)

    assert looks.guid == hashed("guid", "1") == 6301524652995718776
    assert looks.link == hashed("link", "https://a.example/fog")
    assert looks.title == hashed("title", "fog", AT.isoformat())


def test_the_guid_is_opaque_and_the_link_is_not() -> None:
    assert prints(Entry(guid="A")).guid != prints(Entry(guid="a")).guid
    assert (
        prints(Entry(link="http://www.a.example/fog/?utm_source=x")).link
        == prints(Entry(link="https://out.example/r", via="https://a.example/fog")).link
        == prints(FOG).link
    )


@pytest.mark.parametrize("link", ["https://a.example/", "https://a.example", None])
def test_a_front_page_and_no_page_have_no_print(link: str | None) -> None:
    assert prints(Entry(link=link)).link is None


def test_links_that_are_torn_keep_no_entry_from_being_known() -> None:
    looks = [prints(entry) for entry in entries_of("torn-links.xml")]

    assert len({look.link for look in looks if look.link}) == len(looks) == 3


def test_an_entry_without_a_title_is_known_by_its_text() -> None:
    assert prints(Entry(text="Fog, thick.")).title == prints(Entry(text="Fog,  thick.")).title
    assert prints(Entry(title="!?")).title is not None


def test_an_entry_without_words_is_known_by_its_media() -> None:
    one, other = (Entry(enclosures=(Enclosure(f"https://a.example/{n}.mp3"),)) for n in (1, 2))

    assert prints(one).title != prints(other).title
    assert prints(one).digest != prints(other).digest
    assert prints(Entry(picture=Picture("https://a.example/p.jpg"))).title != prints(Entry()).title


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Thick. 3 comments", "Thick. 1,204 comments"),
        ("Thick. Comments: 3", "Thick. Comments: 4"),
        ("Thick (views (12))", "Thick (views (13))"),
        ("Thick, 3 hours ago", "Thick, 2 days ago"),
        ("Thick https://a.example/?utm_source=1", "Thick https://a.example/?utm_source=2"),
        ("Thick  fog", "Thick\nfog"),
    ],
)
def test_counters_and_tracking_are_no_change(before: str, after: str) -> None:
    assert prints(Entry(text=before)).digest == prints(Entry(text=after)).digest


@pytest.mark.parametrize(
    ("before", "after"),
    [("Thick fog", "Thin fog"), ("9 ships", "8 ships"), ("Fog?", "Fog!"), ("fog", "Fog")],
)
def test_every_other_word_is_a_change(before: str, after: str) -> None:
    assert prints(Entry(text=before)).digest != prints(Entry(text=after)).digest
    assert wording(before) != wording(after)


def test_headlines_are_compared_without_case_accents_and_punctuation() -> None:
    assert folded("“Köche” — streiken!") == folded("KOCHE STREIKEN") == "koche streiken"
    assert folded(None) == ""


@given(st.text(max_size=80), st.text(max_size=80))
def test_any_entry_has_prints_that_fit_a_database(title: str, text: str) -> None:
    looks = prints(Entry(guid=text, link="https://a.example/" + title, title=title, text=text))

    keys = {looks.guid, looks.link, looks.title, looks.digest, *looks.bands} - {None}
    assert all(-(1 << 63) <= key < 1 << 63 for key in keys if key is not None)


def test_a_permalink_tells_the_page_where_a_redirector_does_not() -> None:
    page = "https://a.example/fog"
    told = prints(Entry(link="http://feedproxy.google.com/~r/fog/~3/aBc/", guid=page))
    shortened = prints(Entry(link="https://bit.ly/3x", guid=page))
    own = prints(Entry(link="https://feeds.a.example/~r/fog/~3/aBc/", guid=page))

    assert {told.link, shortened.link, own.link} == {prints(Entry(link=page)).link}
    assert prints(Entry(link="https://a.example/ferry", guid=page)).link != told.link
    assert prints(Entry(link="https://bit.ly/3x", guid="3x")).link not in {told.link, None}
