"""Addresses where there is nothing any more, asked of the whole application."""

from collections.abc import Iterator
from pathlib import Path

import feedparser
import pytest
from sqlmodel import insert
from starlette.types import ASGIApp

from aggregator import pipeline
from aggregator.instance import Instance
from aggregator.pulse import Pulse
from aggregator.store.tables import ArchiveRow
from aggregator.web.app import create_app
from tests.support.builders import NOW
from tests.web.asking import ask

CONFIG = """\
site: {{url: "https://watch.example/"}}
feeds: [http://one.example/a.xml]
people:
{people}
"""


class Site:
    """An instance whose feeds.yaml changes, published after each change."""

    def __init__(self, folder: Path) -> None:
        self.config = folder / "feeds.yaml"
        self.write("anna-lindqvist: Anna Lindqvist", "petra-novak: Petra Novak")
        self.instance = Instance(self.config, {})
        self.app: ASGIApp = create_app(self.instance, Pulse())
        pipeline.publish_changed(self.instance.tools)

    def write(self, *people: str) -> None:
        lines = ("  - {{slug: {}, name: {}}}".format(*who.split(": ")) for who in people)
        self.config.write_text(CONFIG.format(people="\n".join(lines)))

    def list(self, *people: str) -> None:
        self.write(*people)
        self.instance.reload()
        pipeline.publish_changed(self.instance.tools)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = Site(tmp_path)
    yield made
    made.instance.close()


@pytest.mark.parametrize("file", ["", "atom.xml", "rss.xml", "feed.json", "about/atom.xml"])
async def test_a_person_taken_out_has_ended_and_lives_again_when_listed_again(
    site: Site, file: str
) -> None:
    path = f"/tags/anna-lindqvist/{file}"
    before = await ask(site.app, path)

    site.list("petra-novak: Petra Novak")
    ended = await ask(site.app, path)
    site.list("anna-lindqvist: Anna Lindqvist", "petra-novak: Petra Novak")
    after = await ask(site.app, path)

    assert [before.status, ended.status, after.status] == [200, 410, 200]
    assert b"this feed has ended" in ended.body
    assert ended.headers["content-type"] == before.headers["content-type"]
    assert after.body == before.body


async def test_a_new_slug_of_the_same_name_is_redirected_to_for_good(site: Site) -> None:
    site.list("anna: Anna Lindqvist", "petra-novak: Petra Novak")

    moved = await ask(site.app, "/tags/anna-lindqvist/about/atom.xml", query=b"x=1")
    page = await ask(site.app, "/tags/anna-lindqvist")

    assert (moved.status, page.status) == (308, 308)
    assert moved.headers["location"] == "../../../tags/anna/about/atom.xml?x=1"
    assert page.headers["location"] == "../tags/anna/"
    assert (await ask(site.app, "/tags/anna/about/atom.xml")).status == 200


async def test_the_published_maps_follow(site: Site) -> None:
    site.list("anna: Anna Lindqvist")
    public = site.instance.tools.config.root / "public"

    assert "petra-novak" in (public / "gone.map").read_text()
    assert "anna-lindqvist" in (public / "moved.map").read_text()
    assert not (public / "tags/petra-novak").exists()


async def test_a_tombstone_is_a_feed(site: Site) -> None:
    site.list("petra-novak: Petra Novak")

    feed = feedparser.parse((await ask(site.app, "/tags/anna-lindqvist/rss.xml")).body)

    assert not feed.bozo
    assert len(feed.entries) == 1


async def test_the_archive_document_that_is_not_closed_yet_is_what_is_current(site: Site) -> None:
    rows = [
        {"channel": "tag:petra-novak", "number": number, "before": None, "newest": NOW}
        for number in (3, 4)
    ]
    with site.instance.store.writing() as session:
        session.execute(insert(ArchiveRow), rows)

    following = await ask(site.app, "/tags/petra-novak/archive/5/atom.xml")
    expired = await ask(site.app, "/tags/petra-novak/archive/2/atom.xml")
    never = await ask(site.app, "/tags/petra-novak/archive/6/atom.xml")

    assert (following.status, expired.status, never.status) == (307, 410, 404)
    assert following.headers["location"] == "../../atom.xml"


@pytest.mark.parametrize("path", ["/tags/nobody/atom.xml", "/nowhere", "/tags/../x", "/%00"])
async def test_what_never_was_is_not_found(site: Site, path: str) -> None:
    assert (await ask(site.app, path)).status == 404
