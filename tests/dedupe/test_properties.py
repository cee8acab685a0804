"""What holds for any document, whatever its feed does to guids and links."""

from collections.abc import Sequence
from datetime import timedelta
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.dedupe.decide import decide
from aggregator.dedupe.identity import prints
from aggregator.values.item import Decision, Entry, Known, New, Revised, Seen
from tests.support.corpus import NOW, Memory

ENTRIES = st.builds(
    Entry,
    guid=st.sampled_from([None, "1", "2", "3"]),
    link=st.sampled_from(
        [None, "https://a.example/", "https://a.example/1", "https://a.example/2"]
    ),
    title=st.sampled_from([None, "Fog", "Fog in the port", "Mayor resigns", "Ferry late"]),
    text=st.sampled_from(["", "Thick.", "The ferry waited for two hours outside the old harbour."]),
    published=st.sampled_from([None, NOW, NOW - timedelta(days=2)]),
)
DOCUMENTS = st.lists(ENTRIES, max_size=7)


def particulars(entry: Entry) -> tuple[object, ...]:
    return entry.guid, entry.link, entry.title, entry.text, entry.published


def by_entry(entries: Sequence[Entry], decisions: Sequence[Decision]) -> list[tuple[str, str]]:
    """What was decided about which entry, whatever the order."""
    pairs = zip(entries, decisions, strict=True)
    return sorted((repr(entry), f"{type(what).__name__} {what.reason}") for entry, what in pairs)


@given(DOCUMENTS)
def test_every_entry_gets_one_decision_and_every_distinct_one_is_kept(
    document: list[Entry],
) -> None:
    decisions = decide(document, [prints(entry) for entry in document], Known(), NOW)

    assert len(decisions) == len(document)
    kept = [what.entry for what in decisions if isinstance(what, New)]
    for entry, decision in zip(document, decisions, strict=True):
        assert isinstance(decision, New | Seen)
        assert any(
            (one.guid, one.link, one.title) == (entry.guid, entry.link, entry.title) for one in kept
        ) or (entry.guid is not None)
        if entry.guid is None:
            assert particulars(entry) in [particulars(one) for one in kept]


@settings(deadline=None)
@given(DOCUMENTS, DOCUMENTS, st.randoms(use_true_random=False))
def test_the_order_of_a_document_decides_nothing(
    before: list[Entry], document: list[Entry], chance: Random
) -> None:
    memory, other = Memory(), Memory()
    memory.poll(before)
    other.poll(before)
    shuffled = list(document)
    chance.shuffle(shuffled)

    assert by_entry(document, memory.poll(document)) == by_entry(shuffled, other.poll(shuffled))


@settings(deadline=None)
@given(DOCUMENTS, DOCUMENTS)
def test_polling_a_document_again_brings_nothing(
    before: list[Entry], document: list[Entry]
) -> None:
    memory = Memory()
    memory.poll(before)
    memory.poll(document)

    assert all(isinstance(what, Seen) for what in memory.poll(document))


@settings(deadline=None)
@given(st.lists(DOCUMENTS, max_size=4))
def test_no_known_entry_is_two_entries_of_a_document(documents: list[list[Entry]]) -> None:
    memory = Memory()

    for document in documents:
        decisions = memory.poll(document)
        again = [what for what in decisions if isinstance(what, Seen | Revised)]
        known = [what.known.id for what in again if what.known is not None]
        assert len(known) == len(set(known))
