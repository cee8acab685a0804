"""Archive documents (RFC 5005 §4) over the life of an instance: what a subscriber walks through."""

import asyncio
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree
from sqlmodel import delete

from aggregator import pipeline, verdicts
from aggregator.instance import Instance
from aggregator.parse.document import parse
from aggregator.parse.increment import split
from aggregator.pipeline import Network, Tools
from aggregator.retag import retag
from aggregator.store import feeds as stored_feeds
from aggregator.store import items as stored_items
from aggregator.store import outputs as outbox
from aggregator.store.tables import EntryRow, ItemRow
from aggregator.values.feed import Failed, Feed, Fetched, Outcome, Validators
from aggregator.values.item import ParsedFeed
from tests.support.builders import NOW
from tests.support.wordpress import Post, wordpress

CONFIG = """\
site: {url: "https://watch.example/", title: Watch}
publish: {entries: 4}
keep: {items: 400d}
feeds: [http://one.example/a.xml]
people:
  - name: Anna Lindqvist
"""
SITE = "https://watch.example/"
TAG = "tags/anna-lindqvist"
ATOM = "{http://www.w3.org/2005/Atom}"
ARCHIVE = "{http://purl.org/syndication/history/1.0}archive"


@dataclass
class Desk:
    """An instance whose one feed says what the test wants, day after day."""

    tools: Tools
    posts: dict[int, Post] = field(default_factory=dict)
    day: int = 0
    closed: dict[str, bytes] = field(default_factory=dict)  # archive documents ever seen
    title: str = "The Courier"  # of the feed

    def bring(self, number: int, *, age_days: int = 0, named: bool = True) -> None:
        """A post comes into the feed, or is told anew."""
        who = "Anna Lindqvist" if named else "The minister"
        self.posts[number] = Post(
            f"{who} in Oslo, part {number}",
            f"<p>Day {self.day} of the journey number {number}.</p>",
            f"http://news.example/{number}",
            published=NOW + timedelta(days=self.day - age_days),
        )

    def poll(self) -> None:
        asyncio.run(self._poll())
        self.day += 1

    async def _poll(self) -> None:
        posts = list(self.posts.values())

        async def fetch(feed: Feed, now: datetime) -> Outcome:
            address = feed.settings.address
            body = wordpress(posts, self.title)
            return Fetched(body, address, 200, "application/rss+xml", Validators(address))

        async def read(body: bytes, url: str, content_type: str | None, marks: bytes) -> ParsedFeed:
            return parse(body, url=url, content_type=content_type, seen=split(marks))

        async def no_page(address: str) -> Failed:
            return Failed(f"nobody asks for pages here: {address}")

        async def no_hub(address: str, form: Mapping[str, str]) -> int:
            raise AssertionError(f"no hub is asked here: {address}, {form}")

        with self.now.store.reading() as session:
            known = stored_feeds.configured(session, self.now.feeds)
        await pipeline.cycle(self.now, Network(fetch, read, no_page, no_hub), known)

    @property
    def now(self) -> Tools:
        day = NOW + timedelta(days=self.day)
        return replace(self.tools, now=lambda: day)

    def publish(self) -> None:
        pipeline.publish_changed(self.now)

    @property
    def public(self) -> Path:
        return self.tools.config.root / "public"

    def ids(self, channel: str) -> set[str]:
        """What the channel holds, by the store."""
        with self.tools.store.reading() as session:
            return {item.id for item in stored_items.walk(session, channel)}

    def read(self, path: str) -> bytes:
        return (self.public / path).read_bytes()

    def walk(self, channel: str = TAG) -> list[str]:
        """What a subscriber meets who walks back from the subscription document."""
        met: list[str] = []
        path: str | None = f"{channel}/atom.xml"
        while path:
            root = etree.fromstring(self.read(path))
            met += [one.text for one in root.iterfind(f"{ATOM}entry/{ATOM}id")]
            assert (root.find(ARCHIVE) is not None) == ("/archive/" in path)
            links = {one.get("rel"): one.get("href") for one in root.findall(f"{ATOM}link")}
            path = links.get("prev-archive", "").removeprefix(SITE) or None
        return met

    def page_through(self, channel: str) -> list[str]:
        """What a reader of JSON Feed meets who follows `next_url`."""
        met: list[str] = []
        path: str | None = f"{channel}/feed.json"
        while path:
            page = json.loads(self.read(path))
            assert page["feed_url"] == SITE + path
            met += [one["id"] for one in page["items"]]
            path = page.get("next_url", "").removeprefix(SITE) or None
        return met

    def archives(self, file: str = "atom.xml") -> dict[str, bytes]:
        found = self.public.rglob(f"archive/*/{file}")
        return {str(path.relative_to(self.public)): path.read_bytes() for path in found}

    def check(self) -> None:
        """Every item once, and nothing closed is another than it was."""
        for key, channel in (("all", "all"), ("tag:anna-lindqvist", TAG)):
            met = self.walk(channel)
            assert len(met) == len(set(met))
            assert set(met) == self.ids(key)
            assert self.page_through(channel) == met
        there = self.archives() | self.archives("feed.json")
        for path, body in self.closed.items():
            assert there[path] == body, path
        self.closed |= there


