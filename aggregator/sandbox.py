"""Reads documents in worker processes that can be killed: parsing is never trusted.

A worker stays warm for the next document. Reading is a fifth of what a document costs, so that one
keeps up with whoever stores what it read; another is started only when documents wait for one that
takes long, as if built to be slow.
"""

import asyncio
import io
import os
import pickle
import sys
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta, timezone
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from anyio import CancelScope

from aggregator.cell import CPU_S, LENGTH_BYTES, MEMORY_BYTES, framed
from aggregator.errors import NotAFeed, Unusable
from aggregator.values.feed import Hints
from aggregator.values.item import Category, Enclosure, Entry, ParsedFeed, Picture

WALL = timedelta(seconds=30)  # without processor time, and a worker that has a document is stuck
LONGEST = timedelta(minutes=5)  # of one document, however busy others keep the machine
SLOW = timedelta(seconds=1)  # over one document; others that wait then get another worker
MOST = 4  # workers; more would only wait for the one who writes

_PROGRAM = "import sys; sys.path[:] = {path!r}; from aggregator.cell import main; main()"
_VALUES = (ParsedFeed, Entry, Category, Enclosure, Picture, Hints, datetime, timedelta, timezone)
_ANSWERS: dict[str, type] = {kind.__name__: kind for kind in _VALUES}


class Readers:
    """Worker processes, started when needed; close them when done."""

    def __init__(self, most: int | None = None) -> None:
        """`most` workers at once; by default one a processor."""
        self._most = most or min(len(os.sched_getaffinity(0)), MOST)
        self._cells: set[_Cell] = set()
        self._killed: set[_Cell] = set()  # and not seen to end yet
        self._idle: list[_Cell] = []
        self._waiting: deque[asyncio.Future[_Cell | None]] = deque()

    async def read(
        self, body: bytes, url: str, content_type: str | None, marks: bytes = b""
    ) -> ParsedFeed:
        """Read a feed document in a worker process.

        Args:
            body: the document.
            url: where it came from: the base of its relative links.
            content_type: the header as sent; its charset wins over the document's.
            marks: of entries that need not be read again, one after the other.

        Raises:
            NotAFeed: it holds no feed, or reading it takes more memory or time than any feed needs.
            Unusable: this machine starts no more processes; no feed is to blame.
        """
        cell = await self._taken()
        stays = False
        loop = asyncio.get_running_loop()
        later = loop.call_later(SLOW.total_seconds(), self._is_slow, cell)
        try:
            async with _patience(cell):
                read, stays = await cell.ask((body, url, content_type, marks))
        except TimeoutError:  # an OSError, too
            raise NotAFeed(f"reading it took more than {WALL.total_seconds():.0f} s") from None
        except (EOFError, OSError):
            raise NotAFeed(
                f"reading it took more than {CPU_S} s of processor time or "
                f"{MEMORY_BYTES // 1_000_000} MB of memory"
            ) from None
        finally:
            later.cancel()
            self._give_back(cell, stays=stays)
        if isinstance(read, str):
            raise NotAFeed(read)
        assert isinstance(read, ParsedFeed)  # noqa: S101 (what `cell` answers)
        return read

    def rest(self) -> None:
        """End the workers that have nothing to do: no document comes for a while."""
        for cell in self._idle:
            cell.kill()
        self._cells.difference_update(self._idle)
        self._killed.update(self._idle)
        self._idle.clear()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for cell in self._cells:
            cell.kill()
        with CancelScope(shield=True):  # whoever is told to stop still leaves nobody behind
            for cell in (*self._cells, *self._killed):
                await cell.ended()
        self._cells.clear()
        self._killed.clear()
        self._idle.clear()

    async def _taken(self) -> "_Cell":
        """A worker that has nothing to do."""
        if self._idle:
            return self._idle.pop()
        if self._needs_another():
            return await self._started()
        turn: asyncio.Future[_Cell | None] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        return await turn or await self._started()

    def _needs_another(self) -> bool:
        """Whether the next document had better have a new worker than wait."""
        return len(self._cells) < self._most and all(cell.is_slow for cell in self._cells)

    def _is_slow(self, cell: "_Cell") -> None:
        """A worker has its document for long: those who wait for it get another worker."""
        cell.is_slow = True
        if self._needs_another():
            self._hand_on(None)

    async def _started(self) -> "_Cell":
        cell = _Cell()
        self._cells.add(cell)
        try:
            await cell.start()
        except OSError as error:
            self._give_back(cell, stays=False)
            raise Unusable(f"no process to read feeds can be started: {error.strerror}") from error
        except BaseException:
            self._give_back(cell, stays=False)
            raise
        return cell

    def _give_back(self, cell: "_Cell", *, stays: bool) -> None:
        """Let the next document have the worker, or, if it has to go, a new one."""
        if not stays:
            cell.kill()
            self._cells.discard(cell)
            self._killed = {old for old in self._killed if not old.is_over()} | {cell}
        cell.is_slow = False
        if not self._hand_on(cell if stays else None) and stays:
            self._idle.append(cell)

    def _hand_on(self, cell: "_Cell | None") -> bool:
        """Let who waits longest have a worker, None for a new one; whether anybody waits."""
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(cell)
                return True
        return False


