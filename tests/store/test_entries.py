"""Recording what was decided, and finding it again."""

from datetime import timedelta

from aggregator.expression import Facts
from aggregator.store import contents, entries, feeds, items, outputs, tallies
from aggregator.store.engine import Store
from aggregator.store.known import MOST_OF_A_BAND
from aggregator.store.refresh import refresh
from aggregator.store.search import Wanted, count, search
from aggregator.values.feed import FeedSettings
from aggregator.values.item import (
    Decision,
    Duplicate,
    Entry,
    Item,
    KnownEntry,
    New,
    Recorded,
    Revised,
    Seen,
)
from aggregator.values.output import Channel
from aggregator.values.tag import Tag
from tests.support.builders import FEED, NOW, OTHER_FEED, entry, prints_of, settings, tag
from tests.support.stored import known_to, record_one

FEEDS = {
    FEED: settings(FEED, language="en", groups=("wires",)),
    OTHER_FEED: settings(OTHER_FEED, language="de"),
}


def channels_of(facts: Facts, about: frozenset[str]) -> frozenset[str]:
    groups = {f"group:{group}" for group in facts.groups}
    return frozenset(
        {"all", *groups, *(f"tag:{s}" for s in facts.tags), *(f"about:{s}" for s in about)}
    )


def prepared(store: Store, configured: dict[str, FeedSettings] = FEEDS) -> dict[str, int]:
    with store.writing() as session:
        feeds.sync(session, list(configured.values()))
    with store.reading() as session:
        return {feed.settings.url: feed.id for feed in feeds.configured(session, configured)}


def record(store: Store, feed_id: int, *decided: tuple[Decision, tuple[Tag, ...]]) -> Recorded:
    decisions, tags = zip(*decided, strict=True)
    with store.writing() as session:
        recorded = record_one(session, feed_id, decisions, tags, NOW)
        refresh(session, recorded.items, FEEDS, channels_of)
    return recorded


def new(one: Entry, bands: tuple[int, ...] = ()) -> New:
    return New(one, prints_of(one, bands), "new")


def everything(store: Store, channel: str = "all") -> list[Item]:
    with store.reading() as session:
        return list(items.walk(session, channel, step=2))


def known_mine(store: Store, feed_id: int, one: Entry) -> KnownEntry:
    with store.reading() as session:
        known = known_to(session, feed_id, [prints_of(one)], since=NOW)
    return known.mine[0]


def test_a_new_entry_becomes_an_item_with_its_words_and_tags(store: Store) -> None:
    wire = prepared(store)[FEED]

    recorded = record(store, wire, (new(entry("one")), (tag("anna"),)))

    (item,) = everything(store)
    assert recorded.new == 1
    assert item.title == "Ministers meet about one"
    assert item.url == "http://news.example/one"
    assert item.slugs == ("anna",)
    assert item.lead.entry == entry("one")
    assert item.lead.tags == (tag("anna"),)


def test_an_entry_is_found_again_by_guid_by_link_and_by_title(store: Store) -> None:
    wire = prepared(store)[FEED]
    record(store, wire, (new(entry("one")), ()))

    for same in (
        Entry(guid="guid-one"),
        Entry(link="http://news.example/one"),
        Entry(title="Ministers meet about one"),
    ):
        assert known_mine(store, wire, same).guid == "guid-one"


def test_entries_of_other_feeds_are_found_by_link_and_by_band_within_the_window(
    store: Store,
) -> None:
    numbers = prepared(store)
    record(store, numbers[FEED], (new(entry("one"), bands=(7, 8)), ()))
    by_link = prints_of(Entry(link="http://news.example/one"))
    by_band = prints_of(Entry(title="Copied"), bands=(8, 9))

    with store.reading() as session:
        for look in (by_link, by_band):
            found = known_to(session, numbers[OTHER_FEED], [look], since=NOW)
            assert [known.guid for known in found.others] == ["guid-one"]
        late = known_to(session, numbers[OTHER_FEED], [by_band], since=NOW + timedelta(seconds=1))
    assert late.others == ()


def test_of_a_band_that_many_share_the_earliest_within_the_window_are_found(store: Store) -> None:
    numbers = prepared(store)
    many = [(new(entry(f"n{n}"), bands=(7, n + 100)), ()) for n in range(MOST_OF_A_BAND + 20)]
    record(store, numbers[FEED], *many)  # the last one listed is the earliest

    with store.reading() as session:
        looks = [prints_of(Entry(title="Copied"), bands=(7,))]
        found = known_to(session, numbers[OTHER_FEED], looks, since=NOW)
        late = known_to(session, numbers[OTHER_FEED], looks, since=NOW + timedelta(seconds=1))

    assert [known.guid for known in found.others] == [
        f"guid-n{n}" for n in reversed(range(20, MOST_OF_A_BAND + 20))
    ]
    assert late.others == ()


