"""One's own page (我的首页): what changed, then the cards of a board; boards of others, how a card is built, the briefing."""

from shuju.pages.mine import exports

__all__ = ["exports"]
