"""The resource library: raw sources become standard records in Delta tables, every row accounted for."""
