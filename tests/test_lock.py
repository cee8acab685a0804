"""Two processes never work on one instance at the same time."""

from pathlib import Path

import pytest

from aggregator.errors import Busy, Unusable
from aggregator.lock import alone, alone_async


def test_the_second_waits_and_then_says_so(tmp_path: Path) -> None:
    file = tmp_path / "db/.lock"

    with alone(file), pytest.raises(Busy, match="another aggregator"), alone(file, patience_s=0.2):
        pass  # pragma: no cover


def test_it_is_free_again_after_a_block_that_raised(tmp_path: Path) -> None:
    file = tmp_path / "db/.lock"
    with pytest.raises(RuntimeError), alone(file):
        raise RuntimeError

    with alone(file, patience_s=0):
        assert file.exists()


async def test_a_block_that_awaits_keeps_others_out_too(tmp_path: Path) -> None:
    file = tmp_path / "db/.lock"

    async with alone_async(file):
        with pytest.raises(Busy):
            async with alone_async(file, patience_s=0.2):
                pass  # pragma: no cover


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "db").write_text("a file where the folder should be")

    with pytest.raises(Unusable, match="cannot be written"), alone(tmp_path / "db/.lock"):
        pass  # pragma: no cover
