import html
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import feedparser
from feedgen.entry import FeedEntry
from lxml import etree

from aggregator.publish import atom
from aggregator.publish.piece import piece
from aggregator.values.item import Category, Enclosure, Entry, Item, ItemTag, Picture
from aggregator.values.output import ArchiveDocument, ChannelContents, Edition

from .builders import (
    EDITION,
    LAVROV,
    PAPER,
    SITE,
    WIRE,
    archive_output,
    channel,
    contents,
    entry,
    item,
    source,
)

A = "{http://www.w3.org/2005/Atom}"
MEDIA = "{http://search.yahoo.com/mrss/}"
HISTORY = "{http://purl.org/syndication/history/1.0}"


def rendered(shown: ChannelContents, edition: Edition = EDITION) -> Any:
    return etree.fromstring(atom.render(shown, edition))


def entry_of(shown: Item, edition: Edition = EDITION) -> Any:
    return rendered(contents(shown), edition).find(f"{A}entry")


def links(element: Any) -> dict[str, list[dict[str, str]]]:
    found: dict[str, list[dict[str, str]]] = {}
    for link in element.findall(f"{A}link"):
        found.setdefault(link.get("rel"), []).append(dict(link.attrib))
    return found


def test_the_feed_says_what_it_is_and_where() -> None:
    feed = rendered(contents(item(1), item(2)))

    assert feed.findtext(f"{A}id") == "https://watch.example/tags/sergei-lavrov/"
    assert feed.findtext(f"{A}title") == "Sergey Lavrov – Diplomacy Watch"
    assert feed.findtext(f"{A}updated") == "2026-11-20T14:00:00+00:00"
    assert feed.find(f"{A}generator").text == "aggregator"
    assert {rel: said[0]["href"] for rel, said in links(feed).items()} == {
        "alternate": "https://watch.example/tags/sergei-lavrov/",
        "self": "https://watch.example/tags/sergei-lavrov/atom.xml",
        "hub": "https://hub.example/",
    }


def test_a_site_without_a_hub_names_none() -> None:
    edition = replace(EDITION, site=replace(SITE, hub=None))

    assert b"hub" not in atom.render(contents(), edition)


def test_equal_contents_give_equal_bytes() -> None:
    assert atom.render(contents(item()), EDITION) == atom.render(contents(item()), EDITION)


def test_an_empty_channel_is_a_feed_that_never_changed() -> None:
    feed = rendered(contents())

    assert feed.findtext(f"{A}updated") == atom.NEVER.isoformat()
    assert feed.find(f"{A}entry") is None


def test_the_entry_keeps_its_permanent_id_and_both_times() -> None:
    changed = datetime(2026, 11, 21, 8, 30, 0, 999, tzinfo=UTC)

    shown = entry_of(item(1, updated=changed))

    assert shown.findtext(f"{A}id") == "urn:uuid:00000000-0000-4000-8000-000000000001"
    assert shown.findtext(f"{A}published") == "2026-11-20T13:00:00+00:00"
    assert shown.findtext(f"{A}updated") == "2026-11-21T08:30:00+00:00"


def test_enclosures_survive_with_type_length_and_title() -> None:
    sound = Enclosure("https://wire.example/a b.mp3", "audio/mpeg", 1234, "Listen")
    unknown = Enclosure("https://wire.example/film.mp4")
    bad = Enclosure("javascript:alert(1)", "text/html")

    shown = entry_of(item(1, lead=entry(1, enclosures=(sound, unknown, bad))))

    assert links(shown)["enclosure"] == [
        {
            "href": "https://wire.example/a%20b.mp3",
            "rel": "enclosure",
            "type": "audio/mpeg",
            "length": "1234",
            "title": "Listen",
        },
        {"href": "https://wire.example/film.mp4", "rel": "enclosure", "type": "video/mp4"},
    ]


def test_the_source_is_credited_with_id_title_time_and_links() -> None:
    shown = entry_of(item()).find(f"{A}source")

    assert shown.findtext(f"{A}id") == "https://wire.example/feed.xml"
    assert shown.findtext(f"{A}title") == "The Wire"
    assert shown.findtext(f"{A}updated") == "2026-11-20T12:00:00+00:00"
    assert links(shown)["self"][0]["href"] == "https://wire.example/feed.xml"
    assert links(shown)["alternate"][0]["href"] == "https://wire.example/"


