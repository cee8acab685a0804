"""Feed documents of every dialect, as they should be and as they are."""

import pickle
from datetime import UTC, datetime, timedelta

import pytest

from aggregator.errors import NotAFeed
from aggregator.parse.document import parse
from aggregator.parse.scan import MAX_ENTRIES
from aggregator.values.feed import Hints
from aggregator.values.item import Category, Enclosure, Picture
from tests.support.corpus import CORPUS, URL, body, entries_of, parsed


@pytest.mark.parametrize(
    ("name", "version", "count"),
    [
        ("rss091.xml", "rss091u", 1),
        ("rss10.rdf", "rss10", 1),
        ("rss20.xml", "rss20", 1),
        ("atom03.xml", "atom03", 1),
        ("atom10.xml", "atom10", 2),
        ("feed10.json", "json1", 1),
        ("feed11.json", "json11", 2),
    ],
)
def test_every_dialect_is_read(name: str, version: str, count: int) -> None:
    feed = parsed(name)

    assert feed.version == version
    assert len(feed.entries) == count


def test_every_corpus_document_is_listed_in_its_index() -> None:
    listed = (CORPUS / "README.md").read_text(encoding="utf-8")

    assert [path.name for path in sorted(CORPUS.iterdir()) if f"`{path.name}`" not in listed] == [
        "README.md"
    ]


def test_an_rss_entry_is_read_whole() -> None:
    (entry,) = entries_of("rss20.xml")

    assert entry.guid == "https://harbour.example/?p=7"
    assert entry.link == "https://harbour.example/ferry"
    assert entry.title == "Ferry & fog: a long night"
    assert entry.published == datetime(2026, 3, 2, 7, tzinfo=UTC)
    assert entry.authors == ("Ada Ferris", "Ben Oduya")
    assert entry.categories == (
        Category("Sea"),
        Category("Old & New Harbour", "https://harbour.example/places"),
    )
    assert entry.summary == "The ferry waited until dawn. […]"
    assert entry.comments == "https://harbour.example/ferry#comments"
    assert entry.enclosures == (
        Enclosure("https://harbour.example/audio/ferry.mp3", "audio/mpeg", 12345),
    )
    assert entry.picture == Picture("https://harbour.example/img/fog.jpg", "Fog over the pier")
    assert entry.language == "en-GB"


def test_the_text_is_all_there_is_to_read_a_block_a_line() -> None:
    (entry,) = entries_of("rss20.xml")

    assert entry.text.split("\n") == [
        "The ferry waited until dawn.",
        "Captain Ruth Amsel made tea.",
        "Nobody was hurt.",
        "Fog over the pier",
        "Harbour master Ivo Lund at the pier",
    ]


def test_content_is_safe_and_its_links_are_absolute() -> None:
    (entry,) = entries_of("rss20.xml")

    assert entry.content is not None
    assert "script" not in entry.content
    assert 'href="https://harbour.example/hurt"' in entry.content
    assert 'src="https://harbour.example/img/fog.jpg"' in entry.content


def test_what_a_feed_says_of_itself_is_read() -> None:
    feed = parsed("rss20.xml")

    assert feed.title == "Harbour Post"
    assert feed.home == "https://harbour.example/"
    assert feed.self_link == "https://harbour.example/feed.xml"
    assert feed.hub == "https://hub.example/"
    assert feed.icon == "https://harbour.example/logo.png"
    assert feed.hints == Hints(ttl=timedelta(minutes=90))
    assert feed.notes == ()


def test_hours_days_and_periods_are_hints() -> None:
    assert parsed("rss091.xml").hints == Hints(
        skip_hours=frozenset({0, 3}), skip_days=frozenset({6})
    )
    assert parsed("rss10.rdf").hints == Hints(update_period=timedelta(hours=6))


def test_xml_base_and_language_are_those_of_the_nearest_element() -> None:
    crane, only = entries_of("atom10.xml")

    assert crane.link == "https://harbour.example/fr/2026/grue"
    assert crane.content is not None
    assert 'href="https://harbour.example/fr/2026/photo"' in crane.content
    assert (crane.language, only.language) == ("fr", "en")


def test_an_atom_entry_without_an_author_is_by_the_author_of_the_feed() -> None:
    assert {entry.authors for entry in entries_of("atom10.xml")} == {("La rédaction",)}


