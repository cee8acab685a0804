"""Kills the processes of a PostgreSQL deployment at random moments, beside an instance left in peace.

with Topology(folder, database, seed=1) as topology:
    topology.round()          # news is published; processes are killed while they work on it
    ...
    topology.check()          # nothing lost, nothing doubled, nothing else than in peace
"""

import random
import time
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from lxml import etree

from tests.chaos.reader import Reader
from tests.scaled.harness import Deployment, eventually, kill
from tests.support.cli import aggregator, called, tree
from tests.support.feedserver import Answer, FeedServer
from tests.support.wordpress import Post, wordpress

FEEDS = 8
NEWS_A_ROUND = 2  # new entries of each feed
AT_FIRST = 6  # entries of each feed; it lists all that it ever had
WHOLE = 500  # entries of a document that holds all
KILLS = 3  # a round
BUSY_S = 9.0  # how long after the news most of the work is done: kills fall into that time
PATIENCE_S = 120.0  # jobs of the dead wait a quarter of a minute, more than once at worst
WORKER = ("worker", "--concurrency", "4")
SERVE = ("serve", "--port", "0")
SITE = "http://localhost:8000/"
ATOM = {"a": "http://www.w3.org/2005/Atom"}
PEOPLE = ("Anna Lindqvist", "Bo Ekström", "Cecilia Nyberg")
CONFIG = """\
site: {{title: Chaos, url: "http://localhost:8000/"}}
poll: {{allow_hosts: ["{address}"]}}
publish: {{entries: {entries}}}
feeds: [{feeds}]
people: [{people}]
views:
  - {{slug: both, title: Both, match: "anna-lindqvist and bo-ekstrom"}}
"""


