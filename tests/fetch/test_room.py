import asyncio
from datetime import timedelta

from aggregator.fetch.client import Client
from aggregator.fetch.room import Room
from aggregator.values.feed import Fetched
from tests.support.feeds import ATOM, NOW, feed, poll_settings
from tests.support.feedserver import Answer, FeedServer
from tests.support.leap import Leap

TIMEOUT = timedelta(seconds=60)


class Watched(Room):
    is_waited_for = False

    async def wait(self) -> None:
        self.is_waited_for = True
        await super().wait()


async def test_a_large_body_waits_for_room_and_loses_no_time_by_it(
    feed_server: FeedServer, leap: Leap
) -> None:
    feed_server.answers |= {"/large": Answer(body=bytes(2_000_000)), "/small": Answer(body=ATOM)}
    room = Watched(1_000_000)
    async with Client(poll_settings(timeout=TIMEOUT), room=room) as client:
        with room.taken(1_000_000):
            large = asyncio.create_task(client.fetch(feed(feed_server.url("/large")), NOW))
            small = await client.fetch(feed(feed_server.url("/small")), NOW)
            await leap.until(lambda: room.is_waited_for)
            leap.by(2 * TIMEOUT.total_seconds())
            await asyncio.sleep(0.01)
            assert not large.done()

        assert isinstance(small, Fetched)
        assert isinstance(await large, Fetched)


async def test_room_that_was_never_taken_keeps_nobody_waiting() -> None:
    room = Room(1)

    await room.wait()
    with room.taken(1):
        waiting = asyncio.create_task(room.wait())
        await asyncio.sleep(0)
        assert not waiting.done()
    await waiting
