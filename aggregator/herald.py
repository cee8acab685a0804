"""Tells the hub of every published feed that changed (WebSub, the publisher's side).

Publishing notes which feeds changed, in the transaction that says they are published, and waits
for nobody. The herald works off these notes: a hub that is down is tried again a few times, each
time later, and then left alone until the feed changes again. Subscribers who poll miss nothing.

How a publisher tells its hub is left open by W3C WebSub (§7); hubs take the form that PubSubHubbub
0.4 (§7.1) describes: `hub.mode=publish` and the address that changed.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final
from urllib.parse import urlsplit

import anyio
import structlog
from anyio import CapacityLimiter, create_task_group, to_thread

from aggregator.errors import AggregatorError
from aggregator.pipeline import Tools
from aggregator.store import pings
from aggregator.store.pings import Ping

log = structlog.get_logger()

Post = Callable[[str, dict[str, str]], Awaitable[str | None]]
"""Hands a form to an address; None when it was taken, else what is wrong, in a line."""

SIDE_BY_SIDE: Final = 4  # pings under way: hubs are shared with others
MOST_AT_ONCE: Final = 500  # then others have a turn
LOOK_S: Final = 2.0  # how often it is looked whether there is something to tell
TRIES: Final = 6
FIRST_WAIT: Final = timedelta(minutes=1)  # then four times as long each time: 6 hours in all


@dataclass(frozen=True, slots=True)
class Told:
    """What telling came to, in feeds."""

    taken: int = 0
    postponed: int = 0
    given_up: int = 0


def wait_after(tries: int) -> timedelta | None:
    """How long to wait after so many tries came to nothing; None: it was the last."""
    return None if tries >= TRIES else FIRST_WAIT * 4 ** (tries - 1)


async def keep_telling(tools: Tools) -> None:
    """Tell the hub of feeds.yaml whatever there is to tell, until cancelled; no hub: nothing."""
    if tools.edition.site.hub is None:
        await to_thread.run_sync(_forget, tools)
        return
    async with poster(tools) as post:
        while True:
            try:
                await tell(tools, post)
            except AggregatorError as error:
                log.error("hub_not_told", error=str(error))  # noqa: TRY400 (one line says it all)
            await anyio.sleep(LOOK_S)


async def tell_once(tools: Tools, patience_s: float) -> Told:
    """Tell the hub what there is to tell; what takes longer than this is left for the next time."""
    told = Told()
    if tools.edition.site.hub is not None and await to_thread.run_sync(_has_any, tools):
        with anyio.move_on_after(patience_s):
            async with poster(tools) as post:
                told = await tell(tools, post)
    return told


async def tell(tools: Tools, post: Post) -> Told:
    """Tell the hub of the feeds that are due."""
    hub = tools.edition.site.hub
    if hub is None:
        return Told()
    due = await to_thread.run_sync(_due, tools)
    results: list[Told] = []
    limiter = CapacityLimiter(SIDE_BY_SIDE)

    async def one(ping: Ping) -> None:
        async with limiter:
            wrong = await post(hub, {"hub.mode": "publish", "hub.url": ping.topic})
            results.append(await to_thread.run_sync(_record, tools, ping, wrong))

    async with create_task_group() as group:
        for ping in due:
            group.start_soon(one, ping)
    return Told(
        taken=sum(told.taken for told in results),
        postponed=sum(told.postponed for told in results),
        given_up=sum(told.given_up for told in results),
    )


@asynccontextmanager
async def poster(tools: Tools) -> AsyncIterator[Post]:
    """A client for the hub alone, which may be anywhere: it is the editors who named it."""
    from aggregator.fetch.client import Client  # noqa: PLC0415 (without a hub nobody needs one)
    from aggregator.fetch.exchange import NoAnswer  # noqa: PLC0415

    settings, hub = tools.config.poll, urlsplit(tools.edition.site.hub or "")
    port = hub.port or {"https": 443}.get(hub.scheme, 80)
    place = f"{hub.netloc.rpartition('@')[2].removesuffix(f':{port}')}:{port}".lower()
    async with Client(replace(settings, allow_hosts=settings.allow_hosts | {place})) as client:

        async def post(address: str, form: dict[str, str]) -> str | None:
            try:
                status = await client.post(address, form)
            except NoAnswer as error:
                return str(error)
            return None if 200 <= status < 300 else f"status {status}"  # noqa: PLR2004 (2xx)

        yield post


def _due(tools: Tools) -> list[Ping]:
    with tools.store.reading() as session:
        return pings.due(session, tools.now(), limit=MOST_AT_ONCE)


def _has_any(tools: Tools) -> bool:
    with tools.store.reading() as session:
        return bool(pings.due(session, tools.now(), limit=1))


def _forget(tools: Tools) -> None:
    if _has_any(tools):
        with tools.store.writing() as session:
            pings.clear(session)


def _record(tools: Tools, ping: Ping, wrong: str | None) -> Told:
    """Note what came of a ping."""
    wait = wait_after(ping.tries + 1)
    with tools.store.writing() as session:
        if wrong is None:
            pings.done(session, ping)
            return Told(taken=1)
        if wait is None:
            pings.done(session, ping)
            log.warning("hub_given_up", topic=ping.topic, error=wrong)
            return Told(given_up=1)
        pings.postpone(session, ping, tools.now() + wait)
        log.info("hub_not_told", topic=ping.topic, error=wrong, again_in_s=wait.total_seconds())
        return Told(postponed=1)
