"""What editors want to know before they change feeds.yaml: what a feed brings, whom it names."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import assert_never

from anyio import to_thread

from aggregator import urls
from aggregator.config import addresses, edit
from aggregator.config.load import loads, read_bytes
from aggregator.errors import AggregatorError, NotAFeed
from aggregator.fetch import discover
from aggregator.fetch.due import is_allowed
from aggregator.looks import Looks
from aggregator.opml import Outline
from aggregator.pipeline import Network, Tools, ignore
from aggregator.reading import still_no_feed
from aggregator.store import items as stored_items
from aggregator.store.search import Wanted, search
from aggregator.tag.matcher import Tagger
from aggregator.tag.suggest import Suggester, Suggestion
from aggregator.values.feed import (
    Failed,
    Feed,
    FeedHealth,
    FeedSettings,
    FeedState,
    Fetched,
    Gone,
    NotModified,
    Refused,
)
from aggregator.values.item import Item, ParsedFeed
from aggregator.values.tag import Person

_GONE = "gone for good (HTTP 410): remove it"


@dataclass(frozen=True, slots=True)
class Named:
    """Somebody whom entries of a feed name."""

    person: Person
    entries: int
    headline: str  # of the newest that does


@dataclass(frozen=True, slots=True)
class Preview:
    """What a feed would bring."""

    url: str  # as feeds.yaml should have it
    title: str | None
    entries: int
    newest: datetime | None
    notes: tuple[str, ...]  # what is odd about the document
    people: tuple[Named, ...]  # most often named first
    others: tuple[discover.Announced, ...]  # feeds that the page announces beside this one


@dataclass(frozen=True, slots=True)
class Wish:
    """A feed that an editor wants to add, as far as the editor said."""

    address: str  # of the feed, or of a page of its site
    title: str | None = None
    language: str | None = None
    groups: tuple[str, ...] = ()

    def added_to(self, text: str, url: str | None = None) -> str:
        """The text of feeds.yaml with this feed; raises as `edit.add_feed` does."""
        return edit.add_feed(
            text,
            url or self.address,
            title=self.title,
            language=self.language,
            groups=self.groups,
        )


async def preview(
    wish: Wish,
    path: Path,
    environ: Mapping[str, str],
    network: Network,
    looks: Looks,
    now: datetime,
) -> Preview:
    """Find the feed an editor means, and read it once; the document is kept for the first poll.

    Args:
        path: of feeds.yaml, which is read and not changed.
        environ: for `${NAME}`.
        looks: what was seen before.
        now: aware UTC.

    Raises:
        FeedExists: it is there already; NotAFeed: there is no feed, with the reason;
        ConfigError, NotEditable: feeds.yaml is wrong, or would be.
    """
    text = loads(read_bytes(path), path, environ).document.text
    others: tuple[discover.Announced, ...] = ()
    answer = None
    if is_exact(wish.address) or await to_thread.run_sync(looks.had, wish.address):
        named = right(wish.address)
    else:
        wish.added_to(text)  # is it there already, before anybody is asked?
        found = await discover.find(wish.address, partial(_asked, network, looks, now))
        named, others, answer = found.url, found.others, found.answer
    planned = edit.planned(wish.added_to(text, named), path, environ)
    feed = await to_thread.run_sync(looks.feed, planned.feeds[-1])
    try:
        if answer is None:
            # What it brought before is not asked with: a preview needs the document.
            feed = replace(feed, state=FeedState())
            answer = await document(feed, network, looks, now)
        else:
            await to_thread.run_sync(looks.keep, feed, answer, now)
        assert answer is not None  # noqa: S101 - unchanged is only what polls read before
        parsed = await network.parse(answer.body, answer.url, answer.content_type, b"")
    except NotAFeed as error:
        raise NotAFeed(f"{urls.without_credentials(named)}: {error}") from error
    return Preview(
        url=named,
        title=wish.title or parsed.title,
        entries=len(parsed.entries),
        newest=max((e.published for e in parsed.entries if e.published), default=None),
        notes=parsed.notes,
        people=_named(parsed, Tagger(planned.people), planned.people),
        others=others,
    )


async def _asked(network: Network, looks: Looks, now: datetime, url: str) -> Fetched | Failed:
    """What an address brings, asked with what a look at it left."""
    if await to_thread.run_sync(looks.had, url):
        settings = FeedSettings(url, url, None, None, None, (), ())
        feed = await to_thread.run_sync(looks.feed, settings)
        match await network.fetch(feed, now):
            case Fetched() | Failed() as outcome:
                return outcome
            case Refused() | Gone() as outcome:
                return Failed(f"answers with HTTP {outcome.status}", outcome.status)
            case NotModified():
                pass  # nothing is left of the look that could be taken for the document
    return await network.get(url)


def is_exact(address: str) -> bool:
    """Whether an address can only be meant as it is: a file, or one with `${NAME}` in it."""
    return address.lower().startswith("file:") or "${" in address


def right(address: str) -> str:
    """The address, which must be one that feeds.yaml may hold; raises AggregatorError."""
    try:
        return address if "${" in address else addresses.feed(address)
    except ValueError as error:
        raise AggregatorError(f"`{address}` {error}") from None


async def document(feed: Feed, network: Network, looks: Looks, now: datetime) -> Fetched | None:
    """What a feed brings when it is asked now; kept, if it was never polled.

    Returns:
        None: what was read at a poll is still all there is.

    Raises:
        NotAFeed: nothing; the text says why.
    """
    if feed.state.gone:
        raise NotAFeed(_GONE)
    if not is_allowed(feed, now):
        raise NotAFeed("asked us to wait: try again later")
    outcome = still_no_feed(feed.state, await network.fetch(feed, now))
    match outcome:
        case Fetched():
            await to_thread.run_sync(looks.keep, feed, outcome, now)
            return outcome
        case Failed(reason=reason):
            raise NotAFeed(reason)
        case NotModified():
            return None
        case Refused(status=status):
            raise NotAFeed(f"asks us to wait (HTTP {status}): try again later")
        case Gone():
            raise NotAFeed(_GONE)
        case _:
            assert_never(outcome)


def _named(parsed: ParsedFeed, tagger: Tagger, people: tuple[Person, ...]) -> tuple[Named, ...]:
    by_slug = {person.slug: person for person in people}
    entries: dict[str, list[str]] = {}
    for entry in parsed.entries:
        for tag in tagger.tag(entry.document()):
            entries.setdefault(tag.slug, []).append(entry.title or "")
    found = [Named(by_slug[slug], len(titles), titles[0]) for slug, titles in entries.items()]
    return tuple(sorted(found, key=lambda named: (-named.entries, named.person.slug)))


def outline(feed: FeedHealth) -> Outline | None:
    """A feed as a line of an OPML file for others; None for one that only this instance can read."""
    settings, state = feed.settings, feed.state
    if is_exact(settings.url) or urls.without_credentials(settings.url) != settings.url:
        return None
    return Outline(settings.url, settings.title or state.title, settings.groups, state.home)


# --- people ----------------------------------------------------------------------------------

MOST_LOOKED_AT = 1_000  # stored items that hold one of her spellings


def past_items(tools: Tools, person: Person) -> tuple[Item, ...]:
    """Stored items that would get this person's tag, newest first, as far as a search finds them.

    The search knows words and not inflections, and ends after `MOST_LOOKED_AT` of each spelling: a
    retag may find more.
    """
    tagger = Tagger([*(known for known in tools.config.people if known != person), person])
    found: dict[str, Item] = {}
    for spelling in {name.split()[-1] for name in (person.name, *person.aliases)}:
        with tools.store.reading() as session:
            held = search(session, Wanted(text=spelling), limit=MOST_LOOKED_AT)
        for item in held:
            tags = (tagger.tag(source.entry.document()) for source in item.sources)
            if any(tag.slug == person.slug for found_tags in tags for tag in found_tags):
                found[item.id] = item
    return tuple(sorted(found.values(), key=lambda item: (item.at, item.number), reverse=True))


def suggested(
    tools: Tools,
    since: datetime,
    least: int,
    most: int,
    begin: Callable[[int], None] = ignore,
    watch: Callable[..., None] = ignore,
    enough: Callable[[], bool] = lambda: False,
) -> tuple[Suggestion, ...]:
    """Names worth listing, from the stored items of this time or later.

    Args:
        least: items in which a name that is nobody's must stand.
        most: suggestions of each kind.
        begin: is told how many items there are; `watch`: of each that was read.
        enough: asked before each; True ends the reading early.
    """
    suggester = Suggester(tools.config.people, tools.tagger)
    with tools.store.reading() as session:
        begin(sum(stored_items.days(session, "all", since=since).values()))
        for item in stored_items.walk(session, "all"):
            if item.at < since or enough():
                break
            suggester.read(item.lead.entry.document())
            watch()
    return suggester.suggestions(least=least, most=most)
