"""A wrong merge, parted by an editor."""

from dataclasses import replace
from datetime import timedelta

import pytest

from aggregator.dedupe.decide import decide
from aggregator.errors import NoSuchItem, NotParted
from aggregator.store import feeds, items
from aggregator.store.engine import Store
from aggregator.store.parting import part
from aggregator.store.refresh import refresh
from aggregator.values.item import Duplicate, Item, New
from tests.support.builders import FEED, NOW, OTHER_FEED, entry, prints_of, settings
from tests.support.stored import known_to, record_one

FEEDS = {url: settings(url) for url in (FEED, OTHER_FEED)}
LATER = NOW + timedelta(hours=2)
OURS = entry("Fog on the quay", guid="a", published=NOW)
THEIRS = entry("Fog on the lake", guid="b", published=NOW + timedelta(hours=1))


def merged(store: Store) -> tuple[Item, dict[str, int]]:
    """An item that both feeds carry, and the feeds' numbers."""
    with store.writing() as session:
        feeds.sync(session, list(FEEDS.values()))
        ids = {feed.settings.url: feed.id for feed in feeds.configured(session, FEEDS)}
        record_one(session, ids[FEED], [New(OURS, prints_of(OURS), "new")], [()], NOW)
        (known,) = known_to(session, ids[FEED], [prints_of(OURS)], since=NOW).mine
        joined = Duplicate(THEIRS, prints_of(THEIRS), known, "same words")
        record_one(session, ids[OTHER_FEED], [joined], [()], LATER)
        refresh(session, [known.item_id], FEEDS, lambda *_: frozenset({"all"}))
        return items.whole(session, [known.item_id])[0], ids


def parted(store: Store, item: Item, feed: str) -> tuple[Item, Item]:
    with store.writing() as session:
        done = part(session, item.id, feed, LATER)
        refresh(session, [done.rest, done.item], FEEDS, lambda *_: frozenset({"all"}))
        rest, new = items.whole(session, [done.rest, done.item])
        assert new.id == done.item_id
    return rest, new


def test_a_parted_source_is_an_item_with_its_own_id_and_words(store: Store) -> None:
    item, _ = merged(store)

    rest, new = parted(store, item, OTHER_FEED)

    assert (rest.id, rest.title, rest.updated) == (item.id, OURS.title, item.updated)
    assert [source.feed for source in rest.sources] == [FEED]
    assert (new.title, new.published, new.url) == (THEIRS.title, THEIRS.published, THEIRS.link)
    assert [source.feed for source in new.sources] == [OTHER_FEED]
    assert new.id != item.id


def test_when_the_lead_leaves_the_next_source_speaks_under_the_old_id(store: Store) -> None:
    item, _ = merged(store)

    rest, new = parted(store, item, FEED)

    assert (rest.id, rest.title, rest.updated) == (item.id, THEIRS.title, LATER)
    assert (new.title, new.updated) == (OURS.title, OURS.published)


def test_verdicts_of_editors_stay_with_the_old_item(store: Store) -> None:
    item, _ = merged(store)
    with store.writing() as session:
        items.correct(session, item.id, {"sergei-lavrov": True}, NOW)

    rest, new = parted(store, item, FEED)

    assert (rest.slugs, new.slugs) == (("sergei-lavrov",), ())


def test_what_was_parted_never_meets_again_from_either_side(store: Store) -> None:
    item, ids = merged(store)
    rest, new = parted(store, item, OTHER_FEED)
    again = replace(OURS, guid="c")

    with store.reading() as session:
        theirs = known_to(session, ids[OTHER_FEED], [prints_of(OURS)], since=NOW)
        ours = known_to(session, ids[FEED], [prints_of(THEIRS)], since=NOW)

    assert theirs.parted == frozenset({rest.number})
    assert ours.parted == frozenset({new.number})
    (decision,) = decide([again], [prints_of(again)], theirs, NOW)
    (else_,) = decide([again], [prints_of(again)], replace(theirs, parted=frozenset()), NOW)
    assert isinstance(decision, New)
    assert isinstance(else_, Duplicate)


def test_what_cannot_be_parted_is_refused_with_the_feeds_that_could(store: Store) -> None:
    item, _ = merged(store)

    with store.writing() as session:
        with pytest.raises(NotParted, match=f"is no source of it; these are: {FEED}, {OTHER_FEED}"):
            part(session, item.id, "https://nobody.example/", LATER)
        with pytest.raises(NoSuchItem):
            part(session, "urn:uuid:nobody", FEED, LATER)
    rest, _ = parted(store, item, FEED)
    with store.writing() as session, pytest.raises(NotParted, match="its only source"):
        part(session, rest.id, OTHER_FEED, LATER)


def test_a_feed_is_named_as_it_is_shown_and_no_secret_is_told(store: Store) -> None:
    secret = OTHER_FEED.replace("http://", "http://ada:secret@")
    with store.writing() as session:
        feeds.sync(session, [settings(FEED), settings(secret)])
        by_url = {
            f.settings.url: f.id for f in feeds.configured(session, {secret: settings(secret)})
        }
        record_one(session, by_url[secret], [New(OURS, prints_of(OURS), "new")], [()], NOW)
        refresh(session, [1], {}, lambda *_: frozenset({"all"}))
        (item,) = items.whole(session, [1])
        with pytest.raises(NotParted, match="its only source") as refused:
            part(session, item.id, OTHER_FEED, LATER)

    assert "secret" not in str(refused.value)
