"""Takes a changed feeds.yaml up: what is stored comes in line with it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from hashlib import blake2b

from sqlmodel import Session

from aggregator.errors import Outdated
from aggregator.pipeline import Tools, ignore, mark_everything
from aggregator.publish import look
from aggregator.publish.departed import departed, known
from aggregator.retag import BATCH, TAGGED, people_digest
from aggregator.store import channels as stored_channels
from aggregator.store import feeds as stored_feeds
from aggregator.store import items as stored_items
from aggregator.store import outputs as outbox
from aggregator.store.refresh import refresh

CHANNELS = "channels"  # under this name the store remembers which channels there are
ADOPTED = "adopted"  # under this name the store remembers which feeds.yaml was taken up last
ASSIGNED = "members"  # under this name the store remembers by which views and groups items show


@dataclass(frozen=True, slots=True)
class Behind:
    """How far what is stored is behind feeds.yaml, in what takes long to mend."""

    tags: bool = False  # people changed: `retag` is due
    channels: bool = False  # views, groups or languages changed: `assign_again` is due


def adopt(tools: Tools, *, while_polling: bool = False) -> Behind:
    """Bring what is stored in line with feeds.yaml, as far as that is quick.

    Says what has to be published again; returns what is still to do.

    Args:
        while_polling: polls are under way, by an older feeds.yaml until this returns.
    """
    said = _said(tools)
    with tools.store.reading() as session:
        noted = {name: outbox.note(session, name) for name in said}
        empty = not while_polling and not stored_items.numbered_after(session, 0, limit=1)
    changed = {name for name in said if noted[name] != said[name]}
    due = set() if empty else changed & {TAGGED, ASSIGNED}  # noted when they are done
    if changed - due:
        with tools.store.writing() as session:
            stored_feeds.sync(session, tools.config.feeds)
            listed = known(tools.config.people, tools.config.views)
            stored_channels.sync(session, listed, tools.now())
            for name in changed - due:
                outbox.keep_note(session, name, said[name])
            if changed & {outbox.EDITION, CHANNELS}:  # with the notes: cut off, nobody would know
                mark_everything(tools, session)
    return Behind(tags=TAGGED in due, channels=ASSIGNED in due)


def left(tools: Tools) -> Behind:
    """What is still to do of a feeds.yaml that was adopted: another process may have done it."""
    said = _said(tools)
    with tools.store.reading() as session:
        due = {name for name in said if outbox.note(session, name) != said[name]}
    if ADOPTED in due:
        return Behind()  # there is a newer feeds.yaml, and who took that up sees to it
    return Behind(tags=TAGGED in due, channels=ASSIGNED in due)


def adopted(session: Session) -> str | None:
    """Which feeds.yaml the store is in line with, in short, or comes in line with just now."""
    return outbox.note(session, ADOPTED)


def edition(tools: Tools) -> str:
    """The same of these tools: what is not adopted is of an older feeds.yaml, or a newer one."""
    return _said(tools)[ADOPTED]


def with_departed(tools: Tools) -> Tools:
    """The tools, knowing the channels that were published once and are listed no more.

    True once feeds.yaml was adopted, by whatever process: until then a channel that left it just now
    is not among them.
    """
    listed = known(tools.config.people, tools.config.views)
    with tools.store.reading() as session:
        gone = departed(stored_channels.gone(session), listed)
    return replace(tools, edition=replace(tools.edition, departed=gone))


def assign_again(
    tools: Tools, begin: Callable[[int], None] = ignore, watch: Callable[[int], None] = ignore
) -> None:
    """Find every item's channels again, after views, groups or languages changed.

    Args:
        begin: is told how many items there are; `watch`: of every lot that is done.

    Raises:
        Outdated: feeds.yaml was edited meanwhile.
    """
    last = 0
    with tools.store.writing() as session:
        _see_that_it_is_still(tools, session)
        outbox.keep_note(session, ASSIGNED, "")  # until it is done, true of no views
        begin(stored_items.counts(session)["items"])
    while True:
        with tools.store.writing() as session:
            _see_that_it_is_still(tools, session)
            items = stored_items.numbered_after(session, last, limit=BATCH)
            if not items:
                outbox.keep_note(session, ASSIGNED, _said(tools)[ASSIGNED])
                return
            numbers = [item.number for item in items]
            refresh(session, numbers, tools.feeds, tools.channels_of)
            last = numbers[-1]
        watch(len(items))


def _see_that_it_is_still(tools: Tools, session: Session) -> None:
    if not tools.are_in_line(session):
        raise Outdated("feeds.yaml was edited meanwhile: run this again")


def _said(tools: Tools) -> dict[str, str]:
    """What feeds.yaml says, in short, under the names by which the store remembers it."""
    config, edition = tools.config, tools.edition
    names = [(person.slug, person.name) for person in config.people]
    feeds = [(feed.url, feed.title, feed.groups, feed.language) for feed in config.feeds]
    labelled = [(url, *labels) for url, _, *labels in feeds if any(labels)]
    shown = [
        edition.site,
        edition.publish,
        edition.version,
        look.digest(),
        names,
        feeds,
        config.views,
    ]
    said = {
        "feeds": _digest([feed.url for feed in config.feeds]),
        outbox.EDITION: _digest(shown),
        CHANNELS: _digest(known(config.people, config.views)),
        ASSIGNED: _digest([config.views, labelled]),
        TAGGED: people_digest(tools),
    }
    return {**said, ADOPTED: _digest(said)}


def _digest(settings: object) -> str:
    """Equal for equal settings."""
    return blake2b(repr(settings).encode(), digest_size=16).hexdigest()