def test_an_update_stands_in_for_the_publication_nobody_gave() -> None:
    _, only = entries_of("atom10.xml")

    assert only.published == only.updated == datetime(2026, 3, 3, 8, tzinfo=UTC)
    assert only.link == "https://harbour.example/only"


@pytest.mark.parametrize(
    ("name", "content_type"),
    [
        ("koi8-header.xml", "application/xml; charset=koi8-r"),
        ("windows-1251.xml", None),
        ("windows-1251.xml", "application/xml"),
        ("utf16.xml", "text/xml; charset=iso-8859-1"),
    ],
)
def test_a_mark_wins_over_the_header_and_the_header_over_the_document(
    name: str, content_type: str | None
) -> None:
    feed = parsed(name, content_type)

    assert feed.title == "Порт"
    assert feed.entries[0].title == "Паром пришёл"
    assert feed.notes == ()


@pytest.mark.parametrize(
    ("name", "content_type", "noted"),
    [
        ("latin1-header-utf8-body.xml", "text/xml; charset=ISO-8859-1", False),
        ("wrong-charset.xml", None, True),
        ("wrong-charset.xml", "text/xml; charset=no-such-charset", True),
    ],
)
def test_a_charset_that_cannot_be_true_is_not_believed(
    name: str, content_type: str | None, *, noted: bool
) -> None:
    feed = parsed(name, content_type)

    assert (feed.title, feed.entries[0].title) == ("Café", "Köche")
    assert bool(feed.notes) == noted


def test_one_broken_character_does_not_spoil_the_others() -> None:
    feed = parsed("broken-utf8.xml")

    assert feed.entries[0].title is not None
    assert feed.entries[0].title.startswith("Köche, Bäcker")
    assert "errors" in feed.notes[0]


@pytest.mark.parametrize("name", ["space-before.xml", "junk-before.xml", "junk-text-before.xml"])
def test_what_stands_before_the_document_does_no_harm(name: str) -> None:
    assert [entry.title for entry in entries_of(name)] == ["Fog"]


def test_a_document_cut_off_gives_what_there_is() -> None:
    feed = parsed("truncated.xml")

    assert [entry.text for entry in feed.entries] == ["Whole.", "Cut in the"]
    assert feed.notes == ("cut off before its end",)


@pytest.mark.parametrize("length", range(400, 560, 7))
def test_a_document_cut_off_anywhere_loses_no_entry_before(length: int) -> None:
    whole = body("rss20.xml")
    start = whole.index(b"<item>")

    feed = parse(whole[: start + length], url=URL, content_type=None)

    assert [entry.link for entry in feed.entries] == ["https://harbour.example/ferry"]


def test_an_ill_formed_document_gives_what_can_be_read_and_a_note() -> None:
    feed = parsed("ill-formed.xml")

    assert [entry.title for entry in feed.entries] == ["Salt & pepper tonight", "Next"]
    assert feed.entries[0].link == "https://harbour.example/salt?a=1&b=2"
    assert feed.notes[0].startswith("not well formed: ")


def test_characters_that_xml_forbids_are_left_out() -> None:
    feed = parsed("control-characters.xml")

    assert feed.title == "Port"
    assert feed.entries[0].title == "Fog and foam A"


def test_entities_for_short_texts_are_read_and_no_file_is() -> None:
    feed = parsed("entities-declared.xml")

    assert feed.title == "Harbour Post"
    assert feed.entries[0].title == "Fog again"


def test_titles_are_plain_text() -> None:
    assert [entry.title for entry in entries_of("html-titles.xml")] == [
        "A bold move",
        "5 < 6 and 7 > 6",
        "Tea & toast",
        "Spaces and ’quotes’",
    ]


def test_a_caption_left_as_a_short_code_is_a_caption() -> None:
    (entry,) = entries_of("shortcode-caption.xml")

    assert entry.text.split("\n") == [
        "The pier",
        "Mayor Edda Falk cuts the ribbon",
        "The pier is open.",
    ]
    assert "[caption" not in (entry.summary or "")


