"""The cards of letters (社情民意)."""

from shuju.pages.letters import cards

__all__ = ["cards"]
