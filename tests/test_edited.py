"""feeds.yaml is edited while several processes of one instance are at work."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from aggregator import adopt, pipeline, verdicts
from aggregator.errors import Outdated, Unusable
from aggregator.instance import Instance
from aggregator.jobs import chosen
from aggregator.pipeline import Tools
from aggregator.pulse import Pulse
from aggregator.retag import retag
from aggregator.store import items
from aggregator.store import outputs as outbox
from aggregator.values.feed import Feed, Fetched, Outcome, Validators
from aggregator.values.item import Item
from aggregator.web.deskwork import DeskWork, Visit
from aggregator.web.door import Session
from tests.support.builders import NOW
from tests.support.network import network
from tests.support.postgres import PostgresServer
from tests.support.wordpress import Post, wordpress

CONFIG = """\
site: {title: Town, url: "http://localhost:8000/"}
feeds:
  - http://feeds.example/wire.xml
people:
  - name: Anna Lindqvist
"""
EDITED = f"{CONFIG.replace('Town', 'City')}  - name: Bo Ekström\n"
VIEW = "views: [{slug: by-bo, title: By Bo, match: anna-lindqvist or not lang:xx}]\n"
POST = Post("Anna Lindqvist in Oslo", "<p>Bo Ekström came along.</p>", "http://news.example/oslo")


@pytest.fixture
def config(tmp_path: Path) -> Path:
    file = tmp_path / "feeds.yaml"
    file.write_text(CONFIG, encoding="utf-8")
    return file


@pytest.fixture
def one(config: Path) -> Iterator[Instance]:
    """A process at work since before feeds.yaml was edited."""
    with Instance(config, {}) as instance:
        pipeline.publish_changed(instance.tools)
        yield instance


def edit(config: Path, text: str) -> None:
    """Edit feeds.yaml, and have another process take it up."""
    config.write_text(text, encoding="utf-8")
    with Instance(config, {}) as other:
        if other.behind.tags:
            retag(other.tools)


def edit_twice(config: Path) -> None:
    """Edit feeds.yaml again before anybody has seen that the first edit was taken up."""
    edit(config, EDITED)
    config.write_text(EDITED.replace("City", "Village"), encoding="utf-8")


def brought(feed: Feed) -> Outcome:
    address = feed.settings.address
    return Fetched(wordpress([POST]), address, 200, "application/rss+xml", Validators(address))


async def polled(tools: Tools) -> None:
    await pipeline.cycle(tools, network(brought), chosen(tools))


def stored(tools: Tools) -> Item:
    with tools.store.reading() as session:
        [item] = items.walk(session, "all")
    return item


def waiting(tools: Tools) -> int:
    with tools.store.reading() as session:
        return outbox.waiting(session)


def test_whoever_publishes_does_so_by_the_feeds_yaml_that_was_adopted_last(
    config: Path, one: Instance
) -> None:
    edit(config, EDITED)

    pipeline.publish_changed(one.tools)

    public = config.parent / "public"
    assert waiting(one.tools) == 0
    assert "City" in (public / "index.html").read_text(encoding="utf-8")
    assert (public / "tags/bo-ekstrom/atom.xml").exists()


async def test_what_a_poll_brings_is_tagged_and_shown_as_feeds_yaml_says_by_then(
    config: Path, one: Instance
) -> None:
    def edited(feed: Feed) -> Outcome:
        edit(config, EDITED + VIEW)
        return brought(feed)

    await pipeline.cycle(one.tools, network(edited), chosen(one.tools))
    pipeline.publish_changed(one.tools)

    assert stored(one.tools).known_slugs == {"anna-lindqvist", "bo-ekstrom"}
    assert POST.title in (config.parent / "public/views/by-bo/atom.xml").read_text()


async def test_a_verdict_by_an_older_feeds_yaml_takes_no_item_out_of_a_new_view(
    config: Path, one: Instance
) -> None:
    await polled(one.tools)
    edit(config, CONFIG + VIEW)

    verdicts.correct(one.tools, stored(one.tools).id, {"anna-lindqvist": True})
    pipeline.publish_changed(one.tools)

    assert POST.title in (config.parent / "public/views/by-bo/atom.xml").read_text()


async def test_who_tags_again_stops_where_feeds_yaml_was_edited_meanwhile(
    config: Path, one: Instance
) -> None:
    await polled(one.tools)

    with pytest.raises(Outdated, match="edited meanwhile"):
        retag(one.tools, begin=lambda _: edit(config, EDITED))

    assert stored(one.tools).known_slugs == {"anna-lindqvist", "bo-ekstrom"}
    with Instance(config, {}) as other:
        assert other.behind == adopt.Behind()


def test_nothing_is_published_by_a_feeds_yaml_that_is_neither_adopted_nor_there(
    config: Path, one: Instance
) -> None:
    edit_twice(config)

    with pytest.raises(Outdated, match="edited meanwhile"):
        pipeline.publish_changed(one.tools)

    assert waiting(one.tools) > 0


@pytest.mark.postgres
def test_who_publishes_by_an_older_feeds_yaml_takes_nobody_away_who_is_listed_since(
    config: Path, postgres: PostgresServer
) -> None:
    environ = {"AGGREGATOR_DATABASE": postgres.database()}

    def edited(_: int) -> None:
        config.write_text(EDITED, encoding="utf-8")
        with Instance(config, environ) as other:
            pipeline.publish_changed(other.tools)

    with Instance(config, environ) as one:
        pipeline.publish_changed(one.tools, watch=edited)

    assert (config.parent / "public/tags/bo-ekstrom/atom.xml").exists()


def test_a_feeds_yaml_that_could_not_be_taken_up_is_taken_up_later(
    config: Path, one: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise Unusable("the disk is full")

    config.write_text(EDITED, encoding="utf-8")
    with monkeypatch.context() as patch:
        patch.setattr("aggregator.instance.adopt", full)
        with pytest.raises(Unusable):
            one.reload()

    assert one.has_changed()
    one.reload()
    assert not one.has_changed()
    assert "bo-ekstrom" in one.tools.edition.people


def test_where_an_older_feeds_yaml_was_taken_up_last_the_newer_is_taken_up_again(
    config: Path, one: Instance
) -> None:
    config.write_text(EDITED.replace("City", "Village"), encoding="utf-8")
    with Instance(config, {}) as slow:
        older = slow.tools
    edit(config, EDITED)
    one.reload()
    adopt.adopt(replace(older, store=one.store), while_polling=True)

    with pytest.raises(Outdated):
        pipeline.publish_changed(one.tools)
    assert one.has_changed()
    one.reload()
    pipeline.publish_changed(one.tools)

    assert "City" in (config.parent / "public/index.html").read_text(encoding="utf-8")


async def test_at_the_desk_a_verdict_is_refused_while_feeds_yaml_is_being_taken_up(
    config: Path, one: Instance
) -> None:
    await polled(one.tools)
    edit_twice(config)
    session = Session("visit", "secret", NOW)
    form = {"item": stored(one.tools).id, "slug": "anna-lindqvist", "wanted": "no"}

    DeskWork(Pulse()).correct(Visit(one.tools, session, {}, form))

    assert session.told[0].startswith("Nothing was done: feeds.yaml was edited just now")
    assert stored(one.tools).known_slugs == {"anna-lindqvist", "bo-ekstrom"}


async def test_what_a_feed_brings_that_left_feeds_yaml_meanwhile_is_stored_and_shown(
    config: Path, one: Instance
) -> None:
    def edited(feed: Feed) -> Outcome:
        edit(config, EDITED.replace("wire.xml", "daily.xml"))
        return brought(feed)

    [poll] = await pipeline.cycle(one.tools, network(edited), chosen(one.tools))
    pipeline.publish_changed(one.tools)

    assert poll.recorded.new == 1
    assert stored(one.tools).known_slugs == {"anna-lindqvist", "bo-ekstrom"}
    assert POST.title in (config.parent / "public/tags/bo-ekstrom/atom.xml").read_text()
