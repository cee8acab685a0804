"""Several services on one database, and a hub that pushes: one subscription, each delivery read once."""

from pathlib import Path

import pytest

from tests.scaled.harness import deployed, eventually
from tests.support.feedserver import Answer, FeedServer
from tests.support.hub import Hub
from tests.support.ports import reserved_port
from tests.support.postgres import PostgresServer
from tests.support.wordpress import Post, wordpress

CONFIG = """\
site: {{title: Pushed, url: "{site}"}}
poll: {{allow_hosts: ["{feed}", "{hub}"]}}
feeds: ["{url}"]
people: [{{name: Anna Lindqvist}}]
"""

pytestmark = [pytest.mark.postgres, pytest.mark.slow]


def document(entries: int) -> bytes:
    return wordpress(
        [
            Post(
                f"Anna Lindqvist, part {number}",
                "<p>More of it.</p>",
                f"http://news.example/{number}",
            )
            for number in range(entries, 0, -1)
        ]
    )


def test_several_services_subscribe_once_and_read_each_delivery_once(
    tmp_path: Path, feed_server: FeedServer, postgres: PostgresServer
) -> None:
    url = feed_server.url("/feed.xml")
    with (
        reserved_port() as front,
        Hub() as hub,
        deployed(tmp_path, postgres.database()) as deployment,
    ):
        feed_server.answers["/feed.xml"] = Answer(body=document(1), headers=hub.links(url))
        config = CONFIG.format(
            site=f"http://127.0.0.1:{front}/",
            feed=feed_server.address,
            hub=hub.server.address,
            url=url,
        )
        (tmp_path / "feeds.yaml").write_text(config)
        deployment.start("serve", "--web-only", "--port", str(front))
        for _ in range(2):
            deployment.start("serve", "--port", "0")
        deployment.start("worker")
        eventually(lambda: len(hub.subscribers) == 1)
        leased = "SELECT count(*) FROM subscriptions WHERE expires IS NOT NULL"
        eventually(lambda: deployment.ask(leased) == [(1,)])

        statuses = [
            status for entries in (2, 3, 4) for status in hub.publish(url, document(entries))
        ]

        read = "SELECT (SELECT count(*) FROM deliveries), (SELECT count(*) FROM entries)"
        eventually(lambda: deployment.ask(read) == [(0, 4)])
        assert deployment.stop() == [0, 0, 0, 0]
        assert [status // 100 for status in statuses] == [2, 2, 2]
        assert [request["hub.mode"] for request in hub.requests] == ["subscribe"]
        assert not hub.refused
        assert feed_server.paths() == ["/feed.xml"]
        assert deployment.logs().count('"feed_delivered"') == 3
        assert "Traceback" not in deployment.logs()
