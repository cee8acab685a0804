"""The web server: published files from memory, and the pages that cannot be files."""