def test_of_what_shares_but_a_band_only_what_is_worth_it_is_read_and_others_of_its_item(
    store: Store,
) -> None:
    numbers = prepared(store)
    wire, other = numbers[FEED], numbers[OTHER_FEED]
    record(
        store,
        wire,
        *((new(entry(name), bands=bands), ()) for name, bands in
          {"good": (1,), "bad": (2,)}.items()),
    )  # fmt: skip
    good = known_mine(store, wire, entry("good"))
    copy = entry("copy")
    record(store, other, (Duplicate(copy, prints_of(copy, (3,)), good, "page"), ()))

    with store.reading() as session:
        looks = [prints_of(Entry(title="Today"), bands=(1, 2, 3))]
        for_another = known_to(session, 99, looks, since=NOW, worth=lambda _, band, __: band == 1)
        for_its_own = known_to(session, wire, looks, since=NOW, worth=lambda *_: False)
        unshared = known_to(session, 99, looks, since=NOW, worth=lambda *_: False)

    assert {one.guid for one in for_another.others} == {"guid-good", "guid-copy"}
    assert {one.guid for one in for_its_own.mine} == {"guid-good", "guid-bad"}
    assert {one.guid for one in for_its_own.others} == {"guid-copy"}
    assert not unshared.others


def test_a_duplicate_becomes_a_second_source_and_brings_its_tags(store: Store) -> None:
    numbers = prepared(store)
    record(store, numbers[FEED], (new(entry("one")), (tag("anna"),)))
    original = known_mine(store, numbers[FEED], entry("one"))
    copy = entry("one", guid="other-guid", title="The same, retold")

    recorded = record(
        store,
        numbers[OTHER_FEED],
        (Duplicate(copy, prints_of(copy), original, "canonical link"), (tag("boris"),)),
    )

    (item,) = everything(store)
    assert (recorded.new, recorded.duplicates) == (0, 1)
    assert [source.feed for source in item.sources] == [FEED, OTHER_FEED]
    assert item.title == "Ministers meet about one"
    assert item.slugs == ("anna", "boris")


def test_a_revision_keeps_the_id_and_remembers_the_headline(store: Store) -> None:
    wire = prepared(store)[FEED]
    record(store, wire, (new(entry("one")), (tag("anna"),)))
    (before,) = everything(store)
    edited = entry("one", title="Ministers meet again")
    known = known_mine(store, wire, entry("one"))

    record(store, wire, (Revised(edited, prints_of(edited), known, "title"), (tag("boris"),)))

    (after,) = everything(store)
    assert after.id == before.id
    assert after.title == "Ministers meet again"
    assert [headline.title for headline in after.earlier] == ["Ministers meet about one"]
    assert after.updated == NOW
    assert after.slugs == ("boris",)


def test_an_entry_with_another_guid_today_is_found_by_it_tomorrow(store: Store) -> None:
    wire = prepared(store)[FEED]
    record(store, wire, (new(entry("one")), ()))
    renamed = entry("one", guid="guid-of-today")
    known = known_mine(store, wire, entry("one"))

    record(store, wire, (Seen(prints_of(renamed), known, "link"), ()))

    assert known_mine(store, wire, Entry(guid="guid-of-today")).id == known.id


def test_the_oldest_entry_of_a_document_arrives_first(store: Store) -> None:
    wire = prepared(store)[FEED]

    record(store, wire, (new(entry("newest")), ()), (new(entry("oldest")), ()))

    numbers = {item.title: item.number for item in everything(store)}
    assert numbers["Ministers meet about oldest"] < numbers["Ministers meet about newest"]


def test_what_changed_is_in_the_outbox_until_it_has_been_served(store: Store) -> None:
    wire = prepared(store)[FEED]
    record(store, wire, (new(entry("one")), (tag("anna"),)))
    with store.reading() as session:
        waiting = {stale.channel: stale for stale in outputs.stale(session)}
    assert waiting.keys() == {"all", "group:wires", "tag:anna", "about:anna", outputs.SITE}

    record(store, wire, (new(entry("two")), ()))
    with store.writing() as session:
        files = {"all": {"all/atom.xml": None}, "tag:anna": {"tags/anna/atom.xml": None}}
        outputs.serve(session, [outputs.Served(waiting[key], {}, files[key]) for key in files])

    with store.reading() as session:
        left = {stale.channel for stale in outputs.stale(session)}
        orphans = outputs.orphans(session, ["all"])
    assert "all" in left  # the second entry came after it was read
    assert "tag:anna" not in left
    assert orphans == ["tags/anna/atom.xml"]


