"""A document that takes too much ends a worker process, not the program."""

import pytest

from aggregator import sandbox
from aggregator.errors import NotAFeed
from tests.support.wordpress import Post, wordpress

GOOD = wordpress([Post("A title", "<p>Words.</p>", "http://news.example/1")])


async def test_a_feed_is_read_in_another_process() -> None:
    parsed = await sandbox.parse(GOOD, "http://news.example/feed", "application/rss+xml")

    assert [entry.title for entry in parsed.entries] == ["A title"]


async def test_a_page_that_is_no_feed_is_told_as_such() -> None:
    with pytest.raises(NotAFeed):
        await sandbox.parse(b"<html><body>Sorry</body></html>", "http://news.example/", "text/html")


async def test_a_document_that_takes_too_long_is_given_up_and_the_next_is_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sandbox, "WALL", sandbox.WALL / 1000)

    with pytest.raises(NotAFeed, match="took more than"):
        await sandbox.parse(GOOD * 1000, "http://news.example/feed", None)

    monkeypatch.undo()
    parsed = await sandbox.parse(GOOD, "http://news.example/feed", None)
    assert len(parsed.entries) == 1
