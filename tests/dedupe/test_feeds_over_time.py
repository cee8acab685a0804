"""Feeds as they are kept over many polls, on a real database: nothing is lost, nothing is doubled."""

from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from aggregator import pipeline
from aggregator.instance import Instance
from aggregator.reading import Reading, Visit
from aggregator.store import feeds as stored_feeds
from aggregator.store.items import walk
from aggregator.values.feed import Fetched, Validators
from aggregator.values.item import Entry, Item, ParsedFeed
from tests.support.builders import NOW

WORDS = (
    *("anchor", "basalt", "cinder", "dormouse", "ember", "fjord", "gravel", "heather", "iceberg"),
    *("juniper", "kelp", "lantern", "mallard", "nettle", "otter", "pebble", "quarry", "rudder"),
    *("saffron", "thistle", "umber", "velvet", "walnut", "yarrow", "zither", "acorn", "beacon"),
)
GUIDS = ("its own", "none", "new at every poll", "one for all", "its link")
LINKS = ("its own", "one for all", "none", "its own, tracked")


@dataclass(slots=True)
class Story:
    """What the publisher knows of a story."""

    number: int
    title: str
    text: str
    edited: bool = False  # since the last poll


def told(number: int) -> Story:
    """A story in words that no other shares three of in a row."""

    def words(start: int, count: int) -> str:
        steps = (number * 7 + start + place * (number % 5 + 2) for place in range(count))
        return " ".join(f"{WORDS[step % len(WORDS)]}{number}" for step in steps)

    return Story(number, words(0, 6).capitalize(), words(3, 24).capitalize() + ".")


class AFeed(RuleBasedStateMachine):
    """A publisher with habits, polled now and then."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()
        path = Path(self.folder.name) / "feeds.yaml"
        path.write_text("feeds: [http://a.example/feed.xml]")
        self.instance = Instance(path, {})
        self.tools = replace(self.instance.tools, now=lambda: NOW, jitter=lambda: 0.0)
        self.listed: list[Story] = []
        self.gone: list[Story] = []
        self.stories = self.polls = 0
        self.polled: set[int] = set()
        self.ids: dict[str, str] = {}  # the first word of a story's text -> its item's id

    @initialize(guids=st.sampled_from(GUIDS), links=st.sampled_from(LINKS), dated=st.booleans())
    def begin(self, guids: str, links: str, dated: bool) -> None:
        self.guids, self.links, self.dated = guids, links, dated
        self.publish(count=2)

    @rule(count=st.integers(1, 3))
    def publish(self, count: int) -> None:
        for _ in range(count):
            self.stories += 1
            self.listed.insert(0, told(self.stories))

    @precondition(lambda self: self.listed)
    @rule(place=st.integers(0, 20), what=st.sampled_from(["title", "text"]))
    def edit(self, place: int, what: str) -> None:
        story = self.listed[place % len(self.listed)]
        if not story.edited and self.polls:
            story.edited = True
            setattr(story, what, f"{getattr(story, what)} Corrected.")

    @rule(chance=st.randoms(use_true_random=False))
    def reorder(self, chance: Random) -> None:
        chance.shuffle(self.listed)

    @precondition(lambda self: len(self.listed) > 1 and self.polls)
    @rule(place=st.integers(0, 20))
    def leave(self, place: int) -> None:
        self.gone.append(self.listed.pop(place % len(self.listed)))

    @precondition(lambda self: self.gone)
    @rule(place=st.integers(0, 20))
    def come_back(self, place: int) -> None:
        self.listed.append(self.gone.pop(place % len(self.gone)))

    @rule()
    def poll(self) -> None:
        self.polls += 1
        for story in self.listed:
            story.edited = False
        self.settled()
        items = self.items()
        assert len(items) == self.seen(), [item.title for item in items]
        for item in items:
            (source,) = item.sources
            assert self.ids.setdefault(source.entry.text.split()[0], item.id) == item.id
        said = {(story.title, story.text) for story in self.listed}
        assert said <= {(item.sources[0].entry.title, item.sources[0].entry.text) for item in items}

    def teardown(self) -> None:
        self.instance.close()
        self.folder.cleanup()

    def seen(self) -> int:
        """Stories that were listed at a poll so far."""
        self.polled |= {story.number for story in self.listed}
        return len(self.polled)

    def entry(self, story: Story) -> Entry:
        own = f"http://a.example/{story.number}"
        link = {
            "its own": own,
            "one for all": "http://a.example/news",
            "none": None,
            "its own, tracked": f"{own}?utm_source=poll{self.polls}",
        }[self.links]
        guid = {
            "its own": f"story-{story.number}",
            "none": None,
            "new at every poll": f"{story.number}-{self.polls}",
            "one for all": "a.example",
            "its link": link,
        }[self.guids]
        at = NOW - timedelta(hours=100 - story.number) if self.dated else None
        return Entry(guid=guid, link=link, title=story.title, text=story.text, published=at)

    def settled(self) -> None:
        entries = tuple(self.entry(story) for story in self.listed)
        with self.tools.store.reading() as session:
            (feed,) = stored_feeds.configured(session, self.tools.feeds)
        address = feed.settings.address
        fetched = Fetched(b"", address, 200, "application/rss+xml", Validators(address))
        pipeline.settle(
            [Visit(feed, Reading(fetched, ParsedFeed(entries=entries)))], self.tools, NOW
        )

    def items(self) -> list[Item]:
        with self.tools.store.reading() as session:
            return list(walk(session, "all"))


TestAFeed = AFeed.TestCase
TestAFeed.settings = settings(
    max_examples=12,
    stateful_step_count=12,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