@contextmanager
def opened(
    folder: Path, config: str = CONFIG, database: str = "sqlite:///db/aggregator.db"
) -> Iterator[Desk]:
    (folder / "feeds.yaml").write_text(config)
    with Instance(folder / "feeds.yaml", {"AGGREGATOR_DATABASE": database}) as instance:
        yield Desk(replace(instance.tools, jitter=lambda: 0.0))


@pytest.fixture
def desk(tmp_path: Path, database: str) -> Iterator[Desk]:
    with opened(tmp_path, database=database) as made:
        yield made


Step = Callable[[Desk], None]


def _arrive(count: int, age_days: int, named: bool) -> Step:
    def step(desk: Desk) -> None:
        for number in range(len(desk.posts), len(desk.posts) + count):
            desk.bring(number, age_days=age_days + number % 3, named=named)
        desk.poll()

    return step


def _revise(number: int, named: bool) -> Step:
    def step(desk: Desk) -> None:
        if number in desk.posts:
            desk.bring(number, named=named)
            desk.poll()

    return step


def _correct(number: int, wanted: bool) -> Step:
    def step(desk: Desk) -> None:
        ids = sorted(desk.ids("all"))
        if number < len(ids):
            verdicts.correct(desk.now, ids[number], {"anna-lindqvist": wanted})

    return step


steps = st.one_of(
    st.builds(_arrive, st.integers(1, 9), st.integers(0, 300), st.booleans()),
    st.builds(_revise, st.integers(0, 20), st.booleans()),
    st.builds(_correct, st.integers(0, 20), st.booleans()),
)


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(steps, min_size=3, max_size=8))
def test_whatever_comes_and_goes_a_walk_meets_every_item_once_and_no_closed_document_changes(
    story: list[Step],
) -> None:
    with TemporaryDirectory() as folder, opened(Path(folder)) as desk:
        for step in story:
            step(desk)
            desk.publish()
            desk.check()


def test_a_late_item_with_an_old_date_is_seen_by_who_reads_the_subscription_document(
    desk: Desk,
) -> None:
    for number in range(4):
        desk.bring(number)
    desk.poll()
    desk.publish()
    desk.bring(9, age_days=200)
    desk.poll()

    desk.publish()

    assert b"part 9<" in desk.read(f"{TAG}/atom.xml")
    desk.check()


def test_a_new_tag_has_its_whole_history_in_order(tmp_path: Path) -> None:
    with opened(tmp_path, CONFIG.replace("Anna Lindqvist", "Somebody Else")) as desk:
        for number in range(11):
            desk.bring(number, age_days=number)
        desk.poll()
        desk.publish()

    with opened(tmp_path) as desk:
        retag(desk.now)
        desk.publish()

        assert set(desk.walk()) == desk.ids("tag:anna-lindqvist") == desk.ids("all")
        oldest = desk.read(f"{TAG}/archive/1/atom.xml")
        assert b"part 10<" in oldest
        assert b"part 9<" in oldest


