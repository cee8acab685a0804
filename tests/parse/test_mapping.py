"""Feeds of the common shapes are read as feedparser reads them, field for field, or by it."""

import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from aggregator.parse import mapping, reference
from aggregator.parse.dates import quickly
from aggregator.parse.names import Unusual
from aggregator.parse.scan import scan
from tests.support.bothways import check, read, taking
from tests.support.corpus import CORPUS, SHARED
from tests.support.dialects import PEOPLE, TIMES, WORDS, feeds

RSS = '<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>T</title>{}</channel></rss>'
ATOM = '<feed xmlns="http://www.w3.org/2005/Atom"><title>T</title>{}</feed>'


@pytest.mark.parametrize(
    ("folder", "share"), [(CORPUS, 0.5), (SHARED / "feeds", 0.85)], ids=["corpus", "real"]
)
def test_documents_are_read_as_feedparser_reads_them(folder: Path, share: float) -> None:
    if not folder.is_dir():
        pytest.skip("the collection of real feeds is not on this machine")
    files = [
        file
        for file in sorted(folder.rglob("*"))
        if file.is_file() and file.suffix not in {".md", ".json"}
    ]

    taken = [check(file.read_bytes()) for file in files]

    assert sum(taken) >= share * len(files)


def test_made_up_feeds_are_no_exception() -> None:
    taken: list[bool] = []

    @settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
    @given(feeds())
    def any_feed(body: bytes) -> None:
        taken.append(check(body))

    any_feed()

    assert sum(taken) > len(taken) / 5


COMMON = {
    "RSS": RSS.format("<item><title>A</title><guid>1</guid><dc:creator>B</dc:creator></item>"),
    "Atom": ATOM.format('<entry><title type="html">A</title><link href="/a"/><id>1</id></entry>'),
    "RDF": '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
    ' xmlns="http://purl.org/rss/1.0/"><channel><title>T</title></channel>'
    '<item rdf:about="urn:1"><title>A</title></item></rdf:RDF>',
    "namespaces by other prefixes": '<rss version="2.0" xmlns:d="http://purl.org/dc/elements/1.1/">'
    "<channel><item><d:creator>B</d:creator><d:date>2026-01-02</d:date></item></channel></rss>",
    "XHTML": ATOM.format(
        '<entry><content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>A<br/>B</p>'
        "</div></content></entry>"
    ),
    "bases": ATOM.format('<entry xml:base="/b/"><link xml:base="c/" href="d"/></entry>'),
    "a mended charset": RSS.format("<item><title>\u00d0\u009f\u00d1\u0080</title></item>"),
    "unknown elements": RSS.format("<item><foo a='1'>x</foo><bar>y</bar></item>"),
    "what feedparser keeps for itself": RSS.format(
        '<item xmlns:title="urn:a"><title:detail>A</title:detail></item>'
    ),
    "XHTML side by side": ATOM.format(
        '<entry><summary type="xhtml">\n<div xmlns="http://www.w3.org/1999/xhtml">A</div>'
        '<div xmlns="http://www.w3.org/1999/xhtml">B</div>\n</summary></entry>'
    ),
    "XHTML alone": ATOM.format(
        '<rights type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">A</div></rights><entry>'
        '<summary type="xhtml"> <div xmlns="http://www.w3.org/1999/xhtml" xml:lang="de">'
        '<a REL="Me" title="&lt;&quot;">A</a></div>\n</summary></entry>'
    ),
    "abstracts": RSS.format("<item><abstract>A &amp;amp; B</abstract></item>"),
    "addresses that are none": RSS.format("<item><link>http://[a/</link><guid>//[b</guid></item>"),
    "a long guid": RSS.format(f"<item><guid>{'1' * 3_000}</guid></item>"),
    "the license of a graph": RSS.format(
        '<item xmlns:cc="http://web.resource.org/cc/"><cc:license><cc:permits/></cc:license></item>'
    ),
    "authors side by side": ATOM.format(
        "<entry><author><name>A</name><email>a@b.example</email></author>"
        "<author><name>B</name></author><author>C</author></entry>"
    ),
    "WordPress": RSS.format(
        '<site xmlns="com-wordpress:feed-additions:1">1</site><item><title>A</title></item>'
    ),
}


@pytest.mark.parametrize("body", COMMON.values(), ids=COMMON)
def test_a_common_shape_needs_no_feedparser(body: str) -> None:
    assert check(body.encode())


