"""Kills the program at random moments, while a reader parses every published file all the time.

with Chaos(folder, seed=1) as chaos:
    chaos.round("poll")       # news is published, `aggregator poll` is killed somewhere on its way
    ...
    chaos.healed()            # one undisturbed poll; what must hold then is checked
"""

import os
import random
import shutil
import signal
import sqlite3
import subprocess
import time
from collections.abc import Sequence
from contextlib import closing, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.chaos.reader import Reader
from tests.support.cli import Ran, aggregator, arguments, called, environment
from tests.support.feedserver import Answer, FeedServer
from tests.support.wordpress import Post, wordpress

FEEDS = 6
NEWS_A_ROUND = 2  # new entries of each feed
AT_FIRST = 12  # entries of each feed; it lists all that it ever had
PATIENCE_S = 90
CONFIG = """\
site: {{title: Chaos, url: "http://localhost:8000/"}}
poll: {{min_interval: 1m, allow_hosts: ["{address}"]}}
publish: {{entries: 8}}
feeds: [{feeds}]
people:
  - name: Anna Lindqvist
  - name: Bo Ekström
views:
  - {{slug: both, title: Both, match: "anna-lindqvist and bo-ekstrom"}}
"""
MORE_PEOPLE = "  - name: Cecilia Nyberg\nviews:"
PEOPLE = ("Anna Lindqvist", "Bo Ekström", "Cecilia Nyberg")


