"""What can be wrong with a search; each message is Chinese and for the user."""

from __future__ import annotations

from shuju.facts import FactsError


class SearchError(FactsError):
    """A question that cannot be asked, or an index that is not there."""
