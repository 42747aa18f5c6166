"""The pages' own views: each folder registers the cards of one page; notebooks choose and arrange them."""

from shuju.pages import letters, panorama

__all__ = ["letters", "panorama"]
