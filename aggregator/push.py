"""Push instead of polling: what `serve` asks hubs for, what it answers them, what it does with news.

A delivery is stored before the hub is thanked, and read afterwards like a poll: a kill loses none.
"""

import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Literal, TypeAlias

import anyio
import structlog
from anyio import CancelScope, create_task_group, to_thread

from aggregator import pipeline
from aggregator.errors import AggregatorError
from aggregator.fetch import websub
from aggregator.fetch.body import Unreadable, decode
from aggregator.fetch.exchange import NoAnswer
from aggregator.pipeline import Network, Tools
from aggregator.reading import Visit
from aggregator.store import feeds as stored_feeds
from aggregator.store import subscriptions as stored
from aggregator.urls import without_credentials
from aggregator.values.feed import Failed, Feed, Fetched, Validators
from aggregator.values.push import Delivery, Subscription

log = structlog.get_logger()

LOOK_S = 1  # how often it is looked what was delivered, and whether a hub is to be asked
AT_ONCE = 20  # requests to hubs, and deliveries read, between two looks
MAX_WAITING = 50  # deliveries of one feed not read yet; beyond it the hub is asked to wait
PAUSE_S = 60  # after a fault
READING = 2  # what only one process at a time does, of all that share a database
_ACCEPTED = range(200, 300)

Receipt: TypeAlias = Literal["kept", "ignored", "full", "unknown", "packed"]
"""What became of a delivery.

"ignored": it was not signed as agreed; "packed": it could not be unpacked, so the feed is polled.
"""


async def keep_up(
    tools: Tools, network: Network, news: Callable[[], None], is_current: Callable[[], bool]
) -> None:
    """Subscribe, renew, unsubscribe, and read what is delivered.

    Args:
        news: is called when a delivery was read, so that it is published.
        is_current: false once feeds.yaml was edited: others work with other tools then.
    """

    async def again_and_again(work: Callable[[], Awaitable[None]]) -> None:
        while is_current():  # noqa: ASYNC110 (it waits for time to pass, not for this)
            await anyio.sleep(LOOK_S if await _tried(work) else PAUSE_S)

    async def ask() -> None:
        await attend(tools, network)

    async def read() -> None:
        if await take_in(tools, network):
            news()

    async with create_task_group() as group:
        group.start_soon(again_and_again, ask)
        group.start_soon(again_and_again, read)


async def _tried(work: Callable[[], Awaitable[None]]) -> bool:
    """Whether it worked; if not, it is told why."""
    try:
        await work()
    except AggregatorError as error:
        log.error("push_failed", error=str(error))  # noqa: TRY400 (one line says it all)
        return False
    except Exception:
        log.exception("push_broke")
        return False
    return True


# --- asking hubs -------------------------------------------------------------------------------


async def attend(tools: Tools, network: Network) -> None:
    """Ask hubs for what there is to ask for now; none of them is waited for twice."""
    asked = await to_thread.run_sync(_errands, tools)
    async with create_task_group() as group:
        for one in asked:
            group.start_soon(_ask, one, tools, network)


def _errands(tools: Tools) -> list[Subscription]:
    """Subscriptions to ask for now; stored as asked for, so that a second process does not, too."""
    now, site_url = tools.now(), tools.config.site.url
    with tools.store.reading() as session:
        hubbed = stored.hubbed(session) if tools.config.poll.websub else []
        known = stored.every(session)
    if not hubbed and not known:
        return []
    settings = tools.feeds
    found = [websub.wish(one, settings[one.url], site_url) for one in hubbed if one.url in settings]
    wishes = {wish.feed_id: wish for wish in found if wish is not None}
    if not _is_work(websub.errands(wishes, known, site_url, now)):
        return []
    with tools.store.writing() as session:
        if not tools.are_in_line(session):  # who has read the newer feeds.yaml sees to it
            return []
        todo = websub.errands(wishes, stored.every(session), site_url, now)
        for one in todo.forget:
            stored.forget(session, one.id)
            stored.end_push(session, one.feed_id, now)
        asked = []
        for one in todo.ask[:AT_ONCE]:
            if not one.wanted:
                stored.end_push(session, one.feed_id, now)
            asked.append(stored.keep(session, one))
        for wish in todo.start[: AT_ONCE - len(asked)]:
            token = secrets.token_urlsafe(24)
            new = Subscription(
                id=0,
                feed_id=wish.feed_id,
                hub=wish.hub,
                topic=wish.topic,
                callback=websub.callback(site_url, token),
                token=token,
                secret=secrets.token_urlsafe(32),
                wanted=True,
            )
            asked.append(stored.keep(session, websub.asked(new, now)))
    return asked


def _is_work(todo: websub.Errands) -> bool:
    return bool(todo.start or todo.ask or todo.forget)


async def _ask(one: Subscription, tools: Tools, network: Network) -> None:
    """Hand a hub our request; what comes of it, the hub tells our callback."""
    try:
        status = await network.post(one.hub, websub.request(one))
        error = None if status in _ACCEPTED else f"the hub answered {status}"
    except NoAnswer as failure:
        error = str(failure)
    log.info(
        "hub_asked",
        hub=without_credentials(one.hub),
        topic=without_credentials(one.topic),
        mode="subscribe" if one.wanted else "unsubscribe",
        error=error,
    )
    if error is not None:
        await to_thread.run_sync(_complain, tools, one.id, error)


