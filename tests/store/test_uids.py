"""Permanent ids: the same everywhere, and never twice."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.store import feeds, items
from aggregator.store.engine import Store
from aggregator.store.uids import allot
from aggregator.values.item import Entry, New, Prints
from tests.support.builders import FEED, NOW, entry, prints_of, settings
from tests.support.stored import record_one

some = st.integers(0, 2)
prints = st.builds(Prints, guid=st.none() | some, link=st.none() | some, title=some, digest=some)


def stored(store: Store, *told: Entry) -> list[str]:
    """Ids of the items that a feed with these entries makes, oldest first."""
    with store.writing() as session:
        feeds.sync(session, [settings(FEED)])
        decisions = [New(one, prints_of(one), "new") for one in told]
        record_one(session, 1, decisions, [()] * len(told), NOW)
    with store.reading() as session:
        return [item.id for item in items.numbered_after(session, 0, limit=100)]


def test_another_database_gives_the_same_story_the_same_id(store: Store, tmp_path: Path) -> None:
    other = Store("sqlite:///other.db", tmp_path)

    assert stored(store, entry("Oslo")) == stored(other, entry("Oslo"))
    other.close()


def test_stories_that_share_a_link_get_ids_of_their_own(store: Store) -> None:
    one = entry("Oslo")
    uids = stored(store, one, replace(entry("Rome"), link=one.link))

    assert len(set(uids)) == 2


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    store = Store("sqlite:///empty.db", tmp_path_factory.mktemp("uids"))
    yield store
    store.close()


@given(looks=st.lists(prints, max_size=12))
def test_no_two_items_have_one_id(empty: Store, looks: list[Prints]) -> None:
    with empty.reading() as session:
        uids = allot(session, looks)

        assert len(set(uids)) == len(looks)
        assert uids == allot(session, looks)
