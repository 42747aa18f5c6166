"""The cards of documents and their spread (重要信息传播)."""

from shuju.pages.spread import cards, exports

__all__ = ["cards", "exports"]
