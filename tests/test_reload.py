"""An edited feeds.yaml under a running service: taken up at once, and nothing under way is lost."""

from collections.abc import Iterator
from pathlib import Path
from threading import Event

import pytest

from aggregator import adopt
from aggregator.errors import ConfigError
from aggregator.instance import Instance
from aggregator.retag import retag
from tests.support.cli import called
from tests.support.feedserver import Answer, Asked, FeedServer
from tests.support.service import PATIENCE_S, Service
from tests.support.wordpress import Post, wordpress

FILE = """\
poll: {{allow_hosts: ["{address}"], timeout: 120s}}
feeds:
  - {origin}/slow.xml
people:
  - name: Sergey Lavrov
"""
VIEW = "views: [{slug: european, title: European, match: 'group:eu and ada-milanese'}]\n"
STORY = Post(
    "Lavrov lands in Milan", "<p>Sergey Lavrov met Ada Milanese.</p>", "http://c.example/1"
)
OTHER = Post("Rain over the lakes", "<p>It rained for nine days.</p>", "http://c.example/2")


class Slow:
    """An answer that is held back until it is let go."""

    def __init__(self) -> None:
        self._released = Event()

    def __call__(self, _: Asked) -> Answer:
        self._released.wait(PATIENCE_S)
        return Answer(body=wordpress([STORY], "Slow"))

    def let_go(self) -> None:
        """Answer who asked, and who asks from now on at once."""
        self._released.set()


@pytest.fixture
def slow() -> Slow:
    return Slow()


@pytest.fixture
def server(slow: Slow) -> Iterator[FeedServer]:
    with FeedServer() as serving:
        serving.answers["/slow.xml"] = slow
        serving.answers["/quick.xml"] = Answer(body=wordpress([], "Quick"))
        yield serving


@pytest.fixture
def folder(tmp_path: Path, server: FeedServer) -> Path:
    text = FILE.format(origin=server.origin, address=server.address)
    (tmp_path / "feeds.yaml").write_text(text, encoding="utf-8")
    return tmp_path


def test_a_new_feed_is_polled_beside_a_slow_one_that_is_not_asked_twice(
    folder: Path, server: FeedServer, slow: Slow
) -> None:
    running = Service(folder)
    config = folder / "feeds.yaml"
    running.until(lambda: "/slow.xml" in server.paths())

    new = f"people:\n  - {{name: Milan Kundera}}\n  # {server.origin}"
    config.write_text(
        config.read_text()
        .replace("/slow.xml\n", f"/slow.xml\n  - {server.url('/quick.xml')}\n")
        .replace("people:", new)
    )
    running.until(lambda: "/quick.xml" in server.paths())  # with the slow one under way still
    slow.let_go()
    running.until(lambda: running.get("search?q=Milan").text.count("Lavrov lands") > 0)
    stopped = running.stop()

    assert server.paths().count("/slow.xml") == 1
    assert stopped == 0


@pytest.mark.parametrize("is_first", [True, False], ids=["the first", "a later"])
def test_a_poll_under_way_is_recorded_by_the_people_views_and_groups_of_its_end(
    folder: Path, server: FeedServer, slow: Slow, *, is_first: bool
) -> None:
    config = folder / "feeds.yaml"
    if not is_first:
        server.answers["/quick.xml"] = Answer(body=wordpress([OTHER], "Quick"))
        config.write_text(config.read_text().replace("/slow.xml", "/quick.xml"))
        assert called(folder, "poll").code == 0
        config.write_text(config.read_text().replace("/quick.xml", "/slow.xml"))
    running = Service(folder)
    running.until(lambda: "/slow.xml" in server.paths())

    feed = f"  - {{url: '{server.url('/slow.xml')}', groups: [eu]}}\n"
    text = config.read_text().replace(f"  - {server.url('/slow.xml')}\n", feed)
    config.write_text(text + "  - name: Ada Milanese\n" + VIEW)
    log = folder / "serve.log"
    running.until(lambda: "config_reloaded" in log.read_text())
    slow.let_go()
    feeds = ("tags/sergey-lavrov", "tags/ada-milanese", "views/european")
    running.until(
        lambda: all(STORY.title in running.get(f"{feed}/atom.xml").text for feed in feeds)
    )
    running.stop()

    told = log.read_text()
    assert told.index("config_reloaded") < told.index("feed_polled")


