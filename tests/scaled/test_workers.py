"""One scheduler, several workers, one PostgreSQL: nothing lost, nothing done twice."""

import json
from collections.abc import Iterator
from pathlib import Path
from signal import SIGTERM

import httpx
import pytest

from tests.scaled.harness import PATIENCE_S, Deployment, deployed, eventually, kill
from tests.support import next_release
from tests.support.feedserver import Answer, FeedServer
from tests.support.postgres import PostgresServer
from tests.support.wordpress import Post, wordpress

FEEDS = 12
CONFIG = """\
site: {{title: Scaled, url: "http://localhost:8000/"}}
poll: {{min_interval: 1m, per_host: 2, allow_hosts: ["{address}"]}}
feeds: [{feeds}]
people: [{{name: Anna Lindqvist}}]
"""

pytestmark = [pytest.mark.postgres, pytest.mark.slow]


@pytest.fixture
def deployment(
    tmp_path: Path, postgres: PostgresServer, feed_server: FeedServer
) -> Iterator[Deployment]:
    urls = []
    for number in range(FEEDS):
        path = f"/{number}.xml"
        urls.append(feed_server.url(path))
        feed_server.answers[path] = Answer(body=document(number), delay_s=0.2)
    config = CONFIG.format(address=feed_server.address, feeds=", ".join(urls))
    (tmp_path / "feeds.yaml").write_text(config)
    with deployed(tmp_path, postgres.database()) as deployment:
        yield deployment


def document(feed: int, posts: int = 3) -> bytes:
    return wordpress(
        [
            Post(
                f"Anna Lindqvist counts {feed}{number} herons",
                f"<p>On pond {feed} there were {number} herons.</p>",
                f"http://feed{feed}.example/{number}",
            )
            for number in range(posts)
        ],
        f"Feed {feed}",
    )


def test_what_is_due_is_polled_once_by_whatever_worker_and_published(
    deployment: Deployment, feed_server: FeedServer
) -> None:
    deployment.start("serve", "--port", "0")
    deployment.start("serve", "--port", "0")
    deployment.start("worker", "--concurrency", "8")
    deployment.start("worker", "--concurrency", "8")

    atom = deployment.folder / "public/tags/anna-lindqvist/atom.xml"
    eventually(lambda: atom.exists() and atom.read_text().count("</entry>") == 3 * FEEDS)
    codes = deployment.stop()

    assert codes == [0, 0, 0, 0]
    assert sorted(feed_server.paths()) == sorted(f"/{number}.xml" for number in range(FEEDS))
    assert feed_server.busiest <= 2
    assert deployment.ask("SELECT count(*), count(DISTINCT link) FROM entries") == [
        (3 * FEEDS, 3 * FEEDS)
    ]
    assert "Traceback" not in deployment.logs()


def test_the_jobs_of_a_worker_that_dies_are_taken_up_by_others(
    deployment: Deployment, feed_server: FeedServer
) -> None:
    for number in range(FEEDS):
        feed_server.answers[f"/{number}.xml"] = Answer(body=document(number), delay_s=1.0)
    victim = deployment.start("worker", "--concurrency", "8")
    deployment.start("serve", "--port", "0")
    eventually(lambda: feed_server.busiest > 0)

    victim.kill()

    eventually(lambda: deployment.ask("SELECT count(*) FROM entries") == [(3 * FEEDS,)])
    eventually(lambda: deployment.ask("SELECT count(*) FROM procrastinate_jobs") == [(0,)])
    assert set(deployment.stop()[1:]) == {0}


def test_status_and_metrics_tell_how_the_queue_is(
    deployment: Deployment, feed_server: FeedServer
) -> None:
    for number in range(FEEDS):
        feed_server.answers[f"/{number}.xml"] = Answer(body=document(number), delay_s=10.0)
    serve = deployment.start("serve", "--port", "0")
    victim = deployment.start("worker", "--concurrency", "4")
    eventually(lambda: feed_server.busiest > 0)

    told = json.loads(deployment.run("status", "--json"))["queue"]
    page = httpx.get(f"{deployment.address(serve)}metrics", trust_env=False).text

    assert told["running"] > 0
    assert told["failed"] == 0
    assert told["workers"] in {1, 2}
    assert 'aggregator_jobs{state="waiting"}' in page
    kill([victim])


