import asyncio
from base64 import b64encode
from dataclasses import replace
from datetime import timedelta

import pytest

from aggregator import __version__
from aggregator.fetch.client import Client
from aggregator.values.feed import (
    Failed,
    Feed,
    FeedState,
    Fetched,
    Gone,
    Moved,
    NotModified,
    Outcome,
    Refused,
    Validators,
)
from tests.support.feeds import ATOM, NOW, feed, poll_settings
from tests.support.feedserver import Answer, Asked, FeedServer
from tests.support.leap import Leap

DATE = "Mon, 23 Nov 2026 10:00:00 GMT"


async def fetch(feed: Feed, **settings: object) -> Outcome:
    async with Client(poll_settings(**settings)) as client:  # type: ignore[arg-type]
        return await client.fetch(feed, NOW)


async def test_a_first_fetch_brings_the_body_and_what_to_ask_with_next(
    feed_server: FeedServer,
) -> None:
    feed_server.answers["/feed.xml"] = Answer(
        body=ATOM,
        headers={
            "ETag": 'W/"v 1"',
            "Last-Modified": DATE,
            "Content-Type": "application/atom+xml; charset=utf-8",
            "Cache-Control": "max-age=600",
            "Link": '</hub>; rel="hub", <https://example.org/feed.xml>; rel=self',
        },
    )
    url = feed_server.url("/feed.xml")

    outcome = await fetch(feed(url))

    assert outcome == Fetched(
        body=ATOM,
        url=url,
        status=200,
        content_type="application/atom+xml; charset=utf-8",
        validators=Validators(url, 'W/"v 1"', DATE),
        fresh_for=timedelta(minutes=10),
        links=(("hub", feed_server.url("/hub")), ("self", "https://example.org/feed.xml")),
    )


async def test_a_request_says_who_asks_for_what_and_nothing_else(feed_server: FeedServer) -> None:
    baked = Answer(body=ATOM, headers={"Set-Cookie": "id=1; Path=/"})
    feed_server.answers |= {"/feed.xml": baked, "/feed.xml?token=1": baked}
    async with Client(poll_settings()) as client:
        for _ in range(2):
            await client.fetch(feed(feed_server.url("/feed.xml?token=1#top")), NOW)
            await client.fetch(feed(feed_server.url("/feed.xml")), NOW)

    assert feed_server.paths() == ["/feed.xml?token=1", "/feed.xml"] * 2
    for asked in feed_server.asked:
        assert asked.method == "GET"
        assert {name.lower() for name in asked.headers} == {
            "host",
            "user-agent",
            "accept",
            "accept-encoding",
        }
        assert asked.headers["User-Agent"] == f"aggregator/{__version__} (+mailto:desk@example.org)"
        assert "application/rss+xml" in asked.headers["Accept"]
        assert "gzip" in asked.headers["Accept-Encoding"]


@pytest.mark.parametrize("etag", ['"v1"', 'W/"v1"', "unquoted", '"a" "b"', '"caf\xe9"', '""'])
async def test_validators_go_back_byte_for_byte(feed_server: FeedServer, etag: str) -> None:
    feed_server.answers["/feed.xml"] = Answer(
        body=ATOM, headers={"ETag": etag, "Last-Modified": "yesterday,  or so"}
    )
    subject = feed(feed_server.url("/feed.xml"))
    async with Client(poll_settings()) as client:
        first = await client.fetch(subject, NOW)
        assert isinstance(first, Fetched)
        subject = replace(subject, state=FeedState(validators=first.validators))
        second = await client.fetch(subject, NOW)

    assert isinstance(second, NotModified)
    assert feed_server.asked[1].headers["If-None-Match"] == etag
    assert feed_server.asked[1].headers["If-Modified-Since"] == "yesterday,  or so"


