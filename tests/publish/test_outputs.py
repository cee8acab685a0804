from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from lxml import etree

from aggregator import opml
from aggregator.publish import outputs, plan
from aggregator.publish.archive import close
from aggregator.values.item import Item
from aggregator.values.output import ChannelContents, ChannelSummary, View

from .builders import EDITION, LAVROV, NOON, PEOPLE, channel, contents, feed, item

A = "{http://www.w3.org/2005/Atom}"
SUMMARIES = tuple(
    ChannelSummary(planned, 1, NOON, (1,))
    for planned in plan.channels(PEOPLE.values(), [View("eu-russia", "EU and Russia", "x")])
)


def site_files(edition: Any = EDITION) -> dict[str, bytes]:
    return {output.path: output.body for output in outputs.site_outputs(SUMMARIES, edition)}


def test_a_channel_is_published_in_every_format() -> None:
    made = outputs.outputs_of(contents(item()), EDITION)

    assert [output.path for output in made] == [
        "tags/sergei-lavrov/atom.xml",
        "tags/sergei-lavrov/rss.xml",
        "tags/sergei-lavrov/feed.json",
        "tags/sergei-lavrov/index.html",
    ]


@pytest.mark.parametrize(
    ("kind", "folder"),
    [("about", "tags/sergei-lavrov/about"), ("view", "views/eu-russia"), ("all", "all")],
)
def test_every_kind_of_channel_has_its_folder(kind: Any, folder: str) -> None:
    made = outputs.outputs_of(contents(item(), kind=kind), EDITION)

    assert {output.path.rpartition("/")[0] for output in made} == {folder}


def test_a_month_has_a_page_below_its_channel() -> None:
    made = outputs.month_output(contents(item()), date(2026, 11, 1), [item()], EDITION)

    assert made.path == "tags/sergei-lavrov/2026-11/index.html"


def test_the_site_has_its_front_page_its_lists_and_its_style() -> None:
    assert site_files().keys() >= {
        "index.html",
        "404.html",
        "feeds.opml",
        "tags.opml",
        "static/site.css",
        "static/feed.css",
        "static/icon.svg",
        "static/icon.png",
        "static/logo.png",
    }


def test_our_feeds_can_be_imported_into_a_reader() -> None:
    listed = opml.read(site_files()["tags.opml"])

    assert {outline.url: outline.groups for outline in listed} == {
        "https://watch.example/all/atom.xml": (),
        "https://watch.example/tags/sergei-lavrov/atom.xml": ("People",),
        "https://watch.example/tags/federica-mogherini/atom.xml": ("People",),
        "https://watch.example/views/eu-russia/atom.xml": ("Views",),
    }
    assert all(outline.home and outline.title for outline in listed)


def test_our_sources_are_listed_without_their_secrets() -> None:
    secret = replace(feed("https://a.example/${KEY}"), address="https://a.example/hidden")
    private = feed("https://me:hidden@b.example/f", groups=("eu",))

    listed = site_files(replace(EDITION, feeds=(secret, private)))["feeds.opml"]

    assert b"hidden" not in listed
    assert [(outline.url, outline.groups) for outline in opml.read(listed)] == [
        ("https://a.example/${KEY}", ()),
        ("https://b.example/f", ("eu",)),
    ]


class Reader:
    """Follows a channel's links through what was published, as RFC 5005 says."""

    def __init__(self, items: tuple[Item, ...], entries: int) -> None:
        closed = close([one.number for one in items], entries)
        shown = channel()
        by_number = {one.number: one for one in items}
        left = [by_number[n] for n in by_number if not any(n in numbers for numbers in closed)]
        subscription = ChannelContents(shown, tuple(left), len(items), archives=len(closed))
        made = [
            *outputs.outputs_of(subscription, EDITION),
            *(
                outputs.archive_output(shown, number, [by_number[n] for n in numbers], EDITION)
                for number, numbers in enumerate(closed, 1)
            ),
        ]
        site = EDITION.site.url
        self.documents = {site + output.path: output.body for output in made}

    def read(self, address: str) -> tuple[list[str], dict[str, str]]:
        root = etree.fromstring(self.documents[address])
        ids = [one.text for one in root.iterfind(f"{A}entry/{A}id")]
        return ids, {link.get("rel"): link.get("href") for link in root.findall(f"{A}link")}

    def walk(self, address: str | None, rel: str) -> list[str]:
        met: list[str] = []
        while address:
            ids, links = self.read(address)
            met += ids
            address = links.get(rel)
        return met


@pytest.mark.parametrize("count", [0, 1, 4, 5, 23])
def test_who_walks_back_from_the_subscription_meets_every_item_once(count: int) -> None:
    items = tuple(item(number) for number in range(1, count + 1))
    reader = Reader(items, entries=4)

    met = reader.walk(f"https://watch.example/tags/{LAVROV.slug}/atom.xml", "prev-archive")

    assert sorted(met) == sorted(one.id for one in items)


def test_who_walks_forward_from_the_oldest_ends_at_the_present() -> None:
    items = tuple(item(number) for number in range(1, 24))
    reader = Reader(items, entries=4)

    met = reader.walk(
        f"https://watch.example/tags/{LAVROV.slug}/archive/1/atom.xml", "next-archive"
    )

    assert sorted(met) == sorted(one.id for one in items)


def test_closed_documents_do_not_change_when_more_arrives() -> None:
    items = tuple(item(number) for number in range(1, 24))
    before = Reader(items[:9], entries=4).documents
    after = Reader(items, entries=4).documents
    closed = [path for path, body in before.items() if b"<fh:archive" in body]

    assert len(closed) == 3
    assert all(before[path] == after[path] for path in closed)
