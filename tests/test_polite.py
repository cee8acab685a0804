"""A month in the life of an instance, as the publishers of its feeds see it.

Every feed of `RULES` is polled for 31 simulated days by the product itself: feeds.yaml, database,
scheduler's rules, client and parser are real, only the clock is ours, and documents are parsed in
this process; every third day it ends and begins anew. Then the books of the publishers are looked through: what must never be, and
what should be.
"""

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import anyio
import pytest

from aggregator import __version__, pipeline
from aggregator.fetch.freshness import http_date
from aggregator.instance import Instance, network
from aggregator.jobs import chosen
from aggregator.values.feed import FeedState
from tests.support.feedserver import Answer
from tests.support.network import read
from tests.support.publisher import (
    DAY,
    HOUR,
    MINUTE,
    START,
    Clock,
    Publisher,
    Rule,
    Visit,
    always,
    between,
    feed,
    http,
)

DAYS = 31
CALM = {"Cache-Control": "max-age=36000"}  # of feeds that are about something else than how often
TICK = 15 * MINUTE  # how often it is looked whether a feed is due
LATEST = 1.1  # of a wait, with the most that chance adds


def wandering(now: datetime, visits: list[Visit]) -> Answer:
    """Its Last-Modified goes back in time at every other change, and has a zero too few."""
    number = (now - START) // (20 * HOUR)
    day = 28 - number % 2 * 9 - number % 7
    modified = f"Mon, {day} Nov 2025 7:00:00 GMT"
    body = feed("wandering", 20 * HOUR)(now, visits).body
    return Answer(body=body, headers={"Last-Modified": modified})


def restless(now: datetime, visits: list[Visit]) -> Answer:
    """Every answer brings another ETag, a 304 too."""
    body = feed("restless", 40 * HOUR)(now, visits).body
    return Answer(304 if visits else 200, body, {"ETag": f'"{len(visits)}"'})


def once(begin: timedelta, answer: Answer, name: str) -> Rule:
    """The first visit after `begin` gets this, all others the feed."""

    def rule(now: datetime, visits: list[Visit]) -> Answer:
        if now >= START + begin and not any(visit.at >= START + begin for visit in visits):
            if answer.headers.get("Retry-After") == "date":
                return Answer(answer.status, headers={"Retry-After": http(now + 5 * HOUR)})
            return answer
        return feed(name, headers=CALM)(now, visits)

    return rule


def for_days(days: int, then: Rule, later: Rule) -> Rule:
    """One rule at first, later another."""
    return between(0 * DAY, days * DAY, then, later)


PAGE = Answer(
    body=b"<!doctype html><title>Back soon</title><p>We are painting the walls.",
    headers={"Content-Type": "text/html", "ETag": '"walls"'},
)
NO_LENGTH = Answer(script=lambda _: None)  # accepts, and hangs up without a word