async def test_a_304_may_bring_new_validators(feed_server: FeedServer) -> None:
    url = feed_server.url("/feed.xml")
    feed_server.answers["/feed.xml"] = Answer(304, headers={"ETag": '"v2"', "Expires": DATE})
    state = FeedState(validators=Validators(url, '"v1"', DATE))

    assert await fetch(feed(url, state)) == NotModified(Validators(url, '"v2"', DATE), timedelta(0))


async def test_a_304_that_nobody_asked_for_is_a_failure(feed_server: FeedServer) -> None:
    feed_server.answers["/feed.xml"] = Answer(304)

    assert await fetch(feed(feed_server.url("/feed.xml"))) == Failed("304 Not Modified", 304)


async def test_validators_go_only_to_the_address_that_gave_them(feed_server: FeedServer) -> None:
    feed_server.answers["/old"] = Answer(302, headers={"Location": "/new"})
    feed_server.answers["/new"] = Answer(body=ATOM, headers={"ETag": '"new"'})
    validators = Validators(feed_server.url("/new"), '"new"')

    outcome = await fetch(feed(feed_server.url("/old"), FeedState(validators=validators)))

    assert outcome == NotModified(validators)
    assert "If-None-Match" not in feed_server.asked[0].headers
    assert feed_server.asked[1].headers["If-None-Match"] == '"new"'


@pytest.mark.parametrize(
    ("statuses", "is_permanent"),
    [((301,), True), ((308, 301), True), ((302,), False), ((307,), False), ((301, 303), False)],
)
async def test_only_permanent_redirects_say_that_a_feed_has_moved(
    feed_server: FeedServer, statuses: tuple[int, ...], is_permanent: bool
) -> None:
    for number, status in enumerate(statuses):
        feed_server.answers[f"/{number}"] = Answer(status, headers={"Location": f"/{number + 1}"})
    target = f"/{len(statuses)}"
    feed_server.answers[target] = Answer(body=ATOM)

    outcome = await fetch(feed(feed_server.url("/0")))

    assert isinstance(outcome, Fetched)
    assert outcome.url == outcome.validators.url == feed_server.url(target)
    assert outcome.moved_to == (feed_server.url(target) if is_permanent else None)


async def test_a_feed_that_said_often_that_it_moved_is_asked_at_its_new_place(
    feed_server: FeedServer,
) -> None:
    feed_server.answers["/new"] = Answer(body=ATOM)
    state = FeedState(moved=Moved(feed_server.url("/new"), 3))

    await fetch(feed(feed_server.url("/old"), state))

    assert feed_server.paths() == ["/new"]


async def test_redirects_end_after_five(feed_server: FeedServer) -> None:
    for number in range(8):
        feed_server.answers[f"/{number}"] = Answer(302, headers={"Location": f"/{number + 1}"})

    assert await fetch(feed(feed_server.url("/0"))) == Failed("more than 5 redirects")
    assert len(feed_server.asked) == 6


async def test_redirects_in_a_circle_end_at_once(feed_server: FeedServer) -> None:
    feed_server.answers["/a"] = Answer(302, headers={"Location": "/b"})
    feed_server.answers["/b"] = Answer(302, headers={"Location": "/a"})

    assert await fetch(feed(feed_server.url("/a"))) == Failed("its redirects go round in a circle")
    assert len(feed_server.asked) == 2


@pytest.mark.parametrize("location", ["file:///etc/passwd", "gopher://x/", "javascript:1", "//["])
async def test_a_redirect_leads_to_nothing_but_http(feed_server: FeedServer, location: str) -> None:
    feed_server.answers["/"] = Answer(302, headers={"Location": location})

    assert await fetch(feed(feed_server.url("/"))) == Failed(
        "refused: it redirects to something other than http(s)"
    )


async def test_a_redirect_without_a_target_is_an_error(feed_server: FeedServer) -> None:
    feed_server.answers["/"] = Answer(301)

    assert await fetch(feed(feed_server.url("/"))) == Failed("301 Moved Permanently", 301)


