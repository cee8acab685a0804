import gzip
import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import anyio
import brotli
import pytest
from starlette.types import Message, Receive, Scope, Send

from aggregator.web.files import PublishedFiles
from aggregator.web.headers import ALWAYS
from aggregator.web.origin import FolderOrigin
from aggregator.web.shelf import Published, Shelf
from tests.web.asking import FEED, PAGE, ask


async def test_a_file_comes_with_all_a_reader_needs_to_come_back(files: PublishedFiles) -> None:
    answer = await ask(files, "/tags/anna/atom.xml")

    assert (answer.status, answer.body) == (200, FEED)
    assert answer.headers["content-type"] == "application/atom+xml; charset=utf-8"
    assert answer.headers["content-length"] == str(len(FEED))
    assert answer.headers["cache-control"] == "public, max-age=300"
    assert answer.headers["vary"] == "Accept-Encoding"
    assert answer.headers["etag"].startswith('"')
    assert answer.headers["last-modified"].endswith("GMT")


@pytest.mark.parametrize(
    ("name", "media_type"),
    [
        ("atom.xml", "application/atom+xml; charset=utf-8"),
        ("rss.xml", "application/rss+xml; charset=utf-8"),
        ("feed.json", "application/feed+json"),
        ("index.html", "text/html; charset=utf-8"),
        ("feeds.opml", "text/x-opml; charset=utf-8"),
        ("icon.svg", "image/svg+xml"),
        ("style.css", "text/css; charset=utf-8"),
        ("sitemap.xml", "application/xml"),
        ("unheard.of", "application/octet-stream"),
        ("LICENSE", "application/octet-stream"),
    ],
)
async def test_a_file_says_what_it_is(
    root: Path,
    files: PublishedFiles,
    name: str,
    media_type: str,
) -> None:
    (root / name).write_bytes(b"x")

    answer = await ask(files, f"/{name}")

    assert answer.headers["content-type"] == media_type
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in answer.headers["content-security-policy"]


async def test_a_page_may_not_be_framed(files: PublishedFiles) -> None:
    answer = await ask(files, "/")

    assert answer.headers["x-frame-options"] == "DENY"
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert "unsafe" not in answer.headers["content-security-policy"]


@pytest.mark.parametrize("path", ["/", "/index.html"])
async def test_a_folder_is_its_index(files: PublishedFiles, path: str) -> None:
    answer = await ask(files, path)

    assert (answer.status, answer.body) == (200, PAGE)


async def test_a_folder_without_its_slash_is_redirected(files: PublishedFiles) -> None:
    answer = await ask(files, "/tags/anna", query=b"page=2")

    assert answer.status == 308
    assert answer.headers["location"] == "./anna/?page=2"


async def test_a_folder_without_index_is_not_found(files: PublishedFiles) -> None:
    assert (await ask(files, "/tags")).status == 404
    assert (await ask(files, "/tags/")).status == 404


async def test_a_prefix_of_the_server_is_taken_off(root: Path) -> None:
    files = PublishedFiles(FolderOrigin(root), max_age=lambda _path: timedelta(0))
    answers: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        answers.append(message)

    scope = {"type": "http", "method": "GET", "headers": [], "root_path": "/news"}
    await files({**scope, "path": "/news/index.html"}, receive, send)

    assert answers[1]["body"] == PAGE


# -- conditional requests ---------------------------------------------------------------------------


async def test_a_reader_that_comes_back_with_the_etag_gets_a_304(files: PublishedFiles) -> None:
    first = await ask(files, "/tags/anna/atom.xml")

    again = await ask(files, "/tags/anna/atom.xml", {"If-None-Match": first.headers["etag"]})

    assert (again.status, again.body) == (304, b"")
    kept = {"etag", "last-modified", "cache-control", "vary"}
    kept |= {name.decode() for name, _ in ALWAYS}
    assert again.headers == {name: first.headers[name] for name in kept}


async def test_a_reader_that_comes_back_with_the_date_gets_a_304(files: PublishedFiles) -> None:
    first = await ask(files, "/")

    again = await ask(files, "/", {"If-Modified-Since": first.headers["last-modified"]})

    assert again.status == 304


async def test_each_coding_has_its_own_etag(files: PublishedFiles) -> None:
    plain = await ask(files, "/")
    packed = await ask(files, "/", {"Accept-Encoding": "gzip"})

    assert plain.headers["etag"] != packed.headers["etag"]
    sent = {"Accept-Encoding": "gzip", "If-None-Match": plain.headers["etag"]}
    assert (await ask(files, "/", sent)).status == 200


