"""Which entries are the same thing: rules throughout."""
