"""Whatever a publisher puts where plain text belongs, nothing of it becomes markup of ours."""

import json
import re
from dataclasses import replace
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

import feedparser
import pytest
from lxml import etree

from aggregator.publish import atom, jsonfeed, pages, rss, sheet
from aggregator.values.item import Category, Enclosure, Entry, Headline, Item, Picture
from aggregator.values.output import ChannelContents

from .builders import EDITION, contents, entry, item, source

VECTORS = Path(__file__).parents[3] / "shared" / "html5sec" / "rss.txt"
SAFE = re.compile(r"https?://|feed://watch\.example/|mailto:desk@|[./#]|about/|\Z")
OWN = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</title></head><svg/onload=alert(1)>",
    "javascript:alert(1)",
    "JaVaScRiPt&#58;alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "{{ 7 * 7 }}{% raw %}",
    "]]><script>alert(1)</script>",
    "\u202e<b>\x00</b>",
)


@cache
def vectors() -> tuple[str, ...]:
    if not VECTORS.exists():
        pytest.skip(f"no list of attacks at {VECTORS}")
    return tuple(VECTORS.read_text(encoding="utf-8", errors="replace").splitlines())


def everywhere(attack: str) -> Item:
    """An item with the attack in every place that is no sanitised HTML."""
    lead = Entry(
        guid=attack,
        link=attack,
        title=attack,
        authors=(attack,),
        categories=(Category(attack, attack, attack),),
        text=attack,
        enclosures=(Enclosure(attack, attack, 1, attack), Enclosure("https://a.example/" + attack)),
        picture=Picture("https://a.example/" + attack, attack),
        language=attack,
        comments=attack,
    )
    said = replace(source(lead), feed_title=attack, feed_home=attack)
    other = replace(source(replace(lead, link="https://b.example/" + attack)), feed=attack)
    return item(
        1,
        lead=lead,
        url=attack,
        title=attack,
        sources=(said, other),
        earlier=(Headline(attack, item().at),),
    )


# What can be followed has it, in front of whatever publishers say.
OUR_SCRIPT = sheet.static_path("copy.js")


class Inert(HTMLParser):
    """Objects to whatever could act."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "script" and dict(attrs)["src"] in (f"./{OUR_SCRIPT}", f"../{OUR_SCRIPT}"):
            return
        assert tag not in ("script", "style", "iframe", "object", "embed", "base", "frame")
        self.tags.add(tag)
        for name, value in attrs:
            assert not name.startswith("on")
            assert name not in ("style", "srcdoc", "formaction", "xlink:href")
            if name in ("href", "src", "action"):
                assert SAFE.match(value or ""), value


def hostile_contents(attacks: tuple[str, ...]) -> ChannelContents:
    return contents(*(everywhere(attack) for attack in attacks), kind="all")


def check(attacks: tuple[str, ...]) -> None:
    shown = hostile_contents(attacks)
    for page in (
        pages.channel_page(shown, EDITION),
        *(pages.item_page(one, EDITION) for one in shown.items),
        *(pages.search_page(pages.Search(attack), [], 0, EDITION) for attack in attacks),
    ):
        Inert(page.decode())
    for link in etree.fromstring(atom.render(shown, EDITION)).iter("{*}link", "{*}thumbnail"):
        address = link.get("href") or link.get("url") or ""
        assert address.startswith(("http://", "https://"))
    for link in etree.fromstring(rss.render(shown, EDITION)).iter("link"):
        assert (link.text or "").startswith(("http://", "https://"))
    for one in json.loads(jsonfeed.render(shown, EDITION))["items"]:
        assert one["url"].startswith("https://watch.example/items/") or one["url"].startswith(
            "https://b.example/"
        )
        Inert(one["content_html"])


def test_attacks_in_plain_text_are_inert() -> None:
    check(OWN)


def test_known_attacks_in_plain_text_are_inert() -> None:
    check(vectors())


def test_a_page_has_no_more_kinds_of_tags_for_being_attacked() -> None:
    attacked = pages.channel_page(hostile_contents(OWN), EDITION).decode()
    spared = pages.channel_page(hostile_contents(("https://wire.example/",)), EDITION).decode()

    assert "alert(1)" in attacked
    assert Inert(attacked).tags - {"mark"} == Inert(spared).tags - {"mark"}


@pytest.mark.parametrize("render", [atom.render, rss.render])
def test_titles_are_no_markup_for_readers_that_take_them_for_it(render: object) -> None:
    assert callable(render)
    shown = contents(item(1, lead=entry(1), title="<img src=x onerror=alert(1)>Hello"))

    title = feedparser.parse(render(shown, EDITION), sanitize_html=False).entries[0].title

    assert "<img" not in title