def test_of_several_services_one_tags_everything_again(deployment: Deployment) -> None:
    deployment.run("poll")
    deployment.start("serve", "--port", "0")
    deployment.start("serve", "--port", "0")
    there = "SELECT to_regclass('procrastinate_workers')"
    eventually(lambda: deployment.ask(there) != [(None,)])
    eventually(lambda: deployment.ask("SELECT count(*) FROM procrastinate_workers") == [(2,)])

    file = deployment.folder / "feeds.yaml"
    file.write_text(file.read_text().replace("Lindqvist}", "Lindqvist}, {name: Bo Heron}"))

    settled = "SELECT value FROM notes WHERE name = 'people' AND value <> ''"
    eventually(lambda: deployment.logs().count('"retagged"') > 0)
    eventually(lambda: deployment.logs().count('"config_reloaded"') >= 2)
    assert len(deployment.ask(settled)) == 1
    assert deployment.stop() == [0, 0]
    assert deployment.logs().count('"retagged"') == 1


def test_a_worker_makes_way_for_a_newer_release(deployment: Deployment) -> None:
    worker = deployment.start("worker")
    eventually(lambda: deployment.ask("SELECT to_regclass('procrastinate_workers')") != [(None,)])
    eventually(lambda: deployment.ask("SELECT count(*) FROM procrastinate_workers") == [(1,)])

    deployment.tell("UPDATE alembic_version SET version_num = '9999'")

    assert worker.wait(PATIENCE_S) == 0
    assert "newer_schema" in deployment.logs()


def test_while_a_new_release_migrates_nothing_is_lost_and_nothing_done_twice(
    deployment: Deployment, feed_server: FeedServer
) -> None:
    serve = deployment.start("serve", "--port", "0")
    old = [deployment.start("worker", "--concurrency", "2") for _ in range(2)]
    atom = deployment.folder / "public/tags/anna-lindqvist/atom.xml"
    eventually(lambda: atom.exists() and atom.read_text().count("</entry>") == 3 * FEEDS)
    for number in range(FEEDS):
        body = document(number, posts=4)
        feed_server.answers[f"/{number}.xml"] = Answer(body=body, delay_s=2.0)
    # The scheduler is upgraded first, in the middle of a cycle.
    deployment.tell("UPDATE feeds SET next_poll = NULL, fresh_until = NULL")
    eventually(lambda: len(feed_server.paths()) > FEEDS)
    serve.send_signal(SIGTERM)
    assert serve.wait(PATIENCE_S) == 0
    deployment.program = next_release.PROGRAM
    serve = deployment.start("serve", "--port", "0")

    assert [worker.wait(PATIENCE_S) for worker in old] == [0, 0]

    version = deployment.ask("SELECT version_num FROM alembic_version")
    assert version == [(next_release.REVISION,)]
    assert deployment.logs().count('"newer_schema"') == 2
    assert httpx.get(f"{deployment.address(serve)}health", trust_env=False).status_code == 200
    deployment.start("worker", "--concurrency", "8")
    read = "SELECT count(*), count(DISTINCT link) FROM entries"
    eventually(lambda: deployment.ask(read) == [(4 * FEEDS, 4 * FEEDS)])
    eventually(lambda: deployment.ask("SELECT count(*) FROM procrastinate_jobs") == [(0,)])
    eventually(lambda: atom.read_text().count("</entry>") == 4 * FEEDS)
    assert next_release.VERSION in atom.read_text()
    assert set(deployment.stop()) == {0}
    assert "Traceback" not in deployment.logs()


def test_a_worker_on_sqlite_says_what_to_do(tmp_path: Path) -> None:
    from tests.support.cli import aggregator  # noqa: PLC0415

    (tmp_path / "feeds.yaml").write_text("feeds: []\n")

    done = aggregator(tmp_path, "worker")

    assert done.code == 1
    assert "workers need a PostgreSQL database" in done.err


def test_a_front_that_only_serves_polls_nothing(
    deployment: Deployment, feed_server: FeedServer
) -> None:
    deployment.start("serve", "--web-only", "--port", "0")
    eventually(lambda: "serving" in deployment.logs())

    assert deployment.stop() == [0]
    assert feed_server.paths() == []
