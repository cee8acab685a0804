"""Looks at feeds outside a poll: no publisher is asked for the same document in full twice."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.cli import called
from tests.support.feeds import ATOM
from tests.support.feedserver import Answer, FeedServer

NEWS = Answer(body=ATOM, headers={"ETag": '"1"', "Content-Type": "application/atom+xml"})
NEWER = Answer(body=ATOM.replace(b"ferry", b"train"), headers={"ETag": '"2"'})
PAGE = Answer(
    body=b'<!doctype html><link rel="alternate" type="application/atom+xml" href="/feed.xml">'
)


@pytest.fixture
def server() -> Iterator[FeedServer]:
    with FeedServer() as serving:
        serving.answers |= {"/feed.xml": NEWS, "/": PAGE}
        yield serving


@pytest.fixture
def folder(tmp_path: Path, server: FeedServer) -> Path:
    (tmp_path / "feeds.yaml").write_text(
        f"poll: {{allow_hosts: ['{server.address}']}}\nfeeds: [{server.url('/feed.xml')}]\n"
    )
    return tmp_path


def etags(server: FeedServer, path: str = "/feed.xml") -> list[str | None]:
    return [asked.headers.get("If-None-Match") for asked in server.asked if asked.path == path]


def test_the_first_poll_after_a_check_asks_only_what_is_new(
    folder: Path, server: FeedServer
) -> None:
    checked = [called(folder, "check", "--online").code for _ in range(2)]

    polled = called(folder, "poll", "--json")

    assert checked == [0, 0]
    assert etags(server) == [None, '"1"', '"1"']
    assert polled.json()["new"] == 1


def test_a_feed_that_changed_since_the_check_is_read_as_it_is_now(
    folder: Path, server: FeedServer
) -> None:
    called(folder, "check", "--online")
    server.answers["/feed.xml"] = NEWER

    called(folder, "poll")

    assert etags(server) == [None, '"1"']
    [item] = called(folder, "items", "--json").json_lines()
    assert item["title"] == "The train runs again"


def test_a_check_after_polls_asks_only_what_is_new(folder: Path, server: FeedServer) -> None:
    called(folder, "poll")

    checked = called(folder, "check", "--online")

    assert checked.code == 0, checked.err
    assert etags(server) == [None, '"1"']


def test_a_page_in_place_of_a_feed_is_not_asked_for_in_full_again(
    folder: Path, server: FeedServer
) -> None:
    server.answers["/feed.xml"] = Answer(body=b"<html>Sorry", headers={"ETag": '"p"'})

    checked = [called(folder, "check", "--online").code for _ in range(2)]
    polled = [called(folder, "poll", "--all", "--json").json()["failed"] for _ in range(2)]
    checked.append(called(folder, "check", "--online").code)

    assert checked == [1, 1, 1]
    assert polled == [1, 1]
    assert etags(server) == [None, '"p"', '"p"', '"p"', '"p"']


def test_a_poll_that_fails_forgets_no_look(folder: Path, server: FeedServer) -> None:
    called(folder, "check", "--online")
    server.answers["/feed.xml"] = Answer(500)
    called(folder, "poll")
    server.answers["/feed.xml"] = NEWS

    polled = called(folder, "poll", "--all", "--json")

    assert etags(server) == [None, '"1"', '"1"']
    assert polled.json()["new"] == 1


@pytest.mark.parametrize("address", ["/feed.xml", "/"])
def test_a_feed_that_is_added_was_asked_for_in_full_once(
    folder: Path, server: FeedServer, address: str
) -> None:
    (folder / "feeds.yaml").write_text(f"poll: {{allow_hosts: ['{server.address}']}}\nfeeds: []\n")
    tried = called(folder, "feeds", "add", server.url("/feed.xml"), "--dry-run")
    added = called(folder, "feeds", "add", server.url(address))

    polled = called(folder, "poll", "--json")

    assert (tried.code, added.code) == (0, 0)
    assert etags(server) == [None, '"1"', '"1"']
    assert polled.json()["new"] == 1


def test_what_may_be_taken_as_current_is_not_asked_for_again(
    folder: Path, server: FeedServer
) -> None:
    server.answers["/feed.xml"] = Answer(body=ATOM, headers={"Cache-Control": "max-age=7200"})
    called(folder, "check", "--online")

    polled = called(folder, "poll", "--json")

    assert polled.json()["new"] == 1
    assert len(server.asked) == 1
    [feed] = called(folder, "status", "--json").json()["feeds"]
    assert feed["next_poll"] is not None
    assert called(folder, "poll", "--json").json()["feeds"] == 0


@pytest.mark.parametrize("status", [410, 429])
def test_who_is_gone_or_wants_to_be_left_alone_is_left_alone_by_a_check_too(
    folder: Path, server: FeedServer, status: int
) -> None:
    server.answers["/feed.xml"] = Answer(status, headers={"Retry-After": "7200"})
    called(folder, "poll")

    checked = called(folder, "check", "--online")

    assert checked.code == 1
    assert ("gone for good" if status == 410 else "asked us to wait") in checked.err
    assert len(server.asked) == 1


def test_looking_needs_no_database(folder: Path, server: FeedServer) -> None:
    (folder / "db").write_text("in the way")

    assert called(folder, "check", "--online").code == 0
    assert etags(server) == [None]
