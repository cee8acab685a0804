"""A document that takes too much ends a worker process, not the program."""

import asyncio
import os
import pickle
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import timedelta
from io import BytesIO
from itertools import count
from subprocess import PIPE

import pytest

from aggregator import sandbox
from aggregator.cell import framed
from aggregator.errors import NotAFeed, Unusable
from aggregator.sandbox import Readers
from tests.support.wordpress import Post, wordpress

URL = "http://news.example/feed"
GOOD = wordpress([Post("A title", "<p>Words.</p>", "http://news.example/1")])
LOOKS = 10
# A worker that no document needs: it may use a second of processor time, and would use all.
ENDLESS = """
import sys; sys.path[:] = {path!r}
from aggregator import cell
from aggregator.parse import document
def endless(*_, **__):
    while True: pass
cell.CPU_S, document.parse = 0, endless
cell.main()
"""


@pytest.fixture
async def readers() -> AsyncIterator[Readers]:
    async with Readers(2) as made:
        yield made


def processes(readers: Readers) -> list[int]:
    return [cell._process.pid for cell in readers._cells if cell._process]


async def stopped(readers: Readers) -> int:
    """The number of the one process there is, which stands still."""
    await readers.read(GOOD, URL, None)
    [pid] = processes(readers)
    os.kill(pid, signal.SIGSTOP)
    return pid


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


async def test_a_worker_that_waits_for_ever_is_given_up_and_the_next_document_is_read(
    monkeypatch: pytest.MonkeyPatch, readers: Readers
) -> None:
    pid = await stopped(readers)
    monkeypatch.setattr(sandbox, "WALL", timedelta(seconds=0.1))

    with pytest.raises(NotAFeed, match="took more than 0 s"):
        await readers.read(GOOD, URL, None)

    monkeypatch.undo()
    assert len((await readers.read(GOOD, URL, None)).entries) == 1
    assert pid not in processes(readers)


async def test_a_document_may_take_long_by_the_clock_where_others_have_the_processor(
    monkeypatch: pytest.MonkeyPatch, readers: Readers
) -> None:
    await readers.read(GOOD, URL, None)
    [pid] = processes(readers)
    os.kill(pid, signal.SIGSTOP)  # it has to wait, and yet gets a little done now and then
    used, enough = count(1), asyncio.Event()

    def used_s(_: object) -> float:
        if (now := next(used)) > LOOKS:
            enough.set()
        return float(now)

    monkeypatch.setattr(sandbox._Cell, "used_s", used_s)
    monkeypatch.setattr(sandbox, "WALL", timedelta(seconds=0.02))

    reading = asyncio.create_task(readers.read(GOOD, URL, None))
    await enough.wait()
    os.kill(pid, signal.SIGCONT)

    assert len((await reading).entries) == 1
    assert processes(readers) == [pid]


async def test_a_document_may_not_take_for_ever_even_where_others_have_the_processor(
    monkeypatch: pytest.MonkeyPatch, readers: Readers
) -> None:
    await readers.read(GOOD, URL, None)
    os.kill(processes(readers)[0], signal.SIGSTOP)
    used = count(1)
    monkeypatch.setattr(sandbox._Cell, "used_s", lambda _: float(next(used)))
    monkeypatch.setattr(sandbox, "WALL", timedelta(seconds=0.02))
    monkeypatch.setattr(sandbox, "LONGEST", timedelta(seconds=0.2))

    with pytest.raises(NotAFeed, match="took more than"):
        await readers.read(GOOD, URL, None)


async def test_the_processor_time_of_a_worker_grows_with_what_it_reads(readers: Readers) -> None:
    await readers.read(GOOD, URL, None)
    [cell] = readers._cells
    before_s = cell.used_s()
    await readers.read(
        wordpress([Post(f"Title {n}", "<p>Words.</p>", "") for n in range(500)]), URL, None
    )

    assert cell.used_s() > before_s > 0


async def test_a_worker_that_computes_for_ever_is_ended(
    monkeypatch: pytest.MonkeyPatch, readers: Readers
) -> None:
    monkeypatch.setattr(sandbox, "_PROGRAM", ENDLESS)

    with pytest.raises(NotAFeed, match="of processor time"):
        await readers.read(GOOD, URL, None)


async def test_when_a_process_dies_all_that_wait_are_read_by_another(readers: Readers) -> None:
    pid = await stopped(readers)

    waiting = [asyncio.create_task(readers.read(GOOD, URL, None)) for _ in range(5)]
    await asyncio.sleep(0)
    os.kill(pid, signal.SIGKILL)
    done = await asyncio.gather(*waiting, return_exceptions=True)

    assert isinstance(done[0], NotAFeed)
    assert all(len(parsed.entries) == 1 for parsed in done[1:])  # type: ignore[union-attr]


async def test_a_document_that_comes_while_all_are_slow_waits_for_none(
    readers: Readers, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await stopped(readers)
    monkeypatch.setattr(sandbox, "SLOW", timedelta(0))
    slow = asyncio.create_task(readers.read(GOOD, URL, None))
    while not all(cell.is_slow for cell in readers._cells):  # noqa: ASYNC110 (nothing tells)
        await asyncio.sleep(0)
    monkeypatch.undo()

    assert (await readers.read(GOOD, URL, None)).entries
    os.kill(first, signal.SIGCONT)
    assert (await slow).entries


async def test_documents_that_queue_are_read_by_one_process(readers: Readers) -> None:
    await asyncio.gather(*(readers.read(GOOD, URL, None) for _ in range(40)))

    assert len(processes(readers)) == 1


async def test_documents_that_wait_for_a_slow_one_are_read_by_another_process(
    readers: Readers, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await stopped(readers)
    monkeypatch.setattr(sandbox, "SLOW", timedelta(0))

    slow = asyncio.create_task(readers.read(GOOD, URL, None))
    await asyncio.sleep(0)
    monkeypatch.undo()
    others = await asyncio.gather(*(readers.read(GOOD, URL, None) for _ in range(40)))

    assert all(len(parsed.entries) == 1 for parsed in others)
    assert not slow.done()
    assert len(processes(readers)) == 2
    os.kill(first, signal.SIGCONT)
    assert len((await slow).entries) == 1


async def test_processes_that_rest_are_gone_and_the_next_document_is_read_by_another(
    readers: Readers,
) -> None:
    await readers.read(GOOD, URL, None)
    [before] = processes(readers)

    readers.rest()

    assert processes(readers) == []
    assert (await readers.read(GOOD, URL, None)).entries
    assert before not in processes(readers)


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


def test_a_process_whose_parent_is_killed_ends_without_a_word() -> None:
    program = [sys.executable, "-c", sandbox._PROGRAM.format(path=sys.path)]
    with subprocess.Popen(program, stdin=PIPE, stdout=PIPE, stderr=PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdout.close()
        process.stdin.write(framed(pickle.dumps((GOOD, URL, None, b""))))
        process.stdin.close()
        process.stdin = process.stdout = None
        told = process.communicate()[1]

    assert told == b""
