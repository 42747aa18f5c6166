"""Search (全文检索): letters, records, hot issues and documents by their words, misspelt words too.

The index is derived from the library and kept beside it; it holds masked text only, for nothing else is stored.
"""

from shuju.fulltext.errors import SearchError

__all__ = ["SearchError"]
