"""The pages that are made when asked for, of an instance that has polled once."""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from shutil import copytree

import feedparser
import pytest
from starlette.types import ASGIApp

from aggregator.instance import Instance
from aggregator.pulse import Pulse
from aggregator.web.app import create_app
from tests.support.cli import aggregator
from tests.web.asking import Answer, ask

SAMPLES = Path(__file__).parents[2] / "samples"
HOSTILE = (
    b"q=%22%22%22&tag=%00", b"q=%ED%A0%80&since=9999-12-31", b"q=NEAR(&until=0001-01-01",
    b"q=a*&before=2026-01-01T00:00:00%2B00:00/99999999999999999999", b"q=a&before=x/y",
    b"q=a&before=0001-01-01T00:00:00%2B14:00/1", b"q=a&before=2026-01-01T00:00:00/1",
    b"q=%00", b"q=" + b"%22" * 4000, b"q=" + b"x" * 9000, b"q=a&q=b&tag=nobody&since=x",
    b"q=a&until=9999-12-31", b"since=0000-00-00", b"&&&=&q",
)  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder: Path = tmp_path_factory.mktemp("instance")
    copytree(SAMPLES, folder, dirs_exist_ok=True)
    ran = aggregator(folder, "poll")
    assert ran.code == 0, ran.err
    return folder


@pytest.fixture(scope="module")
def app(folder: Path) -> Iterator[ASGIApp]:
    with Instance(folder / "feeds.yaml", {}) as instance:
        yield create_app(instance, Pulse())


async def get(
    app: ASGIApp, path: str, query: bytes = b"", sent: dict[str, str] | None = None
) -> Answer:
    return await ask(app, path, sent, query=query)


@pytest.mark.anyio
@pytest.mark.parametrize("query", HOSTILE)
@pytest.mark.parametrize("path", ["/search", "/search/atom.xml"])
async def test_no_search_is_an_error(app: ASGIApp, path: str, query: bytes) -> None:
    assert (await get(app, path, query)).status in {200, 404}


@pytest.mark.anyio
async def test_a_search_is_a_feed_in_every_format(app: ASGIApp) -> None:
    page = await get(app, "/search", b"q=minister")
    atom = await get(app, "/search/atom.xml", b"q=minister")
    rss = await get(app, "/search/rss.xml", b"q=minister")
    feed = json.loads((await get(app, "/search/feed.json", b"q=minister")).body)

    entries = feedparser.parse(atom.body).entries
    links = {link.rel: link.href for link in feedparser.parse(atom.body).feed.links}
    assert entries
    assert all(entry.title in page.body.decode() for entry in entries)
    assert [entry.id for entry in entries] == [
        entry.id for entry in feedparser.parse(rss.body).entries
    ]
    assert [entry.id for entry in entries] == [item["id"] for item in feed["items"]]
    assert links["self"].endswith("/search/atom.xml?q=minister")
    assert feed["feed_url"].endswith("/search/feed.json?q=minister")
    assert links["alternate"].endswith("/search?q=minister")


@pytest.mark.anyio
async def test_a_search_that_asks_for_nothing_has_no_feed(app: ASGIApp) -> None:
    assert (await get(app, "/search/atom.xml", b"q=")).status == 404
    assert (await get(app, "/search/index.html", b"q=minister")).status == 404
    assert (await get(app, "/search/nothing.xml", b"q=minister")).status == 404


@pytest.mark.anyio
@pytest.mark.parametrize(
    "path", ["/search/atom.xml", "/tags/sergei-lavrov,federica-mogherini/atom.xml"]
)
async def test_a_feed_made_when_asked_for_is_sent_once_and_compressed(
    app: ASGIApp, path: str
) -> None:
    query = b"q=minister" if "search" in path else b""
    first = await get(app, path, query, {"Accept-Encoding": "gzip"})
    etag = first.headers["etag"]

    again = await get(app, path, query, {"Accept-Encoding": "gzip", "If-None-Match": etag})

    assert first.headers["content-encoding"] == "gzip"
    assert first.headers["content-type"].startswith("application/atom+xml")
    assert feedparser.parse(gzip.decompress(first.body)).entries
    assert (again.status, again.body) == (304, b"")
    assert again.headers["etag"] == etag


