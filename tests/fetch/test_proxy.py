"""`poll.proxy`, with a small real proxy on loopback."""

from collections.abc import Iterator

import pytest

from aggregator.fetch.client import Client
from aggregator.values.feed import Failed, Fetched, Outcome
from tests.support.authority import Authority
from tests.support.feeds import ATOM, NOW, feed, poll_settings
from tests.support.feedserver import Answer, FeedServer
from tests.support.proxy import Proxy


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    with Proxy() as serving:
        yield serving


async def fetch(
    url: str, proxy: Proxy, authority: Authority | None = None, **more: object
) -> Outcome:
    settings = poll_settings(proxy=proxy.url, **more)  # type: ignore[arg-type]
    tls = None if authority is None else authority.client()
    async with Client(settings, tls=tls) as client:
        return await client.fetch(feed(url), NOW)


async def test_a_plain_feed_is_asked_for_through_the_proxy(
    feed_server: FeedServer, proxy: Proxy
) -> None:
    feed_server.answers["/feed.xml"] = Answer(body=ATOM)

    outcome = await fetch(feed_server.url("/feed.xml"), proxy)

    assert isinstance(outcome, Fetched)
    assert outcome.body == ATOM
    assert proxy.asked == [f"GET {feed_server.url('/feed.xml')}"]
    assert feed_server.asked[0].headers["Host"] == feed_server.address


async def test_plain_feeds_of_all_hosts_share_connections_to_the_proxy(
    feed_server: FeedServer, proxy: Proxy
) -> None:
    feed_server.answers["/feed.xml"] = Answer(body=ATOM)
    async with Client(poll_settings(proxy=proxy.url)) as client:
        for _ in range(3):
            outcome = await client.fetch(feed(feed_server.url("/feed.xml")), NOW)
            assert isinstance(outcome, Fetched)

    assert len(proxy.asked) == 3


async def test_a_feed_over_tls_is_asked_for_through_a_tunnel(proxy: Proxy) -> None:
    authority = Authority()
    with FeedServer(tls=authority.server("localhost")) as server:
        server.answers["/feed.xml"] = Answer(body=ATOM)
        url = f"https://localhost:{server.port}/feed.xml"

        outcome = await fetch(url, proxy, authority)

    assert isinstance(outcome, Fetched)
    assert outcome.body == ATOM
    assert proxy.asked == [f"CONNECT localhost:{server.port}"]


async def test_a_tunnel_proves_nothing_about_who_is_at_its_end(proxy: Proxy) -> None:
    authority = Authority()
    with FeedServer(tls=authority.server("example.org")) as server:
        outcome = await fetch(f"https://localhost:{server.port}/", proxy, authority)

    assert isinstance(outcome, Failed)
    assert outcome.reason.startswith("its certificate is not valid: Hostname mismatch")


async def test_a_proxys_password_is_for_the_proxy_alone(feed_server: FeedServer) -> None:
    authority = Authority()
    feed_server.answers["/feed.xml"] = Answer(body=ATOM)
    with (
        Proxy(user="ada:p@ss") as proxy,
        FeedServer(tls=authority.server("localhost")) as server,
    ):
        server.answers["/feed.xml"] = Answer(body=ATOM)
        proxy.url = proxy.url.replace("p@ss", "p%40ss")
        plain = await fetch(feed_server.url("/feed.xml"), proxy)
        tunnelled = await fetch(f"https://localhost:{server.port}/feed.xml", proxy, authority)

    assert isinstance(plain, Fetched)
    assert isinstance(tunnelled, Fetched)
    assert all("proxy-authorization" in header for header in proxy.headers)
    for asked in (*feed_server.asked, *server.asked):
        assert "Proxy-Authorization" not in asked.headers
    assert "Authorization" not in proxy.headers[1]


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_a_proxy_that_refuses_is_said_to(scheme: str) -> None:
    with Proxy(user="ada:secret") as proxy:
        proxy.url = proxy.url.replace("ada:secret@", "")
        outcome = await fetch(f"{scheme}://127.0.0.1:1/", proxy)

    assert outcome == (
        Failed("407 Proxy Authentication Required", 407)
        if scheme == "http"
        else Failed("the proxy refused: 407")
    )


async def test_a_proxy_that_is_down_is_our_outage() -> None:
    with Proxy() as proxy:
        pass

    outcome = await fetch("http://127.0.0.1:1/", proxy)

    assert isinstance(outcome, Failed)
    assert outcome.unreachable
    assert outcome.reason == "no connection to the proxy: Connection refused"


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "169.254.169.254", "0x7f.1", "[::1]"])
async def test_what_can_be_seen_to_be_private_is_refused_behind_a_proxy_too(
    proxy: Proxy, scheme: str, host: str
) -> None:
    outcome = await fetch(f"{scheme}://{host}:8080/", proxy, allow_private_networks=False)

    assert isinstance(outcome, Failed)
    assert outcome.reason.startswith("refused to connect to")
    assert not proxy.asked


async def test_a_name_that_only_the_proxy_knows_is_asked_for(
    feed_server: FeedServer, proxy: Proxy
) -> None:
    feed_server.answers["/feed.xml"] = Answer(body=ATOM)

    outcome = await fetch(
        f"http://no-such-host.invalid:{feed_server.port}/feed.xml",
        proxy,
        allow_private_networks=False,
    )

    assert isinstance(outcome, Fetched)


async def test_the_environments_proxies_are_not_looked_at(
    feed_server: FeedServer, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, proxy.url)
    feed_server.answers["/feed.xml"] = Answer(body=ATOM)

    async with Client(poll_settings()) as client:
        assert isinstance(await client.fetch(feed(feed_server.url("/feed.xml")), NOW), Fetched)

    assert not proxy.asked
