from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from aggregator import opml
from aggregator.publish import outputs, plan
from aggregator.values.output import ChannelSummary, View

from .builders import EDITION, NOON, PEOPLE, contents, feed, item, month_output, outputs_of

SUMMARIES = tuple(
    ChannelSummary(planned, 1, NOON, (1,))
    for planned in plan.channels(PEOPLE.values(), [View("eu-russia", "EU and Russia", "x")])
)


def site_files(edition: Any = EDITION) -> dict[str, bytes]:
    return {output.path: output.body for output in outputs.site_outputs(SUMMARIES, edition)}


def test_a_channel_is_published_in_every_format() -> None:
    made = outputs_of(contents(item()), EDITION)

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
    made = outputs_of(contents(item(), kind=kind), EDITION)

    assert {output.path.rpartition("/")[0] for output in made} == {folder}


def test_a_month_has_a_page_below_its_channel() -> None:
    made = month_output(contents(item()), date(2026, 11, 1), [item()], EDITION)

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
