import gzip
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import brotli
import pytest

from aggregator.errors import Unusable
from aggregator.publish import disk
from aggregator.publish.files import Folder
from aggregator.values.output import Output

ATOM = "tags/sergei-lavrov/atom.xml"


def test_a_file_is_published_with_its_folders(tmp_path: Path) -> None:
    assert Folder(tmp_path / "public").write(Output(ATOM, b"<feed/>"))

    assert (tmp_path / "public" / ATOM).read_bytes() == b"<feed/>"


def test_the_same_bytes_leave_the_file_alone(tmp_path: Path) -> None:
    Folder(tmp_path).write(Output(ATOM, b"<feed/>"))
    os.utime(tmp_path / ATOM, (1, 1))

    assert not Folder(tmp_path).write(Output(ATOM, b"<feed/>"))
    assert (tmp_path / ATOM).stat().st_mtime == 1


def test_other_bytes_replace_the_file_and_leave_no_litter(tmp_path: Path) -> None:
    Folder(tmp_path).write(Output(ATOM, b"<feed/>"))

    assert Folder(tmp_path).write(Output(ATOM, b"<feed>more</feed>"))
    assert os.listdir((tmp_path / ATOM).parent) == ["atom.xml"]  # noqa: PTH208  hidden ones too


@pytest.mark.parametrize("whole_disk", [True, False])
def test_files_are_on_the_disk_before_any_takes_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, whole_disk: bool
) -> None:
    steps: list[str] = []
    settle, rename = disk.settle, disk.rename

    def settled(folder: str, files: Iterable[str]) -> None:
        settle(folder, files)
        steps.append("settled")

    def renamed(path: str, target: str) -> None:
        rename(path, target)
        steps.append("renamed")

    if not whole_disk:
        monkeypatch.setattr(disk, "_has_syncfs", lambda _: False)
    monkeypatch.setattr(disk, "settle", settled)
    monkeypatch.setattr(disk, "rename", renamed)
    folder = Folder(tmp_path)
    folder.write(Output("tags/a/atom.xml", b"old"))
    folder.write(Output("tags/b/atom.xml", b"same"))
    steps.clear()

    changed = folder.write_all(
        [Output(f"tags/{slug}/atom.xml", body) for slug, body in (("a", b"new"), ("b", b"same"))]
        + [Output("tags/c/atom.xml", b"<entry/>" * 200)]
    )

    assert changed == {"tags/a/atom.xml", "tags/c/atom.xml"}
    assert steps == ["settled", *["renamed"] * 4, "settled"]  # a, and c in three forms
    assert folder.read("tags/a/atom.xml") == b"new"
    assert gzip.decompress(folder.read("tags/c/atom.xml.gz") or b"") == b"<entry/>" * 200


def test_when_one_of_a_batch_cannot_be_written_none_is_torn_or_left_unfinished(
    tmp_path: Path,
) -> None:
    folder = Folder(tmp_path)
    folder.write(Output("tags/a/atom.xml", b"old"))
    folder.write(Output("tags/b", b"a file where a folder should be"))

    with pytest.raises(Unusable, match=r"cannot publish tags/b/atom\.xml"):
        folder.write_all([Output(f"tags/{slug}/atom.xml", b"new") for slug in "ab"])

    files = {
        path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()
    }
    assert files == {"tags/a/atom.xml", "tags/b"}
    assert folder.read("tags/a/atom.xml") == b"old"


