import json
from dataclasses import replace
from typing import Any

from aggregator.publish import jsonfeed
from aggregator.values.item import Category, Enclosure, Picture
from aggregator.values.output import ChannelContents

from .builders import EDITION, PAPER, SITE, contents, entry, item, source


def rendered(shown: ChannelContents) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(jsonfeed.render(shown, EDITION))
    return document


def test_the_feed_says_what_it_is_and_where() -> None:
    feed = rendered(contents(item()))

    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert feed["home_page_url"] == "https://watch.example/tags/sergei-lavrov/"
    assert feed["feed_url"] == "https://watch.example/tags/sergei-lavrov/feed.json"
    assert feed["hubs"] == [{"type": "WebSub", "url": "https://hub.example/"}]
    assert feed["language"] == "en"


def test_a_site_without_a_hub_names_none() -> None:
    edition = replace(EDITION, site=replace(SITE, hub=None))

    assert "hubs" not in json.loads(jsonfeed.render(contents(), edition))


def test_an_empty_channel_has_an_empty_list() -> None:
    assert rendered(contents())["items"] == []


def test_an_item_has_all_that_the_format_can_say() -> None:
    lead = entry(
        1,
        categories=(Category("Lavrov"), Category("sergey lavrov"), Category("Sergey Lavrov")),
        enclosures=(Enclosure("https://wire.example/a.mp3", "audio/mpeg", 7, "Listen"),),
        picture=Picture("https://wire.example/p.jpg"),
    )

    shown = rendered(contents(item(1, lead=lead)))["items"][0]

    assert shown["id"] == "urn:uuid:00000000-0000-4000-8000-000000000001"
    assert shown["url"] == "https://wire.example/1"
    assert shown["date_published"] == "2026-11-20T13:00:00+00:00"
    assert shown["authors"] == [{"name": "Ada Writer"}]
    assert shown["image"] == "https://wire.example/p.jpg"
    assert shown["tags"][:3] == ["Federica Mogherini", "Sergey Lavrov", "Lavrov"]
    assert len(shown["tags"]) == len(set(shown["tags"]))
    assert shown["attachments"] == [
        {
            "url": "https://wire.example/a.mp3",
            "mime_type": "audio/mpeg",
            "title": "Listen",
            "size_in_bytes": 7,
        }
    ]


def test_our_extension_tells_sources_tags_and_why() -> None:
    other = source(entry(1, link=None), feed=PAPER, title=None)

    ours = rendered(contents(item(1, other)))["items"][0]["_aggregator"]

    assert ours["sources"] == [
        {"name": "The Wire", "url": "https://wire.example/1"},
        {"name": "paper.example", "url": None},
    ]
    assert ours["tags"][1] == {"slug": "sergei-lavrov", "name": "Sergey Lavrov", "about": True}
    assert ours["why"].startswith("Names Sergey Lavrov")
