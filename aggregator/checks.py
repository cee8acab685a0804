"""What `check` finds beyond mistakes: failing headline tests, and what weakens matching."""

from collections import Counter
from datetime import datetime

from anyio import CapacityLimiter, create_task_group, to_thread

from aggregator.config.load import Config
from aggregator.desk import document
from aggregator.errors import NotAFeed, Problem
from aggregator.looks import Looks
from aggregator.pipeline import Network
from aggregator.tag import headlines
from aggregator.tag.matcher import Tagger


def problems(config: Config) -> tuple[list[Problem], list[Problem]]:
    """Failing headline tests, and warnings, each with its place in feeds.yaml."""
    failing = [
        _problem(config, failure.message, "people", failure.person, failure.kind, failure.test)
        for failure in headlines.failures(config.people, Tagger(config.people))
    ]
    return failing, [_warning(config, weakness) for weakness in _weaknesses(config)]


def warnings_of(config: Config, person: int) -> list[Problem]:
    """What `problems` warns of in one of the people."""
    return [_warning(config, found) for found in _weaknesses(config) if found.person == person]


def _weaknesses(config: Config) -> tuple[headlines.Weakness, ...]:
    languages = Counter(feed.language for feed in config.feeds if feed.language)
    return headlines.warnings(config.people, languages)


def _warning(config: Config, found: headlines.Weakness) -> Problem:
    alias = () if found.alias is None else (found.alias,)
    return _problem(config, found.message, "people", found.person, found.place, *alias)


async def unreadable(
    config: Config, network: Network, looks: Looks, now: datetime
) -> list[Problem]:
    """The feeds that bring no feed when asked now, each with the place of its address.

    Args:
        looks: what was seen before; what is seen now is added.
        now: aware UTC.
    """
    found: dict[int, str] = {}
    places = CapacityLimiter(config.poll.concurrency)

    async def look(number: int) -> None:
        async with places:
            try:
                feed = await to_thread.run_sync(looks.feed, config.feeds[number])
                found_there = await document(feed, network, looks, now)
                if found_there is not None:
                    body, url, kind = found_there.body, found_there.url, found_there.content_type
                    await network.parse(body, url, kind, b"")
            except NotAFeed as error:
                found[number] = str(error)

    async with create_task_group() as group:
        for number in range(len(config.feeds)):
            group.start_soon(look, number)
    return [_problem(config, found[number], "feeds", number, "url") for number in sorted(found)]


def _problem(config: Config, message: str, *steps: str | int) -> Problem:
    line, column = config.place(*steps)
    return Problem(str(config.path), line, column, message)
