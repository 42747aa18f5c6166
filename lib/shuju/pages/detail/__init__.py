"""One record or one letter: its text, where it came from, its revisions, its line in the ledger."""
