from collections.abc import AsyncIterator

import pytest

from aggregator.errors import NotAFeed
from aggregator.fetch.client import Client
from aggregator.fetch.discover import MAX_ASKED, Announced, announced, find, is_feed, likely
from aggregator.values.feed import Failed, Fetched, Validators
from tests.support.feeds import ATOM, poll_settings
from tests.support.feedserver import Answer, FeedServer

RSS = b'<?xml version="1.0"?><rss version="2.0"><channel><title>Harbour</title></channel></rss>'
PAGE = "<!DOCTYPE html><html><head><title>Harbour</title>{head}</head><body>{body}</body></html>"


def page(head: str = "", body: str = "") -> Answer:
    return Answer(
        body=PAGE.format(head=head, body=body).encode(), headers={"Content-Type": "text/html"}
    )


def link(href: str, media_type: str = "application/rss+xml", title: str = "") -> str:
    return f'<link rel="alternate" type="{media_type}" title="{title}" href="{href}">'


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    async with Client(poll_settings()) as made:
        yield made


# --- what is a feed ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "document",
    [
        ATOM,
        RSS,
        b"\xef\xbb\xbf\n" + RSS,
        b"<rdf:RDF xmlns:rdf='x'>",
        b"<a:feed xmlns:a='http://www.w3.org/2005/Atom'>",
        b"<!-- <html> stood here once --><rss version='2.0'>",
        b"<?xml-stylesheet href='/feed.xsl'?>\n<!DOCTYPE rss><rss>",
        b'{"version": "https://jsonfeed.org/version/1.1"}',
        RSS.decode().encode("utf-16"),
    ],
)
def test_a_feed_is_known_by_its_first_element(document: bytes) -> None:
    assert is_feed(document)


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"<html><body><rss></rss>",
        b"<!doctype html><title>feed</title><body>",
        b"<opml version='2.0'>",
        b"<!-- <rss> -->",
        b"<!-- <rss> never closed",
        b'{"items": []}',
        b"%PDF-1.7",
    ],
)
def test_other_documents_are_no_feeds(document: bytes) -> None:
    assert not is_feed(document)


def test_what_a_page_announces_is_read_by_its_base_and_comes_once() -> None:
    body = PAGE.format(
        head='<base href="/news/"><base href="/wrong/">'
        + link("feed.xml", title="News \n  and more")
        + link("/news/feed.xml")
        + link("http://[broken")
        + link("javascript:1"),
        body="",
    )

    assert announced(body.encode(), "https://harbour.example/a/b") == (
        Announced("https://harbour.example/news/feed.xml", "News and more", "application/rss+xml"),
    )


def test_the_feed_of_a_section_comes_first_and_comments_last() -> None:
    head = (
        link("/comments/feed/", title="Comments Feed")
        + link("/feed.json", "application/feed+json")
        + link("/feed/", title="Everything")
        + link("/politics/feed/", title="Politics")
        + '<link rel="feed" href="/atom">'
        + '<link rel="alternate" hreflang="de" href="/de/">'
    )

    found = announced(PAGE.format(head=head, body="").encode(), "https://harbour.example/politics/")

    assert [feed.url.removeprefix("https://harbour.example") for feed in found] == [
        "/politics/feed/",
        "/feed/",
        "/atom",
        "/feed.json",
        "/comments/feed/",
    ]


def test_a_page_of_links_alone_is_read_within_bounds() -> None:
    head = "".join(link(f"/{number}.xml") for number in range(5_000))

    assert (
        len(announced(PAGE.format(head=head, body="").encode(), "https://harbour.example/")) == 50
    )


def test_common_places_are_looked_for_in_the_nearest_folder_first() -> None:
    places = list(likely("https://harbour.example/blog/index.html"))

    assert places[0] == "https://harbour.example/blog/feed/"
    assert "https://harbour.example/feed/" in places
    assert places.index("https://harbour.example/feed/") > places.index(
        "https://harbour.example/blog/rss.xml"
    )


# --- what is found -----------------------------------------------------------------------------


async def test_the_address_of_a_feed_is_itself(feed_server: FeedServer, client: Client) -> None:
    feed_server.answers["/wire"] = Answer(body=RSS)

    found = await find(f" {feed_server.url('/wire')}\n", client.get)

    assert (found.url, found.title, found.others) == (feed_server.url("/wire"), None, ())
    assert found.answer.body == RSS
    assert feed_server.paths() == ["/wire"]


async def test_a_page_leads_to_the_feed_it_announces(
    feed_server: FeedServer, client: Client
) -> None:
    head = link("/comments.xml", title="Comments") + link("/all.xml", title="All of it")
    feed_server.answers |= {"/": page(head), "/all.xml": Answer(body=RSS)}

    found = await find(feed_server.url("/"), client.get)

    assert (found.url, found.title) == (feed_server.url("/all.xml"), "All of it")
    assert [other.title for other in found.others] == ["Comments"]
    assert feed_server.paths() == ["/", "/all.xml"]


