"""The same story in nearly the same words, and texts that only look alike."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.dedupe.likeness import HOPELESS, likeness
from aggregator.dedupe.near import share_too_little, telling, traces
from benchmarks.likeness import measured
from benchmarks.syndication import carried

TITLE = "Bridge at Port Amsel opens again"
COPY = (
    "The swing bridge at Port Amsel opened again on Monday after Ivo Lund, the harbour master, had "
    "tested it for nine hours. Two ferries that had waited outside went through first. Repairs had "
    "taken since December and cost three times what the council planned."
)
MOST = (
    "Разводной мост в порту снова открыт после девяти часов проверки, сообщил начальник порта Иво "
    "Лунд в понедельник утром."
)
LINE = "Ivo Lund, harbour master of Port Amsel, opened the bridge on Monday."

ALIKE = {
    "another headline": (("Ships pass", COPY), (TITLE, COPY)),
    "an agency prefix": ((TITLE, COPY), ("UPDATE 2-Bridge open", "AMSEL, March 2 (Agency) - " + COPY)),
    "a cut summary": ((TITLE, COPY), ("Ships pass", COPY[:140] + "...")),
    "the headline again in the text": ((TITLE, f"{TITLE}\n{COPY}"), ("Ships pass", COPY)),
    "a mended typo": ((TITLE, COPY), ("Ships pass", COPY.replace("ferries", "feries"))),
    "another spelling of a name": ((TITLE, COPY), ("Ships", COPY.replace("Amsel", "Amsell"))),
    "a number in words": ((TITLE, COPY), ("Ships", COPY.replace("nine", "9"))),
    "a paper's name after the headline": ((TITLE, COPY), (f"{TITLE} - Amsel-Courier", COPY)),
    "a byline and a sign-off": (
        ("Ships", COPY), (TITLE, f"By Ada Ferris, Agency\n{COPY} (Reporting by Ada Ferris)")
    ),
    "lead-ins": (("Ships", "Photo: Archive. " + COPY), (TITLE, "Updated at 10:15. " + COPY)),
    "each without another sentence": (
        ("Ships", COPY + " The mayor was absent, and nobody asked why."),
        (TITLE, COPY + " More ships are expected in the week that comes."),
    ),
    "a sentence more": ((TITLE, COPY), ("Ships", COPY + " More ships are expected tomorrow.")),
    "a line that names who and when": (("A", LINE), ("B", LINE)),
    "one headline over texts that touch": (
        (TITLE, "Ferries passed through first, the harbour master said."),
        (TITLE, "Repairs took long, said the harbour master, as ferries waited."),
    ),
    "one headline and no text": ((TITLE, ""), (TITLE, COPY)),
    "Russian": (("Мост открыт", MOST), ("Суда идут", f"ПОРТ, 2 марта (Агентство) - {MOST} Паромы.")),
    "Chinese": (("桥", "港口的旋转桥在周一经过九个小时的测试后重新开放，两艘渡轮率先通过。" * 2),
                ("船", "港口的旋转桥在周一经过九个小时的测试后重新开放，两艘渡轮率先通过。" * 2)),
}  # fmt: skip

NAMED = "Ada Ferris (Harbour Party) said on Monday that the bridge will be open all night."
BRONZES = "A museum in Amsel handed over 31 bronzes to a delegation on Friday."
NEW_LEAD = "Lawyers for the harbour demanded on Thursday that all be tested again from the start. "

QUAKE = (
    "An earthquake of magnitude 4.5 struck 12 km off Amsel at a depth of 10 km, the centre said."
)
STOCKS = "The index closed higher on Monday as banks and miners led the move in quiet trading."
CALL = (
    "Foreign minister Ivo Lund spoke by telephone with the minister of Norland, Ada Ferris, at the "
    "initiative of the other side. They discussed current issues of the bilateral agenda."
)
ANYBODYS = "Click here to see all our pictures of the day and more photos from around the world."

APART = {
    "another number": ((None, QUAKE), (None, QUAKE.replace("4.5", "5.1"))),
    "another number in the headline": (("Magnitude 4.5 quake", QUAKE), ("Magnitude 4.6 quake", QUAKE)),
    "another day": ((None, COPY), (None, COPY.replace("Monday", "Friday"))),
    "another place": ((None, QUAKE), (None, QUAKE.replace("Amsel", "Izmir"))),
    "another direction": ((None, STOCKS), (None, STOCKS.replace("higher", "lower"))),
    "another person": ((None, CALL), (None, CALL.replace("Ada Ferris", "Ben Oduya"))),
    "another person before brackets": ((None, NAMED), (None, NAMED.replace("Ada Ferris", "Ivo Lund"))),
    "another person where the text starts": (
        (None, LINE), (None, LINE.replace("Ivo Lund", "Ada Ferris"))
    ),
    "another day where one text ends": (
        (None, BRONZES), (None, BRONZES.replace("Friday", "Monday") + " They were taken long ago.")
    ),
    "another thing in headline and text": (
        ("Norvik recalls heaters", "Norvik called heaters back to all of its shops for a check."),
        ("Norvik recalls toasters", "Norvik called toasters back to all of its shops for a check."),
    ),
    "another story over an old one's background": (
        (None, COPY), (None, NEW_LEAD + COPY.split(". ", 1)[1])
    ),
    "anybody's phrase": (("Carnival", ANYBODYS), ("Fish market", ANYBODYS)),
    "a line without who and when": (
        ("Fog", "Read what the harbour says about it."),
        ("Mayor", "Read what the harbour says about it."),
    ),
    "a headline that comes every day": (("Live: harbour news of the day", ""),) * 2,
    "a short headline": (("Fog again", ""), ("Fog again", "")),
    "one headline over figures that differ": (
        (TITLE, "It took 9 hours, the harbour master said of the ferries."),
        (TITLE, "It took 7 hours, the harbour master said of the ferries here."),
    ),
    "one headline over other words": (
        (TITLE, "Ferries passed through first."),
        (TITLE, "Council members quarrel about money."),
    ),
    "mostly other words": ((None, COPY), (None, COPY[:90] + " nobody knew why. " + CALL)),
    "nothing at all": ((None, ""), (None, "")),
}  # fmt: skip


@pytest.mark.parametrize("pair", ALIKE.values(), ids=ALIKE)
def test_copies_are_alike_and_found(pair: tuple[tuple[str, str], tuple[str, str]]) -> None:
    one, other = pair

    assert likeness(telling(*one), telling(*other)) > 0
    assert set(traces(*one).bands) & set(traces(*other).bands) or not one[1]


@pytest.mark.parametrize("pair", APART.values(), ids=APART)
def test_what_differs_in_numbers_dates_or_people_stays_apart(
    pair: tuple[tuple[str | None, str], tuple[str | None, str]],
) -> None:
    one, other = (telling(*said) for said in pair)

    assert likeness(one, other) == 0
    assert likeness(other, one) == 0


def test_a_text_put_otherwise_in_long_stretches_is_another() -> None:
    middle = (
        "Two ferries that had waited outside went through first with horns and many flags flying"
    )
    other = "Nobody in the crowd had expected any of the old engines to hold for even one hour"
    text = f"The bridge is open for ships again {middle} and the people along the quay clapped long"

    assert likeness(telling(None, text), telling(None, text.replace(middle, other))) == 0


def test_bands_are_few() -> None:
    assert len(traces(TITLE, COPY * 20).bands) <= 19
    assert traces(None, "").bands == ()
    assert len(traces(None, "Fog").bands) == 1


WORDS = st.lists(
    st.sampled_from(
        ["fog", "ferry", "Lund", "bridge", "9", "Monday", "opened", "the", "of", "port"]
    )
)


@given(WORDS, WORDS)
def test_likeness_has_no_sides(one: list[str], other: list[str]) -> None:
    first, second = telling("Fog", " ".join(one)), telling("Fog", " ".join(other))

    assert likeness(first, second) == likeness(second, first)
    assert 0 <= likeness(first, second) <= 1


@pytest.mark.parametrize("seed", [1, 3])
def test_imitated_syndication_is_told_from_robots(seed: int) -> None:
    precision, recall, wrong = measured(carried(seed))

    assert precision >= 0.98, wrong[:3]
    assert recall >= 0.9, wrong[:3]


def test_a_text_of_few_words_over_and_over_is_a_copy_only_as_a_whole() -> None:
    text = "fog ice " * 60

    assert likeness(telling("Fog", text), telling("Fog", text)) > 0
    assert likeness(telling("Fog", text), telling("Fog", text.replace("ice", "ice fog", 9))) == 0


def test_what_is_held_to_be_alike_by_its_text_is_never_given_up_by_its_sketch() -> None:
    entries = [one.entry for one in carried(3)]
    ready = [
        (telling(one.title, one.text), made.sketch, made.bands[-1:])
        for one in entries
        for made in (traces(one.title, one.text),)
    ]
    given_up = alike = 0
    for (one, sketched, headline), (other, other_sketched, other_headline) in combinations(
        ready, 2
    ):
        if headline == other_headline:
            continue
        if share_too_little(sketched, other_sketched, HOPELESS):
            assert likeness(one, other) == 0
            given_up += 1
        else:
            alike += likeness(one, other) > 0
    assert alike > len(entries) / 4
    assert given_up > len(entries) * len(entries) / 4


def test_a_short_text_has_no_sketch_and_is_always_looked_at() -> None:
    assert traces(TITLE, LINE).sketch == 0
    assert not share_too_little(0, traces(TITLE, COPY).sketch, HOPELESS)


def test_unlike_texts_share_too_little() -> None:
    other = " ".join(COPY.split()[::-1])
    assert share_too_little(traces(None, COPY).sketch, traces(None, other).sketch, HOPELESS)
    assert not share_too_little(
        traces(None, COPY).sketch, traces("Ships", COPY[:180]).sketch, HOPELESS
    )
