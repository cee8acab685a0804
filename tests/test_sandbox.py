"""A document that takes too much ends a worker process, not the program."""

import asyncio
import os
import pickle
import signal
from collections.abc import AsyncIterator
from io import BytesIO

import pytest

from aggregator import sandbox
from aggregator.errors import NotAFeed, Unusable
from aggregator.sandbox import Readers
from tests.support.wordpress import Post, wordpress

URL = "http://news.example/feed"
GOOD = wordpress([Post("A title", "<p>Words.</p>", "http://news.example/1")])


@pytest.fixture
async def readers() -> AsyncIterator[Readers]:
    async with Readers(2) as made:
        yield made


def processes(readers: Readers) -> list[int]:
    return [cell._process.pid for cell in readers._cells if cell._process]


async def test_a_feed_is_read_in_another_process(readers: Readers) -> None:
    parsed = await readers.read(GOOD, URL, "application/rss+xml")

    assert [entry.title for entry in parsed.entries] == ["A title"]
    assert os.getpid() not in processes(readers)


async def test_a_process_stays_for_the_next_document(readers: Readers) -> None:
    await readers.read(GOOD, URL, None)
    first = processes(readers)
    await readers.read(GOOD, URL, None)

    assert processes(readers) == first


async def test_entries_that_were_seen_are_left_out(readers: Readers) -> None:
    whole = await readers.read(GOOD, URL, None)
    again = await readers.read(GOOD, URL, None, b"".join(whole.marks))

    assert again.entries == ()
    assert again.seen == whole.marks


async def test_a_page_that_is_no_feed_is_told_as_such(readers: Readers) -> None:
    with pytest.raises(NotAFeed, match="a web page"):
        await readers.read(b"<html><body>Sorry</body></html>", "http://news.example/", "text/html")


async def test_a_document_that_takes_too_long_is_given_up_and_the_next_is_read(
    monkeypatch: pytest.MonkeyPatch, readers: Readers
) -> None:
    monkeypatch.setattr(sandbox, "WALL", sandbox.WALL / 10_000)

    with pytest.raises(NotAFeed, match="took more than 0 s"):
        await readers.read(GOOD * 1000, URL, None)

    monkeypatch.undo()
    parsed = await readers.read(GOOD, URL, None)
    assert len(parsed.entries) == 1


async def test_when_a_process_dies_all_that_wait_are_read_by_another(readers: Readers) -> None:
    await readers.read(GOOD, URL, None)
    [pid] = processes(readers)
    os.kill(pid, signal.SIGSTOP)

    waiting = [asyncio.create_task(readers.read(GOOD, URL, None)) for _ in range(5)]
    await asyncio.sleep(0)
    os.kill(pid, signal.SIGKILL)
    done = await asyncio.gather(*waiting, return_exceptions=True)

    assert isinstance(done[0], NotAFeed)
    assert all(len(parsed.entries) == 1 for parsed in done[1:])  # type: ignore[union-attr]


async def test_many_documents_are_read_by_two_processes_at_most(readers: Readers) -> None:
    await asyncio.gather(*(readers.read(GOOD, URL, None) for _ in range(40)))

    assert len(processes(readers)) == 2


async def test_no_process_outlives_its_readers() -> None:
    async with Readers() as readers:
        await readers.read(GOOD, URL, None)
        [pid] = processes(readers)

    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_an_answer_that_would_run_something_is_refused() -> None:
    with pytest.raises(EOFError, match="system"):
        sandbox._Answer(BytesIO(pickle.dumps(os.system))).load()


async def test_no_feed_is_blamed_when_the_machine_starts_no_more_processes(
    readers: Readers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.executable", "/nowhere/python")

    with pytest.raises(Unusable, match="No such file"):
        await readers.read(GOOD, URL, None)

    monkeypatch.undo()
    assert (await readers.read(GOOD, URL, None)).entries
