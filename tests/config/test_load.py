"""What feeds.yaml says, as values."""

from datetime import timedelta
from pathlib import Path

import pytest

from aggregator.config.load import Config, load, loads
from aggregator.errors import ConfigError
from aggregator.values.feed import FeedSettings, PollSettings
from aggregator.values.output import PublishSettings, Site, View
from aggregator.values.tag import Person

ROOT = Path(__file__).parents[2]
FULL = """\
site:      {title: Diplomacy Watch, url: "http://localhost:8000", contact: "mailto:desk@example.org",
            hub: "https://hub.example.org/"}
database:  postgresql://user@host/name
poll:      {interval: 60m, min_interval: 15m, max_interval: 24h, timeout: 20s, concurrency: 8, per_host: 3,
            max_bytes: 1MB, allow_private_networks: true, allow_hosts: ["LOCALHOST:8080"],
            proxy: "http://proxy.example.org:3128"}
publish:   {entries: 20, to: www/}
keep:      {items: 5y}
feeds:
  - https://example.org/feed.xml
  - url: https://example.net/atom
    title: Example
    interval: 10m
    language: de
    groups: [eu, eu, wire]
    headers: {Authorization: "Bearer ${EXAMPLE_TOKEN}"}
  - url: file:samples/wire.xml
people:
  - name: "Sergey   Lavrov"
    slug: sergei-lavrov
    aliases: [Sergei Lavrov, Лавров, No]
    surname: always
    exclude: [Lavrov Foundation]
    must: ["Lavrov arrives in Milan"]
    must_not: ["Pianist Kirill Lavrov on tour"]
    wikidata: Q58217
  - name: Федерика Могерини
views:
  - {slug: eu-russia, title: EU and Russia, match: "federika-mogerini and sergei-lavrov"}
"""


def read(text: str, environ: dict[str, str] | None = None) -> Config:
    return loads(text.encode(), Path("instance/feeds.yaml"), environ or {})


def test_every_key_arrives_as_a_value() -> None:
    config = read(FULL, {"EXAMPLE_TOKEN": "hunter2"})

    assert config.site == Site(
        "Diplomacy Watch",
        "http://localhost:8000/",
        "mailto:desk@example.org",
        "https://hub.example.org/",
    )
    assert config.database == "postgresql://user@host/name"
    assert config.poll == PollSettings(
        interval=timedelta(hours=1),
        min_interval=timedelta(minutes=15),
        max_interval=timedelta(days=1),
        timeout=timedelta(seconds=20),
        concurrency=8,
        per_host=3,
        max_bytes=1_000_000,
        allow_private_networks=True,
        allow_hosts=frozenset({"localhost:8080"}),
        proxy="http://proxy.example.org:3128",
        contact="mailto:desk@example.org",
        root=Path("instance"),
    )
    assert config.publish == PublishSettings(20, "www/")
    assert config.keep == timedelta(days=5 * 365)
    assert config.feeds == (
        FeedSettings(
            "https://example.org/feed.xml", "https://example.org/feed.xml", None, None, None, (), ()
        ),
        FeedSettings(
            "https://example.net/atom",
            "https://example.net/atom",
            "Example",
            timedelta(minutes=10),
            "de",
            ("eu", "wire"),
            (("Authorization", "Bearer hunter2"),),
        ),
        FeedSettings("file:samples/wire.xml", "file:samples/wire.xml", None, None, None, (), ()),
    )
    assert config.people == (
        Person(
            slug="sergei-lavrov",
            name="Sergey Lavrov",
            aliases=("Sergei Lavrov", "Лавров", "No"),
            surname="always",
            exclude=("Lavrov Foundation",),
            must=("Lavrov arrives in Milan",),
            must_not=("Pianist Kirill Lavrov on tour",),
            wikidata="Q58217",
        ),
        Person(slug="federika-mogerini", name="Федерика Могерини"),
    )
    assert config.views == (
        View("eu-russia", "EU and Russia", "federika-mogerini and sergei-lavrov"),
    )


@pytest.mark.parametrize("text", ["feeds: []", "site:\npoll: ~\nfeeds:\npeople:\nviews: null\n"])
def test_every_section_has_defaults(text: str) -> None:
    config = read(text)

    assert config.site == Site("Aggregator", "http://localhost:8000/", None, None)
    assert config.database == "sqlite:///db/aggregator.db"
    assert config.publish == PublishSettings(50, "public/")
    assert config.keep is None
    assert (config.feeds, config.people, config.views) == ((), (), ())
    assert config.poll == PollSettings(
        interval=timedelta(minutes=60),
        min_interval=timedelta(minutes=15),
        max_interval=timedelta(hours=24),
        timeout=timedelta(seconds=20),
        concurrency=64,
        per_host=2,
        max_bytes=10_000_000,
        allow_private_networks=False,
        allow_hosts=frozenset(),
        proxy=None,
        contact=None,
        root=Path("instance"),
    )


