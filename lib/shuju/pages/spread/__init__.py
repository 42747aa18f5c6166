"""The cards of documents and their spread (重要信息传播), of all and of one."""

from shuju.pages.spread import cards, document_cards, exports

__all__ = ["cards", "document_cards", "exports"]
