"""A database or a folder that cannot be used: one clear line, nothing overwritten, nothing torn."""

import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest
from lxml import etree

from tests.support.cli import Ran, aggregator, arguments, called, environment, tree
from tests.support.feedserver import Answer, FeedServer
from tests.support.wordpress import Post, wordpress

DATABASE = "db/aggregator.db"


@pytest.fixture
def server() -> Iterator[FeedServer]:
    with FeedServer() as serving:
        tell(serving, 1)
        yield serving


@pytest.fixture
def instance(server: FeedServer, tmp_path: Path) -> Path:
    """An instance that has polled once; its feed has another entry now."""
    (tmp_path / "feeds.yaml").write_text(
        f"poll: {{allow_private_networks: true}}\nfeeds: ['{server.url('/feed.xml')}']\n"
        "people: [{name: Sergei Lavrov}]\n"
    )
    assert called(tmp_path, "poll").code == 0
    tell(server, 2)
    return tmp_path


def tell(server: FeedServer, stories: int) -> None:
    posts = [
        Post(f"Lavrov in town {n}", f"<p>He spoke of bridge {n}.</p>", f"http://c.example/{n}/")
        for n in range(stories)
    ]
    server.answers["/feed.xml"] = Answer(body=wordpress(posts))


def poll(folder: Path) -> Ran:
    return aggregator(folder, "poll", "--all")


def titles(folder: Path) -> list[str]:
    document = etree.parse(folder / "public/tags/sergei-lavrov/atom.xml")
    return [str(title.text) for title in document.findall("{*}entry/{*}title")]


def whole(folder: Path) -> bool:
    """Whether the database is sound."""
    with sqlite3.connect(folder / DATABASE) as database:
        told = database.execute("PRAGMA integrity_check").fetchall()
        strays = database.execute("PRAGMA foreign_key_check").fetchall()
    return told == [("ok",)] and not strays


def overwrite(at: float) -> Callable[[Path], None]:
    def spoil(folder: Path) -> None:
        file = folder / DATABASE
        content = bytearray(file.read_bytes())
        start = int(len(content) * at)
        content[start : start + 40_000] = b"\xa5" * len(content[start : start + 40_000])
        file.write_bytes(content)

    return spoil


def newer(folder: Path) -> None:
    with closing(sqlite3.connect(folder / DATABASE)) as database, database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")


def another_program(folder: Path) -> None:
    (folder / DATABASE).unlink()
    with sqlite3.connect(folder / DATABASE) as database:
        database.execute("CREATE TABLE somebody (name TEXT)")


def folder_is_a_file(folder: Path) -> None:
    (folder / "db").rename(folder / "db-before")
    (folder / "db").write_text("a file")


def database_is_a_folder(folder: Path) -> None:
    (folder / DATABASE).rename(folder / "db/before")
    (folder / DATABASE).mkdir()


SPOILT = {
    "overwritten at its head": overwrite(0),
    "of a newer release": newer,
    "of another program": another_program,
    "below a file": folder_is_a_file,
    "a folder": database_is_a_folder,
}


@pytest.mark.parametrize("spoil", SPOILT.values(), ids=SPOILT)
def test_a_database_that_cannot_be_used_is_told_and_left_alone(
    instance: Path, spoil: Callable[[Path], None]
) -> None:
    spoil(instance)
    before = kept(instance)

    ran = poll(instance)

    assert ran.code not in {0, 2}
    assert len(ran.err.splitlines()) == 1, ran.err
    assert "Traceback" not in ran.err
    assert kept(instance) == before
    assert titles(instance) == ["Lavrov in town 0"]


def kept(folder: Path) -> dict[str, bytes]:
    """What must not change: all but the files by which processes find each other."""
    return {
        name: content
        for name, content in tree(folder).items()
        if not name.endswith((".lock", ".open", "-wal", "-shm"))
    }


def test_a_database_damaged_in_the_middle_is_told_and_what_is_published_stays(
    instance: Path,
) -> None:
    overwrite(0.3)(instance)
    published = tree(instance / "public")

    ran = poll(instance)

    assert "Traceback" not in ran.err
    if ran.code:
        assert "damaged" in ran.err
        assert tree(instance / "public") == published
    assert "Lavrov in town 0" in titles(instance)


@pytest.mark.parametrize("verb", [("poll", "--all"), ("publish",), ("retag",), ("items",)])
@pytest.mark.parametrize("is_left", [False, True], ids=["missing", "empty"])
def test_what_is_published_is_not_replaced_by_nothing_when_the_database_is_gone(
    instance: Path, verb: tuple[str, ...], is_left: bool
) -> None:
    for file in (instance / "db").iterdir():
        file.unlink()
    if is_left:
        (instance / DATABASE).touch()
    before = kept(instance)

    ran = called(instance, *verb)

    assert ran.code == 1
    assert len(ran.err.splitlines()) == 1
    assert ("is empty" if is_left else "is missing") in ran.err
    assert kept(instance) == before


def test_without_database_and_published_files_everything_begins_anew(instance: Path) -> None:
    shutil.rmtree(instance / "db")
    shutil.rmtree(instance / "public")

    assert poll(instance).code == 0
    assert sorted(titles(instance)) == ["Lavrov in town 0", "Lavrov in town 1"]
    assert whole(instance)


