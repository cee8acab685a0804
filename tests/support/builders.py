"""Values for tests: everything has a default, a test names what it is about."""

from datetime import UTC, datetime, timedelta
from hashlib import blake2b

from aggregator.values.feed import FeedSettings
from aggregator.values.item import Entry, Prints
from aggregator.values.tag import Match, Tag

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
FEED = "http://feeds.example/wire.xml"
OTHER_FEED = "http://feeds.example/daily.xml"


def settings(
    url: str = FEED,
    *,
    title: str | None = None,
    interval: timedelta | None = None,
    language: str | None = None,
    groups: tuple[str, ...] = (),
) -> FeedSettings:
    """A feed as feeds.yaml has it."""
    return FeedSettings(url, url, title, interval, language, groups, ())


def entry(name: str = "one", **changes: object) -> Entry:
    """An entry whose guid, link and words follow from its name."""
    values: dict[str, object] = {
        "guid": f"guid-{name}",
        "link": f"http://news.example/{name}",
        "title": f"Ministers meet about {name}",
        "text": f"The ministers met and spoke about {name} for an hour.",
        "summary": f"<p>The ministers met and spoke about {name} for an hour.</p>",
        "published": NOW - timedelta(hours=1),
    }
    return Entry(**(values | changes))  # type: ignore[arg-type]


def prints_of(entry: Entry, bands: tuple[int, ...] = ()) -> Prints:
    """Prints as the rules make them, in short: equal text, equal number."""
    return Prints(
        guid=_number(entry.guid),
        link=_number(entry.link),
        title=_number(entry.title),
        digest=_number(f"{entry.title}\n{entry.text}") or 0,
        bands=bands,
    )


def tag(slug: str, *, about: bool = True, salience: float = 0.8) -> Tag:
    """A tag found in the title."""
    return Tag(slug, (Match("title", 0, 9, "Ministers", "full name"),), salience, about)


def _number(text: str | None) -> int | None:
    if text is None:
        return None
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big", signed=True)
