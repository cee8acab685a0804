"""A network that answers as a test says, for the story without servers."""

from collections.abc import Callable, Mapping
from datetime import datetime

from aggregator.parse.document import parse
from aggregator.parse.increment import split
from aggregator.pipeline import Network
from aggregator.values.feed import Failed, Feed, Outcome
from aggregator.values.item import ParsedFeed


async def read(body: bytes, url: str, content_type: str | None, marks: bytes) -> ParsedFeed:
    return parse(body, url=url, content_type=content_type, seen=split(marks))


def network(answer: Callable[[Feed], Outcome]) -> Network:
    async def fetch(feed: Feed, now: datetime) -> Outcome:
        return answer(feed)

    async def no_page(address: str) -> Failed:
        return Failed(f"nobody asks for pages here: {address}")

    async def no_hub(address: str, form: Mapping[str, str]) -> int:
        raise AssertionError(f"no hub is asked here: {address}, {form}")

    return Network(fetch, read, no_page, no_hub)
