"""The story, told with a network that answers as the test says, and a real database and folder."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from aggregator import adopt as adopting
from aggregator import pipeline
from aggregator.instance import Instance
from aggregator.jobs import chosen
from aggregator.pipeline import Polled, Tools
from aggregator.store import feeds as stored_feeds
from aggregator.store import items, outputs
from aggregator.values.feed import (
    Failed,
    Feed,
    Fetched,
    Gone,
    NotModified,
    Outcome,
    Refused,
    Validators,
)
from aggregator.values.item import Item
from tests.support.builders import NOW
from tests.support.network import network
from tests.support.wordpress import Post, wordpress

CONFIG = """\
feeds: [{feeds}]
people:
  - name: Anna Lindqvist
"""
HOUR = timedelta(hours=1)
POST = Post("Anna Lindqvist in Oslo", "<p>She came by train.</p>", "http://news.example/oslo")


@pytest.fixture
def tools(tmp_path: Path, database: str) -> Iterator[Tools]:
    urls = ", ".join(f"http://feeds{number}.example/feed.xml" for number in range(4))
    (tmp_path / "feeds.yaml").write_text(CONFIG.format(feeds=urls))
    with Instance(tmp_path / "feeds.yaml", {"AGGREGATOR_DATABASE": database}) as instance:
        yield replace(instance.tools, now=lambda: NOW, jitter=lambda: 0.0)


def at(moment: datetime) -> datetime:
    return moment


def brought(feed: Feed, *more: Post, posts: Sequence[Post] = ()) -> Fetched:
    address = feed.settings.address
    return Fetched(
        wordpress([*more, *posts]), address, 200, "application/rss+xml", Validators(address)
    )


async def polled(tools: Tools, answer: Callable[[Feed], Outcome]) -> list[Polled]:
    return await pipeline.cycle(tools, network(answer), chosen(tools))


def everything(tools: Tools) -> list[Item]:
    with tools.store.reading() as session:
        return list(items.walk(session, "all"))


async def test_when_most_feeds_cannot_be_reached_nobody_is_blamed(tools: Tools) -> None:
    def answer(feed: Feed) -> Outcome:
        if "feeds0" in feed.settings.url:
            return brought(feed, POST)
        return Failed("cannot connect", unreachable=True)

    result = await polled(tools, answer)

    assert [poll.state.failures for poll in result] == [0, 0, 0, 0]
    again = [poll.state.next_poll for poll in result if poll.verdict == "failed"]
    assert all(due is not None and due < NOW + timedelta(minutes=20) for due in again)
    assert len(everything(tools)) == 1


async def test_one_feed_that_cannot_be_reached_is_blamed_for_it(tools: Tools) -> None:
    def answer(feed: Feed) -> Outcome:
        if "feeds0" in feed.settings.url:
            return Failed("cannot connect", unreachable=True)
        return brought(feed)

    result = await polled(tools, answer)

    failed = [poll for poll in result if poll.verdict == "failed"]
    assert [(poll.state.failures, poll.state.error) for poll in failed] == [(1, "cannot connect")]


async def test_a_fault_of_our_own_in_one_poll_is_recorded_and_spares_the_others(
    tools: Tools,
) -> None:
    def answer(feed: Feed) -> Outcome:
        if "feeds0" in feed.settings.url:
            raise ZeroDivisionError
        return brought(feed, POST)

    result = await polled(tools, answer)

    errors = [poll.state.error for poll in result if poll.state.error]
    assert len(errors) == 1
    assert "ZeroDivisionError" in errors[0]
    assert len(everything(tools)) == 1


async def test_a_host_that_asks_to_wait_is_left_alone_with_all_its_feeds(
    tmp_path: Path, database: str
) -> None:
    feeds = "http://one.example/a.xml, http://one.example/b.xml, http://two.example/c.xml"
    (tmp_path / "feeds.yaml").write_text(CONFIG.format(feeds=feeds))
    with Instance(tmp_path / "feeds.yaml", {"AGGREGATOR_DATABASE": database}) as instance:
        tools = replace(instance.tools, now=lambda: NOW, jitter=lambda: 0.0)
        feed = next(feed for feed in chosen(tools) if feed.settings.url.endswith("a.xml"))
        wait = Refused(timedelta(hours=2), 429, "one.example")

        await pipeline.cycle(tools, network(lambda _: wait), [feed])

        assert [feed.settings.url for feed in chosen(tools, everything=True)] == [
            "http://two.example/c.xml"
        ]
        later = replace(tools, now=lambda: NOW + timedelta(hours=3))
        assert len(chosen(later, everything=True)) == 3


async def test_an_outage_that_comes_over_feeds_one_by_one_is_held_against_nobody(
    tools: Tools,
) -> None:
    lost = network(lambda _: Failed("cannot connect", unreachable=True))
    feeds = chosen(tools)

    for minutes, feed in enumerate(feeds[:3]):
        later = replace(tools, now=partial(at, NOW + timedelta(minutes=minutes)))
        await pipeline.cycle(later, lost, [feed])

    with tools.store.reading() as session:
        states = [stored_feeds.state(session, feed.id) for feed in feeds[:3]]
    assert [state.failures for state in states] == [0, 0, 0]
    assert all("our own outage" in (state.error or "") for state in states)
    assert all(state.next_poll and state.next_poll < NOW + HOUR / 4 for state in states)


async def test_a_document_that_is_no_feed_comes_only_once(tools: Tools) -> None:
    page = b"<!doctype html><title>Sorry</title><p>Nothing here"

    def answer(feed: Feed) -> Outcome:
        known = feed.state.validators
        if known is not None:
            return NotModified(known)
        url = feed.settings.address
        return Fetched(page, url, 200, "text/html", Validators(url, '"page"'))

    first = await polled(tools, answer)
    later = replace(tools, now=lambda: NOW + 1.2 * HOUR)
    second = await polled(later, answer)

    assert [poll.state.failures for poll in second] == [2, 2, 2, 2]
    assert [poll.state.error for poll in second] == [poll.state.error for poll in first]


async def test_entries_that_may_have_been_missed_are_told_of(tools: Tools) -> None:
    posts = [replace(POST, title=f"Part {n} of many", link=f"{POST.link}/{n}") for n in range(9)]
    await polled(tools, partial(brought, posts=posts[:4]))
    later = replace(tools, now=lambda: NOW + timedelta(days=2))

    result = await polled(later, partial(brought, posts=posts[4:]))

    assert all("even its oldest entry was new" in (poll.state.note or "") for poll in result)
    assert all("gap" in (poll.state.reason or "") for poll in result)


async def test_a_feed_that_was_gone_is_asked_again_when_it_is_listed_again(tmp_path: Path) -> None:
    file = tmp_path / "feeds.yaml"
    lists = ("http://one.example/a.xml", "http://two.example/b.xml", "http://one.example/a.xml")
    for listed in lists:
        file.write_text(CONFIG.format(feeds=listed))
        with Instance(file, {}) as instance:
            tools = replace(instance.tools, now=lambda: NOW)
            due = chosen(tools)
            if listed == lists[0]:
                await pipeline.cycle(tools, network(lambda _: Gone()), due)

    assert [feed.settings.url for feed in due] == ["http://one.example/a.xml"]


async def test_the_same_bytes_are_not_read_twice(tools: Tools) -> None:
    await polled(tools, lambda feed: brought(feed, POST))
    later = replace(tools, now=lambda: NOW + timedelta(days=2))

    result = await polled(later, lambda feed: brought(feed, POST))

    assert {poll.verdict for poll in result} == {"unchanged"}
    assert len(everything(tools)) == 1


async def test_a_304_stores_nothing_and_is_no_failure(tools: Tools) -> None:
    await polled(tools, lambda feed: brought(feed, POST))
    later = replace(tools, now=lambda: NOW + timedelta(days=2))

    result = await polled(later, lambda feed: NotModified(Validators(feed.settings.address)))

    assert {(poll.verdict, poll.state.failures) for poll in result} == {("unchanged", 0)}


async def test_a_page_that_is_no_feed_is_a_failure_with_its_reason(tools: Tools) -> None:
    def answer(feed: Feed) -> Outcome:
        page = b"<!doctype html><title>Sorry</title><p>Nothing here"
        return Fetched(page, feed.settings.address, 200, "text/html", Validators("x"))

    result = await polled(tools, answer)

    assert {poll.verdict for poll in result} == {"failed"}
    assert all(poll.state.error for poll in result)


async def test_publishing_cut_off_between_files_is_made_good_by_the_next(tools: Tools) -> None:
    await polled(tools, lambda feed: brought(feed, POST))

    def stop(_: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        pipeline.publish_changed(tools, watch=stop)
    pipeline.publish_changed(tools)

    with tools.store.reading() as session:
        assert outputs.stale(session) == []
    assert (
        b"Anna Lindqvist in Oslo"
        in (tools.config.root / "public/tags/anna-lindqvist/atom.xml").read_bytes()
    )
    assert pipeline.publish_changed(tools) == 0


async def test_an_emptied_folder_is_filled_again(tools: Tools) -> None:
    await polled(tools, lambda feed: brought(feed, POST))
    written = pipeline.publish_changed(tools)
    for path in sorted((tools.config.root / "public").rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()

    assert pipeline.publish_changed(tools) == written


async def test_many_items_go_on_in_archive_documents_that_never_change(
    tmp_path: Path, database: str
) -> None:
    text = "publish: {entries: 4}\n" + CONFIG.format(feeds="http://one.example/a.xml")
    (tmp_path / "feeds.yaml").write_text(text)
    posts = [
        replace(
            POST,
            title=f"{POST.title}, part {number}",
            link=f"{POST.link}/{number}",
            published=NOW - timedelta(days=20 * number),
        )
        for number in range(11)
    ]
    with Instance(tmp_path / "feeds.yaml", {"AGGREGATOR_DATABASE": database}) as instance:
        tools = replace(instance.tools, now=lambda: NOW, jitter=lambda: 0.0)
        await polled(tools, lambda feed: brought(feed, *posts[4:]))
        pipeline.publish_changed(tools)
        archive = tools.config.root / "public/tags/anna-lindqvist/archive"
        first = (archive / "1/atom.xml").read_bytes()
        later = replace(tools, now=lambda: NOW + timedelta(days=2))

        await polled(later, lambda feed: brought(feed, *posts))
        pipeline.publish_changed(later)

        assert (archive / "1/atom.xml").read_bytes() == first
        documents = [path.read_bytes() for path in archive.glob("*/atom.xml")]
        current = (archive.parent / "atom.xml").read_bytes()
        for post in posts:
            holding = sum(post.title.encode() + b"<" in body for body in {*documents, current})
            assert holding == 1, post.title


async def test_what_is_stale_is_all_that_would_be_published_differently(
    tmp_path: Path, database: str
) -> None:
    text = "publish: {entries: 4}\n" + CONFIG.format(feeds="http://one.example/a.xml")
    (tmp_path / "feeds.yaml").write_text(text)
    posts = [
        replace(
            POST,
            title=f"{POST.title}, part {number}",
            link=f"{POST.link}/{number}",
            published=NOW - timedelta(days=months),
        )
        for number, months in enumerate((10, 95, 40, 41, 200, 130, 5, 160))
    ]
    with Instance(tmp_path / "feeds.yaml", {"AGGREGATOR_DATABASE": database}) as instance:
        for count in range(1, len(posts) + 1):
            day = NOW + timedelta(days=2 * count)
            tools = replace(instance.tools, now=partial(at, day), jitter=lambda: 0.0)
            await polled(tools, partial(brought, posts=posts[:count]))
            pipeline.publish_changed(tools)

        with tools.store.writing() as session:
            pipeline.mark_everything(tools, session)

        assert pipeline.publish_changed(tools) == 0


def test_another_template_has_everything_published_again(
    tools: Tools, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipeline.publish_changed(tools)
    monkeypatch.setattr("aggregator.publish.look.digest", lambda: "another")

    adopting.adopt(tools)

    with tools.store.reading() as session:
        stale = {one.channel for one in outputs.stale(session)}
    assert stale == {*(channel.key for channel in tools.channels), outputs.SITE}


def test_taking_up_another_edition_is_done_whole_or_not_at_all(
    tools: Tools, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipeline.publish_changed(tools)
    monkeypatch.setattr("aggregator.publish.look.digest", lambda: "another")

    def cut_off(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as killed:
        killed.setattr(outputs, "mark_channels", cut_off)
        with pytest.raises(KeyboardInterrupt):
            adopting.adopt(tools)
    adopting.adopt(tools)

    with tools.store.reading() as session:
        stale = {one.channel for one in outputs.stale(session)}
    assert stale == {*(channel.key for channel in tools.channels), outputs.SITE}


def test_taking_up_an_unchanged_configuration_changes_nothing(tools: Tools) -> None:
    pipeline.publish_changed(tools)

    assert adopting.adopt(tools) == adopting.Behind()

    with tools.store.reading() as session:
        assert outputs.stale(session) == []


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
async def test_in_one_cycle_it_does_not_matter_which_feed_is_polled_first(
    tools: Tools, order: Sequence[int]
) -> None:
    feeds = chosen(tools)

    for number in order:
        later = replace(POST, published=POST.published + number * HOUR)
        net = network(partial(brought, posts=[later]))
        await pipeline.cycle(tools, net, [feeds[number]], began=NOW)

    (item,) = everything(tools)
    assert item.lead.feed == feeds[0].settings.url
    assert (item.published, item.updated) == (POST.published, POST.published)
