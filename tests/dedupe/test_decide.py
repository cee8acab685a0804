"""Each hard case of identity, on its corpus document."""

from dataclasses import replace
from datetime import timedelta

import pytest

from aggregator.dedupe.decide import decide, gap, is_apart
from aggregator.dedupe.identity import prints
from aggregator.values.item import (
    Category,
    Duplicate,
    Entry,
    Known,
    KnownEntry,
    New,
    Prints,
    Revised,
    Seen,
)
from tests.support.corpus import NOW, Memory, entries_of, kinds, row

PAIRS = {
    "links shared by all entries": (
        "links-shared.xml",
        "links-shared-later.xml",
        ["New", "Seen", "Seen"],
    ),
    "one guid for all entries": (
        "guid-shared.xml",
        "guid-shared-later.xml",
        ["New", "Seen", "Revised title"],
    ),
    "guids made anew at every poll": (
        "guids-change.xml",
        "guids-change-later.xml",
        ["Seen", "Revised title"],
    ),
    "a guid reused for a new story": ("guid-reused.xml", "guid-reused-later.xml", ["New"]),
    "a story that moved to another address": ("guid-reused.xml", "guid-moved.xml", ["Seen"]),
    "neither guid nor link": (
        "neither-guid-nor-link.xml",
        "neither-guid-nor-link-later.xml",
        ["Seen", "Revised text", "Seen", "New"],
    ),
    "an edited title": ("titles-edited.xml", "titles-edited-later.xml", ["Revised title"]),
    "another order": ("guids-change.xml", "reordered.xml", ["Seen", "Seen"]),
    "counters and tracking": ("counters.xml", "counters-later.xml", ["Seen"]),
    "guids that number the places of a list": (
        "guids-by-place.xml",
        "guids-by-place-later.xml",
        ["New", "Seen"],
    ),
}


@pytest.mark.parametrize("case", PAIRS.values(), ids=PAIRS)
def test_an_entry_is_known_again_by_what_tells_it_best(case: tuple[str, str, list[str]]) -> None:
    first, later, expected = case
    memory = Memory()
    memory.poll(entries_of(first))

    assert kinds(memory.poll(entries_of(later))) == expected


@pytest.mark.parametrize("name", sorted({name for case in PAIRS.values() for name in case[:2]}))
def test_the_same_document_again_brings_nothing(name: str) -> None:
    memory = Memory()
    entries = entries_of(name)
    first = memory.poll(entries)

    assert kinds(first) == ["New"] * len(entries)
    assert kinds(memory.poll(entries)) == ["Seen"] * len(entries)
    assert kinds(memory.poll(entries[::-1])) == ["Seen"] * len(entries)


def test_the_very_same_entry_twice_is_one_and_a_shared_guid_is_not() -> None:
    decisions = Memory().poll(entries_of("twice.xml"))

    assert kinds(decisions) == ["New", "Seen", "New", "Seen", "New"]
    assert decisions[1].reason == "twice in this document"


def test_of_two_versions_in_one_document_the_newer_counts() -> None:
    old, new = (
        Entry(
            guid="f", link="https://a.example/f", title="Fog", text=text, published=NOW, updated=at
        )
        for text, at in (("Thick.", NOW), ("Thicker.", NOW + timedelta(hours=1)))
    )

    assert kinds(Memory().poll([old, new])) == ["Seen", "New"]
    assert kinds(Memory().poll([new, old])) == ["New", "Seen"]


def test_an_entry_that_leaves_and_comes_back_is_the_same() -> None:
    memory = Memory()
    fog, ferry = entries_of("guids-change.xml")
    memory.poll([fog, ferry])
    memory.poll([ferry])

    assert kinds(memory.poll([fog, ferry])) == ["Seen", "Seen"]


