"""A hundred documents that nobody of this project wrote, polled as an instance would."""

import json
from collections import Counter
from pathlib import Path

import feedparser
import pytest

from tests.support.cli import aggregator
from tests.support.feedserver import Answer, FeedServer

FOLDER = Path(__file__).parents[2] / "shared/feeds"


@pytest.mark.slow
def test_all_are_polled_and_every_entry_is_stored_once(tmp_path: Path) -> None:
    if not FOLDER.exists():
        pytest.skip(f"{FOLDER} is not beside this project")
    files = sorted(path for path in FOLDER.glob("*/*") if path.is_file())
    with FeedServer() as server:
        paths = {f"/{number}/{path.name}": path for number, path in enumerate(files)}
        server.answers.update({path: Answer(body=paths[path].read_bytes()) for path in paths})
        feeds = [server.url(path) for path in paths]
        config = {"poll": {"allow_hosts": [server.address], "per_host": 16}, "feeds": feeds}
        (tmp_path / "feeds.yaml").write_text(json.dumps(config))

        first = aggregator(tmp_path, "poll", "--json")
        again = aggregator(tmp_path, "poll", "--all", "--json")
        items = aggregator(tmp_path, "items", "--json").json_lines()
        status = aggregator(tmp_path, "status", "--json").json()

    assert (first.code, first.json()["failed"]) == (0, 0), [
        feed for feed in status["feeds"] if feed["error"]
    ]
    assert (again.json()["new"], again.json()["updated"], again.json()["published"]) == (0, 0, 0)
    stored = Counter(source["feed"] for item in items for source in item["sources"])
    for feed, path in zip(feeds, files, strict=True):
        found = feedparser.parse(path.read_bytes()).entries
        distinct = {json.dumps(entry, sort_keys=True, default=str) for entry in found}
        told = {(e.get("id"), e.get("title"), e.get("link"), e.get("published")) for e in found}
        assert len(told) <= stored[feed] <= len(distinct), path.name
