"""Reads documents in worker processes that can be killed: parsing is never trusted."""

import resource
from datetime import timedelta

from anyio import BrokenWorkerProcess, fail_after, to_process

from aggregator.errors import NotAFeed
from aggregator.values.item import ParsedFeed

MEMORY_BYTES = 1_000_000_000  # address space of a worker; a 10 MB feed needs a third of it
CPU_S = 20  # of one document; the largest honest one takes 3
WALL = timedelta(seconds=30)  # of one document, waiting for a processor included


async def parse(body: bytes, url: str, content_type: str | None) -> ParsedFeed:
    """Read a feed document in a worker process, which stays warm for the next one.

    Args:
        body: the document.
        url: where it came from: the base of its relative links.
        content_type: the header as sent; its charset wins over the document's.

    Raises:
        NotAFeed: it holds no feed, or reading it takes more memory or time than any feed needs.
    """
    try:
        with fail_after(WALL.total_seconds()):
            return await to_process.run_sync(_parse, body, url, content_type, cancellable=True)
    except (BrokenWorkerProcess, MemoryError):
        raise NotAFeed(
            f"reading it took more than {CPU_S} s of processor time or "
            f"{MEMORY_BYTES // 1_000_000} MB of memory"
        ) from None
    except TimeoutError:
        raise NotAFeed(f"reading it took more than {WALL.total_seconds():.0f} s") from None


def _parse(body: bytes, url: str, content_type: str | None) -> ParsedFeed:
    """Runs in the worker."""
    from aggregator.parse.document import parse as parse_document  # noqa: PLC0415 (only workers need it)

    used = resource.getrusage(resource.RUSAGE_SELF)
    spent = int(used.ru_utime + used.ru_stime) + 1
    _limit(resource.RLIMIT_CPU, spent + CPU_S)
    _limit(resource.RLIMIT_AS, MEMORY_BYTES)
    return parse_document(body, url=url, content_type=content_type)


def _limit(what: int, most: int) -> None:
    """Set a soft limit, as far as the hard one of this machine allows."""
    _, hard = resource.getrlimit(what)
    most = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(what, (most, hard))
