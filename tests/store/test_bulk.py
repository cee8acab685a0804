"""Rows that go past SQLAlchemy."""

from sqlmodel import select

from aggregator.store.bulk import Bulk, stored_time
from aggregator.store.engine import Store
from aggregator.store.tables import ItemRow
from tests.support.builders import NOW

ITEMS = Bulk(ItemRow, ("id", "uid", "title", "updated", "at"))


def test_more_rows_than_a_statement_takes_are_stored_and_numbered_in_order(store: Store) -> None:
    for _ in range(2):
        with store.writing() as session:
            numbers = ITEMS.numbers(session, 150)
            rows = [(number, f"urn:{number}", None) for number in numbers]
            ITEMS.add(session, [(*row, stored_time(NOW), stored_time(NOW)) for row in rows])

    with store.reading() as session:
        stored = session.exec(select(ItemRow).order_by(ItemRow.id)).all()  # type: ignore[arg-type]
        assert len({item.id for item in stored}) == 300
        assert [item.uid for item in stored] == [f"urn:{item.id}" for item in stored]
        assert {item.at for item in stored} == {NOW}


def test_rows_that_sqlalchemy_adds_afterwards_get_numbers_of_their_own(store: Store) -> None:
    with store.writing() as session:
        [number] = ITEMS.numbers(session, 1)
        ITEMS.add(session, [(number, "urn:one", None, stored_time(NOW), stored_time(NOW))])
        session.add(ItemRow(uid="urn:two", updated=NOW, at=NOW))

    with store.reading() as session:
        assert len(session.exec(select(ItemRow)).all()) == 2