async def test_a_changed_file_is_served_at_once(root: Path, files: PublishedFiles) -> None:
    before = await ask(files, "/")
    new = root / ".index.html.tmp"
    new.write_bytes(PAGE[::-1])  # as long as the old one
    os.utime(new, ns=(stat_of(root / "index.html"),) * 2)  # and as old
    new.rename(root / "index.html")

    after = await ask(files, "/", {"If-None-Match": before.headers["etag"]})

    assert (after.status, after.body) == (200, PAGE[::-1])


def stat_of(path: Path) -> int:
    return path.stat().st_mtime_ns


async def test_a_file_taken_away_is_gone_at_once(root: Path, files: PublishedFiles) -> None:
    assert (await ask(files, "/")).status == 200
    (root / "index.html").unlink()

    assert (await ask(files, "/")).status == 404


async def test_the_same_bytes_keep_their_etag(root: Path, files: PublishedFiles) -> None:
    before = await ask(files, "/")
    (root / "index.html").write_bytes(PAGE)
    os.utime(root / "index.html", (1, 1))

    assert (await ask(files, "/")).headers["etag"] == before.headers["etag"]


# -- methods ----------------------------------------------------------------------------------------


async def test_head_tells_all_but_the_body(files: PublishedFiles) -> None:
    got = await ask(files, "/")
    asked = await ask(files, "/", method="HEAD")

    assert (asked.status, asked.body) == (200, b"")
    assert asked.headers == got.headers


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PATCH", "BREW"])
async def test_a_file_can_only_be_read(files: PublishedFiles, method: str) -> None:
    answer = await ask(files, "/", method=method)

    assert answer.status == 405
    assert answer.headers["allow"] == "GET, HEAD"


# -- codings ----------------------------------------------------------------------------------------


BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


async def test_a_feed_is_shown_to_a_browser_as_the_xml_it_can_style(files: PublishedFiles) -> None:
    to_reader = await ask(files, "/tags/anna/atom.xml")
    to_browser = await ask(files, "/tags/anna/atom.xml", BROWSER)

    assert to_reader.headers["content-type"] == "application/atom+xml; charset=utf-8"
    assert to_browser.headers["content-type"] == "text/xml; charset=utf-8"
    assert to_browser.body == to_reader.body
    assert to_browser.headers["etag"] == to_reader.headers["etag"]


@pytest.mark.parametrize(("coding", "undo"), [("gzip", gzip.decompress), ("br", brotli.decompress)])
async def test_a_file_is_compressed_for_who_can_read_it(
    files: PublishedFiles,
    coding: str,
    undo: Any,
) -> None:
    answer = await ask(files, "/tags/anna/atom.xml", {"Accept-Encoding": coding})

    assert answer.headers["content-encoding"] == coding
    assert answer.headers["vary"] == "Accept-Encoding"
    assert int(answer.headers["content-length"]) == len(answer.body) < len(FEED)
    assert undo(answer.body) == FEED


async def test_what_was_compressed_when_publishing_is_served_as_it_is(
    root: Path,
    files: PublishedFiles,
) -> None:
    ready = gzip.compress(FEED, 9, mtime=12345)
    (root / "tags/anna/atom.xml.gz").write_bytes(ready)

    answer = await ask(files, "/tags/anna/atom.xml", {"Accept-Encoding": "gzip"})

    assert answer.body == ready


@pytest.mark.parametrize(
    "left_over",
    [gzip.compress(b"news of yesterday"), gzip.compress(FEED)[:-9], b"no gzip at all", b""],
    ids=["older", "cut off", "something else", "empty"],
)
async def test_a_compressed_file_of_something_else_is_passed_over(
    root: Path,
    files: PublishedFiles,
    left_over: bytes,
) -> None:
    (root / "tags/anna/atom.xml.gz").write_bytes(left_over)
    (root / "tags/anna/atom.xml.br").write_bytes(left_over)

    packed = await ask(files, "/tags/anna/atom.xml", {"Accept-Encoding": "gzip"})
    smaller = await ask(files, "/tags/anna/atom.xml", {"Accept-Encoding": "br"})

    assert gzip.decompress(packed.body) == FEED
    assert brotli.decompress(smaller.body) == FEED


