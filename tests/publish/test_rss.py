from dataclasses import replace
from typing import Any

import feedparser
import pytest
from lxml import etree

from aggregator.publish import rss
from aggregator.values.item import Category, Enclosure, Entry, Picture
from aggregator.values.output import ChannelContents

from .builders import EDITION, SITE, contents, entry, item, source

ATOM = "{http://www.w3.org/2005/Atom}"
CONTENT = "{http://purl.org/rss/1.0/modules/content/}"
DC = "{http://purl.org/dc/elements/1.1/}"
MEDIA = "{http://search.yahoo.com/mrss/}"


def rendered(shown: ChannelContents) -> Any:
    return etree.fromstring(rss.render(shown, EDITION)).find("channel")


def test_the_channel_says_what_it_is_and_where() -> None:
    channel = rendered(contents(item(1), item(2)))

    assert channel.findtext("title") == "Sergey Lavrov – Diplomacy Watch"
    assert channel.findtext("link") == "https://watch.example/tags/sergei-lavrov/"
    assert channel.findtext("lastBuildDate") == "Fri, 20 Nov 2026 14:00:00 +0000"
    assert channel.findtext("ttl") == "60"
    assert {link.get("rel") for link in channel.findall(f"{ATOM}link")} == {"self", "hub"}


def test_a_site_without_a_hub_names_none() -> None:
    edition = replace(EDITION, site=replace(SITE, hub=None))

    assert b"hub" not in rss.render(contents(), edition)


def test_tags_and_categories_are_told_apart_by_their_domain() -> None:
    shown = rendered(contents(item(1, lead=entry(1, categories=(Category("Politics"),)))))

    assert [(one.text, one.get("domain")) for one in shown.findall("item/category")] == [
        ("Federica Mogherini", "https://watch.example/tags/"),
        ("Sergey Lavrov", "https://watch.example/tags/"),
        ("Politics", None),
    ]


def test_the_language_is_said_only_when_all_items_share_it() -> None:
    german = item(2, lead=entry(2, language="de"))

    assert rendered(contents(item(1))).findtext("language") == "en"
    assert rendered(contents(item(1), german)).find("language") is None
    assert rendered(contents()).find("language") is None


def test_an_item_has_all_that_rss_can_say() -> None:
    lead = entry(
        1,
        summary="<p>Short.</p>",
        authors=("Ada Writer", "Ben Writer"),
        enclosures=(Enclosure("https://wire.example/a.mp3", "audio/mpeg"),),
        picture=Picture("https://wire.example/p.jpg"),
    )

    shown = rendered(contents(item(1, lead=lead))).find("item")

    assert shown.findtext("link") == "https://wire.example/1"
    assert shown.find("guid").get("isPermaLink") == "false"
    assert shown.findtext("guid") == "urn:uuid:00000000-0000-4000-8000-000000000001"
    assert shown.findtext("pubDate") == "Fri, 20 Nov 2026 13:00:00 +0000"
    assert [one.text for one in shown.findall(f"{DC}creator")] == ["Ada Writer", "Ben Writer"]
    assert shown.findtext("description") == "<p>Short.</p>"
    assert 'class="why"' in shown.findtext(f"{CONTENT}encoded")
    assert dict(shown.find("enclosure").attrib) == {
        "url": "https://wire.example/a.mp3",
        "length": "0",
        "type": "audio/mpeg",
    }
    assert shown.find(f"{MEDIA}thumbnail").get("url") == "https://wire.example/p.jpg"
    assert shown.find("source").get("url") == "https://wire.example/feed.xml"


@pytest.mark.parametrize(
    ("address", "written"),
    [
        ("https://wire.example/ü?q=é#ß", "https://wire.example/%C3%BC?q=%C3%A9#%C3%9F"),
        ("https://bücher.example/1", "https://xn--bcher-kva.example/1"),
        (f"https://{'ü' * 70}.example/", f"https://{'%C3%BC' * 70}.example/"),
    ],
)
def test_addresses_are_written_in_ascii(address: str, written: str) -> None:
    assert rendered(contents(item(1, url=address))).findtext("item/link") == written


def test_a_title_that_looks_like_markup_is_inert_in_readers_that_take_it_for_html() -> None:
    shown = rendered(contents(item(1, title="<script>x</script> 1 < 2 & co")))

    assert shown.findtext("item/title") == "&lt;script>x&lt;/script> 1 < 2 & co"


def test_a_local_feed_is_no_source_to_link_to() -> None:
    nothing = Entry()

    shown = rendered(contents(item(1, sources=(source(nothing, feed="file:a.xml"),), url=None)))

    assert shown.find("item/source") is None
    assert shown.findtext("item/description")


def test_feedparser_reads_it_without_complaint() -> None:
    feed = feedparser.parse(rss.render(contents(item(1), item(2)), EDITION))

    assert not feed.bozo
    assert [one.title for one in feed.entries] == [
        "Lavrov in Milan, day 2",
        "Lavrov in Milan, day 1",
    ]
