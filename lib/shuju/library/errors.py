"""Errors of the library: each message says in Chinese where, what, and how to mend it."""


class LibraryError(Exception):
    """Something a user can mend; shown without a traceback."""


class SourceError(LibraryError):
    """A raw source cannot be read as a whole: it is gone, or of another format than the catalog says."""


class LedgerError(LibraryError):
    """The sums of the ledger do not add up: a row would have been lost or counted twice."""
