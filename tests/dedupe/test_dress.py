"""What agencies and desks put around a story, taken off."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.dedupe.dress import bare_text, bare_title

STORY = "The bridge is open again, said the harbour master."


@pytest.mark.parametrize(
    "dress",
    [
        "MOSCOW, March 3 (Reuters) - ",
        "(Reuters) - ",
        "PARIS (AFP) — ",
        "BERLIN, 3. März (dpa) – ",
        "МОСКВА, 3 мар - РИА Новости. ",
        "МОСКВА, 3 марта. /ТАСС/. ",
        "NEW YORK/LONDON, March 3 (Reuters) - ",
        "ROME, Mar. 3 /ANSA/ - ",
        "LONDON — ",
        "Port Amsel (Wire Service) - ",
        "AP - ",
        "By Ada Ferris, AP\n",
        "Photo: Archive. ",
        "Listen to this article\nPARIS (AFP) - ",
    ],
)
def test_what_stands_before_a_story_is_taken_off(dress: str) -> None:
    assert bare_text(dress + STORY) == STORY


@pytest.mark.parametrize(
    "start",
    [
        "Ada Ferris (Harbour Party) said: ",
        "Ada Ferris, 41, opened the bridge. ",
        "On Monday Ivo Lund - the master - said ",
        "The ferry: ",
    ],
)
def test_who_and_what_a_story_starts_with_stays(start: str) -> None:
    assert bare_text(start + STORY) == start + STORY


@pytest.mark.parametrize(
    "sign_off",
    [
        " (Reporting by Ada Ferris; Editing by Ivo Lund)",
        " Read more on our site.",
        " © 2026 AFP",
        " The post Bridge opens appeared first on The Courier.",
        " Lesen Sie mehr dazu.",
    ],
)
def test_what_stands_after_a_story_is_taken_off(sign_off: str) -> None:
    assert bare_text(STORY + sign_off) == STORY


@pytest.mark.parametrize(
    ("title", "bare"),
    [
        ("UPDATE 2-Bridge at Amsel opens", "Bridge at Amsel opens"),
        ("BREAKING: Bridge opens", "Bridge opens"),
        ("Bridge at Amsel opens - Harbour-Courier", "Bridge at Amsel opens"),
        ("Football - Amsel beat Lund", "Football - Amsel beat Lund"),
        (None, ""),
    ],
)
def test_a_headline_is_told_from_what_desks_add(title: str | None, bare: str) -> None:
    assert bare_title(title) == bare


@given(st.text(max_size=200))
def test_any_text_keeps_its_words(text: str) -> None:
    assert bare_text(text) in text
