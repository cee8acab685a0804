"""Retention: items older than `keep.items` are forgotten, a few at a time, beside everything else."""

from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from aggregator.pipeline import Tools, ignore
from aggregator.store import outputs as notes
from aggregator.store import retention as stored

log = structlog.get_logger()

EVERY = timedelta(hours=1)  # ages are years: more often would find next to nothing
BATCH = 200  # items a transaction: who waits to write waits for milliseconds
REMEMBERED = timedelta(days=365)  # how long it is known what a feed listed once
LOOKED = "retention"  # under this name the store remembers when it was looked for old items


def forget_old(tools: Tools, watch: Callable[[int], None] = ignore) -> int:
    """Remove what is older than feeds.yaml wants it kept, if it is time to look; returns how many.

    What was published stays as it is until its channels are published again: their month pages go
    with their last item, and closed archive documents when nothing is left of what they held.

    Args:
        watch: is told of every lot of items that is gone.
    """
    keep, now = tools.config.keep, tools.now()
    if keep is None:
        return 0
    with tools.store.reading() as session:
        noted = notes.note(session, LOOKED)
    if noted is not None and _is_recent(noted, now):
        return 0
    gone = 0
    while True:
        with tools.store.writing() as session:
            lot = stored.forget(session, now - keep, now, limit=BATCH)
            if lot < BATCH:
                stored.prune_tombstones(session, now - REMEMBERED)
                notes.keep_note(session, LOOKED, now.isoformat())
        gone += lot
        watch(lot)
        if lot < BATCH:
            break
    if gone:
        log.info("items_forgotten", items=gone, older_than=(now - keep).isoformat())
    return gone


def _is_recent(noted: str, now: datetime) -> bool:
    """Whether the last look is less than an hour ago; one in the future says nothing."""
    return timedelta(0) <= now - datetime.fromisoformat(noted) < EVERY
