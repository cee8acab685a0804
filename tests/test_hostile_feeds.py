"""One poll over everything that feeds can do to us: each is told or tamed, and healthy feeds are not touched."""

import re
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import pytest
from lxml import etree

from tests.support import memory
from tests.support.cli import Ran, aggregator, arguments, environment
from tests.support.feedserver import Answer, FeedServer
from tests.support.hostile import answers
from tests.support.wordpress import Post, wordpress

MEMORY_BYTES = 1_000_000_000
HEALTHY = 10
CONFIG = """\
site: {{title: Test Watch, url: "http://localhost:8000/"}}
poll: {{allow_private_networks: true, per_host: 32, timeout: 8s}}
feeds:
{feeds}
people:
  - name: Sergei Lavrov
  - name: Kaja Kallas
  - {{name: Entry, aliases: [Address, Dated, A feed, Long, alert]}}
"""
# What runs in a browser: a dangerous element, an event handler or a script's address in a tag.
LIVE = re.compile(
    r"<(?:script|style|iframe|object|embed|base|form|svg|math|noscript|template)\b"
    r"|<[^<>]*\son\w+\s*=|<[^<>]*\b(?:href|src|srcset|action)\s*=\s*[\"']?\s*(?!https?:)\w+:",
    re.IGNORECASE,
)
MARKUP = {"description", "encoded"}  # elements of RSS that readers show as HTML


@dataclass(frozen=True, slots=True)
class Round:
    """What became of the one poll."""

    folder: Path
    ran: Ran
    status: dict[str, dict[str, object]]  # by name of the document
    asked: list[str]
    peak: int  # bytes, of all its processes at one time


@pytest.fixture(scope="module")
def polled(tmp_path_factory: pytest.TempPathFactory) -> Round:
    """An instance that polled every hostile document, and healthy feeds between them."""
    folder = tmp_path_factory.mktemp("hostile")
    with FeedServer() as server:
        for name, answer in answers().items():
            server.answers[f"/{quote(name)}"] = answer
        for number in range(HEALTHY):
            post = Post(
                f"Kallas visits town number {number}",
                f"<p>Kaja Kallas spoke in town {number} about bridges.</p>",
                f"http://courier.example/{number}/",
            )
            server.answers[f"/healthy/{number}"] = Answer(body=wordpress([post], f"Town {number}"))
        feeds = "\n".join(f"  - '{server.url(path)}'" for path in server.answers)
        (folder / "feeds.yaml").write_text(CONFIG.format(feeds=feeds))
        done, peak = memory.run(arguments("poll"), folder, environment(), patience_s=400)
        status = {
            feed["url"].removeprefix(server.origin): feed
            for feed in aggregator(folder, "status", "--json").json()["feeds"]
        }
        ran = Ran(done.returncode, done.stdout, done.stderr)
        return Round(folder, ran, status, server.paths(), peak)


def test_the_poll_ends_well_and_shows_no_traceback(polled: Round) -> None:
    assert polled.ran.code == 0
    assert "Traceback" not in polled.ran.err
    assert "poll_broke" not in polled.ran.err
    assert len(polled.asked) >= len(answers()) + HEALTHY


def test_all_processes_together_stay_within_their_bound(polled: Round) -> None:
    assert polled.peak < MEMORY_BYTES


def test_every_feed_is_stored_or_told_in_one_plain_line(polled: Round) -> None:
    for name in answers():
        feed = polled.status[f"/{quote(name)}"]
        told = str(feed["error"] or "")

        assert not re.search(r"fault of aggregator|Error\b|Exception|sys\.", told), name
        assert "\n" not in told
        assert len(told) < 300


def test_healthy_feeds_beside_them_are_stored_once_and_published(polled: Round) -> None:
    with sqlite3.connect(polled.folder / "db/aggregator.db") as database:
        [(whole,)] = database.execute("PRAGMA integrity_check")
        strays = database.execute("PRAGMA foreign_key_check").fetchall()
    published = (polled.folder / "public/tags/kaja-kallas/atom.xml").read_text()

    assert (whole, strays) == ("ok", [])
    for number in range(HEALTHY):
        assert polled.status[f"/healthy/{number}"]["error"] is None
        assert published.count(f"<title>Kallas visits town number {number}</title>") == 1


def test_what_is_published_is_well_formed_and_runs_nowhere(polled: Round) -> None:
    for file in sorted((polled.folder / "public").rglob("*")):
        if file.suffix in {".xml", ".opml"}:
            tree = etree.fromstring(file.read_bytes(), etree.XMLParser(huge_tree=True))
            for node in tree.iter(etree.Element):
                if node.get("type") == "html" or etree.QName(node).localname in MARKUP:
                    assert not LIVE.search(str(node.text)), (file, node.text)
                for value in node.attrib.values():
                    assert not re.match(r"\s*(?:javascript|data|vbscript|file):", value), file
        elif file.suffix == ".html":
            page = file.read_text()
            assert not re.search(
                r"<[^<>\"]*\son\w+=|(?:href|src)=\"(?:javascript|data|vb)", page
            ), file


def test_nothing_of_this_machine_and_no_password_is_published(polled: Round) -> None:
    files = [file for file in (polled.folder / "public").rglob("*") if file.is_file()]

    assert not any(b"root:x:0:0" in file.read_bytes() for file in files)
    assert not any(b"hunter2" in file.read_bytes() for file in files)


def test_guids_that_only_look_alike_are_guids_of_their_own(polled: Round) -> None:
    assert polled.status[f"/{quote('guids that look alike')}"]["items"] == 10
