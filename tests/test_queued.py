"""What a worker of the queue does when feeds.yaml is edited under it."""

from pathlib import Path

import anyio
import pytest
from anyio import to_thread

from aggregator import pipeline, queued
from aggregator.instance import Instance, network
from tests.support.postgres import PostgresServer

CONFIG = """\
site: {title: Town, url: "http://localhost:8000/"}
feeds: []
people: [{name: Anna Lindqvist}, {name: Bo Ekström}]
"""
PATIENCE_S = 120

pytestmark = pytest.mark.postgres


async def test_a_worker_that_reads_feeds_yaml_before_it_is_adopted_still_tells_who_left(
    tmp_path: Path, postgres: PostgresServer
) -> None:
    config = tmp_path / "feeds.yaml"
    config.write_text(CONFIG)
    environ = {"AGGREGATOR_DATABASE": postgres.database()}
    with Instance(config, environ) as leader, Instance(config, environ, leads=False) as worker:
        pipeline.publish_changed(leader.tools)
        config.write_text(CONFIG.replace(", {name: Bo Ekström}", ""))
        worker.reload()
        leader.reload()

        async with (
            network(worker.tools.config) as net,
            queued.at_work(worker.tools, net, 1) as scheduler,
        ):
            with anyio.fail_after(PATIENCE_S):
                while await to_thread.run_sync(pipeline.waiting_channels, leader.tools):
                    await scheduler.tick()
                    await anyio.sleep(queued.LOOK_S)

    assert "/tags/bo-ekstrom" in (tmp_path / "public/gone.map").read_text()
