"""Takes a changed feeds.yaml up: what is stored comes in line with it before anything else."""

from hashlib import blake2b

from aggregator.pipeline import RETAG_BATCH, TAGGED, Tools, mark_everything, people_digest
from aggregator.store import feeds as stored_feeds
from aggregator.store import items as stored_items
from aggregator.store import outputs as outbox
from aggregator.store.refresh import refresh


def adopt(tools: Tools) -> bool:
    """Bring what is stored in line with feeds.yaml, and say what has to be published again.

    Returns:
        Whether people changed since everything was tagged: then `retag` is due.
    """
    config, edition = tools.config, tools.edition
    names = [(person.slug, person.name) for person in config.people]
    feeds = [(feed.url, feed.title, feed.groups, feed.language) for feed in config.feeds]
    said = {
        "feeds": _digest([feed.url for feed in config.feeds]),
        "members": _digest([config.views, feeds]),
        outbox.EDITION: _digest([edition.site, edition.publish, edition.version, names, feeds]),
        TAGGED: people_digest(tools),
    }
    with tools.store.reading() as session:
        noted = {name: outbox.note(session, name) for name in said}
        empty = not stored_items.numbered_after(session, 0, limit=1)
    changed = {name for name in said if noted[name] != said[name]}
    retag_is_due = TAGGED in changed and not empty
    if retag_is_due:
        changed.remove(TAGGED)  # noted when it is done
    if "members" in changed:
        _assign_again(tools)
    if changed:
        with tools.store.writing() as session:
            stored_feeds.sync(session, config.feeds)
            for name in changed:
                outbox.keep_note(session, name, said[name])
    if changed & {outbox.EDITION, "members"}:
        mark_everything(tools)
    return retag_is_due


def _assign_again(tools: Tools) -> None:
    """Find every item's channels again, after views, groups or languages changed."""
    last = 0
    while True:
        with tools.store.writing() as session:
            items = stored_items.numbered_after(session, last, limit=RETAG_BATCH)
            if not items:
                return
            numbers = [item.number for item in items]
            refresh(session, numbers, tools.feeds, tools.channels_of)
            last = numbers[-1]


def _digest(settings: object) -> str:
    """Equal for equal settings."""
    return blake2b(repr(settings).encode(), digest_size=16).hexdigest()
