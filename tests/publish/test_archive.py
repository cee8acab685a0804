from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from aggregator.publish import archive
from aggregator.values.output import ArchiveDocument

from .builders import SITE, channel

TAG = channel("tag")
BASE = "https://watch.example/tags/sergei-lavrov"


@given(st.lists(st.integers(), unique=True, max_size=200), st.integers(min_value=1, max_value=50))
def test_every_item_is_in_exactly_one_document(numbers: list[int], entries: int) -> None:
    closed = archive.close(numbers, entries)
    left = numbers[sum(map(len, closed)) :]

    assert [number for document in closed for number in document] + left == numbers
    assert len(left) <= entries
    assert not closed or len(left) > entries // 2


@given(st.lists(st.integers(min_value=0, max_value=40), max_size=20), st.integers(1, 20))
def test_documents_closed_once_stay_as_they_are_when_more_arrives(
    arrivals: Sequence[int], entries: int
) -> None:
    documents: list[tuple[int, ...]] = []
    still_open: list[int] = []
    count = 0
    for size in arrivals:
        still_open += range(count, count + size)
        count += size
        closed = archive.close(still_open, entries)
        documents += closed
        still_open = still_open[sum(map(len, closed)) :]

    assert [*(n for document in documents for n in document), *still_open] == list(range(count))
    assert {len(document) for document in documents} <= {(entries + 1) // 2}


def test_a_subscription_document_goes_on_in_the_newest_archive_document() -> None:
    assert archive.subscription_links(TAG, 3, SITE) == (
        ("prev-archive", f"{BASE}/archive/3/atom.xml"),
    )
    assert archive.subscription_links(TAG, None, SITE) == ()


def test_an_archive_document_links_to_its_neighbours_and_to_the_present() -> None:
    assert archive.document_links(TAG, ArchiveDocument(2, 1), SITE) == (
        ("current", f"{BASE}/atom.xml"),
        ("prev-archive", f"{BASE}/archive/1/atom.xml"),
        ("next-archive", f"{BASE}/archive/3/atom.xml"),
    )


def test_the_oldest_archive_document_has_none_before_it() -> None:
    rels = [rel for rel, _ in archive.document_links(TAG, ArchiveDocument(1, None), SITE)]

    assert rels == ["current", "next-archive"]