RULES = {
    "/steady": feed("steady"),
    "/etag": feed("etag", 25 * HOUR, CALM, etag='"{}"', modified=False),
    "/weak": feed("weak", 25 * HOUR, CALM, etag='W/"{}-gzip"', modified=False),
    "/odd": feed("odd", 25 * HOUR, etag="no quotes, a comma \\ {} \xe9", modified=False),
    "/modified": feed("modified", 25 * HOUR, CALM, etag=None),
    "/wandering": wandering,
    "/restless": restless,
    "/fading": between(10 * DAY, 31 * DAY, feed("fading", headers=CALM, etag=None), feed("fading", headers=CALM)),
    "/empty": feed("empty", headers={**CALM, "ETag": ""}, etag=None, modified=False),
    "/nothing": feed("nothing", headers=CALM, etag=None, modified=False),
    "/busy": for_days(4, feed("busy", 10 * MINUTE), feed("busy", 30 * HOUR, CALM)),
    "/busy-nothing": for_days(
        4,
        feed("busy-nothing", 10 * MINUTE, etag=None, modified=False),
        feed("busy-nothing", 30 * HOUR, CALM, etag=None, modified=False),
    ),
    "/busy-fresh": for_days(
        4,
        feed("busy-fresh", 10 * MINUTE, {"Cache-Control": "max-age=5400"}),
        feed("busy-fresh", headers=CALM),
    ),
    "/rare": feed("rare", 9 * DAY),
    "/max-age": feed("max-age", headers={"Cache-Control": "public, max-age=14400"}),
    "/aged": feed("aged", headers={"Cache-Control": "max-age=36000", "Age": "18000"}),
    "/shared": for_days(
        4,
        feed("shared", 10 * MINUTE, {"Cache-Control": "s-maxage=80000"}),
        feed("shared", 30 * HOUR, CALM),
    ),
    "/expires": lambda now, visits: replace(
        (plain := feed("expires")(now, visits)),
        headers={**plain.headers, "Expires": http(now + 4 * HOUR), "Date": http(now)},
    ),
    "/year": feed("year", headers={"Cache-Control": "max-age=31536000"}),
    "/ttl": feed("ttl", extra="<ttl>300</ttl>"),
    "/period": feed(
        "period",
        extra="<sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>3</sy:updateFrequency>",
    ),
    "/hours": feed(
        "hours", 25 * HOUR,
        extra="<skipHours>" + "".join(f"<hour>{h}</hour>" for h in range(7)) + "</skipHours>",
    ),
    "/days": feed("days", 25 * HOUR, extra="<skipDays><day>Saturday</day><day>Sunday</day></skipDays>"),
    "/429": once(3 * DAY, Answer(429, headers={"Retry-After": "28800"}), "429"),
    "/429-date": once(5 * DAY, Answer(429, headers={"Retry-After": "date"}), "429-date"),
    "/503": once(5 * DAY, Answer(503, headers={"Retry-After": "28800"}), "503"),
    "/403": once(5 * DAY, Answer(403, headers={"Retry-After": "28800"}), "403"),
    "/week": once(5 * DAY, Answer(429, headers={"Retry-After": "604800"}), "week"),
    "/moment": once(5 * DAY, Answer(429, headers={"Retry-After": "1"}), "moment"),
    "/full": always(Answer(503)),
    "/missing": always(Answer(404)),
    "/broken": between(5 * DAY, 8 * DAY, always(Answer(500)), feed("broken", headers=CALM)),
    "/hangs-up": between(5 * DAY, 8 * DAY, always(NO_LENGTH), feed("hangs-up", headers=CALM)),
    "/gone": between(5 * DAY, 31 * DAY, always(Answer(410)), feed("gone", headers=CALM)),
    "/page": between(5 * DAY, 8 * DAY, always(PAGE), feed("page", headers=CALM)),
    "/only-page": always(PAGE),
    "/moved": always(Answer(301, headers={"Location": "/moved-to"})),
    "/moved-to": feed("moved", headers=CALM),
    "/moved-308": always(Answer(308, headers={"Location": "/moved-308-to"})),
    "/moved-308-to": feed("moved-308", headers=CALM),
    "/found": always(Answer(302, headers={"Location": "/found-at"})),
    "/found-at": feed("found", headers=CALM),
    "/found-307": always(Answer(307, headers={"Location": "/found-307-at"})),
    "/found-307-at": feed("found-307", headers=CALM),
    "/mistake": between(
        0 * DAY, 20 * DAY, always(Answer(301, headers={"Location": "/mistaken"})), feed("mistake", headers=CALM)
    ),
    "/mistaken": between(0 * DAY, 20 * DAY, feed("mistake", headers=CALM), always(Answer(404))),
    "/blink": once(5 * DAY, Answer(301, headers={"Location": "/missing-too"}), "blink"),
    "/cookies": feed("cookies", headers={**CALM, "Set-Cookie": "id=7; Path=/; Max-Age=9999999"}),
    "/query?a=1&b=%20": feed("query", headers=CALM),
    "/fixed": for_days(4, feed("fixed"), feed("fixed", headers=CALM)),
}  # fmt: skip
TARGETS = {
    "/moved-to", "/moved-308-to", "/found-at", "/found-307-at", "/mistaken",
}  # fmt: skip
CONFIGURED = [path for path in RULES if path not in TARGETS]
# Those that never stop answering with a feed that has validators.
VALIDATED = [
    "/steady", "/etag", "/weak", "/odd", "/modified", "/wandering", "/restless", "/busy",
    "/busy-fresh", "/rare", "/max-age", "/aged", "/shared", "/expires", "/year", "/ttl", "/period",
    "/hours", "/days", "/429", "/429-date", "/503", "/403", "/week", "/moment", "/broken",
    "/hangs-up", "/page", "/only-page", "/moved-to", "/moved-308-to", "/found-at", "/found-307-at",
    "/blink", "/cookies", "/query?a=1&b=%20", "/fixed",
]  # fmt: skip


