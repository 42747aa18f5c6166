"""What matters today (要情), for who leads: the page of it, and its cards; each line leads to where it is told in full."""

from shuju.pages.home import cards

__all__ = ["cards"]
