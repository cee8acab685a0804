"""The program as its next release: the same, but every entry is written anew when it is opened.

python -m tests.support.next_release VERB ...      as `python -m aggregator` does it
"""

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

from aggregator.cli import main
from aggregator.store import backup, migrate, quiet

PROGRAM = "tests.support.next_release"
REVISION = "0002"
MIGRATION = """\
import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade():
    for table in ("entries", "items"):
        with op.batch_alter_table(table, recreate="always") as batch:
            batch.add_column(sa.Column("remark", sa.String(), nullable=True))
        op.execute(f"UPDATE {table} SET remark = title")
"""


def released(program: Path) -> None:
    """Have the program know another schema, whose migrations are written to this folder."""
    shutil.copytree(migrate.HERE, program)
    (program / "versions/0002_remarks.py").write_text(MIGRATION)
    migrate.HERE = program
    for module in (migrate, backup, quiet):
        module.HEAD = REVISION  # type: ignore[attr-defined]


if __name__ == "__main__":
    with TemporaryDirectory() as folder:
        released(Path(folder) / "migrations")
        main()