class Month:
    """What the publishers wrote down, and how the feeds stood in the end."""

    def __init__(self, publisher: Publisher, states: dict[str, FeedState]) -> None:
        self.visits = dict(publisher.visits)
        self.states = states
        self.busiest = publisher.server.busiest
        self.connections = len({v.asked.client for vs in self.visits.values() for v in vs})

    def waits(self, path: str, days: int = DAYS) -> list[timedelta]:
        """Between one visit and the next, in the first days of the month."""
        visits = self.during(path, 0 * DAY, days * DAY)
        return [after.at - before.at for before, after in pairwise(visits)]

    def wait_after(self, path: str, status: int) -> timedelta:
        """How long it stayed away after the first answer with this status."""
        return next(
            after.at - before.at
            for before, after in pairwise(self.visits[path])
            if before.answer.status == status
        )

    def during(self, path: str, begin: timedelta, end: timedelta) -> list[Visit]:
        """Its visits in a part of the month."""
        return [v for v in self.visits[path] if START + begin <= v.at < START + end]


async def live(folder: Path, publisher: Publisher) -> dict[str, FeedState]:
    """Poll for a month; a new process every third day."""
    clock, dice = publisher.clock, random.Random(31)  # noqa: S311 - dice
    end = START + DAYS * DAY
    states: dict[str, FeedState] = {}
    while clock.now < end:
        stop = min(clock.now + 3 * DAY, end)
        with Instance(folder / "feeds.yaml", {}) as instance:
            tools = replace(instance.tools, now=lambda: clock.now, jitter=dice.random)
            async with network(tools.config) as outside:
                net = replace(outside, parse=read)  # in this process: a month is many documents
                while clock.now < stop:
                    for poll in await pipeline.cycle(tools, net, chosen(tools)):
                        path = poll.feed.settings.url.removeprefix(publisher.server.origin)
                        states[path] = poll.state
                    planned = [state.next_poll for state in states.values() if state.next_poll]
                    soonest = max(min(planned), clock.now + TICK)
                    clock.now = min(START + -((START - soonest) // TICK) * TICK, stop)
    return states


@pytest.fixture(scope="module")
def month(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Month]:
    folder = tmp_path_factory.mktemp("month")
    with Publisher(RULES, Clock()) as publisher:
        feeds = "".join(
            f"  - url: {publisher.server.url(path)!r}\n"
            + ("    interval: 45m\n" if path == "/fixed" else "")
            for path in CONFIGURED
        )
        (folder / "feeds.yaml").write_text(
            "site: {title: Watch, url: 'http://watch.example/', contact: 'mailto:desk@example.org'}\n"
            f"poll: {{allow_private_networks: true}}\nfeeds:\n{feeds}"
        )
        states = anyio.run(live, folder, publisher)
        yield Month(publisher, states)


# --- of every feed


@pytest.mark.parametrize("path", RULES)
def test_a_visit_is_one_plain_get(month: Month, path: str) -> None:
    for visit in month.visits[path]:
        assert visit.asked.method == "GET"
        assert visit.asked.body == b""
        assert {name.lower() for name in visit.asked.headers} <= {
            "host", "user-agent", "accept", "accept-encoding", "if-none-match",
            "if-modified-since", "connection",
        }  # fmt: skip


@pytest.mark.parametrize("path", RULES)
def test_a_visit_says_who_comes_and_for_what(month: Month, path: str) -> None:
    for visit in month.visits[path]:
        headers = visit.asked.headers
        assert headers["User-Agent"] == f"aggregator/{__version__} (+mailto:desk@example.org)"
        for kind in ("application/rss+xml", "application/atom+xml", "application/feed+json"):
            assert kind in headers["Accept"]
        assert "gzip" in headers["Accept-Encoding"]


def test_nothing_is_asked_for_that_nobody_offered(month: Month) -> None:
    assert set(month.visits) <= set(RULES) | {"/missing-too"}


@pytest.mark.parametrize("path", VALIDATED)
def test_nothing_is_asked_for_in_full_twice_in_a_day(month: Month, path: str) -> None:
    full = [visit.at for visit in month.visits[path] if not visit.is_conditional]

    assert full
    assert all(after - before >= DAY for before, after in pairwise(full))
    if path not in {"/only-page", "/page"}:
        assert len(full) == 1


@pytest.mark.parametrize("path", sorted(set(VALIDATED) - {"/page"}))
def test_validators_come_back_as_they_were_given_last(month: Month, path: str) -> None:
    etag = modified = None
    for visit in month.visits[path]:
        if visit.is_conditional:
            assert (visit.etag, visit.modified) == (etag, modified)
        if visit.answer.status in {200, 304} and visit.answer.script is None:
            headers = visit.answer.headers
            etag = headers.get("ETag") or (etag if visit.answer.status == 304 else None)
            modified = headers.get("Last-Modified") or (
                modified if visit.answer.status == 304 else None
            )


# Those that publish often may be visited more often, and who hangs up on a
# connection that was used before is asked once more on a new one.
@pytest.mark.parametrize(
    "path",
    sorted(set(CONFIGURED) - {"/busy", "/shared", "/fixed", "/hangs-up"}),
)
def test_nobody_is_visited_more_than_once_an_hour_by_default(month: Month, path: str) -> None:
    assert all(wait >= HOUR for wait in month.waits(path))


@pytest.mark.parametrize(
    "path", sorted(set(CONFIGURED) - {"/gone", "/days", "/moved", "/moved-308", "/mistake"})
)
def test_everybody_is_visited_at_least_once_a_day_for_ever(month: Month, path: str) -> None:
    assert all(wait <= LATEST * DAY + TICK for wait in month.waits(path))
    assert month.visits[path][-1].at > START + DAYS * DAY - LATEST * DAY - TICK


def test_no_host_is_visited_by_more_than_two_at_once(month: Month) -> None:
    assert month.busiest <= 2


def test_connections_are_used_again(month: Month) -> None:
    assert month.connections < sum(map(len, month.visits.values())) / 2


# --- validators


def test_a_validator_that_is_given_no_more_is_not_sent_any_more(month: Month) -> None:
    late = month.during("/fading", 12 * DAY, 31 * DAY)

    assert all(visit.etag is None and visit.modified is not None for visit in late)


@pytest.mark.parametrize("path", ["/nothing", "/busy-nothing", "/empty"])
def test_validators_are_never_made_up(month: Month, path: str) -> None:
    assert not any(visit.is_conditional for visit in month.visits[path])


def test_dates_are_sent_as_they_came_and_not_as_they_ought_to_be(month: Month) -> None:
    sent = {visit.modified for visit in month.visits["/wandering"][1:]}

    assert len(sent) > 5
    assert all(value is not None and " 7:00:00" in value for value in sent)
    assert [http_date(value) for value in sent if value]


# --- how often


def test_a_busy_feed_is_visited_more_often_within_the_bounds(month: Month) -> None:
    for path in ("/busy", "/shared"):
        waits = month.waits(path, 4)
        assert min(waits) >= 15 * MINUTE
        assert sum(waits, timedelta(0)) / len(waits) < 40 * MINUTE


@pytest.mark.parametrize(
    ("path", "floor"),
    [
        ("/max-age", 4 * HOUR),
        ("/busy-fresh", 90 * MINUTE),
        ("/aged", 5 * HOUR),
        ("/expires", 4 * HOUR),
        ("/year", DAY),
        ("/ttl", 5 * HOUR),
        ("/period", 8 * HOUR),
    ],
)
def test_what_is_asked_for_is_kept(month: Month, path: str, floor: timedelta) -> None:
    assert all(wait >= floor for wait in month.waits(path))


@pytest.mark.parametrize("path", ["/busy-fresh", "/ttl", "/period"])
def test_what_is_asked_for_delays_no_more_than_it_has_to(month: Month, path: str) -> None:
    floor = {"/busy-fresh": 90 * MINUTE, "/ttl": 5 * HOUR, "/period": 8 * HOUR}[path]

    assert all(wait <= LATEST * floor + TICK for wait in month.waits(path, 4))


def test_skipped_hours_are_left_out(month: Month) -> None:
    assert all(visit.at.hour >= 7 for visit in month.visits["/hours"][1:])
    assert len({visit.at.hour for visit in month.visits["/hours"]}) > 12


def test_skipped_days_are_left_out(month: Month) -> None:
    assert all(visit.at.weekday() < 5 for visit in month.visits["/days"])
    assert {visit.at.weekday() for visit in month.visits["/days"]} == set(range(5))


def test_an_editors_interval_is_kept(month: Month) -> None:
    waits = month.waits("/fixed", 4)

    assert all(45 * MINUTE <= wait <= LATEST * 45 * MINUTE + TICK for wait in waits)


def test_a_quiet_feed_is_visited_less_often_than_once_in_two_hours(month: Month) -> None:
    assert len(month.visits["/rare"]) < DAYS * 12


def test_visits_are_spread(month: Month) -> None:
    asked = {path: month.wait_after(path, 429) for path in ("/429", "/429-date", "/week")}
    minutes = {visit.at.minute for visit in month.visits["/steady"]}

    assert len(set(asked.values())) > 1
    assert len(minutes) > 3


# --- trouble


@pytest.mark.parametrize(
    ("path", "status", "asked"),
    [
        ("/429", 429, 8 * HOUR),
        ("/429-date", 429, 5 * HOUR),
        ("/503", 503, 8 * HOUR),
        ("/403", 403, 8 * HOUR),
        ("/week", 429, DAY),
        ("/moment", 429, HOUR),
    ],
)
def test_a_retry_after_is_kept_and_then_visits_go_on(
    month: Month, path: str, status: int, asked: timedelta
) -> None:
    assert asked <= month.wait_after(path, status) <= LATEST * asked + TICK


@pytest.mark.parametrize("path", ["/full", "/missing"])
def test_failures_back_off_to_one_visit_a_day(month: Month, path: str) -> None:
    waits = month.waits(path)

    for number, hours in enumerate((1, 2, 4, 8, 16)):
        assert hours * HOUR <= waits[number] <= LATEST * hours * HOUR + TICK
    assert all(20 * HOUR <= wait <= DAY for wait in waits[5:])


@pytest.mark.parametrize("path", ["/broken", "/hangs-up", "/page"])
def test_a_trouble_of_some_days_is_met_with_patience_and_gets_over(month: Month, path: str) -> None:
    assert len({visit.at for visit in month.during(path, 5 * DAY, 8 * DAY)}) <= 9
    assert month.states[path].failures == 0
    assert month.states[path].error is None


def test_410_is_the_end(month: Month) -> None:
    assert len(month.during("/gone", 5 * DAY, 31 * DAY)) == 1
    assert month.states["/gone"].gone


def test_a_page_in_place_of_a_feed_is_sent_once_a_day_at_most(month: Month) -> None:
    full = [v for v in month.visits["/only-page"] if v.answer.status == 200]

    assert all(after.at - before.at >= DAY for before, after in pairwise(full))
    assert month.states["/only-page"].failures > 20
    assert "no feed" in (month.states["/only-page"].error or "")


def test_trouble_with_one_feed_keeps_no_other_of_its_private_host_waiting(month: Month) -> None:
    assert len(month.during("/busy", 3 * DAY, 4 * DAY)) > 24


# --- redirects


@pytest.mark.parametrize("path", ["/moved", "/moved-308"])
def test_a_permanent_redirect_is_taken_up_when_it_was_met_several_times(
    month: Month, path: str
) -> None:
    assert len(month.visits[path]) == 3
    assert len(month.visits[f"{path}-to"]) > 2 * DAYS


@pytest.mark.parametrize("path", ["/found", "/found-307"])
def test_a_temporary_redirect_is_never_taken_up(month: Month, path: str) -> None:
    assert len(month.visits[path]) == len(month.visits[f"{path}-at"]) > 2 * DAYS


def test_the_address_that_redirects_is_not_told_what_the_other_gave(month: Month) -> None:
    for path in ("/moved", "/moved-308", "/found", "/found-307"):
        assert not any(visit.is_conditional for visit in month.visits[path])


def test_a_permanent_redirect_that_turns_out_wrong_is_given_up(month: Month) -> None:
    assert len(month.during("/mistake", 0 * DAY, 20 * DAY)) == 3
    assert len(month.during("/mistaken", 20 * DAY, 31 * DAY)) == 1
    assert len(month.during("/mistake", 20 * DAY, 31 * DAY)) > 11
    assert month.states["/mistake"].error is None


def test_a_permanent_redirect_met_once_changes_nothing(month: Month) -> None:
    assert len(month.visits["/missing-too"]) == 1
    assert month.states["/blink"].failures == 0
