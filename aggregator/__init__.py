"""aggregator: polls feeds, tags what they say with the people it is about, republishes by person."""

__version__ = "0.1.0"
