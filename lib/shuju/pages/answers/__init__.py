"""Answering letters: the page of a department, and the page of who wrote."""