def test_captions_of_media_are_read_but_are_not_the_entrys_own_words() -> None:
    pier, video, bare = entries_of("media-captions.xml")

    assert pier.title == "Pier"
    assert pier.summary == "The pier is open."
    assert pier.text == "The pier is open.\nRibbon\nMayor Edda Falk cuts the ribbon"
    assert pier.picture is not None
    assert pier.picture.caption == "Mayor Edda Falk cuts the ribbon"
    assert pier.picture.url == "https://harbour.example/big.jpg"
    assert video.summary == "All there is to say about the video."
    assert video.enclosures == (Enclosure("https://harbour.example/video.mp4", "video/mp4", 77),)
    assert bare.title == "Only the media has a title"


def test_of_two_summaries_the_longer_is_the_content() -> None:
    (entry,) = entries_of("podcast.xml")

    assert entry.content == "What the lighthouse saw, and why Ivo Lund left it."
    assert entry.summary == "What the lighthouse saw."
    assert entry.enclosures[0].length is None
    assert entry.picture == Picture("https://harbour.example/4.jpg")


def test_the_page_behind_feedburner_is_kept_beside_the_link() -> None:
    (entry,) = entries_of("feedburner.xml")

    assert entry.link == "http://feedproxy.google.com/~r/harbour/~3/x1/"
    assert entry.via == "https://harbour.example/fog?utm_source=feedburner"


def test_a_date_that_is_none_costs_no_entry() -> None:
    dates = {entry.title: entry.published for entry in entries_of("odd-dates.xml")}

    assert dates["None"] is dates["Nonsense"] is dates["Overflow"] is None
    assert dates["No zone"] == datetime(2026, 3, 2, 8, tzinfo=UTC)


def test_nothing_unsafe_comes_through() -> None:
    (entry,) = entries_of("unsafe.xml")

    assert entry.link is None
    assert entry.enclosures == ()
    for danger in ("script", "onclick", "onerror", "iframe", "svg"):
        assert danger not in (entry.summary or "")


def test_a_json_feed_is_read_whole() -> None:
    feed = parsed("feed11.json")
    entry, odd = feed.entries

    assert (feed.title, feed.hub) == ("Harbour & Post", "https://hub.example/")
    assert entry.link == "https://elsewhere.example/x"
    assert entry.text == "Fog again.\nIvo Lund shrugs.\nPier"
    assert entry.authors == ("Ben Oduya",)
    assert odd.authors == ("Ada Ferris",)
    assert entry.categories == (Category("Sea"), Category("Weather"))
    assert entry.enclosures == (
        Enclosure("https://harbour.example/fog.mp3", "audio/mpeg", 9, "Listen"),
    )
    assert (odd.guid, odd.published) == (None, None)
    assert feed.notes == ("some of the items are no objects",)


def test_an_id_that_is_a_number_is_its_digits() -> None:
    (entry,) = entries_of("feed10.json")

    assert entry.guid == "7"
    assert entry.link == "https://harbour.example/ferry"


@pytest.mark.parametrize(
    ("document", "seems"),
    [
        (b"", "empty"),
        (b" \n\xef\xbb\xbf", "empty"),
        (body("web-page.html"), "a web page"),
        (body("other.xml"), "starts with <menu>"),
        (body("entity-bomb.xml"), "entities made of entities"),
        (body("deep.xml"), "nested deeper than 200"),
        (b"<rss " + b" ".join(b'a%d=""' % n for n in range(1_001)) + b"/>", "1000 attributes"),
        (b"hello", "neither XML nor JSON"),
        (b"{", "JSON cannot be read"),
        (b"[" * 100_000, "JSON cannot be read"),
        (b"[1]", "no list of items"),
        (b'{"items": []}', "names no version"),
    ],
)
def test_what_is_no_feed_is_refused_by_what_it_seems_to_be(document: bytes, seems: str) -> None:
    with pytest.raises(NotAFeed, match=seems):
        parse(document, url=URL, content_type=None)


def test_a_long_author_is_not_shown_to_feedparser() -> None:
    (entry,) = entries_of("long-author.xml")

    assert entry.title == "Fog"
    assert entry.authors == ()


def test_nor_is_it_in_a_document_that_is_not_well_formed() -> None:
    document = body("long-author.xml").replace(
        b"</item>", b"<author>Ada Ferris</author><dc:creator>b<dc:creator>c</wrong>"
    )

    (entry,) = parse(document, url=URL, content_type=None).entries

    assert entry.authors[0] == "Ada Ferris"


