"""`/metrics`, as a monitor reads it."""

from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from aggregator.instance import Instance
from aggregator.pulse import PollEnded, Progress, Pulse, RoundEnded
from aggregator.web.metrics import Metrics
from tests.support.cli import called
from tests.support.wordpress import Post, wordpress

FILE = """\
feeds: ["file:wire.xml", "file:missing.xml"]
people: [{name: Sergey Lavrov}]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "feeds.yaml").write_text(FILE, encoding="utf-8")
    post = Post("Lavrov lands", "<p>Sergey Lavrov came.</p>", "http://c.example/1")
    (tmp_path / "wire.xml").write_bytes(wordpress([post], "Wire"))
    called(tmp_path, "poll")
    return tmp_path


def samples(page: bytes) -> dict[tuple[str, str], float]:
    """Every sample by its name and the one label it has, if any."""
    return {
        (sample.name, next(iter(sample.labels.values()), "")): sample.value
        for family in text_string_to_metric_families(page.decode())
        for sample in family.samples
    }


def test_what_is_stored_and_how_feeds_are_is_looked_up(folder: Path) -> None:
    with Instance(folder / "feeds.yaml", {}) as instance:
        found = samples(Metrics(Pulse()).page(instance.tools))

    assert found["aggregator_stored", "items"] == 1
    assert found["aggregator_stored", "tags"] == 1
    assert found["aggregator_feeds", "ok"] == 1
    assert found["aggregator_feeds", "failing"] == 1
    assert found["aggregator_queue_depth", "publish"] == 0
    assert found["aggregator_queue_depth", "poll"] == 0
    assert found["aggregator_config_ok", ""] == 1


def test_what_happens_is_counted(folder: Path) -> None:
    pulse = Pulse(config_errors=("feeds.yaml:1:1: wrong",), background=Progress("retag", 30, 100))
    metrics = Metrics(pulse)
    metrics.round_ended(RoundEnded(files=5, lag_s=0.7))
    metrics.round_ended(RoundEnded())
    metrics.round_ended(RoundEnded(failed=True))
    metrics.poll_ended(PollEnded("fetched", 0.2, new=3))

    with Instance(folder / "feeds.yaml", {}) as instance:
        found = samples(metrics.page(instance.tools))

    assert found["aggregator_rounds_total", "ok"] == 2
    assert found["aggregator_rounds_total", "failed"] == 1
    assert found["aggregator_files_published_total", ""] == 5
    assert found["aggregator_publish_lag_seconds_count", ""] == 1
    assert found["aggregator_config_ok", ""] == 0
    assert found["aggregator_background_remaining_items", ""] == 70


def test_two_instances_of_a_process_count_apart() -> None:
    one, other = Metrics(Pulse()), Metrics(Pulse())

    one.round_ended(RoundEnded(failed=True))

    assert one.registry.get_sample_value("aggregator_rounds_total", {"outcome": "failed"}) == 1
    assert other.registry.get_sample_value("aggregator_rounds_total", {"outcome": "failed"}) is None