@asynccontextmanager
async def _patience(cell: "_Cell") -> AsyncIterator[None]:
    """Bound the time a worker has for a document; a busy machine is no fault of a feed.

    Processor time, which the worker bounds itself, is what a document is judged by. By the clock
    only who gets none of it is given up early: it waits for something that will not come.

    Raises:
        TimeoutError: it got on no more, or took longer than anything should.
    """
    loop = asyncio.get_running_loop()
    later: asyncio.TimerHandle
    async with asyncio.timeout(LONGEST.total_seconds()) as limit:

        def look(before: float) -> None:
            nonlocal later
            used_s = cell.used_s()
            if used_s > before:
                later = loop.call_later(WALL.total_seconds(), look, used_s)
            elif not limit.expired():
                limit.reschedule(loop.time())

        later = loop.call_later(WALL.total_seconds(), look, cell.used_s())
        try:
            yield
        finally:
            later.cancel()


class _Cell:
    """One worker process; it has one document at a time."""

    def __init__(self) -> None:
        self._process: asyncio.subprocess.Process | None = None
        self.is_slow = False  # over the document it has

    async def start(self) -> None:
        """Start the process, apart from our terminal's signals."""
        program = _PROGRAM.format(path=sys.path)
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-S", "-c", program),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            start_new_session=True,
        )

    async def ask(self, request: tuple[bytes, str, str | None, bytes]) -> tuple[object, bool]:
        """What it makes of a document, and whether it is good for another.

        Raises:
            EOFError, OSError: it died over it.
        """
        process = self._process
        assert process is not None  # noqa: S101 (started before it is handed out)
        assert process.stdin is not None  # noqa: S101
        assert process.stdout is not None  # noqa: S101
        process.stdin.write(framed(pickle.dumps(request, protocol=5)))
        await process.stdin.drain()
        length = int.from_bytes(await process.stdout.readexactly(LENGTH_BYTES))
        answer: tuple[object, bool] = _Answer(
            io.BytesIO(await process.stdout.readexactly(length))
        ).load()
        return answer

    def used_s(self) -> float:
        """Processor time it has used, in seconds, in steps of 0.01; 0.0 where the system tells none.

        Source: proc(5), /proc/PID/stat: utime and stime are the 12th and 13th after the name.
        """
        assert self._process is not None  # noqa: S101 (started before it is handed out)
        try:
            stat = Path(f"/proc/{self._process.pid}/stat").read_bytes()
        except OSError:  # it has ended, or this is no Linux
            return 0.0
        told = stat.rpartition(b")")[2].split()
        return (int(told[11]) + int(told[12])) / os.sysconf("SC_CLK_TCK")

    def kill(self) -> None:
        """End it, whatever it is doing."""
        if self._process is None:
            return
        if self._process.returncode is None:
            with suppress(ProcessLookupError):
                self._process.kill()
        if self._process.stdin is not None:
            self._process.stdin.close()

    def is_over(self) -> bool:
        """Whether it has ended, and its pipes are closed."""
        return self._process is None or (
            self._process.returncode is not None
            and self._process.stdout is not None
            and self._process.stdout.at_eof()
        )

    async def ended(self) -> None:
        """Wait until it has, and its pipes are closed."""
        if self._process is not None:
            await self._process.communicate()


class _Answer(pickle.Unpickler):
    """Only our own values: a worker that a document took over shall not take us over, too."""

    def find_class(self, module: str, name: str) -> Any:
        """One of the values that an answer is made of."""
        if name not in _ANSWERS or _ANSWERS[name].__module__ != module:
            raise EOFError(f"an answer holds {module}.{name}")
        return _ANSWERS[name]
