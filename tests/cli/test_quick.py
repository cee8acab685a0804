"""What needs little is quick: modules that are not needed are not imported."""

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from aggregator.store import quiet
from tests.support.cli import aggregator, called
from tests.support.wordpress import Post, wordpress

HEAVY = {
    *("alembic", "anyio", "asyncio", "feedgen", "feedparser", "httpx", "jinja2", "lxml", "nh3"),
    *("pydantic", "rich", "sqlalchemy", "sqlmodel", "starlette", "structlog", "uvicorn", "yaml"),
}
NOW = datetime.now(UTC)


@pytest.fixture
def polled(tmp_path: Path) -> Path:
    """An instance of which everything was polled and published just now."""
    (tmp_path / "feed.xml").write_bytes(
        wordpress([Post("News", "<p>Words.</p>", "http://n.example/1")])
    )
    (tmp_path / "feeds.yaml").write_text("feeds: ['file:feed.xml']\n")
    assert called(tmp_path, "poll").code == 0
    return tmp_path


def imported(folder: Path, *words: str) -> set[str]:
    """Top-level packages that a verb imports."""
    program = (
        "import sys; from aggregator.cli import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "print('\\n' + ' '.join(sys.modules), file=sys.stderr)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program, *words],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    return {name.partition(".")[0] for name in ran.stderr.splitlines()[-1].split()}


def is_quiet(folder: Path, environ: dict[str, str] | None = None, **later: float) -> bool:
    now = datetime.now(UTC) + timedelta(**later)
    return quiet.nothing_to_do(folder / "feeds.yaml", environ or {}, now)


def test_help_imports_nothing_heavy(tmp_path: Path) -> None:
    assert imported(tmp_path, "--help") & HEAVY == set()


def test_a_poll_with_nothing_due_imports_nothing_heavy(polled: Path) -> None:
    own = {"pydantic"}  # Typer itself looks at options with it

    assert imported(polled, "poll", "--json") & HEAVY <= own


def test_a_poll_with_nothing_due_says_so(polled: Path) -> None:
    said = json.loads(called(polled, "poll", "--json").out)

    assert (said["feeds"], said["published"]) == (0, 0)


def test_nothing_is_to_do_until_a_feed_is_due(polled: Path) -> None:
    assert is_quiet(polled)
    assert not is_quiet(polled, days=2)


def test_a_clock_that_was_set_back_is_something_to_do(polled: Path) -> None:
    assert not is_quiet(polled, days=-300)


def test_an_edited_feeds_yaml_is_something_to_do(polled: Path) -> None:
    with (polled / "feeds.yaml").open("a") as file:
        file.write("people: [{name: Anna Lindqvist}]\n")

    assert not is_quiet(polled)


def test_an_emptied_folder_is_something_to_do(polled: Path) -> None:
    (polled / "public" / "index.html").unlink()

    assert not is_quiet(polled)


def test_another_database_is_not_judged_by_this_one(polled: Path) -> None:
    assert not is_quiet(polled, {"AGGREGATOR_DATABASE": "sqlite:///db/other.db"})


def test_another_value_of_a_variable_in_feeds_yaml_is_something_to_do(tmp_path: Path) -> None:
    (tmp_path / "feeds.yaml").write_text(
        "site: {title: '${NAME}', url: 'http://a.example/'}\nfeeds: []\n"
    )
    values = {"NAME": "The Courier"}
    assert aggregator(tmp_path, "poll", environ=values).code == 0

    assert is_quiet(tmp_path, values)
    assert not is_quiet(tmp_path, {"NAME": "The Gazette"})


def test_a_fixed_interval_is_kept_although_the_next_poll_was_planned_later(tmp_path: Path) -> None:
    (tmp_path / "feed.xml").write_bytes(
        wordpress([Post("News", "<p>Words.</p>", "http://n.example/1")])
    )
    config = tmp_path / "feeds.yaml"
    config.write_text("feeds: [{url: 'file:feed.xml', interval: 6h}]\n")
    assert called(tmp_path, "poll").code == 0
    config.write_text("feeds: [{url: 'file:feed.xml', interval: 1h}]\n")
    assert called(tmp_path, "poll").code == 0

    assert is_quiet(tmp_path, minutes=30)
    assert not is_quiet(tmp_path, hours=2)


def test_something_unpublished_is_something_to_do(polled: Path) -> None:
    from aggregator.instance import Instance  # noqa: PLC0415
    from aggregator.pipeline import mark_everything  # noqa: PLC0415

    with Instance(polled / "feeds.yaml", {}) as instance:
        mark_everything(instance.tools)

    assert not is_quiet(polled)
