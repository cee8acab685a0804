"""The whole story through the command line: real feeds on loopback, real files, a real service.

Some verbs run as programs; the others are called in this process, which says the same in less time.
"""

import json
import re
import signal
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import feedparser
import pytest

from tests.support.cli import aggregator, called, tree
from tests.support.feedserver import Answer, FeedServer
from tests.support.service import Service
from tests.support.wordpress import Post, wordpress

COURIER = (
    Post(
        "Lavrov lands in Milan",
        "<p>Russia's foreign minister Sergey Lavrov came for two days of talks.</p>",
        "http://courier.example/2026/11/milan/",
        published=datetime(2026, 11, 3, 9, tzinfo=UTC),
    ),
    Post(
        "Fishermen count the catch",
        '<figure><img src="/i.jpg" alt=""><figcaption>Archive: Sergei Lavrov at the port'
        "</figcaption></figure><p>It was a good week for herring.</p>",
        "http://courier.example/2026/11/herring/",
        published=datetime(2026, 11, 2, 9, tzinfo=UTC),
    ),
    Post(
        "Mogherini opens the hall",
        "<p>Federica Mogherini cut the ribbon and spoke of patience.</p>",
        "http://courier.example/2026/11/hall/",
        published=datetime(2026, 11, 1, 9, tzinfo=UTC),
        categories=("Culture", "Sergei Lavrov"),
    ),
    Post(
        "Pianist Kirill Lavrov on tour",
        "<p>The concert halls are sold out.</p>",
        "http://courier.example/2026/10/pianist/",
        published=datetime(2026, 10, 30, 9, tzinfo=UTC),
    ),
)
REPRINT = Post(
    "Lavrov lands in Milan",
    "<p>Russia's foreign minister Sergey Lavrov came for two days of talks.</p>",
    "http://www.courier.example/2026/11/milan/?utm_source=feed",
    guid="reprint-1",
    published=datetime(2026, 11, 3, 10, tzinfo=UTC),
)

VALIDATORS = {"ETag": 'W/"courier-1"', "Content-Type": "application/rss+xml; charset=utf-8"}

CONFIG = """\
site: {{title: Test Watch, url: "http://localhost:8000/", contact: "mailto:desk@example.org"}}
poll: {{allow_hosts: ["{address}"]}}
feeds:
  - {origin}/courier.xml
  - url: {origin}/reprints.xml
    groups: [reprints]
people:
  - name: Sergey Lavrov
    slug: sergei-lavrov
    aliases: [Sergei Lavrov]
    must_not: ["Pianist Kirill Lavrov on tour"]
  - name: Federica Mogherini
views:
  - {{slug: both, title: Both, match: "sergei-lavrov and federica-mogherini"}}
"""


@pytest.fixture
def server() -> Iterator[FeedServer]:
    with FeedServer() as serving:
        serving.answers["/courier.xml"] = Answer(body=wordpress(COURIER), headers=VALIDATORS)
        serving.answers["/reprints.xml"] = Answer(body=wordpress([REPRINT], "Reprints"))
        yield serving


@pytest.fixture
def folder(tmp_path: Path, server: FeedServer) -> Path:
    text = CONFIG.format(origin=server.origin, address=server.address)
    (tmp_path / "feeds.yaml").write_text(text, encoding="utf-8")
    return tmp_path


def titles(folder: Path, *words: str) -> list[str]:
    return [item["title"] for item in called(folder, "items", "--json", *words).json_lines()]


def test_a_poll_stores_tags_merges_and_publishes(folder: Path, server: FeedServer) -> None:
    polled = aggregator(folder, "poll", "--json")

    assert polled.code == 0, polled.err
    told = polled.json()
    assert {name: told[name] for name in ("feeds", "changed", "failed", "new", "duplicates")} == {
        "feeds": 2,
        "changed": 2,
        "failed": 0,
        "new": 4,
        "duplicates": 1,
    }
    assert titles(folder) == [post.title for post in COURIER]
    assert titles(folder, "--tag", "sergei-lavrov") == [post.title for post in COURIER[:3]]
    assert titles(folder, "--tag", "federica-mogherini") == ["Mogherini opens the hall"]


def test_an_item_of_two_feeds_lists_both_in_their_own_words(
    folder: Path, server: FeedServer
) -> None:
    called(folder, "poll")

    newest = called(folder, "items", "--json").json_lines()[0]

    assert newest["id"].startswith("urn:uuid:")
    assert newest["published"].startswith("2026-11-03T")
    assert {source["feed"] for source in newest["sources"]} == {
        server.url("/courier.xml"),
        server.url("/reprints.xml"),
    }
    assert {source["guid"] for source in newest["sources"]} == {COURIER[0].link, "reprint-1"}