@pytest.mark.parametrize(
    ("given", "minutes"),
    [
        ("interval: 5m", (5, 5, 1440)),
        ("interval: 2d", (15, 2880, 2880)),
        ("min_interval: 2h", (120, 120, 1440)),
        ("max_interval: 10m", (10, 10, 10)),
        ("min_interval: 2d", (2880, 2880, 2880)),
    ],
)
def test_intervals_not_given_make_way_for_those_that_are(
    given: str, minutes: tuple[int, int, int]
) -> None:
    poll = read(f"poll: {{{given}}}").poll

    assert (poll.min_interval, poll.interval, poll.max_interval) == tuple(
        timedelta(minutes=number) for number in minutes
    )


def test_the_database_of_the_environment_wins() -> None:
    config = read("database: sqlite:///a.db", {"AGGREGATOR_DATABASE": "sqlite:////tmp/b.db"})

    assert config.database == "sqlite:////tmp/b.db"


def test_an_empty_database_in_the_environment_counts_as_none() -> None:
    assert (
        read("database: sqlite:///a.db", {"AGGREGATOR_DATABASE": ""}).database == "sqlite:///a.db"
    )


@pytest.mark.parametrize(
    "entry", ["https://${HOST}/?k=${KEY}", "{url: 'https://${HOST}/?k=${KEY}'}"]
)
def test_a_feed_is_known_as_written_and_fetched_as_filled_in(entry: str) -> None:
    (feed,) = read(f"feeds:\n- {entry}\n", {"HOST": "a.example", "KEY": "1"}).feeds

    assert feed.url == "https://${HOST}/?k=${KEY}"
    assert feed.address == "https://a.example/?k=1"


def test_an_empty_value_counts_as_an_absent_one() -> None:
    (person,) = read("people:\n- name: Ann Bell\n  slug:\n  aliases:\n").people

    assert person == Person(slug="ann-bell", name="Ann Bell")


def test_anchors_within_reason_repeat_a_value() -> None:
    config = read(
        "feeds:\n- {url: https://a.example/, groups: &g [eu]}\n- {url: https://b.example/, groups: *g}\n"
    )

    assert [feed.groups for feed in config.feeds] == [("eu",), ("eu",)]


def test_a_place_is_that_of_the_value_or_of_the_nearest_above() -> None:
    config = read(FULL, {"EXAMPLE_TOKEN": ""})

    assert config.place() == (1, 1)
    assert config.place("people", 0, "must", 0) == (24, 12)
    assert config.place("people", 0, "name") == (19, 11)
    assert config.place("people", 1, "must", 0) == (27, 5)
    assert config.place("people", 9) == (19, 3)
    assert config.place("feeds", 0, "url") == (10, 5)
    assert config.place("nothing") == (1, 1)


def test_columns_count_characters_after_a_byte_order_mark() -> None:
    config = loads("\ufeffsite: {title: é𝄞, url: http://a.example/}".encode(), Path("f"), {})

    assert config.place("site", "title") == (1, 15)
    assert config.place("site", "url") == (1, 24)


def test_the_worked_example_of_the_reference_is_taken(tmp_path: Path) -> None:
    reference = (ROOT / "docs" / "feeds-yaml.md").read_text(encoding="utf-8")
    example = reference.split("```yaml\n")[1].split("```")[0]
    (tmp_path / "feeds.yaml").write_text(example)

    config = load(tmp_path / "feeds.yaml", {"EXAMPLE_TOKEN": "x", "ALERT_SECRET": "y"})

    assert config.people


def test_a_bucket_is_published_to_where_its_package_is(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "publish: {to: 's3://news/site', compress: false}"

    config = loads(text.encode(), Path("feeds.yaml"), {})

    assert config.publish == PublishSettings(entries=50, to="s3://news/site", compress=False)
    monkeypatch.setattr("aggregator.config.checks.find_spec", lambda _name: None)
    with pytest.raises(ConfigError, match=r"feeds.yaml:1:15: .* install aggregator\[s3\]"):
        loads(text.encode(), Path("feeds.yaml"), {})
