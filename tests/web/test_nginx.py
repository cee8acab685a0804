"""nginx, set up as docs/operations.md says, before a service and alone with the files."""

import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.support.cli import called
from tests.support.ports import reserved_port
from tests.support.service import PATIENCE_S, Service
from tests.support.wordpress import Post, wordpress

pytestmark = pytest.mark.skipif(shutil.which("nginx") is None, reason="no nginx here")

GUIDE = Path(__file__).parents[2] / "docs/operations.md"
FRAME = """\
{user} daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/nginx.log;
events {{ worker_connections 64; }}
http {{
  access_log off; client_body_temp_path {folder}/1; proxy_temp_path {folder}/2;
  fastcgi_temp_path {folder}/3; uwsgi_temp_path {folder}/4; scgi_temp_path {folder}/5;
  {documented}
}}
"""
FILE = """\
site: {title: Watch, url: "https://news.example.org/", hub: "https://hub.example.org/"}
feeds: ["file:wire.xml"]
people: [{name: Sergey Lavrov}, {name: Angela Merkel}, {name: Kaja Kallas, wikidata: Q1}]
"""
LATER = """\
site: {title: Watch, url: "https://news.example.org/", hub: "https://hub.example.org/"}
feeds: ["file:wire.xml"]
people: [{name: Sergey Lavrov}, {name: K. Kallas, slug: k-kallas, wikidata: Q1}]
"""
TEXT = (
    "<p>Sergey Lavrov met Angela Merkel and Kaja Kallas.</p>" + "<p>They spoke for long.</p>" * 40
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "instance"
    folder.mkdir()
    tmp_path.chmod(0o755)
    (folder / "wire.xml").write_bytes(
        wordpress([Post("A meeting", TEXT, "http://c.example/1")], "Wire")
    )
    (folder / "feeds.yaml").write_text(FILE, encoding="utf-8")
    assert called(folder, "poll").code == 0
    return folder


@contextmanager
def nginx(
    folder: Path, service: str = "http://127.0.0.1:9/", maps: bool = False
) -> Iterator[httpx.Client]:
    """nginx in front of a service; without one, with the maps of what left."""
    with reserved_port() as port:
        yield from _running(folder, port, service, maps=maps)


def _running(folder: Path, port: int, service: str, *, maps: bool) -> Iterator[httpx.Client]:
    guide = GUIDE.read_text(encoding="utf-8")
    server, outer, inner = re.findall(
        r"```nginx\n(.*?)```", guide.partition("## nginx in front")[2], re.DOTALL
    )[:3]
    documented = server.replace("listen 443 ssl", f"listen 127.0.0.1:{port}")
    if maps:
        documented = outer + documented.replace("  location ~ /\\.", inner + "  location ~ /\\.", 1)
    documented = documented.replace("http://127.0.0.1:8000", service.rstrip("/"))
    documented = documented.replace("/var/lib/aggregator", str(folder))
    config = folder.parent / "nginx.conf"
    user = "user root;" if os.geteuid() == 0 else ""  # pytest's folders are for nobody else
    config.write_text(FRAME.format(user=user, folder=folder.parent, documented=documented))
    running = subprocess.Popen(["nginx", "-c", str(config)], stderr=subprocess.DEVNULL)
    try:
        with httpx.Client(
            base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=PATIENCE_S
        ) as client:
            _wait_for(client, running, folder.parent / "nginx.log")
            yield client
    finally:
        running.terminate()
        running.wait(PATIENCE_S)


def _wait_for(client: httpx.Client, running: subprocess.Popen[bytes], log: Path) -> None:
    """Return when it answers."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            client.get("/all/atom.xml")
        except httpx.ConnectError:
            assert running.poll() is None, log.read_text()
            assert time.monotonic() < deadline
            time.sleep(0.05)
        else:
            return


def test_before_the_service_it_serves_what_is_a_file_and_asks_for_the_rest(folder: Path) -> None:
    service = Service(folder)
    try:
        with nginx(folder, service.url) as client:
            feed = client.get("/tags/sergey-lavrov/atom.xml")
            again = client.get(
                "/tags/sergey-lavrov/atom.xml", headers={"If-None-Match": feed.headers["etag"]}
            )
            rss = client.get("/all/rss.xml")
            page = client.get("/tags/sergey-lavrov/")
            both = client.get("/tags/angela-merkel+sergey-lavrov/rss.xml")
            hidden = client.get("/tags/sergey-lavrov/atom.xml.gz")
    finally:
        service.stop()

    assert feed.headers["link"] == (
        '<https://news.example.org/tags/sergey-lavrov/atom.xml>; rel="self", '
        '<https://hub.example.org/>; rel="hub"'
    )
    assert feed.headers["content-encoding"] == "gzip"
    assert feed.headers["content-type"] == "application/atom+xml"
    assert feed.headers["cache-control"] == "public, max-age=450"
    assert (again.status_code, again.content) == (304, b"")
    assert rss.headers["content-type"] == "application/rss+xml"
    assert rss.headers["link"].startswith("<https://news.example.org/all/rss.xml>")
    assert (page.status_code, "link" in page.headers) == (200, False)
    assert both.headers["link"] == (
        '<https://news.example.org/tags/angela-merkel+sergey-lavrov/rss.xml>; rel="self"'
    )
    assert both.headers.get_list("cache-control") == ["public, max-age=450"]
    assert hidden.status_code == 404


def test_alone_with_the_files_it_knows_what_ended_and_what_moved(folder: Path) -> None:
    (folder / "feeds.yaml").write_text(LATER, encoding="utf-8")
    assert called(folder, "poll").code == 0

    with nginx(folder, maps=True) as client:
        ended = client.get("/tags/angela-merkel/atom.xml")
        moved = client.get("/tags/kaja-kallas/about/rss.xml?a=1")
        stays = client.get("/tags/sergey-lavrov/atom.xml")

    assert ended.status_code == 410
    assert (moved.status_code, moved.headers["location"].partition("/tags")[2]) == (
        308,
        "/k-kallas/about/rss.xml?a=1",
    )
    assert stays.status_code == 200