def test_what_retention_removed_does_not_come_back_while_it_is_listed() -> None:
    memory = Memory()
    fog, ferry = entries_of("guids-change.xml")
    looks = prints(fog)
    memory.tombstones = frozenset(
        key for key in (looks.guid, looks.link, looks.title) if key is not None
    )

    decisions = memory.poll([fog, ferry])

    assert kinds(decisions) == ["Seen", "New"]
    assert decisions[0] == Seen(looks, None, "removed by retention")


def test_a_tombstone_holds_although_the_guid_changed() -> None:
    fog, _ = entries_of("guids-change.xml")
    looks = prints(fog)

    def judged(entry: Entry) -> list[str]:
        memory = Memory()
        memory.tombstones = frozenset(key for key in (looks.link, looks.title) if key is not None)
        return kinds(memory.poll([entry]))

    assert judged(replace(fog, guid="x-9")) == ["Seen"]
    assert judged(replace(fog, guid="x-9", title="Another")) == ["New"]
    assert judged(replace(fog, guid=None, title="Fog again")) == ["Seen"]
    assert judged(replace(fog, guid=None, link=None)) == ["Seen"]


def test_a_tombstone_of_a_shared_link_hides_no_new_entry() -> None:
    memory = Memory()
    old, *_ = entries_of("links-shared.xml")
    looks = prints(old)
    memory.tombstones = frozenset(key for key in (looks.link, looks.title) if key is not None)

    assert kinds(memory.poll(entries_of("links-shared.xml"))) == ["Seen", "New", "New"]


def test_feeds_that_lead_to_one_page_meet_in_one_item() -> None:
    memory = Memory()
    memory.poll(entries_of("guids-change.xml"), feed=1)

    decisions = memory.poll(entries_of("other-feed.xml"), feed=2)

    assert kinds(decisions) == ["Duplicate", "New"]
    assert decisions[0].reason == "same page"


def test_a_page_that_a_feed_gives_to_several_entries_brings_nobody_together() -> None:
    memory = Memory()
    memory.poll(entries_of("links-shared.xml"), feed=1)

    assert "Duplicate" not in kinds(memory.poll(entries_of("other-feed.xml"), feed=2))

    backwards = Memory()
    backwards.poll(entries_of("other-feed.xml"), feed=2)

    assert "Duplicate" not in kinds(backwards.poll(entries_of("links-shared.xml"), feed=1))


def test_two_entries_of_one_feed_never_meet_by_their_link() -> None:
    memory = Memory()
    link = "https://a.example/today"
    memory.poll([Entry(guid="1", link=link, title="Fog closes the port", published=NOW)], feed=1)
    memory.poll([Entry(guid="x", link=link, title="Fog closes the port", published=NOW)], feed=2)

    decisions = memory.poll(
        [Entry(guid="2", link=link, title="Mayor resigns", published=NOW)], feed=1
    )

    assert kinds(decisions) == ["New"]


def test_a_front_page_is_no_story() -> None:
    memory = Memory()
    memory.poll([Entry(link="https://a.example/", title="Fog")], feed=1)

    assert kinds(memory.poll([Entry(link="https://www.a.example", title="Ferry")], 2)) == ["New"]


def test_a_page_used_again_long_after_is_another_story() -> None:
    memory = Memory()
    link = "https://a.example/live"
    memory.poll([Entry(link=link, title="Fog in the harbour", published=NOW)], feed=1)
    later = NOW + timedelta(days=30)

    assert kinds(memory.poll([Entry(link=link, title="Vote count", published=later)], 2)) == ["New"]
    assert kinds(
        memory.poll([Entry(link=link, title="The fog in the harbour", published=later)], 3)
    ) == ["Duplicate"]


COPY = (
    "The swing bridge at Port Amsel opened again on Monday after Ivo Lund, the harbour master, had "
    "tested it for nine hours. Two ferries that had waited outside went through first. Repairs had "
    "taken since December and cost three times what the council planned."
)


