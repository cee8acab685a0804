"""Which schema this release works with."""

HEAD = (
    "0001"  # newest revision in migrations/versions; known here so that alembic is seldom imported
)
