"""The cards of one document and its spread (一份文件的传播)."""

from shuju.pages.document import cards

__all__ = ["cards"]
