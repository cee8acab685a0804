"""Counts by the hour, what is out of the ordinary, and messages on their way, on either engine."""

from datetime import timedelta

from aggregator.store import items, watch
from aggregator.store.engine import Store
from aggregator.values.watch import Event, Kind
from tests.store.test_entries import new, prepared, record
from tests.support.builders import FEED, NOW, OTHER_FEED, entry, tag

HOUR = int(NOW.timestamp()) // 3600
MINUTE = timedelta(minutes=1)


def filled(store: Store) -> None:
    numbers = prepared(store)
    record(store, numbers[FEED], (new(entry("one", published=NOW)), (tag("lavrov"),)))
    early = NOW - timedelta(hours=3)
    record(store, numbers[FEED], (new(entry("two", published=early)), (tag("lavrov"),)))
    record(store, numbers[OTHER_FEED], (new(entry("three", published=NOW)), (tag("xi"),)))
    old = NOW - timedelta(days=90)
    record(store, numbers[OTHER_FEED], (new(entry("four", published=old)), (tag("xi"),)))


def test_items_are_counted_by_the_hour_for_people_and_feeds(store: Store) -> None:
    filled(store)

    with store.reading() as session:
        people = watch.by_channel(session, NOW - timedelta(days=30))
        feeds = watch.by_feed(session, NOW - timedelta(days=30))

    assert people == {
        "all": {HOUR: 2, HOUR - 3: 1},
        "tag:lavrov": {HOUR: 1, HOUR - 3: 1},
        "tag:xi": {HOUR: 1},
    }
    assert feeds == {FEED: {HOUR: 1, HOUR - 3: 1}, OTHER_FEED: {HOUR: 1}}


def test_new_items_with_a_tag_are_those_that_arrived_since_and_are_recent(store: Store) -> None:
    filled(store)

    with store.reading() as session:
        newest = watch.newest_item(session)
        since = NOW - timedelta(days=1)
        everybody = watch.new_with_tag(session, "xi", after=0, since=since)
        nobody = watch.new_with_tag(session, "xi", after=newest, since=since)
        titles = [item.title for item in items.whole(session, everybody)]

    assert len(titles) == 1
    assert nobody == []


def watched(subject: str, told: str, kind: Kind = "silence") -> watch.Watched:
    return watch.Watched(subject, kind, NOW, told)


def test_what_is_out_of_the_ordinary_is_kept_until_it_is_over(store: Store) -> None:
    with store.writing() as session:
        watch.begin(session, [watched("tag:a", "A"), watched("tag:b", "B")])
        watch.begin(session, [watched("tag:a", "A again")])
        watch.end(session, [watched("tag:b", "B"), watched("tag:a", "A", "burst")])

    with store.reading() as session:
        assert watch.watched(session) == [watched("tag:a", "A again")]


def test_the_newest_events_are_kept(store: Store) -> None:
    told = [
        Event("burst", f"tag:p{n}", NOW + n * MINUTE, f"P{n}", "Much.", "sources")
        for n in range(watch.KEPT + 3)
    ]

    with store.writing() as session:
        watch.tell(session, told)

    with store.reading() as session:
        kept = watch.events(session, limit=10_000)
    assert kept == told[:2:-1]
    assert len({event.id for event in kept}) == watch.KEPT


def test_a_message_is_taken_by_one_and_comes_back_when_that_one_dies(store: Store) -> None:
    with store.writing() as session:
        watch.post(session, "https://h.example/", ["one", "two"], NOW)

    with store.writing() as session:
        taken = watch.take(session, NOW, 5 * MINUTE, limit=10)
        again = watch.take(session, NOW, 5 * MINUTE, limit=10)
    with store.writing() as session:
        watch.done(session, taken[0])
        later = watch.take(session, NOW + 6 * MINUTE, 5 * MINUTE, limit=10)

    assert [letter.body for letter in taken] == ["one", "two"]
    assert again == []
    assert [letter.body for letter in later] == ["two"]


def test_those_behind_a_message_that_was_not_taken_wait_with_it(store: Store) -> None:
    with store.writing() as session:
        watch.post(session, "https://h.example/", ["one", "two"], NOW)
        first, second = watch.take(session, NOW, 5 * MINUTE, limit=10)
        watch.postpone(session, first, [second], NOW + MINUTE)

    with store.writing() as session:
        assert not watch.has_due(session, NOW)
        assert watch.has_due(session, NOW + MINUTE)
        after = watch.take(session, NOW + MINUTE, MINUTE, limit=10)
    assert [(letter.body, letter.tries) for letter in after] == [("one", 1), ("two", 0)]
