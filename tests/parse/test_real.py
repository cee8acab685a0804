"""Real documents of others: every entry that feedparser finds is ours, with the same particulars."""

import html
import io
import re
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import feedparser
import pytest

from aggregator.dedupe.decide import decide
from aggregator.dedupe.identity import prints
from aggregator.parse.document import parse
from aggregator.values.item import Entry, Known, New, Seen
from tests.support.corpus import NOW, SHARED, URL

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not (SHARED / "feeds").is_dir(), reason="needs the documents of ../shared"),
]
TYPE = "application/xml"
AGREEMENT = 0.995


def documents() -> list[Path]:
    return sorted(path for path in (SHARED / "feeds").glob("*/*") if path.suffix != ".md")


@pytest.fixture(scope="module")
def read() -> list[tuple[str, tuple[Entry, ...], list[Any]]]:
    """Each document as we and as feedparser read it."""
    headers = {"content-type": TYPE, "content-location": URL}
    found = []
    for path in documents():
        body = path.read_bytes()
        theirs = feedparser.parse(io.BytesIO(body), response_headers=headers)
        ours = parse(body, url=URL, content_type=TYPE)
        found.append((path.name, ours.entries, list(theirs.entries)))
    return found


def particulars(ours: Entry, theirs: Any) -> Iterator[tuple[str, object, object]]:
    yield "title", words(ours.title), words(theirs.get("title"))
    yield "link", ours.link or "", theirs.get("link") or ""
    yield "id", ours.guid or "", theirs.get("id") or ""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        date = theirs.get("published_parsed") or theirs.get("updated_parsed")
    yield "date", ours.published and ours.published.timetuple()[:6], date and date[:6]


def words(title: str | None) -> str:
    return " ".join(html.unescape(re.sub("<[^>]+>", "", html.unescape(title or ""))).split())


def test_no_entry_is_lost(read: list[tuple[str, tuple[Entry, ...], list[Any]]]) -> None:
    assert [(name, len(ours)) for name, ours, _ in read] == [
        (name, len(theirs)) for name, _, theirs in read
    ]


def test_particulars_agree(read: list[tuple[str, tuple[Entry, ...], list[Any]]]) -> None:
    compared = [
        (name, *what)
        for name, ours, theirs in read
        for pair in zip(ours, theirs, strict=True)
        for what in particulars(*pair)
    ]
    differing = [what for what in compared if what[2] != what[3]]

    assert len(differing) <= (1 - AGREEMENT) * len(compared), differing[:10]


def test_every_entry_is_kept_once(read: list[tuple[str, tuple[Entry, ...], list[Any]]]) -> None:
    for _, entries, _ in read:
        looks = [prints(entry) for entry in entries]
        decisions = decide(entries, looks, Known(), NOW)
        kept = [decision.entry for decision in decisions if isinstance(decision, New)]
        doubles = [
            entry
            for entry, decision in zip(entries, decisions, strict=True)
            if isinstance(decision, Seen)
        ]

        assert len(kept) + len(doubles) == len(entries)
        for double in doubles:
            assert any(
                (double.guid, double.link, double.title) == (entry.guid, entry.link, entry.title)
                for entry in kept
            )
