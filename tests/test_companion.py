"""`serve` is two processes, and one thing to whoever runs it."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

import pytest

from tests.support.feedserver import Answer, FeedServer
from tests.support.service import PATIENCE_S, Service
from tests.support.wordpress import Post, wordpress

FILE = """\
poll: {{allow_hosts: ["{address}"], min_interval: 1m, interval: 1m}}
feeds: ["{origin}/wire.xml"]
people: [{{name: Sergey Lavrov}}]
"""
STORY = Post("Lavrov lands in Milan", "<p>Sergey Lavrov came.</p>", "http://c.example/1")
OTHER = Post("Lavrov leaves Milan", "<p>Sergey Lavrov went.</p>", "http://c.example/2")


@pytest.fixture
def server() -> Iterator[FeedServer]:
    with FeedServer() as serving:
        serving.answers["/wire.xml"] = Answer(body=wordpress([STORY], "Wire"))
        yield serving


@pytest.fixture
def running(tmp_path: Path, server: FeedServer) -> Iterator[Service]:
    text = FILE.format(origin=server.origin, address=server.address)
    (tmp_path / "feeds.yaml").write_text(text, encoding="utf-8")
    service = Service(tmp_path)
    service.wait_for("tags/sergey-lavrov/atom.xml")
    service.until(lambda: service.get("health/ready").status_code == 200)
    yield service
    if service.process.poll() is None:
        service.stop()
    service.log.close()


def beside(service: Service) -> int | None:
    """The number of the process beside the web server; None while there is none."""
    pid = service.process.pid
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    return int(children[0]) if children else None


@contextmanager
def held_back(service: Service, *, after: int) -> Iterator[None]:
    """Stop the process that replaces another as soon as it is there; at the end it may go on."""
    enough = Event()
    held: list[int] = []

    def hold() -> None:
        while not held and not enough.wait(0.005):
            pid = beside(service)
            if pid is not None and pid != after and has_begun(pid):
                os.kill(pid, signal.SIGSTOP)
                held.append(pid)

    holding = Thread(target=hold)
    holding.start()
    try:
        yield
    finally:
        enough.set()
        holding.join()
        for pid in held:
            os.kill(pid, signal.SIGCONT)


def has_begun(pid: int) -> bool:
    """Whether a process runs its program already: until then, the one that started it waits for it."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().endswith(b"background\0")
    except FileNotFoundError:
        return False


def has_ended(pid: int) -> bool:
    """Whether a process is there no more."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2][1] == "Z"
    except FileNotFoundError:
        return True


def test_the_one_that_polls_gives_way_to_readers(running: Service) -> None:
    polls = beside(running)
    assert polls is not None

    own = os.getpriority(os.PRIO_PROCESS, running.process.pid)
    given_way = os.getpriority(os.PRIO_PROCESS, polls)

    assert given_way == min(own + 5, 19)  # there is nothing beyond that
    assert os.getsid(polls) == polls


def test_one_that_is_killed_is_told_of_replaced_and_missed_by_no_reader(
    running: Service, server: FeedServer
) -> None:
    killed = beside(running)
    assert killed is not None

    with held_back(running, after=killed):
        os.kill(killed, signal.SIGKILL)
        running.until(lambda: "SIGKILL" in str(running.get("health").json()["problems"]))
        meanwhile = running.get("tags/sergey-lavrov/atom.xml").status_code
        ready = running.get("health/ready").status_code
        sources = running.get("sources").text
    running.until(lambda: running.get("health").json()["problems"] == [])
    config = Path(running.log.name).parent / "feeds.yaml"
    server.answers["/late.xml"] = Answer(body=wordpress([OTHER], "Late"))
    config.write_text(config.read_text().replace("wire.xml", "late.xml"))
    running.until(lambda: "leaves Milan" in running.get("all/atom.xml").text)

    assert (meanwhile, ready) == (200, 200)
    assert "the process that polls ended with SIGKILL" in sources
    assert beside(running) not in {None, killed}
    assert running.stop() == 0


def test_what_was_edited_while_nobody_polled_is_in_use_everywhere_afterwards(
    running: Service, server: FeedServer
) -> None:
    killed = beside(running)
    assert killed is not None
    config = Path(running.log.name).parent / "feeds.yaml"

    with held_back(running, after=killed):
        os.kill(killed, signal.SIGKILL)
        running.until(lambda: beside(running) not in {None, killed})
        config.write_text(
            config.read_text().replace("feeds: [", f'feeds: ["{server.url("/b.xml")}", ')
        )

    running.until(lambda: running.get("health").json()["feeds"] == 2)


def test_it_ends_with_the_web_server_however_that_ends(running: Service) -> None:
    polls = beside(running)
    assert polls is not None

    running.process.kill()
    running.process.wait(PATIENCE_S)

    running.until(lambda: has_ended(polls))


def test_a_stop_ends_both_and_leaves_nobody_behind(running: Service) -> None:
    polls = beside(running)
    assert polls is not None

    stopped = running.stop()

    assert stopped == 0
    running.until(lambda: has_ended(polls))  # both may have been cut off, one after the other


def test_what_it_did_is_counted_by_the_web_server(running: Service) -> None:
    counted = "aggregator_publish_lag_seconds_count 1.0"
    metrics = running.until(lambda: (text := running.get("metrics").text) * (counted in text))

    assert 'aggregator_polls_total{outcome="fetched"} 1.0' in metrics
    assert 'aggregator_items_seen_total{what="new"} 1.0' in metrics
    assert "aggregator_publish_lag_seconds_count 1.0" in metrics


def test_a_person_who_left_feeds_yaml_is_gone_for_the_web_server_too(running: Service) -> None:
    config = Path(running.log.name).parent / "feeds.yaml"

    config.write_text(config.read_text().replace("Sergey Lavrov", "Angela Merkel"))

    running.wait_for("tags/sergey-lavrov/atom.xml", 410)
