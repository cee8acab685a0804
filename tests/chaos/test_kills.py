"""Killed anywhere, the program loses nothing, doubles nothing, tears nothing, and heals by itself."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from aggregator.store.backup import check
from tests.chaos.harness import Chaos
from tests.support import next_release

ROUNDS = int(os.environ.get("CHAOS_ROUNDS", "3"))  # of each verb
SEED = int(os.environ.get("CHAOS_SEED", "1"))

pytestmark = pytest.mark.slow


@pytest.fixture
def chaos(tmp_path: Path) -> Iterator[Chaos]:
    with Chaos(tmp_path, seed=SEED) as chaos:
        yield chaos


def test_a_poll_may_be_killed_anywhere(chaos: Chaos) -> None:
    for _ in range(ROUNDS):
        chaos.round("poll", "--all")

    chaos.healed()


def test_publishing_may_be_killed_anywhere(chaos: Chaos) -> None:
    for _ in range(ROUNDS):
        chaos.round("publish", "--all", news=False)

    chaos.healed()


def test_the_service_may_be_killed_anywhere(chaos: Chaos) -> None:
    for _ in range(ROUNDS):
        chaos.round("serve", "--port", "0")

    chaos.healed()


def test_tagging_again_may_be_killed_anywhere(chaos: Chaos) -> None:
    chaos.another_person()
    for _ in range(ROUNDS):
        chaos.round("retag", news=False)

    chaos.retagged()
    chaos.healed()


def test_a_restore_may_be_killed_anywhere(chaos: Chaos) -> None:
    chaos.backed_up()
    for _ in range(ROUNDS):
        chaos.round("restore", "copy.db", news=False)

    chaos.healed()


def test_the_first_poll_may_be_killed_anywhere(chaos: Chaos) -> None:
    for _ in range(ROUNDS):
        chaos.begun_anew()
        chaos.round("poll", news=False)

    chaos.healed()


def test_migrating_may_be_killed_anywhere(chaos: Chaos) -> None:
    chaos.backed_up()
    chaos.program = next_release.PROGRAM
    for _ in range(ROUNDS):
        chaos.put_back()
        chaos.round("poll", "--all")
    chaos.healed()

    check(chaos.folder / "db/aggregator-schema-0001.db")
