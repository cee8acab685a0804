"""Moulds are at hand as long as there is room for them, and never another's."""

from contextlib import closing

import pytest

from aggregator.publish.foundry import mould
from aggregator.publish.stock import Stock
from tests.publish.builders import EDITION, item

MOULDS = [mould(item(number), EDITION) for number in range(1, 9)]


def test_what_is_packed_comes_out_as_it_went_in() -> None:
    with closing(Stock(at_hand=2)) as stock:
        stock.put(MOULDS)

        assert [stock.get(one.number) for one in MOULDS] == MOULDS
        assert stock.has(1)
        assert not stock.has(99)
        assert stock.get(99) is None


def test_of_an_item_the_latest_mould_is_kept() -> None:
    later = MOULDS[0]._replace(language="de")

    with closing(Stock(at_hand=1)) as stock:
        stock.put([MOULDS[0], MOULDS[1], later, MOULDS[2]])

        assert stock.get(1) == later


def test_when_the_file_is_full_what_was_there_is_forgotten() -> None:
    with closing(Stock(at_hand=1, in_file=4000)) as stock:
        stock.put(MOULDS)
        kept = [stock.get(one.number) for one in MOULDS]

    assert None in kept
    assert all(found in (None, one) for found, one in zip(kept, MOULDS, strict=True))


def test_a_full_disk_only_means_to_make_them_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: bytes) -> int:
        raise OSError(28, "No space left on device")

    with closing(Stock(at_hand=1)) as stock:
        stock.put(MOULDS[:2])
        monkeypatch.setattr(stock._file, "write", full)
        stock.put(MOULDS[2:])

        assert stock.get(MOULDS[-1].number) == MOULDS[-1]
        assert [stock.get(number) for number in (1, 2, 3)] == [None, None, None]
