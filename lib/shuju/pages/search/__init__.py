"""Search (搜索): a page without a session."""
