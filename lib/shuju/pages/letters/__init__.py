"""The cards of letters (社情民意)."""

from shuju.pages.letters import cards, exports

__all__ = ["cards", "exports"]
