"""Brings the schema up to date; every released schema migrates forward with its data."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine, inspect, text
from sqlalchemy.engine import Connection
from sqlmodel import Session

from aggregator.errors import SchemaTooNew, Unusable
from aggregator.store.revision import HEAD

HERE = Path(__file__).parent / "migrations"
_REVISION = text("SELECT version_num FROM alembic_version")


def upgrade(engine: Engine, writing: Engine, keep: Callable[[str], object]) -> None:
    """Make or migrate the schema; nothing when it is the newest already.

    Args:
        engine: to look with.
        writing: the same; its transactions come one after the other, over all processes.
        keep: copies a database that is about to be migrated; is told its present revision. Nobody
            else writes meanwhile, or a copy of the new schema might replace that of the old.

    Raises:
        SchemaTooNew: a newer release wrote it; Unusable: there are tables, but not ours.
    """
    with engine.connect() as connection:
        found = current(connection)
    if found == HEAD:
        return
    if found is not None and found not in known():
        raise SchemaTooNew(
            f"the database has schema {found}, and this release knows none newer than {HEAD}: "
            "install the release that wrote it, or restore a backup"
        )
    with _without_references(writing) as connection:
        found = current(connection)  # another process may have been quicker
        if found == HEAD:
            return
        if found is not None:
            keep(found)
        run(connection)


@contextmanager
def _without_references(writing: Engine) -> Iterator[Connection]:
    """A transaction in which SQLite's tables may be replaced; at its end all must fit together again.

    SQLite alters little of a table: Alembic makes another, copies, and drops the old one. Where
    foreign keys are enforced, that would be refused, or delete what refers to it. Enforcing can only
    be switched outside of a transaction.
    """
    with writing.connect() as connection:
        driver = connection.connection.driver_connection
        if not isinstance(driver, sqlite3.Connection):
            with connection.begin():
                yield connection
            return
        driver.execute("PRAGMA foreign_keys=OFF")
        try:
            with connection.begin():
                yield connection
                if connection.exec_driver_sql("PRAGMA foreign_key_check").first():
                    raise Unusable("cannot be migrated: what belongs together would be parted")
        finally:
            driver.execute("PRAGMA foreign_keys=ON")


def current(connection: Connection) -> str | None:
    """The schema's revision; None for an empty database."""
    tables = inspect(connection).get_table_names()
    if not tables:
        return None
    if "alembic_version" not in tables:
        raise Unusable("the database belongs to another program: it has tables, but not ours")
    return connection.execute(_REVISION).scalar()


def is_current(session: Session) -> bool:
    """Whether the schema is still the one this release knows: a newer one may have moved it on."""
    found: str | None = session.execute(_REVISION).scalar()
    return found == HEAD


def known() -> frozenset[str]:
    """Every revision this release can migrate from."""
    return frozenset(file.name[:4] for file in (HERE / "versions").glob("[0-9]*.py"))


def run(connection: Connection, to: str = "head") -> None:
    """Run the migrations up to a revision, inside the caller's transaction."""
    from alembic import command  # noqa: PLC0415 (half a second of imports, needed once per release)
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(HERE))
    config.attributes["connection"] = connection
    command.upgrade(config, to)
