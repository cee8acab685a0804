"""From the bytes of a feed document to values: rules throughout, and nothing in it is trusted."""
