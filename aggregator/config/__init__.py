"""feeds.yaml: reading it with the place of every mistake, and editing it line by line."""
