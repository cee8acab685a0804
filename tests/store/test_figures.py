from datetime import timedelta

from aggregator.store.engine import Store
from aggregator.store.figures import figures
from aggregator.store.search import Wanted, search
from tests.store.test_entries import new, prepared, record
from tests.support.builders import FEED, NOW, OTHER_FEED, entry, tag


def filled(store: Store) -> None:
    feeds = prepared(store)
    yesterday = entry("old", published=NOW - timedelta(days=1))
    record(
        store,
        feeds[FEED],
        (new(entry("one")), (tag("anna"),)),
        (new(entry("two")), ()),
        (new(yesterday), (tag("anna"), tag("boris"))),
        (new(entry("ancient", published=NOW - timedelta(days=90))), (tag("anna"),)),
    )
    record(store, feeds[OTHER_FEED], (new(entry("other")), ()))


def test_what_a_feed_brings_is_counted_by_day_and_by_what_is_tagged(store: Store) -> None:
    filled(store)

    with store.reading() as session:
        found = figures(session, NOW - timedelta(days=30))

    today, yesterday = (NOW - timedelta(hours=1)).date(), (NOW - timedelta(days=1)).date()
    assert found[FEED].days == {today: 2, yesterday: 1}
    assert (found[FEED].entries, found[FEED].tagged) == (3, 2)
    assert (found[OTHER_FEED].entries, found[OTHER_FEED].tagged) == (1, 0)


def test_items_are_found_by_feed_and_by_having_no_tag(store: Store) -> None:
    filled(store)

    def titles(wanted: Wanted) -> set[str | None]:
        with store.reading() as session:
            return {item.lead.entry.guid for item in search(session, wanted, limit=9)}

    assert titles(Wanted(feed=OTHER_FEED)) == {"guid-other"}
    assert titles(Wanted(feed="http://nowhere.example/")) == set()
    assert titles(Wanted(untagged=True)) == {"guid-two", "guid-other"}
    assert titles(Wanted(untagged=True, feed=FEED)) == {"guid-two"}