def test_an_item_that_left_is_walked_to_no_more_and_its_document_stays(desk: Desk) -> None:
    for number in range(9):
        desk.bring(number, age_days=number)
    desk.poll()
    desk.publish()
    desk.check()
    before = desk.archives()
    gone = next(
        one.text
        for one in etree.fromstring(before[f"{TAG}/archive/1/atom.xml"]).iterfind(
            f"{ATOM}entry/{ATOM}id"
        )
    )

    verdicts.correct(desk.now, gone, {"anna-lindqvist": False})
    desk.publish()

    assert gone not in desk.walk()
    assert before.items() <= desk.archives().items()
    desk.check()


def test_documents_are_written_once_whatever_is_published_again(desk: Desk) -> None:
    for number in range(9):
        desk.bring(number)
    desk.poll()
    desk.publish()
    before = desk.archives()
    for number in range(9):
        desk.posts[number] = replace(desk.posts[number], body="<p>Told anew.</p>")
    desk.poll()

    with desk.now.store.writing() as session:
        pipeline.mark_everything(desk.now, session)
    desk.publish()

    assert desk.archives() == before


def test_a_lost_document_is_written_again(desk: Desk) -> None:
    for number in range(9):
        desk.bring(number)
    desk.poll()
    desk.publish()
    before = desk.archives()
    (desk.public / TAG / "archive/1/atom.xml").unlink()

    with desk.now.store.writing() as session:
        pipeline.mark_everything(desk.now, session)
    desk.publish()

    assert desk.archives() == before


def test_a_document_closed_when_the_process_was_killed_is_written_by_the_next(desk: Desk) -> None:
    for number in range(9):
        desk.bring(number)
    desk.poll()
    desk.publish()
    for number in range(9, 19):
        desk.bring(number)
    desk.poll()

    def killed(*_: object) -> bool:
        raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("aggregator.publish.files.Folder.write_all", killed)
        with pytest.raises(KeyboardInterrupt):
            desk.publish()

    desk.publish()

    desk.check()


def test_under_another_address_every_document_is_written_again(tmp_path: Path) -> None:
    with opened(tmp_path) as desk:
        for number in range(9):
            desk.bring(number)
        desk.poll()
        desk.publish()

    with opened(tmp_path, CONFIG.replace("watch.example", "press.example")) as desk:
        desk.publish()

        for body in desk.archives().values():
            assert b"watch.example/" not in body
            assert b"https://press.example/tags" in body or b"https://press.example/all" in body


def test_documents_of_which_retention_left_nothing_are_taken_away_the_oldest_first(
    desk: Desk,
) -> None:
    for number in range(11):
        desk.bring(number, age_days=100 - number)
    desk.poll()
    desk.publish()
    before = desk.archives()
    desk.day += 310  # of what the first document holds, all is older than is kept
    with desk.tools.store.writing() as session:
        first = sorted(stored_items.walk(session, "all"), key=lambda item: item.at)[:3]
        for item in first:
            session.execute(delete(EntryRow).where(EntryRow.item_id == item.number))  # type: ignore[arg-type]
            session.execute(delete(ItemRow).where(ItemRow.id == item.number))  # type: ignore[arg-type]
        shown = [
            (key, item.at, item.number) for key in ("all", "tag:anna-lindqvist") for item in first
        ]
        outbox.mark_stale(session, shown)

    desk.publish()

    after = desk.archives()
    assert f"{TAG}/archive/1/atom.xml" in before
    assert f"{TAG}/archive/1/atom.xml" not in after
    assert after.items() <= before.items()
    assert f"{TAG}/archive/2/atom.xml" in after  # one of its two items is there yet


def test_the_page_of_a_month_goes_with_its_last_item(desk: Desk) -> None:
    desk.bring(1)
    desk.bring(2, age_days=100)
    desk.poll()
    desk.publish()
    pages = {path.parent.name for path in (desk.public / TAG).glob("20*/index.html")}
    old = (NOW - timedelta(days=100)).strftime("%Y-%m")
    assert old in pages

    desk.bring(2, age_days=100, named=False)
    desk.poll()
    desk.publish()

    assert not (desk.public / TAG / old).exists()
    assert old.encode() not in desk.read(f"{TAG}/{NOW:%Y-%m}/index.html")
    assert (desk.public / "all" / old / "index.html").exists()
