"""What a moving clock does to the programs: a machine that slept, or was told a wrong time."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.support.cli import aggregator
from tests.support.faketime import MovedClock
from tests.support.feeds import ATOM
from tests.support.feedserver import Answer, FeedServer
from tests.support.service import Service

pytestmark = pytest.mark.slow

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NEWS = Answer(body=ATOM, headers={"ETag": '"1"', "Content-Type": "application/atom+xml"})


@pytest.fixture
def publisher(tmp_path: Path) -> Iterator[FeedServer]:
    with FeedServer() as server:
        server.answers["/feed.xml"] = NEWS
        (tmp_path / "feeds.yaml").write_text(
            "site: {title: Watch, url: 'http://watch.example/'}\n"
            f"poll: {{allow_hosts: ['{server.address}']}}\nfeeds: [{server.url('/feed.xml')}]\n"
        )
        yield server


def test_the_service_polls_on_when_the_clock_leaps_by_years_and_back(
    tmp_path: Path, publisher: FeedServer
) -> None:
    clock = MovedClock(tmp_path)
    service = Service(tmp_path, environ=clock.environ)

    def polls() -> int:
        return (tmp_path / "serve.log").read_text().count('"feed_polled"')

    try:
        service.until(lambda: polls() == 1)
        clock.off(9 * 365 * DAY)
        service.until(lambda: polls() == 2)
        clock.off(timedelta(0))
        service.until(lambda: polls() == 3)

        assert service.get("health/ready").status_code == 200
    finally:
        code = service.stop()
    assert code == 0
    assert [asked.headers.get("If-None-Match") for asked in publisher.asked] == [None, '"1"', '"1"']


def test_polls_follow_the_clock_from_process_to_process(
    tmp_path: Path, publisher: FeedServer
) -> None:
    clock = MovedClock(tmp_path)
    requests = []
    for hours in (0, 0.5, 26, 26.5, 0):
        clock.off(hours * HOUR)
        ran = aggregator(tmp_path, "poll", environ=clock.environ)
        assert ran.code == 0, ran.err
        requests.append(len(publisher.asked))

    assert requests == [1, 1, 2, 2, 3]
