"""`feeds ...`: feeds.yaml is edited as an editor means it, and not otherwise."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from aggregator import opml
from aggregator.config.load import load
from tests.support.cli import called
from tests.support.feedserver import Answer, FeedServer
from tests.support.wordpress import Post, wordpress

PAGE = b"""<!doctype html><title>Courier</title>
<link rel="alternate" type="application/rss+xml" title="News" href="/news/feed.xml">
<link rel="alternate" type="application/rss+xml" title="Comments" href="/news/comments.xml">
<p>Today's paper."""
POSTS = (
    Post("Lavrov lands in Milan", "<p>Sergey Lavrov came for talks.</p>", "http://c.example/1"),
    Post("Herring is cheap", "<p>The fleet is back.</p>", "http://c.example/2"),
)
FILE = """\
# kept as it is
poll: {{allow_hosts:   ["{address}"]}}   # aligned by hand
feeds:
  - https://known.example/feed.xml   # the first
people:
  - name: Sergey Lavrov
"""


@pytest.fixture
def server() -> Iterator[FeedServer]:
    with FeedServer() as serving:
        serving.answers["/news/"] = Answer(body=PAGE, headers={"Content-Type": "text/html"})
        serving.answers["/news/feed.xml"] = Answer(body=wordpress(POSTS, "The Courier"))
        yield serving


@pytest.fixture
def folder(tmp_path: Path, server: FeedServer) -> Path:
    (tmp_path / "feeds.yaml").write_text(FILE.format(address=server.address), encoding="utf-8")
    return tmp_path


def text(folder: Path) -> str:
    return (folder / "feeds.yaml").read_text(encoding="utf-8")


def test_a_page_is_enough_to_add_its_feed(folder: Path, server: FeedServer) -> None:
    before = text(folder)

    added = called(folder, "feeds", "add", server.url("/news/"), "--group", "wires")

    assert added.code == 0, added.err
    assert added.out.splitlines()[0].startswith("The Courier: 2 entries")
    assert added.out.splitlines()[1] == "Sergey Lavrov\t1\tLavrov lands in Milan"
    assert server.url("/news/comments.xml") in added.err
    line = "  - https://known.example/feed.xml   # the first\n"
    new = f"  - url: {server.url('/news/feed.xml')}\n    groups: [wires]\n"
    assert text(folder) == before.replace(line, line + new)


def test_a_feed_that_is_there_already_is_refused_before_anybody_is_asked(
    folder: Path, server: FeedServer
) -> None:
    before = text(folder)

    added = called(folder, "feeds", "add", "http://www.known.example/feed.xml?utm_source=x")

    assert added.code == 1
    assert (
        added.err == "http://www.known.example/feed.xml?utm_source=x is in feeds.yaml already\n"
        or ("is in feeds.yaml already" in added.err)
    )
    assert text(folder) == before


def test_a_page_whose_feed_is_there_already_adds_nothing(folder: Path, server: FeedServer) -> None:
    called(folder, "feeds", "add", server.url("/news/feed.xml"))
    before = text(folder)

    again = called(folder, "feeds", "add", server.url("/news/"))

    assert (again.code, text(folder)) == (1, before)
    assert again.err == f"{server.url('/news/feed.xml')} is in feeds.yaml already\n"


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("ftp://files.example/feed.xml", "ftp"),
        ("file:nowhere.xml", "no such file"),
        ("https://h.example/${NOBODY_SET_THIS}", "the environment has no NOBODY_SET_THIS"),
        ("{origin}/missing", "404"),
        ("{origin}/plain", "no feed was found"),
    ],
)
def test_what_brings_no_feed_is_refused_in_one_line(
    folder: Path, server: FeedServer, address: str, says: str
) -> None:
    server.answers["/plain"] = Answer(body=b"<html><p>Nothing to follow here.</html>")
    before = text(folder)

    added = called(folder, "feeds", "add", address.replace("{origin}", server.origin))

    assert (added.code, added.out, text(folder)) == (1, "", before)
    assert says in added.err
    assert len(added.err.splitlines()) == 1


