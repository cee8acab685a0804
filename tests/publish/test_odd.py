"""Entries as no publisher should write them, read and published: every format stays valid.

The rules are those of RFC 4287, the RSS 2.0 specification, JSON Feed 1.1 and BCP 47, as far as a
program can check them without asking others.
"""

import json
import re
from collections.abc import Iterator
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
from lxml import etree

from aggregator.parse.document import parse
from aggregator.publish import atom, jsonfeed, rss
from aggregator.values.item import Item
from aggregator.values.output import ChannelContents

from .builders import EDITION, NOON, channel, item, source

A = "{http://www.w3.org/2005/Atom}"
XML = "{http://www.w3.org/XML/1998/namespace}"
ADDRESS = re.compile(r"(https?://[^\s<>\"{}|\\^`]+|urn:[a-z0-9][a-z0-9-]*:\S+)")
LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*")
MEDIA_TYPE = re.compile(r"[\w.+-]+/[\w.+-]+")

ODD = {
    "no title": "<description>Nothing but words.</description>",
    "no link": "<title>Without a link</title>",
    "nothing": "<guid isPermaLink='false'>alone</guid>",
    "spaces": "<title>  </title><description> </description><link>  http://a.example/x y?q=ü </link>",
    "enclosures": "<title>Media</title>"
    + "".join(
        f"<enclosure url='{url}' type='{kind}' length='{length}'/>"
        for url in ("http://a.example/f 1.mp3", "/rel.mp3", "magnet:?xt=1", "")
        for kind in ("audio/mpeg", "audio", "", "text/html; charset=x")
        for length in ("12", "", "-1", "abc", "99999999999999999999")
    ),
    "long": f"<title>{'long ' * 2000}</title><link>http://a.example/{'x' * 3000}</link>",
    "right to left": "<title>&#x202E;وصل &#x2067;إلى ميلانو</title><link>http://a.example/r</link>",
    "emoji": "<title>👩‍👩‍👧 🏳️‍🌈 &#x1F600;</title><link>http://a.example/👍</link>",
    "markup": "<title>A &lt;b&gt;bold&lt;/b&gt; &amp;lt;script&amp;gt; 1 &lt; 2</title>",
    "relative": "<title>R</title><link>relative?x=1&amp;y=2#f</link>"
    "<description>&lt;a href='../up'&gt;up&lt;/a&gt;&lt;img src='//c.example/i.png'&gt;</description>",
    "categories": "<title>C</title>"
    + "".join(
        f"<category domain='{domain}'>c{number} &lt;é&gt;</category>"
        for number, domain in enumerate(("", "http://c.example/", "not a uri", "urn:x y") * 50)
    ),
    "media only": "<m:content url='http://a.example/m.mp4' type='video/mp4' fileSize='x'/>"
    "<m:thumbnail url='http://a.example/t.jpg' width='abc' height='-1'/>",
    "idn": "<title>I</title><link>http://пример.example/путь?в=о</link>",
    "no address": "<title>N</title><link>http://[::1</link>",
    "a port": "<title>P</title><link>http://me:secret@a.example:99999/a</link>",
    "soup": "<title>S</title><c:encoded><![CDATA[<table><td><p><b><script>x</script><svg/onload=x>"
    "]]></c:encoded><description>D</description>",
    "windows": "<title>A \x96 dash</title><description>\x85</description>",
    "authors": "<title>W</title><author>no address</author><d:creator>Ada &lt;a@x&gt;</d:creator>"
    "<d:creator/>",
    "first day": "<title>F</title><pubDate>Thu, 01 Jan 1970 00:00:00 GMT</pubDate>",
    "no day": "<title>Y</title><pubDate>yesterday</pubDate>",
    "a language": "<title>L</title><d:language>xx_TOO-long-for-a-tag-</d:language>",
}


