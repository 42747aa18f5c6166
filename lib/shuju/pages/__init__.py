"""The pages' own views: each folder registers the cards of one page; notebooks choose and arrange them."""

from shuju.pages import issues, letters, panorama, spread

__all__ = ["issues", "letters", "panorama", "spread"]
