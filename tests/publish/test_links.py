"""The Link header of feeds."""

from dataclasses import replace

import pytest

from aggregator.publish import links, plan
from aggregator.values.output import Channel
from tests.publish.builders import SITE


@pytest.mark.parametrize(
    "path", ["all/rss.xml", "tags/anna/atom.xml", "tags/anna/about/feed.json", "views/eu/atom.xml"]
)
def test_a_feed_names_its_own_address_and_the_hub_that_is_told(path: str) -> None:
    said = links.of_file(path, SITE)

    assert said == f'<{SITE.url}{path}>; rel="self", <{SITE.hub}>; rel="hub"'


def test_without_a_hub_only_the_address_is_named() -> None:
    said = links.of_file("all/atom.xml", replace(SITE, hub=None))

    assert said == f'<{SITE.url}all/atom.xml>; rel="self"'


def test_what_no_hub_is_told_of_names_none() -> None:
    assert links.of_file("watch/atom.xml", SITE) == f'<{SITE.url}watch/atom.xml>; rel="self"'
    both = Channel("tag", "anna+bo", "Anna and Bo")
    assert plan.hub(both, SITE) is None
    assert (
        links.of_channel(both, "rss.xml", SITE) == f'<{SITE.url}tags/anna+bo/rss.xml>; rel="self"'
    )
    search = Channel("search", "q=caf%C3%A9&tag=anna", "café")
    assert links.of_channel(search, "feed.json", SITE) == (
        f'<{SITE.url}search/feed.json?q=caf%C3%A9&tag=anna>; rel="self"'
    )


@pytest.mark.parametrize(
    "path", ["index.html", "tags/anna/archive/1/atom.xml", "feeds.opml", "static/style.css"]
)
def test_what_is_no_feed_that_goes_on_has_no_such_header(path: str) -> None:
    assert links.of_file(path, SITE) is None


def test_the_header_is_ascii_whatever_the_address() -> None:
    said = links.of_file("all/atom.xml", replace(SITE, url="https://bücher.example/ä b/"))

    assert said is not None
    assert said.isascii()
    assert " b" not in said