def test_looking_and_adding_can_be_had_alone(folder: Path, server: FeedServer) -> None:
    before = text(folder)

    looked = called(folder, "feeds", "add", server.url("/news/"), "--dry-run")
    kept = text(folder)
    added = called(folder, "feeds", "add", "https://down.example/feed.xml", "--offline")

    assert (looked.code, kept) == (0, before)
    assert added.code == 0
    assert [feed.url for feed in load(folder / "feeds.yaml", {}).feeds] == [
        "https://known.example/feed.xml",
        "https://down.example/feed.xml",
    ]


def test_adding_a_page_that_was_looked_at_does_not_ask_for_its_feed_in_full_again(
    folder: Path, server: FeedServer
) -> None:
    document = Answer(body=wordpress(POSTS, "The Courier"), headers={"ETag": '"first"'})
    server.answers["/news/feed.xml"] = document
    called(folder, "feeds", "add", server.url("/news/"), "--dry-run")
    server.asked.clear()

    added = called(folder, "feeds", "add", server.url("/news/"))
    called(folder, "poll")

    assert added.code == 0, added.err
    assert "2 entries" in added.out + added.err
    asked = [asked for asked in server.asked if asked.path == "/news/feed.xml"]
    assert [each.headers["If-None-Match"] for each in asked] == ['"first"'] * 2
    assert len(called(folder, "items", "--json").json_lines()) == len(POSTS)


def test_a_feed_is_removed_by_any_spelling(folder: Path) -> None:
    removed = called(folder, "feeds", "remove", "http://known.example/feed.xml/")
    again = called(folder, "feeds", "remove", "http://known.example/feed.xml/")

    assert removed.code == 0, removed.err
    assert load(folder / "feeds.yaml", {}).feeds == ()
    assert (again.code, len(again.err.splitlines())) == (1, 1)


def test_an_import_says_what_became_of_each_feed(folder: Path) -> None:
    outlines = [
        *(
            opml.Outline(f"https://f{n}.example/rss", f"Feed {n}", ("Far", "East"))
            for n in range(200)
        ),
        opml.Outline("http://www.known.example/feed.xml"),
        opml.Outline("gopher://old.example/"),
    ]
    (folder / "subs.opml").write_bytes(opml.write("Subscriptions", outlines))

    looked = called(folder, "feeds", "import", "subs.opml", "--dry-run")
    imported = called(folder, "feeds", "import", "subs.opml")
    again = called(folder, "feeds", "import", "subs.opml")

    assert looked.out.splitlines()[-1] == "200 would be added, 1 there already, 1 refused"
    assert imported.code == 0, imported.err
    assert imported.out.splitlines()[-1] == "200 added, 1 there already, 1 refused"
    assert "refused  `gopher://old.example/` has scheme `gopher`" in imported.out
    assert again.out.splitlines()[-1] == "0 added, 201 there already, 1 refused"
    feeds = load(folder / "feeds.yaml", {}).feeds
    assert len(feeds) == 201
    assert set(feeds[1].groups) == {"Far", "East"}


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"\x00\xff\xfe",
        b"<rss version='2.0'><channel/></rss>",
        b'<!DOCTYPE x [<!ENTITY a "b">]><opml><body>&a;</body></opml>',
        b"PK\x03\x04 not xml at all",
    ],
)
def test_what_is_no_opml_is_refused_in_one_line(folder: Path, document: bytes) -> None:
    (folder / "subs.opml").write_bytes(document)
    before = text(folder)

    imported = called(folder, "feeds", "import", "subs.opml")

    assert (imported.code, imported.out, text(folder)) == (1, "", before)
    assert imported.err.startswith("subs.opml: ")
    assert len(imported.err.splitlines()) == 1


def test_an_export_is_what_an_import_takes(folder: Path, tmp_path: Path) -> None:
    called(folder, "feeds", "add", "https://de.example/rss", "--offline", "--group", "eu")
    called(folder, "feeds", "add", "file:samples/wire.xml", "--offline")

    exported = called(folder, "feeds", "export")

    assert exported.code == 0
    assert {(feed.url, feed.groups) for feed in opml.read(exported.out.encode())} == {
        ("https://known.example/feed.xml", ()),
        ("https://de.example/rss", ("eu",)),
    }
    assert "1 feeds that only this instance can read are left out" in exported.err
