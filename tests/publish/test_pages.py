import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from html.parser import HTMLParser

import pytest

from aggregator.publish import pages
from aggregator.values.feed import FeedHealth, FeedState
from aggregator.values.item import Entry, Headline, Item, ItemTag, Picture
from aggregator.values.output import Channel, ChannelContents, ChannelSummary

from .builders import (
    EDITION,
    LAVROV,
    NOON,
    PAPER,
    PEOPLE,
    SITE,
    WIRE,
    channel,
    contents,
    entry,
    feed,
    item,
    month_page,
    source,
)

NOVEMBER, OCTOBER = date(2026, 11, 1), date(2026, 10, 1)
VOID = {"meta", "link", "img", "input", "br", "path", "rect"}


class Tags(HTMLParser):
    """Every start tag, and whether all are closed in order."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(page.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag


def busy() -> ChannelContents:
    other = source(entry(1, link="https://paper.example/1"), feed=PAPER, title="The Paper")
    wordless = source(entry(1, link=None), feed="file:samples/x.xml", title="Local")
    picture = Picture("https://wire.example/p.jpg", 'Ministers "at work"', 300, 200)
    shown = contents(item(1, other, wordless, lead=entry(1, picture=picture)), item(2))
    return replace(
        shown,
        months=((NOVEMBER, 2), (OCTOBER, 5)),
        together=(("federica-mogherini", 2), ("nobody-listed", 1)),
        total=7,
    )


def summary(shown: Channel, *days: int) -> ChannelSummary:
    return ChannelSummary(shown, sum(days), NOON if days else None, days)


def every_page() -> Iterator[tuple[str, bytes]]:
    nothing = Entry()
    bare = item(3, url=None, title=None, sources=(source(nothing),), tags=())
    yield "tag", pages.channel_page(busy(), EDITION)
    yield "about", pages.channel_page(contents(item(), kind="about"), EDITION)
    yield "view", pages.channel_page(contents(item(), kind="view"), EDITION)
    yield "all", pages.channel_page(contents(bare, kind="all"), EDITION)
    yield "empty", pages.channel_page(contents(), EDITION)
    yield "month", month_page(busy(), NOVEMBER, [item(1), item(2)], EDITION)
    yield "month, empty", month_page(busy(), OCTOBER, [], EDITION)
    lines = [
        summary(shown, 1, 0, 4)
        for shown in (channel("tag"), channel("about"), channel("view"), channel("all"))
    ]
    yield "index", pages.index_page(lines, EDITION)
    yield "index, empty", pages.index_page([], EDITION)
    yield "item", pages.item_page(busy().items[1], EDITION)
    yield "item, bare", pages.item_page(bare, EDITION)
    yield "search", pages.search_page(pages.Search("Milan"), [item()], 1, EDITION, "q=Milan&b=1")
    yield "search form", pages.search_page(pages.Search(), [], 0, EDITION)
    yield "sources", pages.sources_page([health(FeedState())], EDITION, NOON)
    yield "notice", pages.notice_page("Gone", "It is not here any more.", EDITION)


def health(state: FeedState, url: str = WIRE) -> FeedHealth:
    return FeedHealth(feed(url), state, items=3)


PAGES = dict(every_page())


@pytest.mark.parametrize("name", PAGES)
def test_every_page_is_well_built(name: str) -> None:
    tags = Tags(PAGES[name])

    assert tags.open == []
    assert [tag for tag, _ in tags.found].count("h1") == 1
    assert not [tag for tag, said in tags.found if tag == "style" or "style" in said]
    assert all(
        "static/copy.js" in (said["src"] or "") for tag, said in tags.found if tag == "script"
    )
    assert not [key for _, said in tags.found for key in said if key.startswith("on")]
    assert all("alt" in said for tag, said in tags.found if tag == "img")
    identifiers = [said["id"] for _, said in tags.found if "id" in said]
    assert len(identifiers) == len(set(identifiers))


@pytest.mark.parametrize("name", PAGES)
def test_every_page_leads_to_a_feed(name: str) -> None:
    alternates = [said for tag, said in Tags(PAGES[name]).found if said.get("rel") == "alternate"]

    assert {said["type"] for said in alternates} == {
        "application/atom+xml",
        "application/rss+xml",
        "application/feed+json",
    }


@pytest.mark.parametrize(
    ("name", "root"),
    [("tag", "../../"), ("about", "../../../"), ("month", "../../../"), ("all", "../")],
)
def test_addresses_on_pages_are_relative(name: str, root: str) -> None:
    assert f'href="{root}static/site.css?v='.encode() in PAGES[name]


def test_a_notice_works_at_any_address_below_the_site() -> None:
    edition = replace(EDITION, site=replace(SITE, url="https://watch.example/news/"))

    assert b'href="/news/static/site.css?v=' in pages.notice_page("Gone", "Gone.", edition)


def test_names_are_marked_in_the_extract() -> None:
    page = PAGES["tag"].decode()

    assert "<mark>Lavrov</mark> spoke first, and Federica Mogherini" in page


def test_an_item_credits_its_source_and_the_others() -> None:
    page = PAGES["tag"].decode()

    assert (
        'Also at <a href="https://paper.example/1"><bdi>The Paper</bdi></a>, <bdi>Local</bdi>'
    ) in page
    assert "Friday, 20 November 2026" in page
    assert '<time datetime="2026-11-20T13:00:00Z">13:00</time>' in page
    assert 'alt="Ministers &#34;at work&#34;"' in page


def test_a_feed_that_carries_a_story_twice_is_named_once() -> None:
    again = source(entry(2))
    paper = source(entry(3, link="https://paper.example/3"), feed=PAPER, title="The Paper")

    page = pages.channel_page(contents(item(1, again, paper, paper)), EDITION).decode()

    assert 'Also at <a href="https://paper.example/3"><bdi>The Paper</bdi></a></p>' in page


def test_people_named_together_are_linked_with_their_combination() -> None:
    page = PAGES["tag"].decode()

    assert 'href="../../tags/sergei-lavrov+federica-mogherini/"' in page
    assert "nobody-listed" not in page


def test_months_are_in_the_order_of_the_calendar() -> None:
    page = PAGES["tag"].decode()

    assert page.index("tags/sergei-lavrov/2026-10/") < page.index("tags/sergei-lavrov/2026-11/")


def test_a_month_leads_to_its_neighbours() -> None:
    middle = replace(busy(), months=((date(2026, 12, 1), 1), (NOVEMBER, 1), (OCTOBER, 1)))

    page = month_page(middle, NOVEMBER, [], EDITION).decode()

    assert 'href="../2026-12/">Newer: December 2026' in page
    assert 'href="../2026-10/">Older: October 2026' in page


def test_equal_contents_give_equal_bytes() -> None:
    assert pages.channel_page(busy(), EDITION) == pages.channel_page(busy(), EDITION)


def test_the_index_shows_who_is_in_the_news_first_and_then_everybody() -> None:
    quiet = Channel("tag", "aa", "Aaron Aa")
    page = pages.index_page([summary(quiet), summary(channel(), 0, 3)], EDITION).decode()

    featured, everybody = page.split("Everybody, from A to Z")
    assert "Aaron Aa" not in featured
    assert everybody.index("Aaron Aa") < everybody.index("Sergey Lavrov")
    assert "3 items in 2 days, at most 3 a day" in featured


def test_the_index_shows_the_newest_headlines() -> None:
    page = pages.index_page([summary(channel(), 1)], EDITION, [item(2), item(1)]).decode()

    latest = page[page.index('id="latest"') : page.index("Everybody, from A to Z")]
    assert latest.index("Lavrov in Milan, day 2") < latest.index("Lavrov in Milan, day 1")
    assert '<bdi class="source">The Wire</bdi>' in latest


def test_a_title_without_end_is_shortened_in_lists_and_whole_on_its_own_page() -> None:
    endless = item(1, lead=entry(1, title="Lavrov " + "and so on " * 100 + "stop"))

    listed = pages.channel_page(contents(endless), EDITION).decode()
    own = pages.item_page(endless, EDITION).decode()

    assert re.search(r"<h3.*>Lavrov (and so on )+(and|and so)? ?…</a></h3>", listed)
    assert re.search(r"<h1.*>Lavrov (and so on )+stop</h1>", own)


def test_the_page_of_an_item_tells_its_whole_history() -> None:
    other = source(entry(1, title="Ministers meet", published=None), feed=PAPER, title="The Paper")
    shown = item(
        1,
        other,
        updated=NOON + timedelta(days=1),
        earlier=(Headline("Talks begin", NOON + timedelta(hours=3)),),
    )

    page = pages.item_page(shown, EDITION).decode()

    assert "2 sources" in page
    assert "Ministers meet" in page
    assert "undated, first seen" in page
    assert "changed <time" in page
    assert "Talks begin" in page
    assert "“Lavrov” in the headline" in page


def test_a_tag_by_an_editor_says_so_on_the_page() -> None:
    verdict = ItemTag(LAVROV.slug, about=True, salience=1.0, by="editor")

    page = pages.item_page(item(1, sources=(source(entry()),), tags=(verdict,)), EDITION)

    assert b"By an editor" in page


def test_words_that_were_searched_for_are_marked() -> None:
    page = pages.search_page(pages.Search("TIME"), [item()], 1, EDITION).decode()

    assert "<mark>time</mark>" in page
    assert "1 item found." in page


def test_words_that_were_searched_for_are_marked_in_the_headline_too() -> None:
    page = pages.search_page(pages.Search("mil lav"), [item()], 1, EDITION).decode()

    assert ">Lavrov in Milan, day 1</a>" not in page
    assert "><mark>Lavrov</mark> in Milan, day 1</a>" in page  # only the last may be a beginning


def test_a_search_can_be_followed() -> None:
    page = pages.search_page(pages.Search('"a" & b'), [item()], 1, EDITION).decode()

    assert 'href="./search/atom.xml?q=%22a%22+%26+b"' in page
    assert "https://watch.example/search/atom.xml?q=%22a%22+%26+b</code>" in page
    assert "Follow <bdi>this search" in page


def test_a_search_that_finds_too_much_says_so() -> None:
    page = pages.search_page(pages.Search("a"), [item()], 10_000, EDITION, beyond=True).decode()

    assert "More than 10,000 items found." in page


def test_a_search_is_kept_in_the_form_and_in_its_address() -> None:
    search = pages.Search('a "b" &', LAVROV.slug, OCTOBER, NOVEMBER)

    page = pages.search_page(search, [], 0, EDITION).decode()

    assert search.query == "q=a+%22b%22+%26&tag=sergei-lavrov&since=2026-10-01&until=2026-11-01"
    assert 'value="a &#34;b&#34; &amp;"' in page
    assert '<option value="sergei-lavrov" selected>' in page
    assert 'value="2026-10-01"' in page
    assert "Nothing has all these words" in page


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (FeedState(), "not polled yet"),
        (FeedState(last_poll=NOON, next_poll=NOON + timedelta(hours=1)), ">ok<"),
        (FeedState(last_poll=NOON, error="HTTP 503", failures=4), "failing</span> (4 times)"),
        (FeedState(last_poll=NOON, retry_after=NOON + timedelta(1)), "asked to wait"),
        (FeedState(last_poll=NOON, gone=True, next_poll=NOON), ">gone<"),
        (FeedState(last_poll=NOON, note="not well formed"), "not well formed"),
        (FeedState(last_poll=NOON, next_poll=NOON - timedelta(1)), ">now</td>"),
    ],
)
def test_the_sources_page_says_how_a_feed_is(state: FeedState, said: str) -> None:
    assert said in pages.sources_page([health(state)], EDITION, NOON).decode()


def test_feeds_in_trouble_come_first_and_are_counted() -> None:
    well = health(
        FeedState(last_poll=NOON, last_ok=NOON, title="A well", home="https://a.example/")
    )
    ill = health(FeedState(last_poll=NOON, error="HTTP 404", title="Z ill"))

    page = pages.sources_page([well, ill], EDITION, NOON).decode()

    assert page.index("Z ill") < page.index("A well")
    assert "2 feeds, 1 of them in trouble" in page


def test_secrets_of_a_feed_are_not_shown() -> None:
    page = pages.sources_page([health(FeedState(), "https://me:hidden@x.example/f")], EDITION, NOON)

    assert b"hidden" not in page


def test_text_in_other_scripts_declares_its_language() -> None:
    arabic = entry(1, title="لافروف في ميلانو", language="ar")

    page = pages.channel_page(contents(item(1, lead=arabic)), EDITION).decode()

    assert '<h3 lang="ar" dir="auto">' in page


def test_text_of_an_undeclared_language_is_not_taken_for_english() -> None:
    unknown = entry(1, title="Лавров в Милане", language=None)

    page = pages.channel_page(contents(item(1, lead=unknown)), EDITION).decode()

    assert '<h3 lang="" dir="auto">' in page


def test_a_persons_page_lists_the_spellings() -> None:
    people = PEOPLE | {LAVROV.slug: replace(LAVROV, aliases=("Лавров", "Lawrow"))}

    page = pages.channel_page(busy(), replace(EDITION, people=people)).decode()

    assert "<bdi>Лавров</bdi>, <bdi>Lawrow</bdi>" in page


def test_a_combination_has_a_page() -> None:
    both = Channel(
        "tag", "sergei-lavrov+federica-mogherini", "Sergey Lavrov and Federica Mogherini"
    )
    shown: tuple[Item, ...] = (item(),)

    page = pages.channel_page(ChannelContents(both, shown, 1), EDITION).decode()

    assert "<mark>Federica Mogherini</mark>" in page
    assert re.search(r"<h1><bdi>Sergey Lavrov and Federica Mogherini</bdi></h1>", page)


def test_the_page_of_a_month_with_too_many_items_leads_to_the_others() -> None:
    shown = replace(contents(item(1)), months=((date(2026, 11, 1), 500),))

    page = month_page(shown, date(2026, 11, 1), [item(1)], EDITION).decode()

    assert "500 items" in page
    assert "499 older items of this month are not listed here" in page
    assert 'href="../../../search?tag=' in page
    assert "since=2026-11-01" in page
