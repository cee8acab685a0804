"""The program as its next release: the same, but every entry is written anew when it is opened.

python -m tests.support.next_release VERB ...      as `python -m aggregator` does it
"""

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

from aggregator import companion, instance
from aggregator.cli import main
from aggregator.store import backup, migrate, quiet

PROGRAM = "tests.support.next_release"
VERSION = "0.2.0"
REVISION = "0002"
MIGRATION = """\
import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade():
    # PostgreSQL alters a table where it is; SQLite has to make some anew, so here each.
    recreate = "always" if op.get_bind().dialect.name == "sqlite" else "never"
    for table in ("entries", "items"):
        with op.batch_alter_table(table, recreate=recreate) as batch:
            batch.add_column(sa.Column("remark", sa.String(), nullable=True))
        op.execute(f"UPDATE {table} SET remark = title")
"""


COMPANION = f"import sys; sys.path[:] = {{path!r}}; from {PROGRAM} import run; run()"


def released(program: Path) -> None:
    """Have the program know another schema, whose migrations are written to this folder."""
    shutil.copytree(migrate.HERE, program)
    (program / "versions/0002_remarks.py").write_text(MIGRATION)
    migrate.HERE = program
    for module in (migrate, backup, quiet):
        module.HEAD = REVISION  # type: ignore[attr-defined]
    instance.__version__ = VERSION  # type: ignore[attr-defined]
    companion._PROGRAM = COMPANION  # type: ignore[misc]


def run() -> None:
    """Do what the command line says."""
    with TemporaryDirectory() as folder:
        released(Path(folder) / "migrations")
        main()


if __name__ == "__main__":
    run()
