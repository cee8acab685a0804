"""The process beside the web server: started with it, watched, started again, ended with it.

It polls and publishes (`background`); here it is only known as a program that tells, a line at a
time on its standard output, how it is and what has happened, and that ends when its standard input
does. So it never outlives the web server, however that ends; and what it left undone when it was
killed is still due when the next one starts.
"""

import asyncio
import signal
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Final

import anyio
import structlog
from anyio import CancelScope

from aggregator.pulse import Told, told

log = structlog.get_logger()

FIRST_WAIT_S: Final = 1.0  # before one that broke off is started again; doubled each time
LONGEST_WAIT_S: Final = 60.0
STEADY_S: Final = 120.0  # one that lived for so long broke off by chance
STOP_S: Final = 6.0  # for what is being written; cut off, it is done again
LONGEST_LINE: Final = 16 * 1024 * 1024  # bytes; of a feeds.yaml with all its problems
_PROGRAM: Final = "import sys; sys.path[:] = {path!r}; from aggregator.cli import main; main()"


def command(*words: str) -> list[str]:
    """The command `aggregator` with these words, run by the same interpreter from the same code."""
    return [sys.executable, "-c", _PROGRAM.format(path=sys.path), *words]


async def accompanied(
    program: Sequence[str], hear: Callable[[Told], None], missed: Callable[[str], None]
) -> None:
    """Have the program run until cancelled, again and again if it ends.

    Args:
        program: the words of its command.
        hear: is told what it tells.
        missed: is told, in a sentence, that it is not there.
    """
    wait_s = FIRST_WAIT_S
    while True:
        began = time.monotonic()
        code = await _run(program, hear)
        if time.monotonic() - began > STEADY_S:
            wait_s = FIRST_WAIT_S
        reason = f"the process that polls ended with {_named(code)}"
        missed(f"{reason}; it is started again within {wait_s:.0f} s")
        log.error("background_ended", reason=reason, again_in_seconds=wait_s)
        await anyio.sleep(wait_s)
        wait_s = min(2 * wait_s, LONGEST_WAIT_S)


async def _run(program: Sequence[str], hear: Callable[[Told], None]) -> int:
    """Run the program to its end, or until cancelled, and then stop it; its exit code."""
    process = await asyncio.create_subprocess_exec(
        *program,
        stdin=PIPE,
        stdout=PIPE,
        limit=LONGEST_LINE,
        start_new_session=True,  # it is we who tell it to stop, not the terminal
    )
    try:
        await _listen(process, hear)
        return await process.wait()
    finally:
        if process.returncode is None:
            with CancelScope(shield=True):
                await _stop(process)


async def _listen(process: Process, hear: Callable[[Told], None]) -> None:
    """Hear what it tells, as long as it does."""
    assert process.stdout is not None  # noqa: S101 (PIPE)
    with suppress(ConnectionError):
        async for line in process.stdout:
            try:
                hear(told(line))
            except ValueError as error:
                log.warning("not_understood", error=str(error))


async def _stop(process: Process) -> None:
    """Have it stop in order; who takes too long is cut off."""
    with suppress(ProcessLookupError):
        process.terminate()
        with anyio.move_on_after(STOP_S):
            await process.communicate()
            return
        log.warning("background_killed", seconds=STOP_S)
        process.kill()
        await process.communicate()


def _named(code: int) -> str:
    """An exit code, or the signal's name."""
    return f"exit code {code}" if code >= 0 else signal.Signals(-code).name