class Topology:
    """One `serve` and two workers on PostgreSQL; the publishers they poll; an instance on SQLite."""

    def __init__(self, folder: Path, database: str, *, seed: int, entries: int) -> None:
        """Make both instances in a folder; `seed` decides who is killed when.

        Args:
            entries: of a document. Where it is more than there are, no archive document is closed,
                and what is published does not depend on when it was.
        """
        self._closes_archives = entries < WHOLE
        self._random = random.Random(seed)  # noqa: S311 (chance, not secrecy)
        self._server = FeedServer()
        self._posts: list[list[Post]] = [[] for _ in range(FEEDS)]
        self.deployment = Deployment(folder / "killed", database)
        self._peace = folder / "peace"
        feeds = ", ".join(f'"{self._server.url(path(number))}"' for number in range(FEEDS))
        people = ", ".join(f"{{name: {name}}}" for name in PEOPLE)
        config = CONFIG.format(
            address=self._server.address, feeds=feeds, people=people, entries=entries
        )
        for instance in (self._peace, self.deployment.folder):
            instance.mkdir()
            (instance / "feeds.yaml").write_text(config)
        self.reader = Reader(self.deployment.folder / "public")
        self._roles = [SERVE, WORKER, WORKER]

    def __enter__(self) -> Self:
        """Start everything, and let the first news through undisturbed."""
        self._publish_news()
        self._running = [self.deployment.start(*role) for role in self._roles]
        self._until_done()
        self._poll_in_peace()
        self.reader.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop whatever runs."""
        self.reader.stop()
        kill(self._running)
        self._server.close()

    # --- what happens ------------------------------------------------------------------------

    def round(self, kills: int = KILLS) -> None:
        """Publish news, kill processes while they work on it, and wait until all is done."""
        self._publish_news()
        before = len(self._server.asked)
        self._let_an_hour_pass()
        began = time.monotonic()
        moments = sorted(self._random.triangular(0.0, BUSY_S, BUSY_S / 2) for _ in range(kills))
        for moment in moments:
            time.sleep(max(0.0, began + moment - time.monotonic()))
            self._kill_somebody()
        self._until_done()
        polled = Counter(asked.path for asked in self._server.asked[before:])
        assert len(polled) == FEEDS
        # Each who died may have been about to store what it was given; nobody else asks twice.
        assert max(polled.values()) <= 1 + kills, polled
        if not kills:
            assert set(polled.values()) == {1}, polled
        self._poll_in_peace()

    def _kill_somebody(self) -> None:
        victim = self._random.randrange(len(self._running))
        kill([self._running[victim]])
        self._running[victim] = self.deployment.start(*self._roles[victim])

    def _until_done(self) -> None:
        """Every feed polled, everything published, no job left; of the dead others take jobs up."""

        def done() -> bool:
            return self._left() == (0, 0, 0)

        try:
            eventually(done, PATIENCE_S)
        except AssertionError:
            jobs = self.deployment.ask("SELECT * FROM procrastinate_jobs")
            raise AssertionError((self._left(), jobs, self.deployment.logs()[-5000:])) from None

    def _left(self) -> tuple[Any, ...]:
        """Feeds to poll, channels to publish, jobs; one more of each as long as there is no table."""
        there = "SELECT to_regclass('procrastinate_jobs'), to_regclass('stale')"
        if None in self.deployment.ask(there)[0]:
            return (1, 1, 1)
        counted = """
            SELECT (SELECT count(*) FROM feeds WHERE next_poll IS NULL),
                   (SELECT count(*) FROM stale), (SELECT count(*) FROM procrastinate_jobs)
        """
        return self.deployment.ask(counted)[0] if self._known() else (FEEDS, 1, 1)

    def _known(self) -> bool:
        return self.deployment.ask("SELECT count(*) FROM feeds") == [(FEEDS,)]

    # --- what must hold ----------------------------------------------------------------------

    def check(self) -> None:
        """Nothing of all that killing shows."""
        ours, theirs = self._items(self.deployment.database), self._items(None)
        carried = sorted(source["url"] for item in ours for source in item["sources"])
        listed = sorted(post.link for posts in self._posts for post in posts)
        assert carried == listed, set(carried) ^ set(listed)
        different = [pair for pair in zip(ours, theirs, strict=True) if pair[0] != pair[1]]
        assert not different, different[:3]
        killed = self._published()
        if self._closes_archives:
            self._check_archives(killed)
            self.deployment.run("publish", "--all")
            peace = self._published()
        else:
            peace = tree(self._peace / "public")
        assert killed.keys() == peace.keys()
        other = [name for name in killed if killed[name] != peace[name]]
        assert not other, other
        assert not self.reader.torn, self.reader.torn[:3]
        assert self.reader.read > 0
        faults = self.deployment.logs().partition("Traceback")[2]
        assert not faults, faults[:2000]

    def _published(self) -> dict[str, bytes]:
        published = tree(self.deployment.folder / "public")
        return {name: body for name, body in published.items() if ".publishing" not in name}

    def _check_archives(self, published: dict[str, bytes]) -> None:
        """Whoever reads a feed and its archive documents reads every item once: RFC 5005, section 4."""
        read: Counter[str] = Counter()
        path, documents = "all/atom.xml", 0
        while path:
            feed = etree.fromstring(published[path])
            read.update(feed.xpath("a:entry/a:id/text()", namespaces=ATOM))
            [*older] = feed.xpath("a:link[@rel='prev-archive']/@href", namespaces=ATOM)
            path, documents = older[0].removeprefix(SITE) if older else "", documents + 1
        assert documents > 2
        ids = [item["id"] for item in self._items(self.deployment.database)]
        assert read == Counter(ids), read - Counter(ids)

    def _items(self, database: str | None) -> list[Any]:
        if database is None:
            listed = called(self._peace, "items", "--json")
        else:
            environ = {"AGGREGATOR_DATABASE": database}
            listed = aggregator(self.deployment.folder, "items", "--json", environ=environ)
        assert listed.code == 0, listed.err
        return listed.json_lines()

    # --- the world ---------------------------------------------------------------------------

    def _publish_news(self) -> None:
        """Every feed lists something new, and changes a headline that it alone has published."""
        shared = self._news(FEEDS, len(self._posts[0]))
        for number, posts in enumerate(self._posts):
            own = [place for place, post in enumerate(posts) if f"feed{number}." in post.link]
            if own:
                edited = self._random.choice(own)
                posts[edited] = edited_again(posts[edited])
            for _ in range(NEWS_A_ROUND if posts else AT_FIRST):
                posts.append(self._news(number, len(posts)))
            if self._random.random() < 0.5:  # the same story, a second later with each
                posts.append(
                    replace(shared, published=shared.published + timedelta(seconds=number + 1))
                )
            document = wordpress(posts[::-1], f"Feed {number}")
            self._server.answers[path(number)] = Answer(body=document, delay_s=0.3)

    def _news(self, feed: int, number: int) -> Post:
        one, other = self._random.sample(PEOPLE, 2)
        town = "".join(self._random.choices("abdegiklmnorstuv", k=9)).capitalize()
        return Post(
            f"{one} comes to {town} with {feed}{number:03} boxes",
            f"<p>In {town} {other} met {one}. They counted {feed}{number:03} boxes of {town}.</p>",
            f"http://feed{feed}.example/{number}-{town}",
            published=datetime(2026, 11, 1, tzinfo=UTC) + timedelta(minutes=10 * number + feed),
        )

    def _let_an_hour_pass(self) -> None:
        """Every feed is due."""
        self.deployment.tell("UPDATE feeds SET next_poll = NULL, fresh_until = NULL")

    def _poll_in_peace(self) -> None:
        done = called(self._peace, "poll", "--all")
        assert done.code == 0, done.err


def edited_again(post: Post) -> Post:
    """With another headline, and the date of the change, which feeds may give."""
    changed = (post.updated or post.published) + timedelta(hours=9)
    return replace(post, title=post.title + " again", updated=changed)


def path(feed: int) -> str:
    """Where a feed is."""
    return f"/{feed}.xml"
