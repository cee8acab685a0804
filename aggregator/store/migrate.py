"""Brings the schema up to date; every released schema migrates forward with its data."""

from collections.abc import Callable
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
        keep: copies a database that is about to be migrated; is told its present revision.

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
    if found is not None:
        keep(found)
    with writing.begin() as connection:
        if current(connection) != HEAD:  # another process may have been quicker
            run(connection)


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