@pytest.mark.anyio
async def test_a_combination_is_shown_to_a_browser_with_style(app: ASGIApp) -> None:
    path = "/tags/sergei-lavrov+federica-mogherini/"

    feed = await get(app, path + "atom.xml", sent={"Accept": "text/html,*/*"})
    page = await get(app, path)

    assert feed.headers["content-type"] == "text/xml; charset=utf-8"
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "script-src 'self'" in page.headers["content-security-policy"]


BOTH = "/tags/federica-mogherini+sergei-lavrov/"


@pytest.mark.anyio
@pytest.mark.parametrize(
    "file", ["", "atom.xml", "rss.xml", "feed.json", "about/", "about/rss.xml"]
)
async def test_a_combination_is_the_same_in_any_order(app: ASGIApp, file: str) -> None:
    one = await get(app, f"{BOTH}{file}")
    other = await get(app, f"/tags/sergei-lavrov+federica-mogherini/{file}")

    assert one.status == other.status == 200
    assert one.body == other.body


@pytest.mark.anyio
async def test_a_combination_calls_itself_by_its_one_address(app: ASGIApp) -> None:
    answer = await get(app, "/tags/sergei-lavrov,federica-mogherini/atom.xml")
    address = "tags/federica-mogherini,sergei-lavrov/"

    assert feedparser.parse(answer.body).feed.id.endswith(f"/{address}")
    assert answer.headers["link"] == f'<http://localhost:8000/{address}atom.xml>; rel="self"'


@pytest.mark.anyio
async def test_a_published_feed_names_its_address_in_a_header(app: ASGIApp) -> None:
    feed = await get(app, "/tags/sergei-lavrov/rss.xml")
    page = await get(app, "/tags/sergei-lavrov/")

    assert feed.headers["link"] == (
        '<http://localhost:8000/tags/sergei-lavrov/rss.xml>; rel="self"'
    )
    assert "link" not in page.headers


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("/tags/sergei-lavrov+federica-mogherini", "./sergei-lavrov+federica-mogherini/"),
        ("/tags/sergei-lavrov+sergei-lavrov/atom.xml", "../sergei-lavrov/atom.xml"),
        ("/tags/sergei-lavrov,sergei-lavrov/about/atom.xml", "../../sergei-lavrov/about/atom.xml"),
        (BOTH + "about", "../federica-mogherini+sergei-lavrov/about/"),
    ],
)
async def test_a_combination_written_oddly_is_redirected(
    app: ASGIApp, path: str, target: str
) -> None:
    answer = await get(app, path, b"x=1")

    assert (answer.status, answer.headers["location"]) == (308, f"{target}?x=1")


@pytest.mark.anyio
@pytest.mark.parametrize(
    "path",
    [
        "/tags/sergei-lavrov+nobody/atom.xml",
        "/tags/nobody,sergei-lavrov/",
        "/tags/sergei-lavrov+federica-mogherini,sergei-lavrov/",
        BOTH + "other.xml",
        "/tags/+/",
        "/tags/sergei-lavrov+/atom.xml",
    ],
)
async def test_a_combination_with_somebody_unknown_is_not_found(app: ASGIApp, path: str) -> None:
    assert (await get(app, path)).status == 404


@pytest.mark.anyio
async def test_a_page_made_when_asked_for_comes_packed_and_is_asked_for_again(app: ASGIApp) -> None:
    sent = {"Accept-Encoding": "gzip"}
    page = await get(app, "/search", b"q=minister", sent)
    sent["If-None-Match"] = page.headers["etag"]
    again = await get(app, "/search", b"q=minister", sent)

    assert page.headers["cache-control"] == "no-cache"
    assert page.headers["content-encoding"] == "gzip"
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.headers["vary"] == "Accept-Encoding"
    assert (again.status, again.body) == (304, b"")
    for name in ("etag", "cache-control", "vary"):
        assert again.headers[name] == page.headers[name]


@pytest.mark.anyio
async def test_what_is_missing_is_asked_for_again(app: ASGIApp) -> None:
    assert (await get(app, "/nothing")).headers["cache-control"] == "no-cache"