async def test_credentials_stay_with_their_host(feed_server: FeedServer) -> None:
    with FeedServer() as stranger:
        feed_server.answers["/a"] = Answer(302, headers={"Location": "/b"})
        feed_server.answers["/b"] = Answer(302, headers={"Location": stranger.url("/c")})
        stranger.answers["/c"] = Answer(body=ATOM)
        address = feed_server.url("/a").replace("//", "//ada:p%40ss@")

        outcome = await fetch(feed(address, headers=(("X-Token", "secret"),)))

        assert isinstance(outcome, Fetched)
        for asked in feed_server.asked:
            expected = "Basic " + b64encode(b"ada:p@ss").decode()
            assert asked.headers["Authorization"] == expected
            assert asked.headers["X-Token"] == "secret"
        assert "Authorization" not in stranger.asked[0].headers
        assert "X-Token" not in stranger.asked[0].headers
        assert "ada" not in outcome.url


async def test_a_feed_may_have_a_header_of_its_own_in_place_of_ours(
    feed_server: FeedServer,
) -> None:
    feed_server.answers["/"] = Answer(body=ATOM)

    await fetch(feed(feed_server.url("/"), headers=(("user-agent", "Reader/1"),)))

    assert feed_server.asked[0].headers.get_all("User-Agent") == ["Reader/1"]


async def test_a_header_that_would_break_its_line_is_never_sent(feed_server: FeedServer) -> None:
    outcome = await fetch(feed(feed_server.url("/"), headers=(("X-A", "1\r\nX-B: 2"),)))

    assert outcome == Failed("a request header holds a line break")
    assert not feed_server.asked


@pytest.mark.parametrize(
    ("status", "headers", "expected"),
    [
        (410, {}, Gone()),
        (429, {"Retry-After": "120"}, Refused(timedelta(minutes=2), 429)),
        (429, {}, Refused(timedelta(0), 429)),
        (503, {"Retry-After": "junk"}, Refused(timedelta(0), 503)),
        (
            503,
            {"Retry-After": "Mon, 23 Nov 2026 14:00:00 GMT"},
            Refused(timedelta(hours=2), 503),
        ),
        (429, {"Retry-After": "999999"}, Refused(timedelta(hours=24), 429)),
        (404, {}, Failed("404 Not Found", 404)),
        (500, {}, Failed("500 Internal Server Error", 500)),
        (599, {}, Failed("status 599", 599)),
        (204, {}, Failed("204 No Content", 204)),
        (206, {}, Failed("206 Partial Content", 206)),
        (403, {"cf-mitigated": "challenge"}, Failed("403: blocked by a challenge page", 403)),
        (
            503,
            {"Server": "cloudflare", "Content-Type": "text/html"},
            Failed("503: blocked by a challenge page", 503),
        ),
    ],
)
async def test_what_a_status_means(
    feed_server: FeedServer, status: int, headers: dict[str, str], expected: Outcome
) -> None:
    feed_server.answers["/"] = Answer(status, headers=headers)

    assert await fetch(feed(feed_server.url("/"))) == expected


async def test_a_410_behind_a_temporary_redirect_is_no_goodbye(feed_server: FeedServer) -> None:
    feed_server.answers["/"] = Answer(302, headers={"Location": "/gone"})
    feed_server.answers["/gone"] = Answer(410)

    assert await fetch(feed(feed_server.url("/"))) == Failed("410 Gone", 410)


async def test_a_connection_is_used_again(feed_server: FeedServer) -> None:
    feed_server.answers["/"] = Answer(body=ATOM)
    async with Client(poll_settings()) as client:
        for _ in range(3):
            assert isinstance(await client.fetch(feed(feed_server.url("/")), NOW), Fetched)

    assert len({asked.client for asked in feed_server.asked}) == 1


