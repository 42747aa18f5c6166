"""Text: personal data, words, places."""
