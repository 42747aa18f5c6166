"""Letters: repeats, hot issues, early warning, replies."""
