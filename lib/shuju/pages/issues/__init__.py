"""The pages of hot issues and warnings (热点与预警): their list, and one issue."""

from shuju.pages.issues import cards, decision_cards, exports, issue_cards

__all__ = ["cards", "decision_cards", "exports", "issue_cards"]
