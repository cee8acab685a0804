"""What every tick asks is found in an index: it costs the same however much is stored."""

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from sqlmodel import Session

from aggregator.store import feeds as stored_feeds
from aggregator.store import outputs as outbox
from aggregator.store.engine import Store


def failing(session: Session) -> object:
    return stored_feeds.failing(session, {}, 3)


def published(session: Session) -> object:
    return outbox.published(session, ["tags/anna"], [])


@pytest.mark.parametrize(
    ("ask", "index"), [(failing, "ix_feeds_trouble"), (published, "ix_outputs_seamed")]
)
def test_what_every_tick_asks_reads_a_part_of_the_table(
    store: Store, ask: Callable[[Session], object], index: str
) -> None:
    explain = "EXPLAIN QUERY PLAN" if store.on_sqlite else "EXPLAIN"
    plans: list[str] = []

    with store.reading() as session:
        connection = session.connection()
        if not store.on_sqlite:
            connection.execute(sa.text("SET LOCAL enable_seqscan = off"))  # there are no rows

        @sa.event.listens_for(connection, "before_cursor_execute", retval=True)
        def explained(*given: object) -> tuple[object, object]:
            _, cursor, statement, parameters, *_ = given
            cursor.execute(f"{explain} {statement}", parameters)  # type: ignore[attr-defined]
            plans.extend(str(row) for row in cursor.fetchall())  # type: ignore[attr-defined]
            return statement, parameters

        ask(session)

    assert index in "\n".join(plans)