def test_the_same_words_under_another_headline_meet() -> None:
    memory = Memory()
    memory.poll([Entry(guid="1", title="Bridge opens", text=COPY, published=NOW)], feed=1)
    cut = "PORT AMSEL (Agency) - " + COPY[:150] + "..."

    decisions = memory.poll([Entry(guid="9", title="Ships pass", text=cut, published=NOW)], feed=2)

    assert kinds(decisions) == ["Duplicate"]
    assert decisions[0].reason == "same words"


@pytest.mark.parametrize("days", [-4, 4])
def test_the_same_words_out_of_the_window_do_not_meet(days: int) -> None:
    memory = Memory()
    memory.poll([Entry(guid="1", title="Bridge opens", text=COPY, published=NOW)], feed=1)
    at = NOW + timedelta(days=days)

    assert kinds(memory.poll([Entry(guid="9", text=COPY, published=at)], feed=2)) == ["New"]


def test_what_an_editor_parted_is_not_joined_again() -> None:
    memory = Memory()
    memory.poll([Entry(guid="1", title="Bridge opens", text=COPY, published=NOW)], feed=1)
    memory.parted = {2: frozenset({memory.rows[0].item_id})}

    assert kinds(memory.poll([Entry(guid="9", text=COPY, published=NOW)], feed=2)) == ["New"]
    assert kinds(memory.poll([Entry(guid="7", text=COPY, published=NOW)], feed=3)) == ["Duplicate"]


def test_an_item_takes_one_entry_of_a_document() -> None:
    memory = Memory()
    memory.poll([Entry(guid="1", title="Bridge opens", text=COPY, published=NOW)], feed=1)
    entries = [
        Entry(guid=str(n), title=f"Ships pass {n}", text=COPY, published=NOW) for n in (8, 9)
    ]

    assert sorted(kinds(memory.poll(entries, feed=2))) == ["Duplicate", "New"]


def test_a_duplicate_keeps_its_own_words_and_is_revised_on_its_own() -> None:
    memory = Memory()
    memory.poll(entries_of("guids-change.xml"), feed=1)
    entries = entries_of("other-feed.xml")
    decisions = memory.poll(entries, feed=2)
    assert isinstance(decisions[0], Duplicate)
    assert decisions[0].entry == entries[0]

    later = memory.poll([replace(entries[0], title="Port open again")], feed=2)

    assert isinstance(later[0], Revised)
    assert later[0].known.feed_id == 2
    assert later[0].known.item_id == decisions[0].of.item_id


@pytest.mark.parametrize(
    ("title", "expected"),
    [("Mayor resigns", "New"), ("Fog closes port", "Revised title and text")],
)
def test_under_another_guid_a_page_must_tell_the_same_story(title: str, expected: str) -> None:
    memory = Memory()
    link = "https://a.example/today"
    memory.poll([Entry(guid="1", link=link, title="Fog closes the port", text="Thick.")])

    assert kinds(memory.poll([Entry(guid="2", link=link, title=title)])) == [expected]


@pytest.mark.parametrize(
    ("later", "expected"),
    [
        (Entry(link="https://a.example/f", title="Mayor resigns", published=NOW), "Revised title"),
        (
            Entry(
                link="https://a.example/f", title="Mayor resigns", published=NOW + timedelta(days=3)
            ),
            "New",
        ),
        (Entry(guid="1", link="https://a.example/f", title="Fog", published=NOW), "Seen"),
    ],
)
def test_without_a_guid_the_link_tells_unless_it_is_reused(later: Entry, expected: str) -> None:
    memory = Memory()
    memory.poll([Entry(link="https://a.example/f", title="Fog", published=NOW)])

    assert kinds(memory.poll([later])) == [expected]


