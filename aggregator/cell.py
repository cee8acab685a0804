"""The program of a worker process: reads documents its parent hands it, until the parent goes.

Requests come on standard input, answers go to standard output, each a length and a pickle. Nothing
is imported here that reading a feed does not need: the process is started when it is needed, and
its memory counts.
"""

import os
import pickle
import resource
import sys
from typing import BinaryIO

from aggregator.courtesy import be_nice_as_a_session
from aggregator.errors import NotAFeed

MEMORY_BYTES = 1_000_000_000  # address space; a 10 MB feed needs a third of it
CPU_S = 20  # of one document; the largest honest one takes 3
GROWN_BYTES = 200_000_000  # resident: after a document that took so much, a fresh process is better
LENGTH_BYTES = 4


def main() -> None:
    """Answer requests until there are no more."""
    requests, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    be_nice_as_a_session()
    os.dup2(2, 1)  # whatever a library prints is no answer
    _limit(resource.RLIMIT_AS, MEMORY_BYTES)
    _limit(resource.RLIMIT_CORE, 0)
    stays = True
    while stays and (request := receive(requests)) is not None:
        try:
            stays = _answer(request, answers)
        except BrokenPipeError:  # our parent was killed; closing the pipe would raise once more
            os._exit(0)


def receive(source: BinaryIO) -> bytes | None:
    """The next message; None when the other side has gone."""
    length = int.from_bytes(source.read(LENGTH_BYTES))
    message = source.read(length)
    return message if length and len(message) == length else None


def framed(message: bytes) -> bytes:
    """A message as it travels."""
    return len(message).to_bytes(LENGTH_BYTES) + message


def _answer(request: bytes, answers: BinaryIO) -> bool:
    """Read one document; whether this process is good for another."""
    from aggregator.parse.document import parse  # noqa: PLC0415 (the first document is on its way meanwhile)
    from aggregator.parse.increment import split  # noqa: PLC0415

    body, url, content_type, marks = pickle.loads(request)  # noqa: S301 (from our own parent)
    used = resource.getrusage(resource.RUSAGE_SELF)
    _limit(resource.RLIMIT_CPU, int(used.ru_utime + used.ru_stime) + 1 + CPU_S)
    try:
        read: object = parse(body, url=url, content_type=content_type, seen=split(marks))
    except NotAFeed as error:
        read = str(error)
    stays = peak_bytes() < GROWN_BYTES
    answers.write(framed(pickle.dumps((read, stays), protocol=5)))
    answers.flush()
    return stays


def peak_bytes() -> int:
    """The most memory that this process ever had resident.

    On Linux `ru_maxrss` would not do: a new process starts with what the one had that started it.
    """
    try:
        with open("/proc/self/status", "rb") as status:  # noqa: PTH123 (pathlib is not imported here)
            kilobytes = next(line.split()[1] for line in status if line.startswith(b"VmHWM:"))
    except (OSError, StopIteration):
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return int(kilobytes) * 1024


def _limit(what: int, most: int) -> None:
    """Set a soft limit, as far as the hard one of this machine allows."""
    _, hard = resource.getrlimit(what)
    most = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(what, (most, hard))