def test_a_published_folder_that_is_a_file_is_told_and_heals(instance: Path) -> None:
    (instance / "public").rename(instance / "public-before")
    (instance / "public").write_text("a file")

    ran = poll(instance)

    assert ran.code not in {0, 2}
    assert "Traceback" not in ran.err
    assert "public" in ran.err
    assert (instance / "public").read_text() == "a file"
    (instance / "public").unlink()
    assert aggregator(instance, "publish").code == 0
    assert sorted(titles(instance)) == ["Lavrov in town 0", "Lavrov in town 1"]
    assert whole(instance)


@contextmanager
def disk(place: Path, size: str, *, holding: Path | None = None) -> Iterator[Path]:
    """A file system of so many bytes, with a copy of a folder on it; it may be mounted in that folder."""
    place.mkdir()
    mounting = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(place)]
    if subprocess.run(mounting, capture_output=True, check=False).returncode:
        pytest.skip("only root may mount a disk")
    try:
        if holding:
            away = shutil.ignore_patterns(place.name)
            shutil.copytree(holding, place, dirs_exist_ok=True, ignore=away)
        yield place
    finally:
        subprocess.run(["umount", str(place)], check=False)


def fails_in_one_line(ran: Ran) -> None:
    assert ran.code not in {0, 2}
    assert len(ran.err.splitlines()) == 1, ran.err
    assert "Traceback" not in ran.err


@pytest.mark.parametrize("size", ["500k", "1200k"])
def test_a_full_disk_is_told_and_nothing_is_torn(
    server: FeedServer, instance: Path, tmp_path: Path, size: str
) -> None:
    with disk(tmp_path / "small", size) as small:
        (small / "feeds.yaml").write_bytes((instance / "feeds.yaml").read_bytes())
        tell(server, 300)

        ran = aggregator(small, "poll")

        fails_in_one_line(ran)
        assert "full" in ran.err or "space" in ran.err
        for file in (small / "public").rglob("*.xml"):
            etree.parse(file)


def test_on_a_disk_that_became_full_every_verb_says_so_and_leaves_all_as_it_is(
    instance: Path, tmp_path: Path
) -> None:
    assert called(instance, "backup", "copy.db").code == 0
    with disk(tmp_path / "full", "3m", holding=instance) as full:
        with (full / "filler").open("wb", buffering=0) as filler, suppress(OSError):
            while filler.write(bytes(4096)):
                pass
        before = kept(full)

        for verb in (
            *(("poll", "--all"), ("backup", "out.db"), ("restore", "copy.db")),
            ("people", "add", "Anna May"),
        ):
            ran = called(full, *verb)
            fails_in_one_line(ran)
            assert "full" in ran.err or "space" in ran.err
        assert kept(full) == before


def test_on_a_disk_that_became_read_only_every_verb_says_so_and_a_backup_can_be_taken(
    instance: Path, tmp_path: Path
) -> None:
    assert called(instance, "backup", "copy.db").code == 0
    with disk(tmp_path / "fixed", "9m", holding=instance) as fixed:
        remounting = ["mount", "-o", "remount,ro", str(fixed)]
        assert subprocess.run(remounting, check=False).returncode == 0

        for verb in (
            *(("poll", "--all"), ("publish", "--all"), ("retag",)),
            *(("backup", "out.db"), ("restore", "copy.db"), ("people", "add", "Anna May")),
            ("init", "sub"),
        ):
            ran = called(fixed, *verb)
            fails_in_one_line(ran)
            assert "read-only" in ran.err.lower() or "permissions" in ran.err, ran.err
        assert called(fixed, "backup", str(tmp_path / "rescued.db")).code == 0
    assert called(tmp_path, "restore", "rescued.db").code == 0
    assert len(called(tmp_path, "items", "--json").json_lines()) == 1


def test_a_published_folder_that_cannot_be_written_is_told(instance: Path) -> None:
    public = str(instance / "public")
    if subprocess.run(["mount", "--bind", public, public], check=False).returncode:
        pytest.skip("only root may mount a folder")
    try:
        subprocess.run(["mount", "-o", "remount,bind,ro", public], check=True)
        before = tree(instance / "public")

        ran = called(instance, "poll", "--all")

        fails_in_one_line(ran)
        assert "Read-only" in ran.err
        assert tree(instance / "public") == before
    finally:
        subprocess.run(["umount", public], check=False)


def zero_bytes(folder: Path) -> None:
    for file in (folder / "db").glob("aggregator.db*"):
        file.unlink()
    (folder / DATABASE).touch()


def cut(folder: Path) -> None:
    content = (folder / DATABASE).read_bytes()
    (folder / DATABASE).write_bytes(content[: len(content) // 2])


@pytest.mark.parametrize("spoil", [zero_bytes, cut, overwrite(0)], ids=["empty", "cut", "spoilt"])
def test_the_service_does_not_start_on_a_database_that_cannot_be_used(
    instance: Path, spoil: Callable[[Path], None]
) -> None:
    spoil(instance)
    before = kept(instance)

    ran = called(instance, "serve", "--port", "0")

    fails_in_one_line(ran)
    assert kept(instance) == before


def test_two_polls_at_once_store_everything_once(instance: Path) -> None:
    both = [
        subprocess.Popen(
            arguments("poll", "--all"),
            cwd=instance,
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    told = [process.communicate(timeout=100)[1] for process in both]

    assert [process.returncode for process in both] == [0, 0]
    assert not any("Traceback" in line for line in told)
    assert sorted(titles(instance)) == ["Lavrov in town 0", "Lavrov in town 1"]
    assert whole(instance)
