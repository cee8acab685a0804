"""Nothing but what is published can be had, whatever is asked for."""

import gzip
import os
from datetime import timedelta
from pathlib import Path

import anyio
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aggregator.web.files import PublishedFiles
from aggregator.web.origin import FolderOrigin
from tests.support.leap import PATIENCE_S
from tests.web.asking import FEED, PAGE, ask


@pytest.mark.parametrize(
    "path",
    [
        "/../feeds.yaml",
        "/tags/../../feeds.yaml",
        "/./index.html",
        "/tags/anna/../../index.html",
        "//index.html",
        "/tags//anna/atom.xml",
        "//evil.example/",
        "/\\..\\feeds.yaml",
        "/tags\\anna\\atom.xml",
        "/index.html\0",
        "/\0",
        "/.hidden",
        "/.well-known/x",
        "/tags/.atom.xml.1.tmp",
        "/tags/anna/atom.xml.gz",
        "/tags/anna/atom.xml.br",
        "/tags/anna/atom.xml/",
        "/index.html/more",
        "/" + "a" * 5000,
        "/\udcff",
        "*",
        "",
    ],
)
async def test_there_is_no_way_to_what_is_not_published(
    root: Path,
    files: PublishedFiles,
    path: str,
) -> None:
    (root.parent / "feeds.yaml").write_text("secret: yes")
    (root / ".hidden").write_text("secret: yes")
    (root / "tags/.atom.xml.1.tmp").write_text("half")
    (root / "tags/anna/atom.xml.gz").write_bytes(gzip.compress(FEED))

    answer = await ask(files, path)

    assert answer.status == 404
    assert answer.body == b"Not found\n"


async def test_a_link_that_leads_out_is_not_followed(root: Path, files: PublishedFiles) -> None:
    (root.parent / "secret.txt").write_text("secret")
    (root.parent / "public-too").mkdir()
    (root.parent / "public-too" / "a.txt").write_text("secret")
    (root / "file.txt").symlink_to(root.parent / "secret.txt")
    (root / "folder").symlink_to(root.parent)
    (root / "sibling").symlink_to(root.parent / "public-too")
    (root / "round.txt").symlink_to(root / "round.txt")

    for path in ("/file.txt", "/folder/secret.txt", "/sibling/a.txt", "/round.txt"):
        assert (await ask(files, path)).status == 404


async def test_a_link_within_the_published_files_is_followed(
    root: Path,
    files: PublishedFiles,
) -> None:
    (root / "latest.html").symlink_to("index.html")

    assert (await ask(files, "/latest.html")).body == PAGE


async def test_the_folder_of_published_files_may_be_a_link(tmp_path: Path, root: Path) -> None:
    (tmp_path / "www").symlink_to(root)
    files = PublishedFiles(FolderOrigin(tmp_path / "www"), max_age=lambda _path: timedelta(0))

    assert (await ask(files, "/")).body == PAGE


async def test_a_pipe_is_no_published_file(root: Path, files: PublishedFiles) -> None:
    os.mkfifo(root / "pipe.txt")

    with anyio.fail_after(PATIENCE_S):
        assert (await ask(files, "/pipe.txt")).status == 404


async def test_a_redirect_never_leads_to_another_host(root: Path, files: PublishedFiles) -> None:
    for name in ("evil.example", "javascript:alert(1)", "a b", "ü"):
        (root / name).mkdir()
        (root / name / "index.html").write_bytes(PAGE)

        answer = await ask(files, f"/{name}")

        assert answer.headers["location"].startswith("./")
        assert answer.headers["location"].isascii()
        assert " " not in answer.headers["location"]


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100, deadline=None
)
@given(
    st.lists(
        st.sampled_from(["..", ".", "", "tags", "anna", "index.html", "secret.txt", "~", "\\"])
        | st.text(max_size=5),
        max_size=6,
    ),
)
def test_whatever_the_path_no_other_file_is_shown(root: Path, segments: list[str]) -> None:
    (root.parent / "secret.txt").write_bytes(b"secret")
    files = PublishedFiles(FolderOrigin(root), max_age=lambda _path: timedelta(0))

    answer = anyio.run(ask, files, "/" + "/".join(segments))

    assert answer.body != b"secret"
    assert answer.status in {200, 308, 404}