def test_a_web_server_of_another_user_may_read_what_is_published(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        Folder(tmp_path).write(Output(ATOM, b"<feed/>"))
    finally:
        os.umask(before)

    assert (tmp_path / ATOM).stat().st_mode & 0o777 == 0o644


@pytest.mark.parametrize(
    "path",
    ["../outside", "tags/../../outside", "/etc/passwd", "tags//atom.xml", "tags/./a", "", "a\0b"],
)
def test_a_path_that_leaves_the_folder_is_refused(tmp_path: Path, path: str) -> None:
    root = tmp_path / "public"

    with pytest.raises(Unusable, match="outside"):
        Folder(root).write(Output(path, b"x"))
    with pytest.raises(Unusable, match="outside"):
        Folder(root).remove([path])

    assert list(tmp_path.rglob("outside")) == []


def test_a_link_that_leaves_the_folder_is_not_followed(tmp_path: Path) -> None:
    root = tmp_path / "public"
    root.mkdir()
    (root / "tags").symlink_to(tmp_path)

    with pytest.raises(Unusable, match="outside"):
        Folder(root).write(Output("tags/atom.xml", b"x"))


def test_a_full_disk_is_one_clear_line_and_the_old_file_stays_whole(tmp_path: Path) -> None:
    Folder(tmp_path).write(Output(ATOM, b"old"))
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
    try:
        with pytest.raises(Unusable) as caught:
            Folder(tmp_path).write(Output(ATOM, b"x" * 100_000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, before)

    assert "\n" not in str(caught.value)
    assert ATOM in str(caught.value)
    assert (tmp_path / ATOM).read_bytes() == b"old"
    assert os.listdir((tmp_path / ATOM).parent) == ["atom.xml"]  # noqa: PTH208  hidden ones too


def test_a_file_is_compressed_beside_itself_with_its_own_time(tmp_path: Path) -> None:
    body = b"<feed>" + b"<entry/>" * 200 + b"</feed>"

    Folder(tmp_path).write(Output(ATOM, body))

    file = tmp_path / ATOM
    assert gzip.decompress(file.with_name("atom.xml.gz").read_bytes()) == body
    assert brotli.decompress(file.with_name("atom.xml.br").read_bytes()) == body
    assert len({path.stat().st_mtime_ns for path in file.parent.iterdir()}) == 1


def test_compressed_forms_go_with_the_file_and_with_the_need_for_them(tmp_path: Path) -> None:
    Folder(tmp_path).write(Output(ATOM, b"<entry/>" * 200))
    Folder(tmp_path).write(Output("index.html", b"<p>Nobody</p>" * 200))

    Folder(tmp_path).remove([ATOM])
    Folder(tmp_path).write(Output("index.html", b"<p>Nobody</p>"))

    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["index.html"]


@pytest.mark.parametrize("spoilt", [b"", b"\x1f\x8b\x08 cut off", gzip.compress(b"another body")])
def test_a_compressed_form_that_was_spoilt_is_made_again(tmp_path: Path, spoilt: bytes) -> None:
    body = b"<entry/>" * 200
    Folder(tmp_path).write(Output(ATOM, body))
    beside = tmp_path / f"{ATOM}.gz"
    beside.write_bytes(spoilt)

    assert not Folder(tmp_path).write(Output(ATOM, body))

    assert gzip.decompress(beside.read_bytes()) == body


def test_what_is_compressed_in_itself_has_no_other_form(tmp_path: Path) -> None:
    Folder(tmp_path).write(Output("static/icon.png", b"\x89PNG" * 400))

    assert [path.name for path in (tmp_path / "static").iterdir()] == ["icon.png"]


def test_a_folder_that_cannot_be_made_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "tags").write_bytes(b"a file where a folder should be")

    with pytest.raises(Unusable, match="cannot publish tags/sergei-lavrov"):
        Folder(tmp_path).write(Output(ATOM, b"x"))


def test_what_is_removed_takes_its_empty_folders_along(tmp_path: Path) -> None:
    Folder(tmp_path).write(Output(ATOM, b"x"))
    Folder(tmp_path).write(Output("tags/other/atom.xml", b"x"))

    Folder(tmp_path).remove([ATOM])
    Folder(tmp_path).remove([ATOM])

    assert not (tmp_path / "tags/sergei-lavrov").exists()
    assert (tmp_path / "tags/other/atom.xml").exists()


def test_removing_the_last_file_keeps_the_root(tmp_path: Path) -> None:
    Folder(tmp_path).write(Output("index.html", b"x"))
    Folder(tmp_path).remove(["index.html"])

    assert tmp_path.is_dir()


def test_removing_below_a_file_leaves_that_alone(tmp_path: Path) -> None:
    Folder(tmp_path).write(Output("tags", b"x"))

    Folder(tmp_path).remove([ATOM])

    assert (tmp_path / "tags").read_bytes() == b"x"


def test_a_folder_in_place_of_a_file_cannot_be_removed(tmp_path: Path) -> None:
    (tmp_path / ATOM).mkdir(parents=True)

    with pytest.raises(Unusable, match="cannot publish"):
        Folder(tmp_path).remove([ATOM])


def test_what_a_kill_left_behind_is_swept(tmp_path: Path) -> None:
    killed = (
        "import os, sys; from pathlib import Path; from aggregator.publish.files import Folder;"
        "from aggregator.values.output import Output;"
        "from aggregator.publish import disk;"
        "disk.settle = lambda folder, files: os.kill(os.getpid(), 9);"
        "Folder(Path(sys.argv[1])).write(Output('index.html', b'new'))"
    )
    Folder(tmp_path).write(Output("index.html", b"old"))
    subprocess.run([sys.executable, "-c", killed, str(tmp_path)], check=False)
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 2

    Folder(tmp_path).sweep()

    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [tmp_path / "index.html"]
    assert (tmp_path / "index.html").read_bytes() == b"old"


@pytest.mark.parametrize(
    ("since_s", "age_s", "stays"),
    [(59, 60, True), (61, 60, False), (1, 0, False), (-3600, 0, False)],
    ids=["by others just now", "by others long ago", "by us", "by us before the clock went back"],
)
def test_what_is_being_written_is_not_swept_and_what_was_left_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, since_s: float, age_s: float, *, stays: bool
) -> None:
    begun = tmp_path / ".publishing/index.html.elsewhere-1-1"
    begun.parent.mkdir()
    begun.write_bytes(b"ne")
    now = begun.stat().st_ctime + since_s
    monkeypatch.setattr("aggregator.publish.files.time.time", lambda: now)

    Folder(tmp_path).sweep(age_s)

    assert begun.exists() == stays


def test_sweeping_a_folder_that_is_not_there_is_no_error(tmp_path: Path) -> None:
    Folder(tmp_path / "public").sweep()

    assert not (tmp_path / "public").exists()


def test_the_mark_of_a_file_is_another_once_it_is_another_file(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    assert folder.mark(ATOM) is None
    folder.write(Output(ATOM, b"old"))
    mark = folder.mark(ATOM)
    folder.write(Output(ATOM, b"old"))
    assert folder.mark(ATOM) == mark

    folder.write(Output(ATOM, b"new"))

    assert folder.mark(ATOM) != mark
