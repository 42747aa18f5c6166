"""The cards of records (资源全景)."""

from shuju.pages.panorama import cards, exports

__all__ = ["cards", "exports"]
