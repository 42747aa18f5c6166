"""The pages' own views: each folder registers the cards of one page; notebooks choose and arrange them."""

from shuju.pages import document, home, issues, letters, mine, panorama, spread, whatif

__all__ = ["document", "home", "issues", "letters", "mine", "panorama", "spread", "whatif"]
