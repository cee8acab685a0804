"""The database: rows stay in here, values travel. Functions are synchronous; callers use threads."""
