"""What a visit to a feed brought, and what it says: pure, and known to `pipeline` alone."""

from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import blake2b
from typing import Literal, TypeAlias, assert_never

from aggregator import __version__
from aggregator.parse.dates import plausible
from aggregator.values.feed import Failed, FeedState, Fetched, Gone, NotModified, Outcome, Refused
from aggregator.values.item import Entry, ParsedFeed

Verdict: TypeAlias = Literal["changed", "unchanged", "failed"]


@dataclass(frozen=True, slots=True)
class Reading:
    """What a visit brought: the answer, and the document if it was a new one."""

    outcome: Outcome
    parsed: ParsedFeed | None = None
    digest: bytes | None = None  # of the body


def dated(entry: Entry, now: datetime) -> Entry:
    """An entry without dates that cannot be: such a date would put it first, or last, for ever."""
    return replace(
        entry,
        published=plausible(entry.published, now),
        updated=plausible(entry.updated, now),
    )


def digest(fetched: Fetched) -> bytes:
    """Of all that reading a body depends on, our own release included."""
    salt = f"{__version__}\n{fetched.url}\n{fetched.content_type}\n".encode()
    return blake2b(salt + fetched.body, digest_size=16).digest()


def with_document(state: FeedState, reading: Reading) -> FeedState:
    """The state with what the document says of the feed itself."""
    parsed, outcome = reading.parsed, reading.outcome
    if parsed is None or not isinstance(outcome, Fetched):
        return state
    links = dict(reversed(outcome.links))
    return replace(
        state,
        body_digest=reading.digest,
        title=parsed.title or state.title,
        home=parsed.home or state.home,
        language=parsed.language or state.language,
        hub=links.get("hub") or parsed.hub,
        topic=links.get("self") or parsed.self_link,
        note="; ".join(parsed.notes) or None,
    )


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