def test_items_say_why_they_have_their_tags(folder: Path) -> None:
    called(folder, "poll")

    told = called(folder, "items", "--why")
    newest = called(folder, "items", "--why", "--json").json_lines()[0]

    assert "Sergey Lavrov (“" in told.out
    (tag,) = newest["why"]
    assert (tag["tag"], tag["by"]) == ("sergei-lavrov", "rule")
    titles = {source["feed"]: source["title"] for source in newest["sources"]}
    places = [match for match in tag["matches"] if match["field"] == "title"]
    assert {match["feed"] for match in places} == set(titles)
    for match in places:
        assert titles[match["feed"]][match["start"] : match["end"]] == match["text"]


def test_everything_is_published_for_every_person_view_and_all(folder: Path) -> None:
    called(folder, "poll")

    files = tree(folder / "public")
    wanted = {"index.html", "feeds.opml", "tags.opml"} | {
        f"{channel}/{name}"
        for channel in (
            "all",
            "views/both",
            "tags/sergei-lavrov",
            "tags/sergei-lavrov/about",
            "tags/federica-mogherini",
        )
        for name in ("atom.xml", "rss.xml", "feed.json", "index.html")
    }
    assert wanted <= files.keys()
    atom = feedparser.parse(files["tags/sergei-lavrov/atom.xml"])
    rss = feedparser.parse(files["tags/sergei-lavrov/rss.xml"])
    feed = json.loads(files["tags/sergei-lavrov/feed.json"])
    expected = [post.title for post in COURIER[:3]]
    assert not atom.bozo
    assert [entry.title for entry in atom.entries] == expected
    assert [entry.title for entry in rss.entries] == expected
    assert [item["title"] for item in feed["items"]] == expected
    assert [entry.title for entry in feedparser.parse(files["views/both/atom.xml"]).entries] == [
        "Mogherini opens the hall"
    ]


def test_a_second_poll_asks_with_the_validators_and_changes_no_byte(
    folder: Path, server: FeedServer
) -> None:
    called(folder, "poll")
    before = tree(folder / "public")

    again = called(folder, "poll", "--all", "--json").json()

    sent = [asked.headers["If-None-Match"] for asked in server.asked if "courier" in asked.path]
    assert sent == [None, 'W/"courier-1"']
    assert (again["feeds"], again["unchanged"], again["new"], again["published"]) == (2, 2, 0, 0)
    assert tree(folder / "public") == before


def test_a_poll_with_nothing_due_asks_nobody(folder: Path, server: FeedServer) -> None:
    called(folder, "poll")
    asked = len(server.asked)

    idle = called(folder, "poll", "--json").json()

    assert (idle["feeds"], len(server.asked)) == (0, asked)


def test_an_edited_headline_is_a_revision_of_the_same_item(
    folder: Path, server: FeedServer
) -> None:
    called(folder, "poll")
    before = called(folder, "items", "--json").json_lines()[0]
    edited = Post("Lavrov leaves Milan", *(getattr(COURIER[0], name) for name in ("body", "link")))
    server.answers["/courier.xml"] = Answer(body=wordpress([edited, *COURIER[1:]]))

    polled = called(folder, "poll", "--all", "--json").json()

    ids = {item["id"]: item["title"] for item in called(folder, "items", "--json").json_lines()}
    assert (polled["new"], polled["updated"]) == (0, 1)
    assert ids[before["id"]] == "Lavrov leaves Milan"
    assert b"Lavrov leaves Milan" in tree(folder / "public")["tags/sergei-lavrov/atom.xml"]


def test_one_broken_feed_is_told_and_hurts_no_other(folder: Path, server: FeedServer) -> None:
    server.answers["/reprints.xml"] = Answer(500)

    polled = called(folder, "poll", "--json")
    status = called(folder, "status", "--json").json()

    assert (polled.code, polled.json()["failed"], polled.json()["new"]) == (0, 1, 4)
    broken = next(feed for feed in status["feeds"] if "reprints" in feed["url"])
    assert broken["http_status"] == 500
    assert "500" in broken["error"]
    assert broken["failures"] == 1
    assert status["counts"]["items"] == 4


def test_a_new_person_gets_her_history_by_retag(folder: Path) -> None:
    called(folder, "poll")
    config = folder / "feeds.yaml"
    added = "people:\n  - name: Kirill Lavrov\n"
    config.write_text(config.read_text().replace("people:\n", added))

    planned = called(folder, "retag", "--dry-run")
    assert re.search(r"kirill-lavrov\s+\+1\s+-0", planned.out), planned.out + planned.err
    assert titles(folder, "--tag", "kirill-lavrov") == []

    called(folder, "retag")

    assert titles(folder, "--tag", "kirill-lavrov") == ["Pianist Kirill Lavrov on tour"]
    feed = feedparser.parse(tree(folder / "public")["tags/kirill-lavrov/atom.xml"])
    assert [entry.title for entry in feed.entries] == ["Pianist Kirill Lavrov on tour"]


