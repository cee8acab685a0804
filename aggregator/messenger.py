"""Brings messages to webhooks: signed, one after the other for each, again until they are taken.

What there is to tell is put on its way in the transaction that finds it, so none is lost when we
are stopped; the messenger works that off. A webhook that is down is tried again later and later,
and what it did not take in some 17 hours is given up, with a line in the log.
"""

import hmac
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Final

import anyio
import structlog
from anyio import create_task_group, to_thread

from aggregator import __version__
from aggregator.errors import AggregatorError
from aggregator.pipeline import Tools
from aggregator.store import watch as stored
from aggregator.urls import without_credentials
from aggregator.values.watch import AlertSettings, Letter

log = structlog.get_logger()

Send = Callable[[AlertSettings, str], Awaitable[str | None]]
"""Sends a message; None when it was taken, else what is wrong, in a line."""

MOST_AT_ONCE: Final = 200  # then others have a turn
LOOK_S: Final = 2.0  # how often it is looked whether there is something to bring
TRIES: Final = 11
# For the next letter that one process has to bring, which may have died.
LEASE: Final = timedelta(minutes=5)
FIRST_WAIT: Final = timedelta(minutes=1)  # then twice as long each time: 17 hours in all
SIGNATURE: Final = "X-Hub-Signature-256"  # as GitHub has it, so that there is code to check it


def wait_after(tries: int) -> timedelta | None:
    """How long to wait after so many tries came to nothing; None: it was the last."""
    return None if tries >= TRIES else FIRST_WAIT * 2 ** (tries - 1)


def signature(body: bytes, secret: str) -> str:
    """The value of SIGNATURE: HMAC-SHA256 of the body (RFC 2104), in hexadecimal."""
    return "sha256=" + hmac.new(secret.encode(), body, "sha256").hexdigest()


async def keep_delivering(tools: Tools) -> None:
    """Bring whatever there is to bring, until cancelled."""
    async with sender(tools) as send:
        while True:
            try:
                await deliver(tools, send)
            except AggregatorError as error:
                log.error("messages_not_sent", error=str(error))  # noqa: TRY400 (one line says it all)
            await anyio.sleep(LOOK_S)


async def deliver_once(tools: Tools, patience_s: float) -> None:
    """Bring what there is to bring; what takes longer than this is left for the next time."""
    if await to_thread.run_sync(_has_due, tools):
        with anyio.move_on_after(patience_s):
            async with sender(tools) as send:
                await deliver(tools, send)


async def deliver(tools: Tools, send: Send) -> None:
    """Bring the messages that are due, side by side to different webhooks."""
    alerts = {alert.url: alert for alert in tools.config.alerts}
    letters: dict[str, list[Letter]] = defaultdict(list)
    for letter in await to_thread.run_sync(_taken, tools):
        letters[letter.to].append(letter)

    async def to_one(alert: AlertSettings | None, mine: Sequence[Letter]) -> None:
        for place, letter in enumerate(mine, 1):
            wrong = None if alert is None else await send(alert, letter.body)
            await to_thread.run_sync(_record, tools, letter, mine[place:], wrong)
            if wrong is not None:
                return  # the others wait with it, so that they arrive in their order

    async with create_task_group() as group:
        for to, mine in letters.items():
            group.start_soon(to_one, alerts.get(to), mine)  # None: it is in feeds.yaml no more


@asynccontextmanager
async def sender(tools: Tools) -> AsyncIterator[Send]:
    """A guarded client for webhooks."""
    from aggregator.fetch.client import Client  # noqa: PLC0415 (without alerts nobody needs one)
    from aggregator.fetch.exchange import NoAnswer  # noqa: PLC0415

    async with Client(tools.config.poll) as client:

        async def send(alert: AlertSettings, text: str) -> str | None:
            body = text.encode()
            fields = [("Content-Type", "application/json"), ("X-Aggregator", __version__)]
            if alert.secret:
                fields.append((SIGNATURE, signature(body, alert.secret)))
            try:
                status = await client.send(alert.address, body, fields)
            except NoAnswer as error:
                return str(error)
            return None if 200 <= status < 300 else f"status {status}"  # noqa: PLR2004 (2xx)

        yield send


def _has_due(tools: Tools) -> bool:
    with tools.store.reading() as session:
        return stored.has_due(session, tools.now())


def _taken(tools: Tools) -> list[Letter]:
    """What is to be brought now, ours alone for a while."""
    if not _has_due(tools):
        return []
    with tools.store.writing() as session:
        return stored.take(session, tools.now(), LEASE, limit=MOST_AT_ONCE)


def _record(tools: Tools, letter: Letter, behind: Sequence[Letter], wrong: str | None) -> None:
    """Note what came of a message; `behind` are those to the same webhook that wait for it."""
    wait, to = wait_after(letter.tries + 1), without_credentials(letter.to)
    with tools.store.writing() as session:
        if wrong is None or wait is None:
            stored.done(session, letter)
        if wrong is None:
            stored.hold(session, behind, tools.now() + LEASE)
        else:
            until = tools.now() + (wait or FIRST_WAIT)
            stored.postpone(session, letter, behind, until)
    if wrong is None:
        log.info("message_sent", to=to)
    elif wait is None:
        log.error("message_given_up", to=to, error=wrong, message=letter.body)
    else:
        log.warning("message_not_taken", to=to, error=wrong, again_in_s=wait.total_seconds())