def test_credentials_of_a_feed_are_not_published() -> None:
    lead = entry()
    private = "https://user:hidden@paper.example/rss"

    document = atom.render(contents(item(1, sources=(source(lead, feed=private),))), EDITION)

    assert b"hidden" not in document
    assert b"https://paper.example/rss" in document


def test_a_local_feed_has_an_id_though_it_has_no_address() -> None:
    lead = entry()

    shown = entry_of(item(1, sources=(source(lead, feed="file:samples/wire.xml"),)))

    assert shown.find(f"{A}source").findtext(f"{A}id").startswith("urn:uuid:")
    assert "self" not in links(shown.find(f"{A}source"))


def test_other_sources_are_related_and_their_feeds_are_named() -> None:
    other = source(entry(1, link="https://paper.example/1"), feed=PAPER, title="The Paper")
    same = source(entry(1), feed="https://third.example/rss", title="Third")

    found = links(entry_of(item(1, other, same)))

    assert [link["href"] for link in found["alternate"]] == ["https://wire.example/1"]
    assert [(link["href"], link["title"]) for link in found["related"]] == [
        ("https://paper.example/1", "The Paper"),
        (
            "https://watch.example/items/00000000-0000-4000-8000-000000000001",
            "All sources, and why",
        ),
    ]
    assert [link["title"] for link in found["via"]] == ["The Wire", "The Paper", "Third"]


def test_tags_and_categories_are_told_apart_by_their_scheme() -> None:
    categories = (Category("world", "https://wire.example/c", "World"), Category("WORLD"))

    shown = entry_of(item(1, lead=entry(1, categories=categories)))

    assert [dict(label.attrib) for label in shown.findall(f"{A}category")] == [
        {
            "term": "federica-mogherini",
            "scheme": "https://watch.example/tags/",
            "label": "Federica Mogherini",
        },
        {
            "term": "sergei-lavrov",
            "scheme": "https://watch.example/tags/",
            "label": "Sergey Lavrov",
        },
        {"term": "world", "scheme": "https://wire.example/c", "label": "World"},
    ]


def test_the_content_ends_with_the_reason() -> None:
    shown = entry_of(item())

    assert shown.find(f"{A}content").get("type") == "html"
    assert shown.findtext(f"{A}content").endswith(
        '\n<p class="why"><small>Names Sergey Lavrov '
        "(“Lavrov” in the headline; “Lavrov” in the text)</small></p>"
    )


def test_a_summary_stands_beside_a_content_only() -> None:
    with_both = entry_of(item(1, lead=entry(1, summary="<p>Short.</p>")))
    with_one = entry_of(item(1, lead=entry(1, content=None, summary="<p>Short.</p>")))

    assert with_both.findtext(f"{A}summary") == "<p>Short.</p>"
    assert with_one.find(f"{A}summary") is None
    assert with_one.findtext(f"{A}content").startswith("<p>Short.</p>")


def test_the_feed_has_the_language_that_all_entries_have_and_else_none() -> None:
    lang = "{http://www.w3.org/XML/1998/namespace}lang"
    english, unknown = item(1), item(2, lead=entry(2, language=None))

    assert rendered(contents(english)).get(lang) == "en"
    assert rendered(contents(english, unknown)).get(lang) is None


def test_an_entry_without_a_language_has_that_of_its_feed_in_the_configuration() -> None:
    told = replace(EDITION, languages={WIRE: "de"})

    shown = entry_of(item(1, lead=entry(1, language=None)), edition=told)

    assert shown.get("{http://www.w3.org/XML/1998/namespace}lang") == "de"


def test_language_and_thumbnail_are_those_of_the_entry() -> None:
    picture = Picture("https://wire.example/p.jpg", "Ministers", 300, None)

    shown = entry_of(item(1, lead=entry(1, language="de_AT", picture=picture)))

    assert shown.get("{http://www.w3.org/XML/1998/namespace}lang") == "de-AT"
    assert dict(shown.find(f"{MEDIA}thumbnail").attrib) == {
        "url": "https://wire.example/p.jpg",
        "width": "300",
    }


def test_an_item_that_says_nothing_is_still_an_entry() -> None:
    nothing = Entry()

    shown = entry_of(
        item(1, lead=nothing, url=None, title=None, sources=(source(nothing),), tags=())
    )

    assert shown.findtext(f"{A}title") == "Untitled, from The Wire"
    assert shown.findtext(f"{A}author/{A}name") == "The Wire"
    assert shown.findtext(f"{A}content") == "<p>Untitled, from The Wire</p>"
    assert links(shown)["alternate"][0]["href"].endswith(
        "/items/00000000-0000-4000-8000-000000000001"
    )