async def test_a_connection_the_server_closed_meanwhile_is_replaced(
    feed_server: FeedServer,
) -> None:
    body = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"
    feed_server.answers["/"] = Answer(script=lambda connection: connection.sendall(body))
    async with Client(poll_settings()) as client:
        for _ in range(3):
            outcome = await client.fetch(feed(feed_server.url("/")), NOW)
            assert isinstance(outcome, Fetched)
            assert outcome.body == b"hi"


async def test_one_host_is_asked_only_so_much_at_once(feed_server: FeedServer) -> None:
    paths = [f"/{number}" for number in range(8)]
    for path in paths:
        feed_server.answers[path] = Answer(body=ATOM, delay_s=0.02)
    async with Client(poll_settings(per_host=3)) as client:
        await asyncio.gather(*(client.fetch(feed(feed_server.url(path)), NOW) for path in paths))

    assert sorted(feed_server.paths()) == paths
    assert feed_server.busiest == 3


async def test_all_hosts_together_are_asked_only_so_much_at_once(feed_server: FeedServer) -> None:
    feed_server.answers["/"] = Answer(body=ATOM, delay_s=0.02)
    async with Client(poll_settings(concurrency=2, per_host=8)) as client:
        await asyncio.gather(*(client.fetch(feed(feed_server.url("/")), NOW) for _ in range(6)))

    assert feed_server.busiest == 2


async def test_waiting_for_a_turn_does_not_count_against_a_server(
    feed_server: FeedServer, leap: Leap
) -> None:
    def slow(_: Asked) -> Answer:
        leap.by(25)
        return Answer(body=ATOM)

    feed_server.answers["/"] = slow
    timeout = timedelta(seconds=60)
    async with Client(poll_settings(per_host=1, timeout=timeout)) as client:
        outcomes = await asyncio.gather(
            *(client.fetch(feed(feed_server.url("/")), NOW) for _ in range(4))
        )

    assert all(isinstance(outcome, Fetched) for outcome in outcomes)


async def test_a_closed_port_is_unreachable(feed_server: FeedServer) -> None:
    url = feed_server.url("/")
    feed_server.close()

    outcome = await fetch(feed(url))

    assert isinstance(outcome, Failed)
    assert outcome.unreachable
    assert outcome.reason.startswith("no connection to 127.0.0.1")


async def test_a_name_without_an_address_is_unreachable() -> None:
    outcome = await fetch(feed("http://no-such-host.invalid/"))

    assert outcome == Failed("no address for no-such-host.invalid", unreachable=True)


@pytest.mark.parametrize("url", ["http://", "http://[::1", "http://a b/", "http://x:99999/"])
async def test_an_address_that_is_none_fails_in_order(url: str) -> None:
    assert isinstance(await fetch(feed(url)), Failed)


async def test_a_page_is_fetched_for_what_it_announces(feed_server: FeedServer) -> None:
    feed_server.answers["/"] = Answer(body=b"<html>", headers={"Content-Type": "text/html"})
    async with Client(poll_settings()) as client:
        page = await client.get(feed_server.url("/"))
        missing = await client.get(feed_server.url("/missing"))
        feed_server.answers["/busy"] = Answer(503)
        busy = await client.get(feed_server.url("/busy"))

    assert isinstance(page, Fetched)
    assert page.body == b"<html>"
    assert feed_server.asked[0].headers["Accept"].startswith("text/html")
    assert missing == Failed("404 Not Found", 404)
    assert busy == Failed("503 Service Unavailable", 503)


async def test_a_fetch_can_be_cancelled(feed_server: FeedServer) -> None:
    feed_server.answers["/"] = Answer(body=ATOM, delay_s=5)
    async with Client(poll_settings()) as client:
        task = asyncio.create_task(client.fetch(feed(feed_server.url("/")), NOW))
        await asyncio.sleep(0.05)
        task.cancel()

        with pytest.raises(asyncio.CancelledError):
            await task