@pytest.mark.parametrize("start", [b"<rss><channel>", b"<rss><channel></wrong>"])
def test_of_too_many_entries_the_first_are_read(start: bytes) -> None:
    many = b"".join(b"<item><title>%d</title></item>" % n for n in range(MAX_ENTRIES + 3))

    feed = parse(start + many + b"</channel></rss>", url=URL, content_type=None)

    assert len(feed.entries) == MAX_ENTRIES
    assert feed.entries[-1].title == str(MAX_ENTRIES - 1)
    assert f"more than {MAX_ENTRIES} entries: only the first were read" in feed.notes


def test_what_was_read_travels_between_processes() -> None:
    feed = parsed("rss20.xml")

    assert pickle.loads(pickle.dumps(feed)) == feed  # noqa: S301  our own bytes


def test_markup_that_looks_like_an_entry_costs_no_caption_and_no_entry() -> None:
    document = (
        b'<feed xmlns="http://www.w3.org/2005/Atom" xmlns:media="http://search.yahoo.com/mrss/">'
        b"<entry><title>Fog</title><media:title>Pier</media:title><content type='xhtml'>"
        b"<div xmlns='http://www.w3.org/1999/xhtml'><item>Thick.</item></div></content></entry></feed>"
    )

    (entry,) = parse(document, url=URL, content_type=None).entries

    assert entry.title == "Fog"
    assert entry.text == "Thick."


def test_what_feedparser_stumbles_over_is_refused() -> None:
    with pytest.raises(NotAFeed, match="cannot be read: TypeError"):
        parse(b"<rss><channel><image></width></channel></rss>", url=URL, content_type=None)


def test_a_text_cut_off_inside_cdata_is_kept() -> None:
    document = b"<rss><channel><item><description><![CDATA[<p>Thick fog"

    (entry,) = parse(document, url=URL, content_type=None).entries

    assert entry.text == "Thick fog"


def test_one_cut_inside_another_is_one() -> None:
    document = b"<rss><channel><item><title>Fog</title><author>%b<name>%b</name></author></item></channel></rss>"

    (entry,) = parse(document % (b"a" * 3_000, b"b" * 3_000), url=URL, content_type=None).entries

    assert (entry.title, entry.authors) == ("Fog", ())


def test_of_too_many_json_items_the_first_are_read() -> None:
    items = b",".join(b'{"id": %d, "image": "/%d.jpg"}' % (n, n) for n in range(MAX_ENTRIES + 1))

    feed = parse(b'{"title": "Fog", "items": [' + items + b"]}", url=URL, content_type=None)

    assert len(feed.entries) == MAX_ENTRIES
    assert feed.entries[1].picture == Picture("https://harbour.example/1.jpg")
    assert feed.notes == (f"more than {MAX_ENTRIES} entries: only the first were read",)


def test_a_category_without_a_name_is_none() -> None:
    document = (
        b"<rss><channel><item><category label=' '/><category>Sea</category></item></channel></rss>"
    )

    (entry,) = parse(document, url=URL, content_type=None).entries

    assert entry.categories == (Category("Sea"),)


@pytest.mark.parametrize("spoilt", [b"", b"<oops>&"])
def test_elements_named_like_the_parsers_own_lists_hurt_nothing(spoilt: bytes) -> None:
    feed = parse(
        body("taken-names.xml").replace(b"<item>", b"<item>" + spoilt), url=URL, content_type=None
    )

    assert feed.home == "https://harbour.example/shop/"
    (entry,) = feed.entries
    assert (entry.guid, entry.link) == ("rope-12", "https://harbour.example/shop/rope")
    assert (entry.title, entry.authors) == ("Rope, tarred", ("Ida Brandt",))
    assert entry.published == datetime(2026, 3, 3, 8, tzinfo=UTC)


@pytest.mark.parametrize("spoilt", [b"", b"<oops>&"])
def test_an_element_named_so_by_its_prefix_hurts_nothing(spoilt: bytes) -> None:
    feed = parse(
        body("title-detail.xml").replace(b"<item>", b"<item>" + spoilt), url=URL, content_type=None
    )

    assert [entry.title for entry in feed.entries] == ["The pier is open"]


def test_padding_without_end_costs_no_more_than_its_length() -> None:
    """Two megabytes of spaces took half an hour while the declaration was looked for behind them."""
    with pytest.raises(NotAFeed, match="a web page"):
        parse(b"<html>" + b" " * 2_000_000, url=URL, content_type="text/html")