class Chaos:
    """An instance, the publishers it polls, and a reader of all it publishes."""

    def __init__(self, folder: Path, *, seed: int) -> None:
        """Make an instance in a folder; `seed` decides what is killed when."""
        self.folder = folder
        self.reader = Reader(folder / "public")
        self.program = "aggregator"  # the module that is run
        self._random = random.Random(seed)  # noqa: S311 (chance, not secrecy)
        self._server = FeedServer()
        self._posts: list[list[Post]] = [[] for _ in range(FEEDS)]
        self._usual_s: dict[str, float] = {}  # how long a verb takes when nobody kills it
        self._ids: dict[str, str] = {}  # of items seen, by the address of a source
        urls = ", ".join(self._server.url(f"/{number}.xml") for number in range(FEEDS))
        config = CONFIG.format(address=self._server.address, feeds=urls)
        (folder / "feeds.yaml").write_text(config)

    def __enter__(self) -> Self:
        """Publish and poll once, undisturbed; from then on the reader reads."""
        self._publish_news()
        self._run("poll", "--all")
        self.reader.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop reading and serving."""
        self.reader.stop()
        self._server.close()

    # --- what happens ------------------------------------------------------------------------

    def round(self, *words: str, news: bool = True) -> None:
        """Let something happen in the world, start a verb, and kill it somewhere on its way."""
        if news:
            self._publish_news()
            self._let_an_hour_pass()
        usual_s = self._usual_s.get(words[0]) or self._usual_s["poll"]
        started = subprocess.Popen(
            arguments(*words, program=self.program),
            cwd=self.folder,
            env=environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        # Most of what can be torn is at the end: the first half is the start of the interpreter.
        with suppress(subprocess.TimeoutExpired):
            started.wait(self._random.triangular(0.0, 1.3, 0.8) * usual_s)
        for child in _children(started.pid):
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
        started.send_signal(signal.SIGKILL)
        started.wait(PATIENCE_S)
        self._look_at_database()

    def another_person(self) -> None:
        """Let the editors list somebody else."""
        file = self.folder / "feeds.yaml"
        file.write_text(file.read_text().replace("views:", MORE_PEOPLE, 1))

    def retagged(self) -> None:
        """Tag everything again, undisturbed."""
        self._run("retag")

    def backed_up(self) -> None:
        """Take a backup into the folder, as copy.db."""
        self._run("backup", "copy.db")

    def begun_anew(self) -> None:
        """Take away all that was stored and published."""
        shutil.rmtree(self.folder / "db", ignore_errors=True)
        shutil.rmtree(self.folder / "public", ignore_errors=True)
        self._ids.clear()

    def put_back(self) -> None:
        """Put copy.db in the place of the database, if that has been migrated."""
        file = self.folder / "db/aggregator.db"
        if _schema(file) != _schema(self.folder / "copy.db"):
            for side in ("-wal", "-shm"):
                file.with_name(file.name + side).unlink(missing_ok=True)
            shutil.copy(self.folder / "copy.db", file)

    def healed(self) -> None:
        """Run what was cut off once more, undisturbed, and check that nothing shows of it."""
        self._run("poll", "--all")
        self._look_at_database()
        self._check_items()
        self._check_published()
        assert not self.reader.torn, self.reader.torn[:3]
        assert self.reader.read > 0

    # --- what must hold ----------------------------------------------------------------------

    def _look_at_database(self) -> None:
        """SQLite's own checks hold at every moment, of every copy too."""
        for file in (self.folder / "db").glob("[!.]*.db"):
            with closing(sqlite3.connect(file, timeout=60)) as database:
                assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
                assert database.execute("PRAGMA foreign_key_check").fetchall() == []

    def _check_items(self) -> None:
        """Every entry ever listed is there, once, under the id it always had."""
        items = self._undisturbed("items", "--json").json_lines()
        carried = [source["url"] for item in items for source in item["sources"]]
        published = [post.link for posts in self._posts for post in posts]
        assert sorted(carried) == sorted(published)
        assert len({item["id"] for item in items}) == len(items)
        for item in items:
            for source in item["sources"]:
                assert self._ids.setdefault(source["url"], item["id"]) == item["id"]

    def _check_published(self) -> None:
        """What is published is what would be published afresh."""
        before = published(self.folder / "public")
        self._undisturbed("publish", "--all")
        after = published(self.folder / "public")
        assert before.keys() == after.keys()
        assert [name for name in before if before[name] != after[name]] == []

    # --- the world ---------------------------------------------------------------------------

    def _publish_news(self) -> None:
        """Every feed lists something new, and changes a headline it has published."""
        for number, posts in enumerate(self._posts):
            if posts:
                edited = self._random.randrange(len(posts))
                posts[edited] = replace(posts[edited], title=posts[edited].title + " again")
            for _ in range(NEWS_A_ROUND if posts else AT_FIRST):
                posts.append(self._news(number, len(posts)))
            document = wordpress(posts[::-1], f"Feed {number}")
            self._server.answers[f"/{number}.xml"] = Answer(body=document)

    def _news(self, feed: int, number: int) -> Post:
        one, other = self._random.sample(PEOPLE, 2)
        town = "".join(self._random.choices("abdegiklmnorstuv", k=9)).capitalize()
        return Post(
            f"{one} comes to {town} with {feed}{number:03} boxes",
            f"<p>In {town} {other} met {one}. They counted {feed}{number:03} boxes of {town}.</p>",
            f"http://feed{feed}.example/{number}-{town}",
            published=datetime(2026, 11, 1, tzinfo=UTC) + timedelta(minutes=7 * number + feed),
        )

    def _let_an_hour_pass(self) -> None:
        """Every feed is due."""
        file = self.folder / "db/aggregator.db"
        with closing(sqlite3.connect(file, timeout=60)) as database, database:
            database.execute("UPDATE feeds SET next_poll = NULL, fresh_until = NULL")

    def _called(self, *words: str) -> Ran:
        return aggregator(self.folder, *words, program=self.program)

    def _undisturbed(self, *words: str) -> Ran:
        """The same, quicker where this process can do it: nobody asks how long it took."""
        here = self.program == "aggregator"
        return called(self.folder, *words) if here else self._called(*words)

    def _run(self, *words: str) -> None:
        began = time.monotonic()
        done = self._called(*words)
        assert done.code == 0, done.err
        self._usual_s[words[0]] = time.monotonic() - began


def _children(pid: int) -> list[int]:
    """The processes that a process started, such as the one that polls beside the web server."""
    try:
        return [
            int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        ]
    except FileNotFoundError:
        return []  # it has ended


def _schema(file: Path) -> str:
    with closing(sqlite3.connect(file, timeout=60)) as database:
        [revision] = database.execute("SELECT version_num FROM alembic_version").fetchone()
    return str(revision)


def published(folder: Path) -> dict[str, bytes]:
    """Every published file, by its path; a temporary file that was left behind is a fault."""
    files: Sequence[Path] = sorted(file for file in folder.rglob("*") if file.is_file())
    assert [file for file in files if ".publishing" in file.parts] == []
    return {os.fspath(file.relative_to(folder)): file.read_bytes() for file in files}
