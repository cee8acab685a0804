"""A publisher that keeps the books: answers by the rules at a simulated time, and notes every visit.

In the spirit of Rachel Kroll's feed reader tests: what a reader does in a month tells whether it
can be let near a server.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from hashlib import blake2b
from types import TracebackType
from typing import Self, TypeAlias

from tests.support.feedserver import Answer, Asked, FeedServer

START = datetime(2026, 11, 2, 6, 0, tzinfo=UTC)  # a Monday
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
_LETTERS = str.maketrans("0123456789", "ghiklmnoprstuvwxyz"[:10])
LISTED = 6  # entries of a document


@dataclass
class Clock:
    """Whatever time it is said to be."""

    now: datetime = START


@dataclass(frozen=True, slots=True)
class Visit:
    """One request, when it came and what it got."""

    at: datetime
    asked: Asked
    answer: Answer

    @property
    def etag(self) -> str | None:
        """The ETag it asked with."""
        return self.asked.headers.get("If-None-Match")

    @property
    def modified(self) -> str | None:
        """The Last-Modified it asked with."""
        return self.asked.headers.get("If-Modified-Since")

    @property
    def is_conditional(self) -> bool:
        """Whether it asked only for what is new."""
        return self.etag is not None or self.modified is not None


Rule: TypeAlias = Callable[[datetime, "list[Visit]"], Answer]
"""What a path answers at a time, given the visits it had before."""


@dataclass
class Publisher:
    """Serves paths by their rules; who asks with the validators of the day gets a 304."""

    rules: Mapping[str, Rule]
    clock: Clock
    visits: dict[str, list[Visit]] = field(default_factory=lambda: defaultdict(list))

    def __post_init__(self) -> None:
        self.server = FeedServer()
        self.server.otherwise = self._answer

    def _answer(self, asked: Asked) -> Answer:
        visits = self.visits[asked.path]
        rule = self.rules.get(asked.path)
        now = self.clock.now
        answer = Answer(404) if rule is None else rule(now, visits).to(asked)
        visits.append(Visit(now, asked, answer))
        return answer

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.server.close()


def http(when: datetime) -> str:
    """A time as HTTP writes it."""
    return format_datetime(when, usegmt=True)


def edition(now: datetime, every: timedelta) -> int:
    """How many entries were published by now, if one is at every so long."""
    return (now - START) // every + LISTED


def document(name: str, now: datetime, every: timedelta, extra: str = "") -> bytes:
    """The RSS document of a feed that publishes an entry every so long."""
    newest = edition(now, every)
    items = "".join(
        f"<item><guid>{name}-{number}</guid><link>http://press.example/{name}/{number}</link>"
        f"<title>{_words(f'{name} {number}')}</title>"
        f"<pubDate>{http(START + (number - LISTED) * every)}</pubDate></item>"
        for number in range(newest, newest - LISTED, -1)
    )
    return (
        '<rss version="2.0" xmlns:sy="http://purl.org/rss/1.0/modules/syndication/"><channel>'
        f"<title>{name}</title><link>http://press.example/{name}</link>{extra}{items}"
        "</channel></rss>"
    ).encode()


def feed(
    name: str,
    every: timedelta = 30 * HOUR,
    headers: Mapping[str, str] | None = None,
    *,
    extra: str = "",
    etag: str | None = '"{}"',
    modified: bool = True,
) -> Rule:
    """A feed as a decent server has it.

    Args:
        name: of the feed.
        every: how often it publishes.
        headers: sent with every answer.
        extra: markup of the channel.
        etag: pattern of its ETag; None: it sends none.
        modified: whether it sends Last-Modified.
    """

    def rule(now: datetime, _: list[Visit]) -> Answer:
        number = edition(now, every)
        sent = dict(headers or {})
        if etag is not None:
            sent["ETag"] = etag.format(number)
        if modified:
            sent["Last-Modified"] = http(START + (number - LISTED) * every)
        return Answer(body=document(name, now, every, extra), headers=sent)

    return rule


def between(begin: timedelta, end: timedelta, then: Rule, else_: Rule) -> Rule:
    """One rule from `begin` to `end` of the month, another outside."""

    def rule(now: datetime, visits: list[Visit]) -> Answer:
        return (then if START + begin <= now < START + end else else_)(now, visits)

    return rule


def always(answer: Answer) -> Rule:
    """The same to everybody."""
    return lambda _now, _visits: answer


def _words(seed: str) -> str:
    """A headline like no other."""
    letters = blake2b(seed.encode(), digest_size=20).hexdigest().translate(_LETTERS)
    return " ".join(letters[at : at + 8] for at in range(0, 40, 8))
