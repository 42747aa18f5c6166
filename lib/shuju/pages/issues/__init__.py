"""The pages of hot issues and warnings (热点与预警): their list, and one issue."""

from shuju.pages.issues import cards, issue_cards

__all__ = ["cards", "issue_cards"]