def test_a_person_taken_out_takes_the_published_files_along(folder: Path) -> None:
    called(folder, "poll")
    config = folder / "feeds.yaml"
    text = config.read_text().replace("  - name: Federica Mogherini\n", "")
    config.write_text(text[: text.index("views:")])

    called(folder, "retag")

    files = tree(folder / "public")
    assert not [path for path in files if "mogherini" in path or path.startswith("views/")]
    assert "tags/sergei-lavrov/atom.xml" in files


def test_a_correction_survives_a_retag(folder: Path) -> None:
    called(folder, "poll")
    item = called(folder, "items", "--json", "--tag", "federica-mogherini").json_lines()[0]

    corrected = called(folder, "correct", item["id"], "-sergei-lavrov", "+federica-mogherini")
    called(folder, "retag")

    assert corrected.code == 0, corrected.err
    assert item["title"] not in titles(folder, "--tag", "sergei-lavrov")
    feed = feedparser.parse(tree(folder / "public")["tags/sergei-lavrov/atom.xml"])
    assert item["title"] not in [entry.title for entry in feed.entries]


def test_a_wrong_merge_is_parted_and_stays_parted(folder: Path, server: FeedServer) -> None:
    called(folder, "poll")
    merged = called(folder, "items", "--json").json_lines()[0]
    courier, reprints = server.url("/courier.xml"), server.url("/reprints.xml")

    parted = called(folder, "split", merged["id"], courier)
    again = called(folder, "split", merged["id"], reprints)
    edited = replace(REPRINT, guid="reprint-2", body="<p>Sergey Lavrov came for talks.</p>")
    server.answers["/reprints.xml"] = Answer(body=wordpress([edited], "Reprints"))
    called(folder, "poll", "--all")
    called(folder, "retag")

    assert parted.code == 0, parted.err
    items = {item["id"]: item for item in called(folder, "items", "--json").json_lines()}
    assert [source["feed"] for source in items[merged["id"]]["sources"]] == [reprints]
    assert [source["feed"] for source in items[parted.out.strip()]["sources"]] == [courier]
    assert items[parted.out.strip()]["tags"] == ["sergei-lavrov"]
    assert parted.out.strip() in (folder / "public/tags/sergei-lavrov/atom.xml").read_text()
    assert (again.code, "its only source" in again.err) == (1, True)


def test_documents_are_tagged_without_being_stored(folder: Path) -> None:
    text = "Then Sergei Lavrov's plane left."
    document = {"id": 7, "title": "Talks", "text": text}

    tagged = aggregator(folder, "tag", given=json.dumps(document) + "\n").json()

    (match,) = tagged["matches"]
    assert (tagged["id"], tagged["tags"]) == (7, ["sergei-lavrov"])
    assert text[match["start"] : match["end"]] == match["text"]
    assert titles(folder) == []


def test_check_names_the_place_of_what_is_wrong(folder: Path) -> None:
    config = folder / "feeds.yaml"
    assert called(folder, "check").code == 0
    config.write_text(config.read_text().replace("groups:", "gruops:"))

    checked = called(folder, "check")
    polled = called(folder, "poll")

    assert checked.code == 1
    assert re.match(r"feeds\.yaml:6:\d+: .*gruops.*groups", checked.err), checked.err
    assert (polled.code, polled.out) == (1, "")
    assert "Traceback" not in polled.err


def test_check_runs_the_headline_tests(folder: Path) -> None:
    config = folder / "feeds.yaml"
    config.write_text(config.read_text().replace("Pianist Kirill", "Minister Sergey"))

    checked = called(folder, "check")

    assert checked.code == 1
    assert re.match(r"feeds\.yaml:11:\d+: ", checked.err), checked.err


def test_check_online_names_the_feeds_that_bring_none(folder: Path, server: FeedServer) -> None:
    assert called(folder, "check", "--online").code == 0
    server.answers["/reprints.xml"] = Answer(404)

    checked = called(folder, "check", "--online")

    assert checked.code == 1
    assert re.fullmatch(r"feeds\.yaml:5:\d+: .*404.*\n", checked.err), checked.err


def test_init_writes_a_file_that_check_accepts_and_never_overwrites(tmp_path: Path) -> None:
    assert aggregator(tmp_path, "init", "desk").code == 0
    written = (tmp_path / "desk/feeds.yaml").read_text()

    checked = aggregator(tmp_path, "--config", "desk/feeds.yaml", "check")
    again = aggregator(tmp_path, "init", "desk")

    assert checked.code == 0, checked.err
    assert again.code == 1
    assert (tmp_path / "desk/feeds.yaml").read_text() == written