async def test_an_announced_feed_that_is_dead_makes_way_for_the_next(
    feed_server: FeedServer, client: Client
) -> None:
    feed_server.answers |= {
        "/": page(link("/dead.xml") + link("/html.xml") + link("/alive.xml")),
        "/html.xml": page(),
        "/alive.xml": Answer(body=ATOM),
    }

    assert (await find(feed_server.url("/"), client.get)).url == feed_server.url("/alive.xml")


async def test_a_link_in_the_text_is_found_where_nothing_is_announced(
    feed_server: FeedServer, client: Client
) -> None:
    body = '<a href="/about">us</a> <a href="http://other.example/rss">them</a> <a href="/x/rss/">RSS</a>'
    feed_server.answers |= {"/": page(body=body), "/x/rss/": Answer(body=RSS)}

    assert (await find(feed_server.url("/"), client.get)).url == feed_server.url("/x/rss/")
    assert feed_server.paths() == ["/", "/x/rss/"]


async def test_common_places_are_tried_last_and_only_so_many(
    feed_server: FeedServer, client: Client
) -> None:
    feed_server.answers |= {"/": page(), "/a/b": page(), "/atom.xml": Answer(body=ATOM)}

    found = await find(feed_server.url("/"), client.get)
    assert found.url == feed_server.url("/atom.xml")

    del feed_server.answers["/atom.xml"]
    feed_server.asked.clear()
    with pytest.raises(NotAFeed, match="give the feed's own address"):
        await find(feed_server.url("/a/b"), client.get)
    assert len(feed_server.asked) == MAX_ASKED


async def test_a_feed_that_moved_for_good_is_found_at_its_new_place(
    feed_server: FeedServer, client: Client
) -> None:
    feed_server.answers |= {
        "/old": Answer(301, headers={"Location": "/new"}),
        "/for-now": Answer(302, headers={"Location": "/new"}),
        "/new": Answer(body=RSS),
    }

    assert (await find(feed_server.url("/old"), client.get)).url == feed_server.url("/new")
    assert (await find(feed_server.url("/for-now"), client.get)).url == feed_server.url("/for-now")
    private = feed_server.url("/old").replace("//", "//ada:secret@")
    assert (await find(private, client.get)).url == private


async def test_a_page_that_announces_only_dead_feeds_says_so(
    feed_server: FeedServer, client: Client
) -> None:
    feed_server.answers["/"] = page(link("/dead.xml"))

    with pytest.raises(NotAFeed, match=r"announces http://.*/dead\.xml, but there is no feed"):
        await find(feed_server.url("/"), client.get)


async def test_an_address_that_cannot_be_read_says_why_and_keeps_its_secrets(
    feed_server: FeedServer, client: Client
) -> None:
    address = feed_server.url("/missing").replace("//", "//ada:secret@")

    with pytest.raises(NotAFeed, match="404 Not Found") as raised:
        await find(address, client.get)

    assert "secret" not in str(raised.value)


@pytest.mark.parametrize(
    ("address", "asked"),
    [
        ("harbour.example/news", ["https://harbour.example/news", "http://harbour.example/news"]),
        ("//harbour.example", ["https://harbour.example", "http://harbour.example"]),
        ("feed://harbour.example/", ["https://harbour.example/", "http://harbour.example/"]),
        ("feed:https://harbour.example/", ["https://harbour.example/"]),
        ("HTTP://harbour.example/", ["HTTP://harbour.example/"]),
        ("ftp://harbour.example/", ["ftp://harbour.example/"]),
    ],
)
async def test_an_address_may_come_without_its_scheme(address: str, asked: list[str]) -> None:
    tried = []

    async def get(url: str) -> Fetched | Failed:
        tried.append(url)
        return Failed("no connection")

    with pytest.raises(NotAFeed, match="no connection"):
        await find(address, get)
    assert tried == asked


async def test_an_answer_over_tls_settles_how_a_bare_address_is_meant() -> None:
    tried = []

    async def get(url: str) -> Fetched | Failed:
        tried.append(url)
        return Failed("404 Not Found", 404)

    with pytest.raises(NotAFeed, match=r"^https://harbour\.example/x: 404 Not Found$"):
        await find("harbour.example/x", get)
    assert tried == ["https://harbour.example/x"]


async def test_a_site_that_went_away_meanwhile_is_not_asked_again() -> None:
    async def get(url: str) -> Fetched | Failed:
        if url.endswith("/start"):
            return Fetched(b"<html>", url, 200, "text/html", Validators(url))
        return Failed("no connection to harbour.example", unreachable=True)

    with pytest.raises(NotAFeed, match="no connection to harbour"):
        await find("https://harbour.example/start", get)
