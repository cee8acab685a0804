"""One file per released schema; never edited after its release."""