def test_a_wrong_file_is_told_everywhere_and_the_last_good_one_stays(
    folder: Path, server: FeedServer
) -> None:
    server.answers["/slow.xml"] = Answer(body=wordpress([STORY], "Slow"))
    running = Service(folder)
    running.wait_for("tags/sergey-lavrov/atom.xml")
    config = folder / "feeds.yaml"
    good = config.read_text()

    config.write_text(good + "  - name: [")
    running.until(lambda: running.get("health").json()["status"] == "degraded")
    sources = running.get("sources").text
    ready = running.get("health/ready").status_code
    config.write_text(good.replace("feeds:", "database: sqlite:///db/other.db\nfeeds:"))
    running.until(lambda: "restart" in str(running.get("health").json()["problems"]))
    config.write_text(good)
    running.until(lambda: running.get("health").json()["status"] == "ok")
    running.stop()

    assert "the last good one stays in use" in sources
    assert "feeds.yaml:6:11: this `[` is never closed" in sources
    assert ready == 200
    log = (folder / "serve.log").read_text()
    assert "config_refused" in log
    assert "feeds.yaml:6:11" in log


@pytest.fixture
def stored(folder: Path, server: FeedServer) -> Path:
    posts = [
        Post(f"Report {n}", f"<p>Angela Merkel spoke in town {n}.</p>", f"http://c.example/r{n}")
        for n in range(12)
    ]
    server.answers["/slow.xml"] = Answer(body=wordpress(posts, "Slow"))
    polled = called(folder, "poll")
    assert polled.code == 0, polled.err
    return folder


def test_a_retag_that_was_cut_off_goes_on_where_it_was(
    stored: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aggregator.retag.BATCH", 5)
    called(stored, "people", "add", "Angela Merkel")
    looked: list[int] = []

    def cut_off(done: int) -> None:
        looked.append(done)
        if sum(looked) == 5:
            raise KeyboardInterrupt

    with Instance(stored / "feeds.yaml", {}) as instance:
        with pytest.raises(KeyboardInterrupt):
            retag(instance.tools, resume=True, watch=cut_off)
        looked.clear()
        result = retag(instance.tools, resume=True, watch=looked.append)
        behind = adopt.adopt(instance.tools)

    assert looked == [5, 5, 2]
    assert (result.items, result.gained["angela-merkel"]) == (12, 7)
    assert not behind.tags


def test_going_back_to_the_people_of_before_tags_again_what_was_tagged_meanwhile(
    stored: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aggregator.retag.BATCH", 5)
    before = (stored / "feeds.yaml").read_text()
    called(stored, "people", "add", "Angela Merkel")

    def cut_off(done: int) -> None:
        if done:
            raise KeyboardInterrupt

    with Instance(stored / "feeds.yaml", {}) as instance, pytest.raises(KeyboardInterrupt):
        retag(instance.tools, resume=True, watch=cut_off)
    (stored / "feeds.yaml").write_text(before)

    with Instance(stored / "feeds.yaml", {}) as instance:
        due = instance.behind
        result = retag(instance.tools, resume=True)

    assert due.tags
    assert result.lost == {"angela-merkel": 5}


def test_views_are_filled_in_the_background_when_the_service_asks_for_it(stored: Path) -> None:
    config = stored / "feeds.yaml"
    view = "views: [{slug: slow, title: Slow, match: 'not lang:xx'}]\n"
    config.write_text(config.read_text() + view)

    with Instance(config, {}, in_background=True) as instance:
        due = instance.behind
        adopt.assign_again(instance.tools)
        after = adopt.adopt(instance.tools)

    assert due.channels
    assert after == adopt.Behind()


def test_a_running_instance_does_not_move(stored: Path) -> None:
    config = stored / "feeds.yaml"
    with Instance(config, {}) as instance:
        config.write_text(config.read_text() + "publish: {to: elsewhere/}\n")

        with pytest.raises(ConfigError, match=r"feeds\.yaml:6:15: `publish.to` changed: restart"):
            instance.reload()