def test_a_missing_title_is_the_start_of_the_text() -> None:
    shown = entry_of(item(1, lead=entry(1, title=None), title=None))

    assert shown.findtext(f"{A}title").startswith("The ministers met for the 1. time this year.")


def test_a_title_that_looks_like_markup_stays_text_in_every_reader() -> None:
    shown = entry_of(item(1, title="<b>Bold</b> & co"))

    assert shown.find(f"{A}title").get("type") == "html"
    assert shown.findtext(f"{A}title") == "&lt;b&gt;Bold&lt;/b&gt; &amp; co"


def test_characters_that_xml_forbids_do_no_harm() -> None:
    lead = entry(1, content="<p>a\x00b\ufffe</p>", authors=("A\x1b",))

    shown = entry_of(item(1, lead=lead, title="Talks\x0b\ud800 go on"))

    assert shown.findtext(f"{A}title") == "Talks go on"
    assert shown.findtext(f"{A}content").startswith("<p>ab</p>")


def test_an_editors_tag_alone_is_enough() -> None:
    lead = entry(1, title="Talks", text="Ministers met.", content="<p>Ministers met.</p>")
    verdict = ItemTag(LAVROV.slug, about=True, salience=1.0, by="editor")

    shown = entry_of(item(1, sources=(source(lead),), tags=(verdict,)))

    assert "Names Sergey Lavrov (by an editor)" in shown.findtext(f"{A}content")


def test_a_feed_with_closed_archives_goes_on_in_the_newest() -> None:
    feed = rendered(contents(item(), archive=2))

    assert links(feed)["prev-archive"][0]["href"] == (
        "https://watch.example/tags/sergei-lavrov/archive/2/atom.xml"
    )
    assert feed.find(f"{HISTORY}archive") is None


def test_an_archive_document_says_that_it_is_one() -> None:
    feed = etree.fromstring(
        archive_output(channel(), ArchiveDocument(2, 1), [item(2), item(1)], EDITION).body
    )

    assert feed.find(f"{HISTORY}archive") is not None
    assert feed.findtext(f"{A}id") == "https://watch.example/tags/sergei-lavrov/"
    assert {"self", "current", "prev-archive", "next-archive"} <= links(feed).keys()
    assert len(feed.findall(f"{A}entry")) == 2


def test_a_browser_is_told_how_to_show_it() -> None:
    document = atom.render(contents(), EDITION)

    assert b'<?xml-stylesheet type="text/css" href="/static/feed.css"?>' in document


def test_feedparser_reads_it_without_complaint() -> None:
    feed = feedparser.parse(atom.render(contents(item(1), item(2)), EDITION))

    assert not feed.bozo
    assert [one.title for one in feed.entries] == [
        "Lavrov in Milan, day 2",
        "Lavrov in Milan, day 1",
    ]
    assert feed.entries[0].source.title == "The Wire"


def test_an_entry_is_what_feedgen_would_make_of_it() -> None:
    lead = entry(
        title='Lavrov: "a < b" & more',
        authors=("Jo Holm", "R & D"),
        categories=(Category("trade", None, None), Category("eu", "http://c.example/", "The <EU>")),
        summary="<p>In\r\nshort</p>",
        content="<p>a &amp; b ]]&gt;</p>",
    )
    shown = piece(item(1, lead=lead), channel(), EDITION)
    expected = FeedEntry()
    expected.id(shown.id)
    expected.title(html.escape(shown.title, quote=False))
    expected.published(shown.published)
    expected.updated(shown.updated)
    expected.author([{"name": name} for name in shown.authors])
    expected.content(shown.content_html, type="html")
    expected.summary(shown.summary_html, type="html")
    for label in (*shown.tags, *shown.categories):
        said = {"term": label.term, "scheme": label.scheme, "label": label.label}
        expected.category({name: value for name, value in said.items() if value})
    made = expected.atom_entry()
    made.find("title").set("type", "html")

    written = etree.fromstring(atom.entry(shown).replace(b"media:", b""))

    for one in (*written.findall("link"), *written.findall("source")):
        written.remove(one)
    assert [etree.tostring(one) for one in written] == [etree.tostring(one) for one in made]