def test_a_verdict_of_an_editor_outlives_every_refresh(store: Store) -> None:
    wire = prepared(store)[FEED]
    record(store, wire, (new(entry("one")), (tag("anna"),)))
    (item,) = everything(store)

    with store.writing() as session:
        number = items.correct(session, item.id, {"anna": False, "boris": True}, NOW)
        for _ in range(2):
            refresh(session, [number], FEEDS, channels_of)

    (corrected,) = everything(store)
    assert [(tag.slug, tag.by) for tag in corrected.tags] == [("boris", "editor")]
    assert corrected.denied == {"anna"}
    assert everything(store, "tag:anna") == []
    assert everything(store, "tag:boris") == [corrected]


def test_a_channel_is_read_by_page_by_month_and_by_day(store: Store) -> None:
    wire = prepared(store)[FEED]
    dates = [NOW - timedelta(days=days) for days in (0, 1, 40)]
    for number, published in enumerate(dates):
        record(store, wire, (new(entry(str(number), published=published)), (tag("anna"),)))
    channel = Channel("tag", "anna", "Anna")

    with store.reading() as session:
        counted = tallies.tallied(session, {channel.key: (None, ())})
        shown = contents.contents(session, [channel], counted)[channel.key]
        october = (channel.key, (NOW - timedelta(days=40)).date().replace(day=1))
        members = contents.of_months(session, [october], limit=10)
        (line,) = contents.summaries(session, [channel], {})

    assert shown.total == 3
    assert [(f"{month:%Y-%m}", number) for month, number in shown.months] == [
        ("2026-11", 2),
        ("2026-10", 1),
    ]
    assert members == {october: [3]}
    assert (line.total, line.latest, len(line.days), sum(line.days)) == (3, NOW, 90, 3)


def test_search_finds_words_in_any_case_and_accent_and_filters_by_tag_and_time(
    store: Store,
) -> None:
    wire = prepared(store)[FEED]
    record(store, wire, (new(entry("Genève")), (tag("anna"),)), (new(entry("Rome")), ()))

    def titles(wanted: Wanted) -> list[str | None]:
        with store.reading() as session:
            found = search(session, wanted, limit=10)
            assert count(session, wanted) == len(found)
        return [item.title for item in found]

    assert titles(Wanted("geneve ministers")) == ["Ministers meet about Genève"]
    assert titles(Wanted("Gen")) == ["Ministers meet about Genève"]
    assert titles(Wanted("ministers", all_of=frozenset({"anna"}))) == [
        "Ministers meet about Genève"
    ]
    assert len(titles(Wanted(any_of=frozenset({"anna", "boris"})))) == 1
    assert titles(Wanted("ministers", until=NOW - timedelta(days=1))) == []
    assert titles(Wanted('" OR *')) == []


def test_a_revised_text_is_searched_as_it_is_now(store: Store) -> None:
    wire = prepared(store)[FEED]
    record(store, wire, (new(entry("one")), ()))
    edited = entry("one", text="Nothing but potatoes")
    known = known_mine(store, wire, entry("one"))

    record(store, wire, (Revised(edited, prints_of(edited), known, "text"), ()))

    with store.reading() as session:
        assert count(session, Wanted("potatoes")) == 1
        assert count(session, Wanted("spoke")) == 0


def test_bands_are_kept_as_long_as_copies_are_looked_for(store: Store) -> None:
    ids = prepared(store)
    old = entry("fog")
    record(store, ids[FEED], (new(old, bands=(1, 2)), ()))

    def carriers(since: timedelta) -> int:
        with store.reading() as session:
            looks = [prints_of(entry("ice"), bands=(2,))]
            return len(known_to(session, ids[OTHER_FEED], looks, since=NOW - since).others)

    with store.writing() as session:
        entries.forget_bands(session, before=NOW)
    kept = carriers(timedelta(days=1))
    with store.writing() as session:
        entries.forget_bands(session, before=NOW + timedelta(seconds=1))

    assert (kept, carriers(timedelta(days=1))) == (1, 0)
