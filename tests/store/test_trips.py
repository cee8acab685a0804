import pytest

from aggregator.errors import Unusable
from aggregator.store.engine import Store
from aggregator.store.trips import answers, tell

NOTE = "INSERT INTO notes (name, value) VALUES ('one', '1')"


def test_what_went_together_is_answered_in_its_order(store: Store) -> None:
    with store.writing() as session:
        tell(session, [(NOTE, ()), ("UPDATE notes SET value = '2' WHERE name = 'one'", ())])
        found = answers(
            session, [("SELECT 7", ()), ("SELECT value FROM notes WHERE name = 'one'", ())]
        )

    assert [[tuple(row) for row in rows] for rows in found] == [[(7,)], [("2",)]]


def test_when_one_fails_nothing_of_the_transaction_is_kept_and_the_next_one_works(
    store: Store,
) -> None:
    with pytest.raises(Unusable, match="nowhere"), store.writing() as session:
        tell(session, [(NOTE, ()), ("DELETE FROM nowhere", ()), (NOTE, ())])

    with store.writing() as session:
        tell(session, [(NOTE, ()), ("UPDATE notes SET value = '2' WHERE name = 'one'", ())])
        [found, _] = answers(session, [("SELECT value FROM notes WHERE name = 'one'", ())] * 2)
    assert [tuple(row) for row in found] == [("2",)]