def test_a_database_that_cannot_be_used_is_one_line(folder: Path) -> None:
    (folder / "db").mkdir()
    (folder / "db/aggregator.db").write_bytes(b"not a database at all" * 50)

    polled = aggregator(folder, "poll", "--json")

    assert polled.code == 1
    assert len(polled.err.splitlines()) == 1
    assert (folder / "db/aggregator.db").read_bytes() == b"not a database at all" * 50


@pytest.fixture
def service(folder: Path) -> Iterator[Service]:
    running = Service(folder)
    yield running
    if running.process.poll() is None:
        running.stop()


def test_the_service_polls_by_itself_and_serves_what_it_published(service: Service) -> None:
    feed = service.wait_for("tags/sergei-lavrov/atom.xml")
    unchanged = service.get(
        "tags/sergei-lavrov/atom.xml", **{"If-None-Match": feed.headers["etag"]}
    )

    assert feed.headers["content-type"] == "application/atom+xml; charset=utf-8"
    assert feed.headers["content-encoding"] in {"gzip", "br"}
    assert "max-age" in feed.headers["cache-control"]
    assert unchanged.status_code == 304
    assert service.get("").headers["content-type"] == "text/html; charset=utf-8"
    assert service.get("nowhere").status_code == 404
    assert service.get("health").json()["status"] == "ok"
    assert service.wait_for("health/ready").json() == {"ready": True}
    counted = service.get("metrics").text
    assert 'aggregator_polls_total{outcome="fetched"} 2.0' in counted
    assert "aggregator_poll_duration_seconds_count 2.0" in counted


def test_the_service_answers_what_cannot_be_a_file(service: Service) -> None:
    service.wait_for("health/ready")
    item = json.loads(service.get("tags/sergei-lavrov/feed.json").content)["items"][0]

    page = service.get("items/" + item["id"].removeprefix("urn:uuid:"))
    found = service.get("search?q=herring")
    sources = service.get("sources")
    both = service.get("tags/sergei-lavrov+federica-mogherini/atom.xml")
    either = service.get("tags/sergei-lavrov,federica-mogherini/feed.json")

    assert "Lavrov lands in Milan" in page.text
    assert "Fishermen count the catch" in found.text
    assert "Reprints" in sources.text
    assert [entry.title for entry in feedparser.parse(both.content).entries] == [
        "Mogherini opens the hall"
    ]
    assert len(either.json()["items"]) == 3
    for answer in (page, found, sources):
        assert answer.status_code == 200
        assert "unsafe-inline" not in answer.headers["content-security-policy"]


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_the_service_stops_in_order(folder: Path, how: signal.Signals) -> None:
    running = Service(folder)
    running.wait_for("health/ready")

    assert running.stop(how) == 0
    assert "Traceback" not in (folder / "serve.log").read_text()


def test_the_service_stops_while_a_feed_keeps_it_waiting(folder: Path, server: FeedServer) -> None:
    server.answers["/courier.xml"] = Answer(body=wordpress(COURIER), delay_s=30)
    running = Service(folder)
    running.until(lambda: "/courier.xml" in server.paths())

    assert running.stop() == 0


def test_the_service_takes_an_edited_configuration_up_and_survives_a_wrong_one(
    folder: Path, service: Service
) -> None:
    service.wait_for("health/ready")
    config = folder / "feeds.yaml"
    good = config.read_text()

    config.write_text(good.replace("people:", "poeple:"))
    service.until(lambda: service.get("health").json()["status"] == "degraded")
    problems = service.get("health").json()["problems"]
    config.write_text(good.replace("people:\n", "people:\n  - name: Kirill Lavrov\n"))

    assert any("poeple" in problem for problem in problems)
    service.wait_for("tags/kirill-lavrov/feed.json")
    listed = service.until(lambda: service.get("tags/kirill-lavrov/feed.json").json()["items"])
    assert [item["title"] for item in listed] == ["Pianist Kirill Lavrov on tour"]
    service.until(lambda: service.get("health").json()["status"] == "ok")


def test_times_in_the_future_do_not_keep_an_item_on_top(folder: Path, server: FeedServer) -> None:
    odd = Post(
        "From the year 2099",
        "<p>Nobody knows.</p>",
        "http://courier.example/odd/",
        published=datetime(2099, 1, 1, tzinfo=UTC),
    )
    server.answers["/courier.xml"] = Answer(body=wordpress([odd, *COURIER]))

    called(folder, "poll")

    item = next(
        item
        for item in called(folder, "items", "--json").json_lines()
        if item["title"] == odd.title
    )
    assert item["published"] is None
    assert datetime.fromisoformat(item["updated"]) < datetime.now(UTC) + timedelta(days=2)
