"""The same of a PostgreSQL deployment: who dies is replaced, and nothing shows of it."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chaos.topology import WHOLE, Topology
from tests.support.postgres import PostgresServer

ROUNDS = int(os.environ.get("CHAOS_ROUNDS", "2"))
SEED = int(os.environ.get("CHAOS_SEED", "1"))

pytestmark = [pytest.mark.slow, pytest.mark.postgres]


@pytest.fixture(params=[WHOLE, 8], ids=["whole", "archives"])
def topology(
    tmp_path: Path, postgres: PostgresServer, request: pytest.FixtureRequest
) -> Iterator[Topology]:
    database = postgres.database()
    with Topology(tmp_path, database, seed=SEED, entries=request.param) as topology:
        yield topology


def test_workers_and_the_service_may_be_killed_anywhere(topology: Topology) -> None:
    topology.round(kills=0)
    for _ in range(ROUNDS):
        topology.round()

    topology.check()