@pytest.mark.parametrize("name", ["picture.png", "tiny.txt"])
async def test_what_would_not_get_smaller_is_left_alone(
    root: Path,
    files: PublishedFiles,
    name: str,
) -> None:
    (root / name).write_bytes(b"x" * (4 if name == "tiny.txt" else 4000))

    answer = await ask(files, f"/{name}", {"Accept-Encoding": "br, gzip"})

    assert "content-encoding" not in answer.headers


async def test_noise_is_not_made_larger_by_compressing_it(
    root: Path,
    files: PublishedFiles,
) -> None:
    (root / "noise.json").write_bytes(os.urandom(2000))

    answer = await ask(files, "/noise.json", {"Accept-Encoding": "br, gzip"})

    assert len(answer.body) == 2000


# -- what is no file --------------------------------------------------------------------------------


async def test_the_site_says_in_its_own_words_that_there_is_nothing(
    root: Path,
    files: PublishedFiles,
) -> None:
    (root / "404.html").write_bytes(b"<p>Nothing here.")

    answer = await ask(files, "/nowhere")

    assert (answer.status, answer.body) == (404, b"<p>Nothing here.")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "etag" not in answer.headers


async def test_what_is_no_file_goes_to_the_other_app(root: Path) -> None:
    asked: list[str] = []

    async def otherwise(scope: Scope, receive: Receive, send: Send) -> None:
        asked.append(scope.get("path", scope["type"]))
        if scope["type"] == "http":
            await send({"type": "http.response.start", "status": 200, "headers": []})

    files = PublishedFiles(
        FolderOrigin(root), max_age=lambda _path: timedelta(0), otherwise=otherwise
    )
    await ask(files, "/health")
    await ask(files, "/search", method="POST")
    await ask(files, "/")
    await files({"type": "lifespan"}, None, None)  # type: ignore[arg-type] # neither is used

    assert asked == ["/health", "/search", "lifespan"]


async def test_without_another_app_the_lifespan_is_left_alone(files: PublishedFiles) -> None:
    await files({"type": "lifespan"}, None, None)  # type: ignore[arg-type] # neither is used


async def test_before_anything_is_published_nothing_is_found(tmp_path: Path) -> None:
    files = PublishedFiles(FolderOrigin(tmp_path / "public"), max_age=lambda _path: timedelta(0))

    assert (await ask(files, "/")).status == 404


async def test_a_file_that_cannot_be_read_is_logged_and_not_found(
    root: Path,
    files: PublishedFiles,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def unreadable(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", unreadable)  # tests run as root, whom nothing is denied

    assert (await ask(files, "/")).status == 404
    assert "published_file_unreadable" in caplog.text


# -- memory -----------------------------------------------------------------------------------------


async def test_memory_stays_within_its_bound(root: Path) -> None:
    files = PublishedFiles(
        FolderOrigin(root), max_age=lambda _path: timedelta(0), capacity_bytes=10_000
    )
    for number in range(20):
        (root / f"{number}.png").write_bytes(bytes([number]) * 3000)

    for number in [*range(20), *range(20)]:
        assert (await ask(files, f"/{number}.png")).body == bytes([number]) * 3000

    shelf = files._shelf
    assert shelf._size_bytes == sum(file.size for file in shelf._files.values()) <= 10_000
    assert list(shelf._files) == ["17.png", "18.png", "19.png"]


async def test_what_is_asked_for_often_stays_in_memory(root: Path) -> None:
    files = PublishedFiles(
        FolderOrigin(root), max_age=lambda _path: timedelta(0), capacity_bytes=10_000
    )
    for number in range(10):
        (root / f"{number}.png").write_bytes(bytes([number]) * 3000)

        await ask(files, f"/{number}.png")
        await ask(files, "/0.png")

    assert "0.png" in files._shelf._files


async def test_many_who_ask_at_once_make_one_reading(root: Path, files: PublishedFiles) -> None:
    read: list[str] = []

    class Counting(Shelf):
        def read(self, path: str) -> Published | None:
            read.append(path)
            return super().read(path)

    files._shelf = Counting(
        FolderOrigin(root), max_age=lambda _path: timedelta(0), capacity_bytes=1_000_000
    )
    async with anyio.create_task_group() as readers:
        for _ in range(20):
            readers.start_soon(ask, files, "/")

    assert read == ["index.html"]


async def test_who_is_handed_the_headers_may_add_to_them(files: PublishedFiles) -> None:
    async def spoiling(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"].append((b"x-spoilt", b"1"))

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    scope = {"type": "http", "method": "GET", "path": "/", "headers": []}
    await files(scope, receive, spoiling)

    assert "x-spoilt" not in (await ask(files, "/")).headers
