from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from aggregator.publish import deskpages
from aggregator.tag.suggest import Suggestion
from aggregator.values.feed import FeedHealth, FeedState
from aggregator.values.item import ItemTag
from aggregator.values.tag import Document, Match, Tag

from .builders import EDITION, LAVROV, NOON, PAPER, WIRE, entry, feed, item, source
from .test_pages import Tags

DESK = deskpages.Desk(EDITION, NOON, "secret&", ("Done <b>.",), ("feeds.yaml:1:1: wrong",))
TODAY = NOON.date()


def health(url: str = WIRE, **state: Any) -> FeedHealth:
    return FeedHealth(feed(url, "The <i>Wire"), FeedState(last_poll=NOON, **state), 3)


def days(*counts: int) -> dict[date, int]:
    """The last days, today last."""
    return {TODAY - timedelta(days=n): count for n, count in enumerate(reversed(counts)) if count}


def feeds(one: FeedHealth, brought: dict[date, int], entries: int = 0, tagged: int = 0) -> str:
    figures = {one.settings.url: (brought, entries, tagged)}
    return deskpages.feeds_page(DESK, [one], figures).decode()


OTHER = source(entry(2, title="Ministers <meet>"), feed=PAPER, title="The Paper")
JUDGED = item(1, OTHER, denied=frozenset({"kaja", "federica-mogherini"}))
SUGGESTED = Suggestion("person", "A <b>", None, "latin", 4, ("One", "<i>"), "  - name: A <b>")
FOUND = Tag("sergei-lavrov", (Match("title", 0, 6, "Lavrov", "surname"),), 0.5, about=True)
PAGES = {
    "login": deskpages.login_page(EDITION, "secret", "This is not the token."),
    "feeds": deskpages.feeds_page(DESK, [health(), health(PAPER, gone=True)], {}),
    "feeds, none": deskpages.feeds_page(DESK, [], {}),
    "items": deskpages.items_page(DESK, deskpages.Filter("a"), [JUDGED], [health()], "q=a&b=1"),
    "items, none": deskpages.items_page(DESK, deskpages.Filter(), [], [], None),
    "names": deskpages.names_page(DESK, [SUGGESTED], 10, 30),
    "names, none": deskpages.names_page(DESK, [], 0, 30),
    "try": deskpages.try_page(DESK, Document(), None),
    "tried": deskpages.try_page(DESK, Document("Lavrov <b>", "x"), [FOUND]),
    "people": deskpages.people_page(DESK, "people: </textarea>", None, ("people:1:1: no",), days=9),
    "message": deskpages.message_page(DESK, "Names", "Wait."),
}


@pytest.mark.parametrize("name", PAGES)
def test_every_page_of_the_desk_is_well_built(name: str) -> None:
    tags = Tags(PAGES[name])

    assert tags.open == []
    assert [tag for tag, _ in tags.found].count("h1") == 1
    assert not {tag for tag, _ in tags.found} & {"b", "i", "style"}
    identifiers = [said["id"] for _, said in tags.found if "id" in said]
    assert len(identifiers) == len(set(identifiers))
    labels = {said["for"] for tag, said in tags.found if tag == "label"}
    assert labels <= set(identifiers)


@pytest.mark.parametrize("name", PAGES)
def test_every_form_that_does_something_has_the_secret(name: str) -> None:
    forms = PAGES[name].decode().split("<form")[1:]

    assert all('name="csrf" value="secret' in form for form in forms if 'method="post"' in form)


@pytest.mark.parametrize("name", PAGES)
def test_no_page_of_the_desk_is_found_or_followed(name: str) -> None:
    found = Tags(PAGES[name]).found

    assert ("meta", {"name": "robots", "content": "noindex, nofollow"}) in found
    assert ("meta", {"name": "referrer", "content": "same-origin"}) in found  # or Origin is null
    assert not [said for tag, said in found if said.get("rel") in ("canonical", "alternate")]


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ({"error": "HTTP 404", "http_status": 404}, "Look for its address"),
        ({"error": "HTTP 418", "http_status": 418}, "See what a browser shows there."),
        ({"error": "HTTP 403", "http_status": 403}, "does not let us in"),
        ({"error": "HTTP 502", "http_status": 502}, "server has a fault"),
        ({"error": "HTTP 503", "http_status": 503}, "come less often"),
        ({"error": "not a feed", "http_status": 200}, "but no feed"),
        ({"error": "no address"}, "could not be reached"),
        ({"gone": True}, "Take it out of feeds.yaml"),
        ({"reason": "max-age 2 h", "next_poll": NOON + timedelta(hours=2)}, "Why: max-age 2 h"),
    ],
)
def test_a_feeds_state_and_what_to_do_about_it_are_told(state: dict[str, Any], said: str) -> None:
    assert said in feeds(health(**state), {})


def test_a_feed_that_paused_or_brings_little_is_told_so() -> None:
    steady = feeds(health(), days(*[1] * deskpages.DAYS), deskpages.DAYS, 15)
    paused = feeds(health(), days(*[1] * 20, 0, 0, 0, 0, *[1] * 6), 26, 26)
    silent = feeds(health(), {})

    assert "50 % get a tag, 3 items in all" in steady
    assert "100 % get a tag, 4 days in a row without any" in paused
    assert "nothing in 30 days" in silent


def test_an_item_is_shown_with_its_grounds_and_all_that_can_be_done() -> None:
    page = PAGES["items"].decode()

    assert "“Lavrov” in the headline</bdi> (surname)" in page
    assert '<s><bdi>Federica Mogherini</bdi></s> <span class="meta">taken away' in page
    assert "2 feeds have it" in page
    assert "Ministers &lt;meet&gt;" in page
    assert 'href="items?q=a&amp;b=1"' in page
    assert "Done &lt;b&gt;." in page


def test_a_tag_by_an_editor_and_an_item_of_one_feed() -> None:
    verdict = (ItemTag(LAVROV.slug, about=True, salience=1.0, by="editor"),)
    alone = replace(item(1), sources=(source(entry()),), tags=verdict)

    page = deskpages.items_page(DESK, deskpages.Filter(), [alone], [], None).decode()

    assert "about the person: by an editor" in page
    assert "feeds have it" not in page


def test_a_text_that_was_tried_is_explained() -> None:
    page = PAGES["tried"].decode()

    assert "<mark>Lavrov</mark> &lt;b&gt;" in page
    assert "in the headline, from letter 1: surname – the surname alone" in page
