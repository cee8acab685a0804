"""What needs little is quick: modules that are not needed are not imported."""

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from aggregator.store import quiet
from tests.support.cli import aggregator, called
from tests.support.wordpress import Post, wordpress

HEAVY = {
    *("alembic", "anyio", "asyncio", "feedgen", "feedparser", "httpx", "jinja2", "lxml", "nh3"),
    *("pydantic", "rich", "sqlalchemy", "sqlmodel", "starlette", "structlog", "uvicorn", "yaml"),
}
EXTRAS = ("boto3", "obstore", "procrastinate", "psycopg", "psycopg_binary", "psycopg_pool")
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

    with (
        Instance(polled / "feeds.yaml", {}) as instance,
        instance.tools.store.writing() as session,
    ):
        mark_everything(instance.tools, session)

    assert not is_quiet(polled)


def without_extras(folder: Path, *verbs: str) -> subprocess.Popen[str]:
    """A process that runs verbs where the packages of our extras are not installed."""
    program = (
        f"import sys; sys.modules.update(dict.fromkeys({EXTRAS!r}))\n"
        "from aggregator.cli import main\n"
        "for verb in sys.argv[1:]:\n"
        "    sys.argv = ['aggregator', *verb.split()]\n"
        "    try:\n        main()\n"
        "    except SystemExit as end:\n        assert not end.code, verb\n"
    )
    return subprocess.Popen(
        [sys.executable, "-c", program, *verbs],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_on_sqlite_and_in_a_folder_no_verb_needs_the_packages_of_an_extra(polled: Path) -> None:
    verbs = ("check", "poll --all", "publish --all", "retag", "status", "items", "backup copy.db")

    process = without_extras(polled, *verbs)

    assert (process.communicate(timeout=120), process.returncode)[1] == 0


def test_on_sqlite_and_in_a_folder_serve_needs_none_either(polled: Path) -> None:
    process = without_extras(polled, "serve --port 0")
    assert process.stderr is not None
    started = process.stderr.readline()

    address = json.loads(started)["address"]
    try:
        assert httpx.get(f"{address}all/atom.xml", trust_env=False, timeout=60).status_code == 200
    finally:
        process.terminate()
        process.communicate(timeout=120)
    assert process.returncode == 0


@pytest.mark.parametrize(
    ("text", "extra"),
    [
        ("database: postgresql://u@127.0.0.1:1/n", "aggregator[postgres]"),
        ("publish: {to: 's3://news'}", "aggregator[s3]"),
    ],
)
def test_who_wants_more_is_told_what_to_install(tmp_path: Path, text: str, extra: str) -> None:
    (tmp_path / "feeds.yaml").write_text(text + "\n")

    process = without_extras(tmp_path, "poll")

    said = process.communicate(timeout=60)[1]
    assert extra in said.splitlines()[0]
    assert process.returncode == 1