def odd(name: str) -> Item:
    """The item of an odd entry."""
    document = (
        "<rss version='2.0' xmlns:m='http://search.yahoo.com/mrss/'"
        " xmlns:c='http://purl.org/rss/1.0/modules/content/'"
        " xmlns:d='http://purl.org/dc/elements/1.1/'><channel><title>Odd</title>"
        f"<language>en_US.utf8</language><item>{ODD[name]}</item></channel></rss>"
    )
    (entry,) = parse(
        document.encode(), url="http://a.example/f/feed.xml", content_type=None
    ).entries
    at = entry.published or NOON
    return item(
        1, sources=(source(entry),), url=entry.link, title=entry.title, at=at, updated=at, tags=()
    )


def contents(name: str) -> ChannelContents:
    return ChannelContents(channel("all"), (odd(name),), 1)


def addresses(root: Any) -> Iterator[str]:
    for element in root.iter():
        for attribute in ("href", "url", "domain", "scheme", "uri"):
            if attribute in element.attrib:
                yield element.get(attribute)


def is_known_language(element: Any) -> bool:
    said = element.get(f"{XML}lang")
    return said is None or LANGUAGE.fullmatch(said) is not None


@pytest.mark.parametrize("name", ODD)
def test_atom_is_valid(name: str) -> None:
    root = etree.fromstring(atom.render(contents(name), EDITION))
    (entry,) = root.findall(f"{A}entry")

    for part in (root, entry, entry.find(f"{A}source")):
        assert ADDRESS.fullmatch(part.findtext(f"{A}id"))
        assert part.findtext(f"{A}title").strip()
        assert datetime.fromisoformat(part.findtext(f"{A}updated")).tzinfo
    assert all(author.findtext(f"{A}name").strip() for author in entry.findall(f"{A}author"))
    assert entry.findall(f"{A}author")
    assert entry.find(f"{A}content").text.strip()
    links = entry.findall(f"{A}link")
    assert sum(link.get("rel") == "alternate" for link in links) == 1
    assert all(MEDIA_TYPE.fullmatch(link.get("type", "a/b")) for link in links)
    assert all(link.get("length", "1").isdigit() for link in links)
    assert all(category.get("term").strip() for category in entry.findall(f"{A}category"))
    assert [one for one in addresses(root) if not ADDRESS.fullmatch(one)] == []
    assert all(map(is_known_language, root.iter()))


@pytest.mark.parametrize("name", ODD)
def test_rss_is_valid(name: str) -> None:
    root = etree.fromstring(rss.render(contents(name), EDITION))
    (entry,) = root.findall("channel/item")

    assert entry.findtext("title").strip()
    assert entry.findtext("description").strip()
    assert ADDRESS.fullmatch(entry.findtext("link"))
    assert entry.findtext("link").isascii()
    assert parsedate_to_datetime(entry.findtext("pubDate")).tzinfo
    assert len(entry.findall("enclosure")) <= 1
    for enclosure in entry.findall("enclosure"):
        assert enclosure.get("length").isdigit()
        assert MEDIA_TYPE.fullmatch(enclosure.get("type"))
    assert [one for one in addresses(root) if not ADDRESS.fullmatch(one)] == []


@pytest.mark.parametrize("name", ODD)
def test_json_feed_is_valid(name: str) -> None:
    feed = json.loads(jsonfeed.render(contents(name), EDITION))
    (entry,) = feed["items"]

    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert entry["id"]
    assert entry["title"].strip()
    assert entry["content_html"].strip()
    for key in ("url", "image"):
        assert ADDRESS.fullmatch(entry.get(key, "http://a.example/"))
    for key in ("date_published", "date_modified"):
        assert datetime.fromisoformat(entry[key]).tzinfo
    for attachment in entry.get("attachments", ()):
        assert ADDRESS.fullmatch(attachment["url"])
        assert MEDIA_TYPE.fullmatch(attachment["mime_type"])
        assert attachment.get("size_in_bytes", 1) > 0
    assert all(isinstance(tag, str) and tag.strip() for tag in entry.get("tags", ()))
    assert LANGUAGE.fullmatch(entry.get("language", "en"))
    assert None not in entry.values()