def _complain(tools: Tools, number: int, error: str) -> None:
    with tools.store.writing() as session:
        stored.complain(session, number, error)


# --- answering hubs ----------------------------------------------------------------------------


def asked_back(tools: Tools, token: str, asks: Mapping[str, str]) -> str | None:
    """What to say to a hub that asks whether we meant it; None: we did not.

    Args:
        token: the last part of the callback's address.
        asks: the parameters of its question.
    """
    now = tools.now()
    with tools.store.writing() as session:
        one = stored.by_token(session, token)
        answer = websub.answered(one, asks, now)
        if one is None or answer is None:
            return None
        match answer:
            case websub.Denied(subscription):
                stored.keep(session, subscription)
                stored.end_push(session, one.feed_id, now)
                said = ""
            case websub.Confirmed(None, said):
                stored.forget(session, one.id)
                stored.end_push(session, one.feed_id, now)
            case websub.Confirmed(Subscription() as subscription, said):
                stored.keep(session, subscription)
                if subscription.expires is not None:
                    stored.extend(session, one.feed_id, subscription.expires)
    log.info(
        "hub_answered", topic=without_credentials(one.topic), mode=str(asks.get("hub.mode"))[:20]
    )
    return said


def is_known(tools: Tools, token: str) -> bool:
    """Whether a callback is ours and in use."""
    with tools.store.reading() as session:
        one = stored.by_token(session, token)
    return one is not None and one.wanted


def deliver(tools: Tools, token: str, body: bytes, headers: Mapping[str, str]) -> Receipt:
    """Keep what a hub delivers, if it is from the hub.

    Args:
        token: the last part of the callback's address.
        body: as sent: it is signed as it travels, and unpacked afterwards, within bounds.
        headers: of the delivery, looked up in lower case.
    """
    with tools.store.reading() as session:
        one = stored.by_token(session, token)
        if one is None or not one.wanted:
            return "unknown"
        is_full = stored.count_waiting(session, one.feed_id) >= MAX_WAITING
    if not websub.is_signed(body, headers.get("x-hub-signature"), one.secret):
        log.warning("delivery_not_signed", topic=without_credentials(one.topic))
        return "ignored"
    if is_full:
        return "full"
    content_type = headers.get("content-type")
    with tools.store.writing() as session:
        try:
            body = decode(body, headers.get("content-encoding"), tools.config.poll.max_bytes)
        except Unreadable as error:
            shown = without_credentials(one.topic)
            log.warning("delivery_unreadable", topic=shown, reason=str(error))
            stored.poll_instead(session, one.feed_id, tools.now())
            return "packed"
        stored.deliver(session, one.feed_id, body, content_type, tools.now())
    return "kept"


# --- reading deliveries ------------------------------------------------------------------------


async def take_in(tools: Tools, network: Network) -> int:
    """Read what was delivered, each document like one that a poll brought; returns how many."""
    if not (await to_thread.run_sync(_waiting, tools))[0]:
        return 0
    async with _alone(tools) as mine:
        # Another process may have read them meanwhile.
        deliveries, feeds = await to_thread.run_sync(_waiting, tools) if mine else ([], {})
        for delivery in deliveries:
            feed = feeds.get(delivery.feed_id)
            if feed is not None:  # else it left feeds.yaml meanwhile
                await _read(feed, delivery, tools, network)
            await to_thread.run_sync(_drop, tools, delivery)
    return len(deliveries)


@asynccontextmanager
async def _alone(tools: Tools) -> AsyncIterator[bool]:
    """Whether no other process reads deliveries while the block runs."""
    claim = tools.store.alone(READING)
    mine = await to_thread.run_sync(claim.__enter__)
    try:
        yield mine
    finally:
        with CancelScope(shield=True):
            await to_thread.run_sync(claim.__exit__, None, None, None)


def _waiting(tools: Tools) -> tuple[list[Delivery], dict[int, Feed]]:
    with tools.store.reading() as session:
        deliveries = stored.waiting(session, AT_ONCE)
        if deliveries and not tools.are_in_line(session):  # of a feed that we do not know yet
            return [], {}
        feeds = stored_feeds.configured(session, tools.feeds) if deliveries else []
    return deliveries, {feed.id: feed for feed in feeds}


async def _read(feed: Feed, delivery: Delivery, tools: Tools, network: Network) -> None:
    address = feed.state.topic or feed.settings.address
    fetched = Fetched(delivery.body, address, 200, delivery.content_type, Validators(address))
    reading = await pipeline.read(feed, fetched, network)
    if isinstance(reading.outcome, Failed):
        shown = without_credentials(feed.settings.url)
        log.warning("delivery_unreadable", feed=shown, reason=reading.outcome.reason)
        await to_thread.run_sync(_poll_instead, tools, feed)
        return
    lease_ends = await to_thread.run_sync(_lease_ends, tools, feed)
    visit = Visit(feed, reading, lease_ends=lease_ends or tools.now())
    await to_thread.run_sync(pipeline.settle, [visit], tools, tools.now())


def _lease_ends(tools: Tools, feed: Feed) -> datetime | None:
    with tools.store.reading() as session:
        return stored.lease_of(session, feed.id)


def _poll_instead(tools: Tools, feed: Feed) -> None:
    with tools.store.writing() as session:
        stored.poll_instead(session, feed.id, tools.now())


def _drop(tools: Tools, delivery: Delivery) -> None:
    with tools.store.writing() as session:
        stored.drop(session, [delivery])
