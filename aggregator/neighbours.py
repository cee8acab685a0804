"""What polls mean for other feeds: a host that wants to be left alone, an outage that is our own."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import structlog
from sqlmodel import Session

from aggregator.fetch.outage import LATELY, blamed, forgiven, is_outage
from aggregator.fetch.schedule import held
from aggregator.store import feeds as stored_feeds
from aggregator.store.engine import Store
from aggregator.values.feed import Feed, FeedSettings, Outcome, PollSettings, Refused

log = structlog.get_logger()


def hold(
    session: Session,
    outcome: Outcome,
    settings: Mapping[str, FeedSettings],
    now: datetime,
    jitter: Callable[[], float],
) -> None:
    """Leave every feed of a host alone for as long as it asked of one of them."""
    if not isinstance(outcome, Refused) or outcome.held_host is None:
        return
    until = now + outcome.retry_after
    feeds = stored_feeds.of_host(session, settings, outcome.held_host)
    states = {feed.id: held(feed.state, until, now, jitter()) for feed in feeds}
    stored_feeds.save_states(session, states)
    log.warning("host_held", host=outcome.held_host, until=until.isoformat())


def notice_outage(
    store: Store,
    polls: Sequence[tuple[Feed, Outcome]],
    settings: Mapping[str, FeedSettings],
    poll: PollSettings,
    now: datetime,
    jitter: Callable[[], float],
) -> bool:
    """Whether what was out of reach in a cycle was so by our own fault; who was blamed is cleared.

    Args:
        polls: of the cycle, some of which reached nobody.
        settings: of every feed, by address as in feeds.yaml.
    """
    tried = {feed.id for feed, _ in polls}
    with store.reading() as session:
        recent = stored_feeds.polled_since(session, settings, now - LATELY)
    lately = [feed for feed in recent if feed.id not in tried]
    if not is_outage(polls, lately):
        return False
    pardoned = blamed(lately)
    if pardoned:
        with store.writing() as session:
            states = {feed.id: forgiven(feed, poll, now, jitter()) for feed in pardoned}
            stored_feeds.save_states(session, states)
    log.warning("outage", feeds=len(polls), pardoned=len(pardoned))
    return True
