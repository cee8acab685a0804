"""The first schema."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

SLUG = sa.String().with_variant(sa.String(collation="C"), "postgresql")


def upgrade() -> None:
    """Make every table."""
    op.create_table(
        "feeds",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("host", sa.String(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("validators_url", sa.String(), nullable=True),
        sa.Column("etag", sa.String(), nullable=True),
        sa.Column("last_modified", sa.String(), nullable=True),
        sa.Column("other_validators", sa.JSON(), nullable=False),
        sa.Column("body_digest", sa.LargeBinary(), nullable=True),
        sa.Column("marks", sa.LargeBinary(), nullable=True),
        sa.Column("last_poll", sa.BigInteger(), nullable=True),
        sa.Column("last_ok", sa.BigInteger(), nullable=True),
        sa.Column("last_full", sa.BigInteger(), nullable=True),
        sa.Column("next_poll", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("fresh_until", sa.BigInteger(), nullable=True),
        sa.Column("retry_after", sa.BigInteger(), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("reached", sa.Boolean(), nullable=False),
        sa.Column("error", sa.String(), nullable=True),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("http_status", sa.Integer(), nullable=True),
        sa.Column("gone", sa.Boolean(), nullable=False),
        sa.Column("moved_to", sa.String(), nullable=True),
        sa.Column("moved_times", sa.Integer(), nullable=False),
        sa.Column("rhythm", sa.Text(), nullable=True),
        sa.Column("title", sa.String(), nullable=True),
        sa.Column("home", sa.String(), nullable=True),
        sa.Column("language", sa.String(), nullable=True),
        sa.Column("hub", sa.String(), nullable=True),
        sa.Column("topic", sa.String(), nullable=True),
        sa.Column("pushed_until", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feeds")),
        sa.UniqueConstraint("url", name=op.f("uq_feeds_url")),
    )
    op.create_index(op.f("ix_feeds_host"), "feeds", ["host"], unique=False)
    op.create_index(op.f("ix_feeds_last_poll"), "feeds", ["last_poll"], unique=False)
    op.create_index(op.f("ix_feeds_next_poll"), "feeds", ["next_poll"], unique=False)
    op.create_index(
        "ix_feeds_trouble",
        "feeds",
        ["id"],
        unique=False,
        sqlite_where=sa.text("gone OR failures > 0"),
        postgresql_where=sa.text("gone OR failures > 0"),
    )
    op.create_table(
        "subscriptions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("feed_id", sa.Integer(), nullable=False),
        sa.Column("token", sa.String(), nullable=False),
        sa.Column("secret", sa.String(), nullable=False),
        sa.Column("callback", sa.String(), nullable=False),
        sa.Column("hub", sa.String(), nullable=False),
        sa.Column("topic", sa.String(), nullable=False),
        sa.Column("wanted", sa.Boolean(), nullable=False),
        sa.Column("asked", sa.BigInteger(), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("error", sa.String(), nullable=True),
        sa.Column("renew", sa.BigInteger(), nullable=True),
        sa.Column("expires", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["feed_id"],
            ["feeds.id"],
            name=op.f("fk_subscriptions_feed_id_feeds"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscriptions")),
        sa.UniqueConstraint("token", name=op.f("uq_subscriptions_token")),
    )
    op.create_index(op.f("ix_subscriptions_feed_id"), "subscriptions", ["feed_id"], unique=False)
    op.create_table(
        "looks",
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("content_type", sa.String(), nullable=True),
        sa.Column("etag", sa.String(), nullable=True),
        sa.Column("last_modified", sa.String(), nullable=True),
        sa.Column("fresh_until", sa.BigInteger(), nullable=True),
        sa.Column("links", sa.JSON(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("url", name=op.f("pk_looks")),
    )
    op.create_table(
        "deliveries",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("feed_id", sa.Integer(), nullable=False),
        sa.Column("content_type", sa.String(), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["feed_id"], ["feeds.id"], name=op.f("fk_deliveries_feed_id_feeds"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliveries")),
    )
    op.create_index(op.f("ix_deliveries_feed_id"), "deliveries", ["feed_id"], unique=False)
    op.create_table(
        "items",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(), nullable=False),
        sa.Column("url", sa.String(), nullable=True),
        sa.Column("title", sa.String(), nullable=True),
        sa.Column("published", sa.BigInteger(), nullable=True),
        sa.Column("updated", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_items")),
        sa.UniqueConstraint("uid", name=op.f("uq_items_uid")),
    )
    op.create_index("ix_items_at_id", "items", ["at", "id"], unique=False)
    op.create_table(
        "archives",
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("before", sa.Integer(), nullable=True),
        sa.Column("newest", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("channel", "number", name=op.f("pk_archives")),
    )
    op.create_table(
        "channels",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("slug", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("marks", sa.JSON(), nullable=False),
        sa.Column("gone", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_channels")),
    )
    op.create_table(
        "pings",
        sa.Column("topic", sa.String(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("due", sa.BigInteger(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("topic", name=op.f("pk_pings")),
    )
    op.create_index(op.f("ix_pings_due"), "pings", ["due"], unique=False)
    op.create_table(
        "watched",
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("told", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("subject", "kind", name=op.f("pk_watched")),
    )
    op.create_table(
        "events",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("page", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_events")),
    )
    op.create_table(
        "letters",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("to", sa.String(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("due", sa.BigInteger(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letters")),
    )
    op.create_index(op.f("ix_letters_due"), "letters", ["due"], unique=False)
    op.create_table(
        "notes",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_notes")),
    )
    op.create_table(
        "outputs",
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("seams", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("path", name=op.f("pk_outputs")),
    )
    op.create_index(op.f("ix_outputs_channel"), "outputs", ["channel"], unique=False)
    op.create_index(
        "ix_outputs_seamed",
        "outputs",
        ["channel"],
        unique=False,
        sqlite_where=sa.text("seams IS NOT NULL"),
        postgresql_where=sa.text("seams IS NOT NULL"),
    )
    op.create_table(
        "stale",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("news", sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stale")),
    )
    op.create_table(
        "tallies",
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("counts", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("channel", name=op.f("pk_tallies")),
    )
    op.create_table(
        "appearances",
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("shown", sa.BigInteger(), nullable=True),
        sa.Column("archive", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["item_id"], ["items.id"], name=op.f("fk_appearances_item_id_items"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("channel", "item_id", name=op.f("pk_appearances")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_appearances_channel_archive",
        "appearances",
        ["channel", "archive", "at", "item_id", "shown"],
        unique=False,
    )
    op.create_index(
        "ix_appearances_channel_at_item_id",
        "appearances",
        ["channel", "at", "item_id"],
        unique=False,
    )
    op.create_index("ix_appearances_item_id", "appearances", ["item_id"], unique=False)
    op.create_table(
        "corrections",
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(), nullable=False),
        sa.Column("wanted", sa.Boolean(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["item_id"], ["items.id"], name=op.f("fk_corrections_item_id_items"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("item_id", "slug", name=op.f("pk_corrections")),
    )
    op.create_table(
        "entries",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("feed_id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("first_seen", sa.BigInteger(), nullable=False),
        sa.Column("published", sa.BigInteger(), nullable=True),
        sa.Column("updated", sa.BigInteger(), nullable=True),
        sa.Column("language", sa.String(), nullable=True),
        sa.Column("guid_print", sa.BigInteger(), nullable=True),
        sa.Column("link_print", sa.BigInteger(), nullable=True),
        sa.Column("title_print", sa.BigInteger(), nullable=True),
        sa.Column("digest", sa.BigInteger(), nullable=False),
        sa.Column("sketch", sa.LargeBinary(), nullable=True),
        sa.Column("guid", sa.String(), nullable=True),
        sa.Column("link", sa.String(), nullable=True),
        sa.Column("title", sa.String(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("pairs", sa.Text(), nullable=True),
        sa.Column("details", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["feed_id"], ["feeds.id"], name=op.f("fk_entries_feed_id_feeds")),
        sa.ForeignKeyConstraint(["item_id"], ["items.id"], name=op.f("fk_entries_item_id_items")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entries")),
    )
    op.create_index(
        "ix_entries_feed_id_guid_print", "entries", ["feed_id", "guid_print"], unique=False
    )
    op.create_index(
        "ix_entries_feed_id_link_print", "entries", ["feed_id", "link_print"], unique=False
    )
    op.create_index(
        "ix_entries_feed_id_title_print", "entries", ["feed_id", "title_print"], unique=False
    )
    op.create_index(op.f("ix_entries_item_id"), "entries", ["item_id"], unique=False)
    op.create_index(op.f("ix_entries_link_print"), "entries", ["link_print"], unique=False)
    op.create_table(
        "headlines",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["item_id"], ["items.id"], name=op.f("fk_headlines_item_id_items"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_headlines")),
    )
    op.create_index(op.f("ix_headlines_item_id"), "headlines", ["item_id"], unique=False)
    op.create_table(
        "item_tags",
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("slug", SLUG, nullable=False),
        sa.Column("about", sa.Boolean(), nullable=False),
        sa.Column("salience", sa.Float(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["item_id"], ["items.id"], name=op.f("fk_item_tags_item_id_items"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("item_id", "slug", name=op.f("pk_item_tags")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_item_tags_slug_item_id", "item_tags", ["slug", "item_id"], unique=False)
    op.create_table(
        "tombstones",
        sa.Column("feed_id", sa.Integer(), nullable=False),
        sa.Column("print", sa.BigInteger(), nullable=False),
        sa.Column("seen", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["feed_id"], ["feeds.id"], name=op.f("fk_tombstones_feed_id_feeds"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("feed_id", "print", name=op.f("pk_tombstones")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "partings",
        sa.Column("feed_id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["feed_id"], ["feeds.id"], name=op.f("fk_partings_feed_id_feeds"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["item_id"], ["items.id"], name=op.f("fk_partings_item_id_items"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("feed_id", "item_id", name=op.f("pk_partings")),
    )
    op.create_table(
        "bands",
        sa.Column("band", sa.BigInteger(), nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["entries.id"], name=op.f("fk_bands_entry_id_entries"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("band", "entry_id", name=op.f("pk_bands")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_bands_entry_id", "bands", ["entry_id"], unique=False)
    op.create_table(
        "entry_tags",
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("slug", SLUG, nullable=False),
        sa.Column("about", sa.Boolean(), nullable=False),
        sa.Column("salience", sa.Float(), nullable=False),
        sa.Column("matches", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["entry_id"],
            ["entries.id"],
            name=op.f("fk_entry_tags_entry_id_entries"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("entry_id", "slug", name=op.f("pk_entry_tags")),
        sqlite_with_rowid=False,
    )
    for statement in SEARCH[op.get_bind().dialect.name]:
        op.execute(statement)


# Search is what the engines do differently. SQLite: an index beside the table, kept by triggers.
# PostgreSQL: a generated column, without accents and of bounded size, as a tsvector holds 1 MB.
# "simple" knows no language, as our texts are in all of them.
SEARCH = {
    "sqlite": (
        """CREATE VIRTUAL TABLE search USING fts5(
            title, text, pairs, content='entries', content_rowid='id',
            tokenize='unicode61 remove_diacritics 2')""",
        """CREATE TRIGGER search_insert AFTER INSERT ON entries BEGIN
            INSERT INTO search (rowid, title, text, pairs)
            VALUES (new.id, new.title, new.text, new.pairs); END""",
        """CREATE TRIGGER search_delete AFTER DELETE ON entries BEGIN
            INSERT INTO search (search, rowid, title, text, pairs)
            VALUES ('delete', old.id, old.title, old.text, old.pairs); END""",
        """CREATE TRIGGER search_update AFTER UPDATE OF title, text, pairs ON entries BEGIN
            INSERT INTO search (search, rowid, title, text, pairs)
            VALUES ('delete', old.id, old.title, old.text, old.pairs);
            INSERT INTO search (rowid, title, text, pairs)
            VALUES (new.id, new.title, new.text, new.pairs); END""",
    ),
    "postgresql": (
        r"""ALTER TABLE entries ADD COLUMN words tsvector GENERATED ALWAYS AS (
            to_tsvector('simple', regexp_replace(
                normalize(coalesce(title, '') || ' ' || left(text, 100000) || ' '
                    || left(coalesce(pairs, ''), 100000), NFKD),
                '[\u0300-\u036f]', '', 'g'))) STORED""",
        "CREATE INDEX ix_entries_words ON entries USING gin (words)",
    ),
}
