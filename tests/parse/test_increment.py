"""Reading only the entries not seen before comes to the same as reading all of them."""

import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aggregator.errors import NotAFeed
from aggregator.parse.document import parse
from aggregator.values.item import ParsedFeed
from tests.support.corpus import CORPUS, SHARED, URL
from tests.support.dialects import feeds
from tests.support.wordpress import Post, wordpress

SUBSETS = 3  # of the entries of each document


def read(body: bytes, seen: frozenset[bytes] = frozenset()) -> ParsedFeed | None:
    """The document; None where it is none."""
    try:
        return parse(body, url=URL, content_type=None, seen=seen)
    except NotAFeed:
        return None


def check(body: bytes, chance: random.Random) -> None:
    """Whatever was seen: the rest is read as if all were read."""
    whole = read(body)
    if whole is None or not whole.marks:
        assert whole is None or read(body, frozenset((b"12345678",))) == whole
        return
    every = frozenset(whole.marks)
    some = [frozenset(mark for mark in every if chance.random() < 0.5) for _ in range(SUBSETS)]
    for seen in (every, *some):
        left = [place for place, mark in enumerate(whole.marks) if mark not in seen]
        marks = tuple(whole.marks[place] for place in left)
        assert read(body, seen) == replace(
            whole,
            entries=tuple(whole.entries[place] for place in left),
            marks=marks,
            seen=tuple(mark for mark in whole.marks if mark in seen),
        )


def documents() -> Iterator[Path]:
    """Every document at hand that is not JSON."""
    folders = [CORPUS, *([SHARED / "feeds"] if SHARED.is_dir() else [])]
    for folder in folders:
        for file in sorted(folder.rglob("*")):
            if file.suffix in {".xml", ".rss", ".atom", ".rdf", ".rss2"} and file.is_file():
                yield file


@pytest.mark.parametrize("folder", [CORPUS, SHARED / "feeds"], ids=["corpus", "real"])
def test_a_document_of_which_some_was_seen_is_read_as_if_nothing_was(folder: Path) -> None:
    if not folder.is_dir():
        pytest.skip("the collection of real feeds is not on this machine")
    chance = random.Random(7)  # noqa: S311  no secrets here
    told_apart = 0
    for file in (file for file in documents() if folder in file.parents):
        body = file.read_bytes()
        try:
            check(body, chance)
        except AssertionError as error:
            raise AssertionError(f"{file}: {error}") from error
        whole = read(body)
        told_apart += bool(whole and whole.marks)

    assert told_apart > 20


@pytest.mark.parametrize(
    "head",
    ["<content>A</content>", "<summary>A</summary><description>B</description>"],
    ids=["content", "a summary and a description"],
)
def test_an_entry_is_not_read_as_the_first_because_the_first_was_seen(head: str) -> None:
    item = "<item><title>{}</title><summary>A</summary><summary>B and more</summary></item>"
    items = "".join(item.format(number) for number in range(3))
    body = f"<rss><channel>{head}{items}</channel></rss>".encode()
    whole = read(body)
    assert whole is not None

    part = read(body, frozenset(whole.marks[:1]))

    assert part is not None
    assert part.entries[-2:] == whole.entries[-2:]


words = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=30)
posts = st.builds(
    Post, words, words.map(lambda text: f"<p>{text}</p>"), st.sampled_from([URL, f"{URL}?p=1", ""])
)


@settings(max_examples=40, deadline=None)
@given(st.lists(posts, max_size=5), st.randoms(use_true_random=False))
def test_made_up_documents_are_no_exception(made: list[Post], chance: random.Random) -> None:
    check(wordpress(made), chance)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(feeds(), st.randoms(use_true_random=False))
def test_nor_are_odd_ones(body: bytes, chance: random.Random) -> None:
    check(body, chance)