def test_ids_that_change_with_the_session_do_not_double_a_story() -> None:
    memory = Memory()
    memory.poll([Entry(guid="1", link="https://a.example/1", title="Bridge", text=COPY)])

    assert kinds(
        memory.poll([Entry(guid="2", link="https://a.example/2", title="Bridge", text=COPY)])
    ) == ["Seen"]
    assert kinds(
        memory.poll([Entry(guid="3", link="https://a.example/3", title="Bridge", text="Shut.")])
    ) == ["New"]


def test_a_date_tells_where_links_are_missing() -> None:
    memory = Memory()
    memory.poll([Entry(guid="1", title="Alert", text="Fog.", published=NOW)])

    assert kinds(memory.poll([Entry(guid="2", title="Alert", text="Ice.", published=NOW)])) == [
        "Revised text"
    ]

    undated = Memory()
    undated.poll([Entry(guid="1", title="Alert", text="Fog.")])

    assert kinds(undated.poll([Entry(guid="2", title="Alert", text="Ice.")])) == ["New"]


def test_an_edited_headline_is_known_by_its_text_where_nothing_else_tells() -> None:
    memory = Memory()
    memory.poll([Entry(title="Bridge opens", text=COPY, published=NOW)])

    assert kinds(memory.poll([Entry(title="Ships pass", text=COPY, published=NOW)])) == [
        "Revised title"
    ]


def test_labels_of_the_publisher_are_a_revision_of_their_own() -> None:
    memory = Memory()
    entry = Entry(guid="1", title="Fog", categories=(Category("Sea"),))
    memory.poll([entry])
    more = replace(entry, categories=(Category("Weather"), Category("Sea")))

    assert kinds(memory.poll([more])) == ["Revised labels"]
    assert kinds(memory.poll([replace(more, categories=more.categories[::-1])])) == ["Seen"]


def test_a_digest_of_an_older_release_is_no_revision() -> None:
    memory = Memory()
    entry = Entry(guid="1", title="Fog", text="Thick.")
    memory.poll([entry])
    memory.rows = [
        replace(row, prints=replace(row.prints, digest=row.prints.digest ^ 0b11))
        for row in memory.rows
    ]

    assert kinds(memory.poll([entry])) == ["Seen"]
    assert kinds(memory.poll([replace(entry, text="Thin.")])) == ["Revised text"]


def test_a_gap_is_a_poll_whose_every_entry_is_new() -> None:
    memory = Memory()
    fog, ferry = entries_of("guids-change.xml")

    assert gap(memory.poll([fog]))
    assert not gap(memory.poll([fog, ferry]))
    assert not gap(decide([], [], Known(), NOW))
    twice = entries_of("twice.xml")
    assert gap(Memory().poll(twice))


def test_a_decision_says_why() -> None:
    (decision,) = Memory().poll([Entry(title="Fog")])

    assert isinstance(decision, New)
    assert decision.reason == "nothing known is like it"


def shared(number: int, **changes: object) -> Entry:
    """One of several entries that share link and guid."""
    story = (
        "The swing bridge of Port Amsel opened for ships again on Monday",
        "A ferry with forty pupils aboard waited in the fog for two hours",
        "Council members quarrelled about the price of the new lighthouse",
    )[number]
    values: dict[str, object] = {
        "guid": "all",
        "link": "https://a.example/news",
        "title": f"{story.split(' ', 4)[-1]}",
        "text": f"{story}, and nobody at the harbour could say why it had taken so long.",
        "published": NOW - timedelta(hours=number),
    }
    return Entry(**(values | changes))  # type: ignore[arg-type]


def test_an_edit_is_found_by_its_words_where_nothing_else_tells() -> None:
    memory = Memory()
    memory.poll([shared(0), shared(1), shared(2)])
    edited = shared(1, title="Pupils wait in fog", published=NOW)

    assert kinds(memory.poll([edited, shared(0), shared(2)])) == ["Revised title", "Seen", "Seen"]


