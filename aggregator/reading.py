"""What a visit to a feed brought, and what it says: pure, and known to `pipeline` alone."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import blake2b
from http import HTTPStatus
from typing import Literal, TypeAlias, assert_never

from aggregator import __version__
from aggregator.parse.dates import plausible
from aggregator.urls import without_credentials
from aggregator.values.feed import (
    Failed,
    Feed,
    FeedState,
    Fetched,
    Gone,
    News,
    NotModified,
    Outcome,
    Refused,
)
from aggregator.values.item import Decision, Entry, ParsedFeed, Seen

MISSED = "even its oldest entry was new: some may have come and gone between two polls"

Verdict: TypeAlias = Literal["changed", "unchanged", "failed"]


@dataclass(frozen=True, slots=True)
class Reading:
    """What a visit brought: the answer, and the document if it was a new one."""

    outcome: Outcome
    parsed: ParsedFeed | None = None
    digest: bytes | None = None  # of the body


@dataclass(frozen=True, slots=True)
class Visit:
    """A feed and what visiting it brought."""

    feed: Feed
    reading: Reading
    outage: bool = False  # it failed by our own fault
    lease_ends: datetime | None = None  # a hub delivered it, and does so until then
    seconds: float = 0.0  # it took, from the request to the read document


def dated(entry: Entry, now: datetime) -> Entry:
    """An entry without dates that cannot be: such a date would put it first, or last, for ever."""
    published, updated = plausible(entry.published, now), plausible(entry.updated, now)
    if published == entry.published and updated == entry.updated:
        return entry
    return replace(entry, published=published, updated=updated)


def digest(fetched: Fetched) -> bytes:
    """Of all that reading a body depends on, our own release included."""
    salt = f"{__version__}\n{fetched.url}\n{fetched.content_type}\n".encode()
    return blake2b(salt + fetched.body, digest_size=16).digest()


def weight(reading: Reading) -> int:
    """Bytes that a read document takes until it is settled; measured, it is twice what was read."""
    body = len(reading.outcome.body) if isinstance(reading.outcome, Fetched) else 0
    entries = reading.parsed.entries if reading.parsed else ()
    return body + 2 * sum(
        len(entry.text) + len(entry.summary or "") + len(entry.content or "") for entry in entries
    )


def entries_of(visited: Visit) -> int:
    """How many entries were read, which is what settling a visit takes; at least 1."""
    parsed = visited.reading.parsed
    return max(1, len(parsed.entries)) if parsed else 1


def without_body(outcome: Outcome) -> Outcome:
    """What is kept of an outcome once all of it is read: a thousand bodies would fill the memory."""
    return replace(outcome, body=b"") if isinstance(outcome, Fetched) else outcome


def still_no_feed(state: FeedState, answer: Outcome) -> Outcome:
    """The answer, or a failure: a 304 says that nothing changed, also when what came was no feed."""
    unread = state.validators if state.body_digest is None else None
    if unread is None or not isinstance(answer, NotModified) or answer.validators.url != unread.url:
        return answer
    said_so = state.http_status in {HTTPStatus.OK, HTTPStatus.NOT_MODIFIED}
    why = state.error if said_so and state.error else "no feed, as it was before"
    return Failed(why, answer.status, validators=answer.validators)


def marks_of(parsed: ParsedFeed, decisions: Sequence[Decision]) -> bytes:
    """Marks of the entries of a document that need not be read again, one after the other.

    What retention removed is read at every poll, so that it is known to be listed still.
    """
    marks = list(parsed.seen)
    for mark, decision in zip(parsed.marks, decisions, strict=bool(parsed.marks)):
        if not (isinstance(decision, Seen) and decision.known is None):
            marks.append(mark)
    return b"".join(marks)


def with_document(state: FeedState, reading: Reading, news: News, marks: bytes) -> FeedState:
    """The state with what the document says of the feed itself, and what is odd about it.

    Args:
        marks: of its entries that need not be read again.
    """
    parsed, outcome = reading.parsed, reading.outcome
    if parsed is None or not isinstance(outcome, Fetched):
        return state
    links = dict(reversed(outcome.links))
    return replace(
        state,
        body_digest=reading.digest,
        marks=marks or None,
        title=parsed.title or state.title,
        home=parsed.home or state.home,
        language=parsed.language or state.language,
        hub=links.get("hub") or parsed.hub,
        topic=links.get("self") or parsed.self_link,
        note="; ".join((*parsed.notes, *((MISSED,) if news.gap else ()))) or None,
    )


def told(feed: Feed, outcome: Outcome, state: FeedState) -> dict[str, object]:
    """What the log says of a poll: what it came to, when the next one is and why then."""
    return {
        "feed": without_credentials(feed.settings.url),
        "outcome": type(outcome).__name__,
        "status": state.http_status,
        "error": state.error,
        "note": state.note,
        "next_poll": state.next_poll.isoformat() if state.next_poll else None,
        "reason": state.reason,
    }


def verdict(reading: Reading) -> Verdict:
    """What a poll came to, in a word."""
    match reading.outcome:
        case Fetched():
            return "unchanged" if reading.parsed is None else "changed"
        case NotModified():
            return "unchanged"
        case Failed() | Refused() | Gone():
            return "failed"
        case _:
            assert_never(reading.outcome)
