"""What must hold whatever bytes come: for Hypothesis in every run, and for atheris by the hour.

A target takes bytes and raises nothing. What a fuzzer finds becomes a document of the corpus.
"""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from aggregator.config.load import loads
from aggregator.errors import ConfigError, NotAFeed, NotAnExpression, NotOpml, Problem
from aggregator.expression import parse as parse_expression
from aggregator.fetch.freshness import fresh_for, http_date, retry_after
from aggregator.opml import read as read_opml
from aggregator.parse.dates import from_text
from aggregator.parse.document import parse
from aggregator.tag.matcher import Tagger
from aggregator.tag.text import seen, tokens
from aggregator.urls import canonical
from aggregator.values.tag import Document, Person
from tests.support.bothways import check

NOW: Final = datetime(2026, 11, 20, 12, tzinfo=UTC)
URL: Final = "https://news.example/feed.xml"
DAY: Final = timedelta(days=1)
TAGGER: Final = Tagger(
    (
        Person(
            "sergei-lavrov", "Sergey Lavrov", ("Сергей Лавров", "王毅"), "auto", ("Lavrov Street",)
        ),
        Person("anna-may", "Anna May", (), "always", ()),
    )
)


def document(given: bytes) -> None:
    """A feed is read or refused, and what it says can be written."""
    try:
        feed = parse(given, url=URL, content_type=None)
    except NotAFeed:
        return
    for entry in feed.entries:
        repr(entry).encode("utf-8")
        assert entry.link is None or entry.link.lower().startswith(("http://", "https://"))
        assert entry.published is None or entry.published.tzinfo is not None


def increment(given: bytes) -> None:
    """Reading what was not seen yet gives what reading everything gives, less what was seen."""
    try:
        whole = parse(given, url=URL, content_type=None)
    except NotAFeed:
        return
    for seen_marks in (whole.marks[::2], whole.marks):
        part = parse(given, url=URL, content_type=None, seen=frozenset(seen_marks))
        if part.seen:
            kept = [
                entry
                for mark, entry in zip(whole.marks, whole.entries, strict=True)
                if mark not in part.seen
            ]
            assert list(part.entries) == kept


def mapping(given: bytes) -> None:
    """Whoever reads a feed, we or feedparser, it says the same."""
    check(given)


def offsets(given: bytes) -> None:
    """Tokens lie in the text, in order, and so do the places they have in the field."""
    raw = given.decode("utf-8", "replace")
    field = seen(raw)
    found = tokens(field.text)
    end = 0
    for index, start in enumerate(found.starts):
        stop = found.end(index)
        assert end <= start < stop <= len(field.text)
        first, last = field.raw_span(start, stop)
        assert 0 <= first < last <= len(raw)
        end = stop


def tags(given: bytes) -> None:
    """Every match is a piece of its field."""
    title, _, text = given.decode("utf-8", "replace").partition("\n")
    document = Document(title, text, (title,))
    fields = {"title": title, "text": text, "categories": title}
    for tag in TAGGER.tag(document):
        for match in tag.matches:
            assert fields[match.field][match.start : match.end] == match.text


def address(given: bytes) -> None:
    """A canonical address is its own canonical address."""
    page = canonical(given.decode("utf-8", "replace"))
    assert page is None or canonical(page) == page


def feeds_yaml(given: bytes) -> None:
    """feeds.yaml is taken, or every fault has its place."""
    faults: tuple[Problem, ...] = ()
    try:
        loads(given, Path("feeds.yaml"), {})
    except ConfigError as error:
        faults = error.problems
    for fault in faults:
        assert fault.line >= 1
        assert fault.column >= 1
        assert fault.message


def times(given: bytes) -> None:
    """What servers and documents say of time is understood within bounds, or not at all."""
    said = given.decode("latin-1")
    assert timedelta(0) <= retry_after(said, NOW) <= DAY
    assert timedelta(0) <= fresh_for({"Cache-Control": said, "Age": said}, NOW)
    assert timedelta(0) <= fresh_for({"Expires": said, "Date": said}, NOW)
    for when in (http_date(said), from_text(said)):
        assert when is None or when.tzinfo is not None


def lists(given: bytes) -> None:
    """OPML and expressions are read or refused."""
    with suppress(NotOpml):
        read_opml(given)
    with suppress(NotAnExpression):
        parse_expression(given.decode("utf-8", "replace"))


TARGETS: Final[dict[str, Callable[[bytes], None]]] = {
    target.__name__: target
    for target in (document, increment, mapping, offsets, tags, address, feeds_yaml, times, lists)
}