def test_where_guids_number_the_places_they_are_not_asked() -> None:
    memory = Memory()
    own = [shared(n, guid=f"item-{n}", link=f"https://a.example/{n}") for n in (0, 1)]
    memory.poll(own)
    moved = [replace(own[0], guid="item-1"), replace(own[1], guid="item-2")]
    new = shared(2, guid="item-0", link="https://a.example/2")

    assert kinds(memory.poll([new, *moved])) == ["New", "Seen", "Seen"]


def test_a_guid_on_a_story_with_nothing_in_common_is_reused_whatever_the_time() -> None:
    memory = Memory()
    memory.poll([shared(1, guid="top", link="https://a.example/1")])
    words = "Masters of all trawlers met in the town hall and elected a speaker."
    new = shared(0, guid="top", link="https://a.example/0", text=words)

    assert kinds(memory.poll([new])) == ["New"]


def test_a_copy_that_contradicts_another_source_of_an_item_does_not_join() -> None:
    memory = Memory()
    full = COPY + " Repairs had taken since December."
    cut = COPY.split(". ", 1)[0] + "."
    memory.poll([Entry(guid="1", title="Bridge opens", text=cut, published=NOW)], feed=1)
    memory.poll([Entry(guid="2", title="Bridge opens", text=full, published=NOW)], feed=2)
    other = full.replace("December", "August")

    assert kinds(memory.poll([Entry(guid="3", text=other, published=NOW)], feed=3)) == ["New"]


def test_those_who_share_but_phrases_do_not_crowd_out_a_copy() -> None:
    text = (
        "The swing bridge at Port Amsel opened again on Monday after Ivo Lund, the harbour master, "
        "had tested it for nine hours. Two ferries that had waited outside went through first."
    )
    entry = Entry(guid="1", title="Port Amsel's bridge turns", text=text, published=NOW)
    looks = prints(entry)
    backwards = replace(entry, text=" ".join(text.split()[::-1]))
    unlike = replace(prints(backwards), bands=looks.bands[1:3])
    copy = replace(prints(replace(entry, guid="2")), bands=looks.bands[:1])
    others = tuple(
        row(number, number, feed=2, entry=one, looks=its)
        for number, (one, its) in enumerate([*[(backwards, unlike)] * 20, (entry, copy)], 1)
    )

    assert kinds(decide([entry], [looks], Known(others=others), NOW)) == ["Duplicate"]


def test_a_page_used_again_for_the_next_day_is_another_story() -> None:
    page = "https://a.example/briefing"
    text = "Good morning. Here is what you need to know on {}: the bridge opens, and fog stays."
    memory = Memory()
    first = Entry(guid="1", link=page, title="Morning briefing", text=text.format("Monday"))
    memory.poll([replace(first, published=NOW - timedelta(days=1))], feed=1)
    later = replace(first, guid="2", text=text.format("Tuesday"), published=NOW)

    assert kinds(memory.poll([later], feed=2)) == ["New"]


@pytest.mark.parametrize(
    ("looks", "apart"),
    [
        (Prints(guid=2, link=2, title=2, digest=2, bands=(7,)), True),
        (Prints(guid=None, link=2, title=2, digest=2, bands=(7,)), True),
        (Prints(guid=2, link=None, title=2, digest=2, bands=(7,)), False),
        (Prints(guid=1, link=2, title=2, digest=2), False),
        (Prints(guid=2, link=1, title=2, digest=2), False),
        (Prints(guid=2, link=2, title=1, digest=2), False),
    ],
)
def test_what_only_shares_words_with_an_older_entry_is_judged_without_the_rest(
    looks: Prints, *, apart: bool
) -> None:
    older = KnownEntry(
        id=1,
        item_id=1,
        feed_id=1,
        prints=Prints(guid=1, link=1, title=1, digest=1, bands=(7,)),
        guid="guid",
        link="http://news.example/one",
        title="Ministers meet",
        text="The ministers met.",
        published=NOW,
        first_seen=NOW,
    )

    assert is_apart([looks], Known(mine=(older,))) is apart
