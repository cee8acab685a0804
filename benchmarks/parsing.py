"""What reading a document costs: feedparser alone, ours, and ours where most entries were seen.

    python -m benchmarks.parsing [--documents 10] [--folder ../shared/feeds]

The documents are those of `benchmarks.cycle`: WordPress RSS, Atom and RDF of 30 items; or whatever
is in a folder. Times are processor time of one process, the best of several rounds, and a document.
"""

import argparse
import io
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import feedparser

from aggregator.errors import NotAFeed
from aggregator.parse import document, mapping
from aggregator.parse.document import parse
from aggregator.parse.names import Unusual
from benchmarks import made

URL = "https://paper.example/feed.xml"
ROUNDS = 5
PEOPLE = 264


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--documents", type=int, default=10)
    parser.add_argument("--folder", type=Path, help="read the documents of a folder instead")
    given = parser.parse_args()
    if given.folder:
        files = sorted(file for file in given.folder.rglob("*") if file.is_file())
        now = before = [body for file in files if _is_feed(body := file.read_bytes())]
    else:
        names = made.people(PEOPLE)
        feeds = made.Feeds(given.documents, newest=made.now(), names=names)
        before, now = (
            [feeds.document(n, turn).encode() for n in range(feeds.count)] for turn in (0, 1)
        )
    marks = [frozenset(_read(body).marks) for body in before]
    taken = Counter(_ways(now))
    size = sum(map(len, now)) / len(now) / 1000
    print(
        f"{len(now)} documents, {size:.0f} kB on average, {taken['ours']} read without feedparser\n"
    )
    print("| ms a document | |\n|---|---|")
    for what, cost in (
        ("feedparser alone, as it comes", _cost(now, _feedparser_alone)),
        ("all of ours, feedparser reading", _without_mapping(now)),
        ("all of ours", _cost(now, _read)),
        ("all of ours, what was there a round ago was seen", _cost(now, _unseen(now, marks))),
    ):
        print(f"| {what} | {cost:.2f} |")


def _cost(bodies: Sequence[bytes], work: Callable[[bytes], object]) -> float:
    """Milliseconds of the processor that a document takes."""
    best = float("inf")
    for _ in range(ROUNDS):
        started = time.process_time()
        for body in bodies:
            work(body)
        best = min(best, time.process_time() - started)
    return best / len(bodies) * 1000


def _read(body: bytes) -> document.ParsedFeed:
    return parse(body, url=URL, content_type=None)


def _unseen(
    bodies: Sequence[bytes], marks: Sequence[frozenset[bytes]]
) -> Callable[[bytes], object]:
    seen = dict(zip(bodies, marks, strict=True))
    return lambda body: parse(body, url=URL, content_type=None, seen=seen[body])


def _feedparser_alone(body: bytes) -> object:
    return feedparser.parse(io.BytesIO(body), response_headers={"content-location": URL})


def _without_mapping(bodies: Sequence[bytes]) -> float:
    with _mapping_replaced(_declined):
        return _cost(bodies, _read)


def _declined(*_: object) -> mapping.Read:
    raise Unusual("not asked")


@contextmanager
def _mapping_replaced(other: Callable[..., mapping.Read]) -> Iterator[None]:
    own, mapping.read = mapping.read, other
    try:
        yield
    finally:
        mapping.read = own


def _ways(bodies: Sequence[bytes]) -> Iterator[str]:
    """Who reads each document."""
    own = mapping.read
    way = "feedparser"

    def noted(*given: object) -> mapping.Read:
        nonlocal way
        found = own(*given)  # type: ignore[arg-type]
        way = "ours"
        return found

    with _mapping_replaced(noted):
        for body in bodies:
            way = "feedparser"
            _read(body)
            yield way


def _is_feed(body: bytes) -> bool:
    try:
        _read(body)
    except NotAFeed:
        return False
    return True


if __name__ == "__main__":
    main()