UNUSUAL = {
    "a doctype": '<!DOCTYPE rss [<!ENTITY a "b">]>' + RSS.format("<item><title>&a;</title></item>"),
    "Atom 0.3": '<feed version="0.3" xmlns="http://purl.org/atom/ns#"><entry/></feed>',
    "an undeclared prefix": RSS.format("<item><x:title>A</x:title></item>"),
    "a prefix for something else": RSS.replace("purl.org/dc", "example.com/dc").format("<item/>"),
    "a prefix for two things": RSS.format(
        '<item xmlns:a="urn:1"><a:b/></item><item xmlns:a="urn:2"><a:b/></item>'
    ),
    "an unknown main namespace": RSS.format('<item xmlns="urn:1"><title>A</title></item>'),
    "entries in entries": RSS.format("<item><item><title>A</title></item></item>"),
    "titles in unknown elements": RSS.format("<item><box><title>A</title></box></item>"),
    "markup that is not escaped": RSS.format("<item><title>A <b>B</b></title></item>"),
    "base64": ATOM.format('<entry><content type="image/png">AAAA</content></entry>'),
    "base64 of Atom 0.3": ATOM.format('<entry><content mode="base64">AAAA</content></entry>'),
    "content elsewhere": ATOM.format('<entry><content src="https://x.example/a.mp4"/></entry>'),
    "XHTML with drawings": ATOM.format(
        '<entry><content type="xhtml"><svg xmlns="http://www.w3.org/2000/svg"/></content></entry>'
    ),
    "attributes of other namespaces": RSS.format(
        '<item xmlns:x="urn:x"><link x:href="https://x.example/">a</link></item>'
    ),
    "a base that is no page": RSS.format('<item xml:base="file:a"><link>b</link></item>'),
    "items beside the channel": "<rss><channel/><item><title>A</title></item></rss>",
    "two channels": "<rss><channel/><channel><item><title>A</title></item></channel></rss>",
    "entries of CDF": RSS.format('<item href="/a"><title>A</title></item>'),
    "elements in a guid": RSS.format("<item><guid>a<b/></guid></item>"),
    "elements in a mailbox": RSS.format("<item><url>a<b/></url></item>"),
    "elements in a picture": RSS.format("<image><logo/></image><item><title>A</title></item>"),
    "a namespace taken back": ATOM.format('<entry xmlns=""><title>A</title></entry>'),
    "a misspelt namespace by another prefix": RSS.replace("xmlns:dc", "xmlns:d")
    .replace("1.1/", "1.1")
    .format("<item><d:title>A</d:title></item>"),
    "WordPress with a prefix": RSS.format(
        '<wp:site xmlns:wp="com-wordpress:feed-additions:1"/><item/>'
    ),
    "keywords with attributes": RSS.format(
        '<item xmlns:media="http://search.yahoo.com/mrss/"><media:keywords a="b">A</media:keywords>'
        "</item>"
    ),
    "authors in words, then in elements": ATOM.format(
        "<entry><author>A</author><author><name>B</name></author></entry>"
    ),
    "other than XHTML in XHTML": ATOM.format(
        '<entry><content type="xhtml"><p>A</p></content></entry>'
    ),
    "bases in XHTML": ATOM.format(
        '<entry><content type="xhtml"><p xmlns="http://www.w3.org/1999/xhtml" xml:base="/a"/>'
        "</content></entry>"
    ),
    "a text longer than libxml2 takes": RSS.format(
        f"<item><description>{'long ' * 2_100_000}</description></item>"
    ),
    "names with a line": RSS.format("<item><dc_title>A</dc_title></item>"),
    "no feed": "<menu><item><title>Soup</title></item></menu>",
    "channels of CDF": '<rss><channel href="/a"><item><title>A</title></item></channel></rss>',
}


@pytest.mark.parametrize("body", UNUSUAL.values(), ids=UNUSUAL)
def test_what_is_unusual_is_left_to_feedparser(body: str) -> None:
    note: list[bool] = []

    with taking(note):
        read(body.encode())

    assert True not in note


@pytest.mark.parametrize("url", ["file:samples/a.xml", "feed:x", "", "http:a"], ids=repr)
def test_a_document_without_an_address_of_its_own_is_left_to_feedparser(url: str) -> None:
    look = scan(COMMON["RSS"].encode())

    with pytest.raises(Unusual):
        mapping.read(look.document, url, look.declared)


@settings(max_examples=300, deadline=None)
@given(st.one_of(TIMES, st.text("0123456789-+:TZ. ,MonvGM", max_size=32)))
@example("Tue, 24 Nov 2026 02:00:00 -0130")
@example("24 Nov 2026 02:00:00 GMT")
@example("2026-11-24T02:00:00-05:30")
def test_a_time_read_quickly_is_the_time_that_feedparser_reads(text: str) -> None:
    ours, theirs = quickly(text), reference.time(text)

    assert ours is None or (theirs is not None and tuple(ours[:6]) == tuple(theirs[:6]))


@given(st.one_of(WORDS, PEOPLE, st.text("<>/&;#@().b1 ax", max_size=20)))
def test_a_text_is_taken_for_html_or_a_person_as_feedparser_takes_it(text: str) -> None:
    body = RSS.format(f"<item><dc:creator><![CDATA[{text}]]></dc:creator></item>")

    assert isinstance(reference.is_html(text), bool)
    assert "]]" in text or check(body.encode())


MANY = 50_000
HOSTILE = {
    "keywords": RSS.format(
        '<item xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"><itunes:keywords>'
        + ",".join(map(str, range(MANY)))
        + "</itunes:keywords></item>"
    ),
    "categories": RSS.format(
        "<item>" + "".join(f"<category>{number}</category>" for number in range(MANY)) + "</item>"
    ),
    "labels of media": RSS.format(
        '<item xmlns:media="http://search.yahoo.com/mrss/"><media:content>'
        + "".join(f"<media:category>{number}</media:category>" for number in range(MANY))
        + "</media:content></item>"
    ),
    "authors": RSS.format("<item>" + "<author>a@b.example</author>" * MANY + "</item>"),
    "unknown elements": RSS.format("<item>" + "<x>" * 150 + "<y/>" * MANY + "</x>" * 150 + "</item>"),
    "links of a feed": RSS.format('<link href="/a" rel="hub"/>' * MANY),
    "entries": RSS.format("<item><title>A</title></item>" * MANY),
    "texts": ATOM.format(
        '<entry><content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">'
        + "<i>" * 150 + "a<br/>" * MANY + "</i>" * 150 + "</div></content></entry>"
    ),
}  # fmt: skip
SOON_S = 10  # of the processor; whoever takes the square of them takes minutes


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE)
def test_many_of_a_thing_are_read_in_time(body: str) -> None:
    note: list[bool] = []
    started = time.process_time()

    with taking(note):
        read(body.encode())

    assert time.process_time() - started < SOON_S
    assert note == [True]
