"""What feeds.yaml holds of passwords, keys and tokens is shown by no verb, page, file or log."""

from pathlib import Path

import pytest

from tests.support.cli import aggregator
from tests.support.feeds import ATOM
from tests.support.feedserver import Answer, FeedServer
from tests.support.service import Service

SECRETS = {"password": "hunter2pw", "KEY": "s3cr3tkey", "TOKEN": "t0psecret", "theirs": "evilpw"}
VERBS = (
    ("--verbose", "poll", "--all"),
    ("status",),
    ("status", "--json"),
    ("feeds", "list"),
    ("feeds", "list", "--json"),
    ("feeds", "export"),
    ("items",),
    ("items", "--json"),
    ("check", "--online"),
)
PAGES = ("", "sources", "health", "metrics", "search?q=ferry", "feeds.opml", "all/atom.xml")


@pytest.fixture
def folder(tmp_path: Path, feed_server: FeedServer, monkeypatch: pytest.MonkeyPatch) -> Path:
    feed_server.answers |= {
        "/feed.xml": Answer(body=ATOM),
        f"/feed.xml?key={SECRETS['KEY']}": Answer(body=ATOM),
        "/broken": Answer(500),
        "/moved": Answer(
            301,
            headers={"Location": feed_server.url("/feed.xml").replace("//", "//eve:evilpw@")},
        ),
    }
    private = feed_server.origin.replace("//", "//ada:hunter2pw@")
    (tmp_path / "feeds.yaml").write_text(
        f"""\
poll: {{allow_private_networks: true}}
feeds:
  - {private}/feed.xml
  - {private}/broken
  - {private}/moved
  - http://ada:hunter2pw@127.0.0.9:1/
  - http://ada:hunter2pw@169.254.169.254/
  - url: {feed_server.url("/feed.xml")}?key=${{KEY}}
    headers: {{Authorization: "Bearer ${{TOKEN}}"}}
"""
    )
    for name in ("KEY", "TOKEN"):
        monkeypatch.setenv(name, SECRETS[name])
    return tmp_path


def test_no_secret_is_shown_anywhere(folder: Path, feed_server: FeedServer) -> None:
    shown = {}
    for words in VERBS:
        ran = aggregator(folder, *words)
        shown[" ".join(words)] = ran.out + ran.err
    service = Service(folder)
    for page in PAGES:
        shown[f"/{page}"] = service.get(page).text
    service.stop()
    shown["the service's log"] = (folder / "serve.log").read_text()
    for path in (folder / "public").rglob("*"):
        if path.suffix in {".xml", ".html", ".json", ".opml"}:
            shown[str(path)] = path.read_text()

    assert any("Authorization" in asked.headers for asked in feed_server.asked)  # they were used
    for place, text in shown.items():
        assert not [secret for secret in SECRETS.values() if secret in text], place
