import json
import re
from dataclasses import replace

import feedparser
import pytest

from aggregator.publish import departed, tombstones
from aggregator.values.output import Channel, Departed, Known, View
from aggregator.values.tag import Person

from .builders import EDITION, NOON, PEOPLE

ENDED = Departed(Channel("tag", "anna-lindqvist", "Anna Lindqvist"), NOON, None)
MOVED = Departed(
    Channel("tag", "sergey-lavrov", "Sergey Lavrov"),
    NOON,
    Channel("tag", "sergei-lavrov", "Sergey Lavrov"),
)


def after(before: Person, *people: Person) -> Channel | None:
    """Where the channel of somebody goes on when these are listed instead."""
    gone = [replace(known, gone=NOON) for known in departed.known([before], [])]
    tag, about = departed.departed(gone, departed.known(people, []))
    assert (about.successor is None) == (tag.successor is None)
    return tag.successor


def test_somebody_of_the_same_name_under_another_slug_is_the_same() -> None:
    successor = after(Person("old", "Sergey Lavrov"), Person("new", "Sergey  lavrov"))

    assert successor == Channel("tag", "new", "Sergey  lavrov")


def test_the_same_wikidata_id_outweighs_another_name() -> None:
    successor = after(
        Person("old", "Sergey Lavrov", wikidata="Q58217"),
        Person("namesake", "Sergey Lavrov"),
        Person("new", "Sergei Lavrow", wikidata="Q58217"),
    )

    assert successor is not None
    assert successor.slug == "new"


def test_namesakes_with_different_wikidata_ids_are_not_the_same() -> None:
    old = Person("old", "John Smith", wikidata="Q1")

    assert after(old, Person("new", "John Smith", wikidata="Q2")) is None
    assert after(old, Person("new", "John Smith")) is not None


def test_somebody_else_is_no_successor() -> None:
    assert after(Person("old", "Sergey Lavrov"), Person("new", "Federica Mogherini")) is None


def test_a_view_with_the_same_expression_is_the_same() -> None:
    old = View("eu", "Brussels", "eu and russia")
    gone = [replace(known, gone=NOON) for known in departed.known([], [old])]

    (same,) = departed.departed(
        gone, departed.known([], [View("europe", "Europe", "eu and russia")])
    )
    (other,) = departed.departed(gone, departed.known([], [View("europe", "Europe", "eu")]))

    assert same.successor == Channel("view", "europe", "Europe")
    assert other.successor is None


@pytest.mark.parametrize(
    ("path", "now"),
    [
        ("tags/sergey-lavrov", "tags/sergei-lavrov/"),
        ("tags/sergey-lavrov/", "tags/sergei-lavrov/"),
        ("tags/sergey-lavrov/atom.xml", "tags/sergei-lavrov/atom.xml"),
        ("tags/sergey-lavrov/about/rss.xml", "tags/sergei-lavrov/about/rss.xml"),
        ("tags/sergey-lavrov/2026-11/", "tags/sergei-lavrov/2026-11/"),
    ],
)
def test_every_address_below_a_renamed_channel_is_below_its_new_one(path: str, now: str) -> None:
    assert departed.fate(path, [ENDED, MOVED]) == (MOVED, now)


@pytest.mark.parametrize("path", ["tags/sergey-lavrov-jr/atom.xml", "tags/", "", "tags/sergei"])
def test_other_addresses_are_nobodys(path: str) -> None:
    assert departed.fate(path, [ENDED, MOVED]) is None


@pytest.mark.parametrize("file", ["atom.xml", "rss.xml"])
def test_a_tombstone_is_a_feed_of_one_entry_that_says_so(file: str) -> None:
    feed = feedparser.parse(tombstones.tombstone(ENDED, file, EDITION))

    assert not feed.bozo
    assert [one.title for one in feed.entries] == ["Anna Lindqvist: this feed has ended"]
    assert feed.entries[0].link == EDITION.site.url


def test_a_tombstone_in_json_is_expired() -> None:
    feed = json.loads(tombstones.tombstone(ENDED, "feed.json", EDITION))

    assert feed["expired"] is True
    assert feed["feed_url"] == "https://watch.example/tags/anna-lindqvist/feed.json"


def test_any_other_address_has_a_page_that_says_so() -> None:
    page = tombstones.tombstone(ENDED, "index.html", EDITION)

    assert b"Anna Lindqvist: this feed has ended" in page


def test_the_maps_for_nginx_say_the_same() -> None:
    gone, moved = (made.body.decode() for made in tombstones.maps([ENDED, MOVED], EDITION))

    pattern, value = re.fullmatch(r'"~(.*)" (.*);\n', gone).groups()  # type: ignore[union-attr]
    assert re.match(pattern, "/tags/anna-lindqvist/atom.xml")
    assert re.match(pattern, "/tags/anna-lindqvist")
    assert not re.match(pattern, "/tags/anna-lindqvist-2/atom.xml")
    assert value == "1"
    assert '"/tags/sergei-lavrov$rest";' in moved


def test_who_is_listed_is_known_by_the_surest_first() -> None:
    person = Person("old", "Sergey Lavrov", wikidata="Q58217")

    assert [known.marks for known in departed.known([person], [])] == [
        ("wikidata:Q58217", "name:sergey lavrov"),
        ("wikidata:Q58217", "name:sergey lavrov"),
    ]
    assert len(departed.known(PEOPLE.values(), [])) == 2 * len(PEOPLE)
    assert isinstance(departed.known([person], [])[0], Known)
