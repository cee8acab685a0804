import os
from datetime import timedelta
from pathlib import Path

from aggregator.web.origin import FolderOrigin
from aggregator.web.shelf import Shelf


def test_a_pipe_is_no_file_and_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.txt")
    shelf = Shelf(FolderOrigin(tmp_path), max_age=lambda _path: timedelta(0), capacity_bytes=100)

    assert shelf.read("pipe.txt") is None


def test_a_file_read_again_counts_once(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"x" * 60)
    shelf = Shelf(FolderOrigin(tmp_path), max_age=lambda _path: timedelta(0), capacity_bytes=100)

    for _ in range(3):
        published = shelf.read("a.png")
        assert published is not None
        shelf.keep("a.png", published)

    assert shelf.held("a.png") is not None


def test_a_file_larger_than_the_shelf_is_kept_until_the_next_one(tmp_path: Path) -> None:
    shelf = Shelf(FolderOrigin(tmp_path), max_age=lambda _path: timedelta(0), capacity_bytes=100)
    for name in ("a.png", "b.png"):
        (tmp_path / name).write_bytes(b"x" * 101)
        published = shelf.read(name)
        assert published is not None
        shelf.keep(name, published)

    assert shelf.held("a.png") is None
    assert shelf.held("b.png") is not None
